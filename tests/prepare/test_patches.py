"""Patches of all-sky pictures."""

import numpy as np
import pytest

from geoviz_ml.errors import UsageError
from geoviz_ml.prepare.patches import (
    cut_patches,
    high_sky,
    label_by_truth,
    labels_at,
    patch_features,
    random_places,
    to_picture,
)


def test_a_patch_is_what_lies_around_its_pixel():
    pictures = np.random.default_rng(0).integers(0, 256, (3, 20, 24), np.uint8)
    places = np.array([[0, 10, 12], [2, 5, 7], [1, 0, 23]])
    patches = cut_patches(pictures, places, 6)
    np.testing.assert_array_equal(patches[0], pictures[0, 7:13, 9:15])
    np.testing.assert_array_equal(patches[1], pictures[2, 2:8, 4:10])
    assert (patches[:, 3, 3] == pictures[tuple(places.T)]).all()
    np.testing.assert_array_equal(patches[2][3:, :4], pictures[1, :3, 20:])
    assert not patches[2][:3].any()
    assert not patches[2][:, 4:].any()
    for wrong in (np.array([[0, 20, 0]]), np.array([[-1, 0, 0]]), np.zeros((2, 2), int)):
        with pytest.raises(UsageError):
            cut_patches(pictures, wrong)
    for cut in (cut_patches, labels_at):
        with pytest.raises(UsageError, match="whole numbers"):
            cut(pictures, places.astype(float))


def test_raster_scan_sees_the_same_patches():
    import torch

    from geoviz_ml.infer import raster_scan

    class Corner(torch.nn.Module):
        def forward(self, x):
            return x[:, 0, 2, 5][:, None]

    picture = np.random.default_rng(0).integers(0, 256, (40, 30), np.uint8)
    scores = raster_scan(Corner(), picture, patch=8)
    places = np.array([[0, 17, 11], [0, 3, 29], [0, 39, 0]])
    wanted = cut_patches(picture[None], places, 8)[:, 2, 5] / 255
    np.testing.assert_allclose(scores[tuple(places[:, 1:].T)], wanted, atol=1e-6)


def test_a_picture_is_the_square_root_of_the_scaled_counts():
    from geoviz_ml.prepare import oath_scale

    counts = np.random.default_rng(0).integers(3000, 9000, (256, 256), np.uint16)
    picture = to_picture(counts)
    np.testing.assert_allclose((picture / 255.0) ** 2, oath_scale(counts), atol=0.005)
    bytes_of_oath = np.rint(255 * oath_scale(counts)).astype(np.uint8)
    again = to_picture(bytes_of_oath / 255)
    assert np.abs(again.astype(int) - picture)[picture > 60].max() <= 2


def test_float_counts_are_not_taken_for_a_scaled_picture():
    counts = np.random.default_rng(0).integers(3000, 9000, (64, 64)).astype(float)
    with pytest.raises(UsageError, match="oath_scale"):
        to_picture(counts)
    with pytest.raises(UsageError, match="NaN"):
        to_picture(np.array([[0.5, np.nan]]))
    assert to_picture(np.array([[-1e-7, 1 + 1e-7]])).tolist() == [[0, 255]]  # rounding


def test_features_give_the_prior_of_patches_that_differ_in_their_middle():
    """A mixture of known share: brighter middle or not, on any brightness of the sky."""
    from geoviz_ml.analysis import energy_distance_prior

    rng = np.random.default_rng(0)

    def patches(n, arc):
        sky = rng.uniform(20, 120, (n, 1, 1)) + rng.normal(0, 5, (n, 32, 32))
        sky[:, 13:19] += 60 * arc
        return patch_features(sky.clip(0, 255).astype(np.uint8))

    mixture = np.concatenate([patches(120, 1), patches(380, 0)])
    assert patches(7, 1).shape == (7, 4)
    found = energy_distance_prior(patches(500, 1), patches(500, 0), mixture)
    assert abs(found - 0.24) < 0.05


def test_random_places_are_high_and_everywhere():
    places = random_places(5, 20_000, np.random.default_rng(0))
    assert high_sky()[tuple(places[:, 1:].T)].all()
    assert set(places[:, 0]) == set(range(5))
    north = (places[:, 1] < 128).mean()
    assert north == pytest.approx(0.5, abs=0.02)
    assert (np.hypot(*(places[:, 1:] - 127.5).T) < 0.41 * 128).mean() == pytest.approx(
        0.25, abs=0.02
    )


def test_labels_by_truth_are_true_and_counted():
    masks = np.zeros((4, 64, 64), bool)
    masks[1:, 20:40, 20:40] = True
    for each, wanted in ((False, (26, 25)), (True, (51, 51))):
        places, labels = label_by_truth(masks, 51, np.random.default_rng(0), each)
        assert ((labels == 1).sum(), (labels == -1).sum()) == wanted
        np.testing.assert_array_equal(labels, labels_at(masks, places))
        assert len(np.unique(places, axis=0)) == len(places)
    with pytest.raises(UsageError, match="0 pixels"):
        label_by_truth(0 * masks.astype(int) > 0, 10, np.random.default_rng(0))
    places, _ = label_by_truth(masks, 9, np.random.default_rng(0))
    same, _ = label_by_truth(254 * masks.astype(np.uint8), 9, np.random.default_rng(0))
    np.testing.assert_array_equal(same, places)
    for wrong in (masks[0], masks[:, :40], 0.7 * masks):
        with pytest.raises(UsageError, match=r"must be \(N, H, H\)"):
            label_by_truth(wrong, 4, np.random.default_rng(0))


def test_features_of_a_patch_are_brightness_of_the_middle_mean_and_scatter():
    """Of 32 rows and columns 12 to 19 are the middle; 3 grey levels keep flat ones finite."""
    patch = np.random.default_rng(0).integers(0, 256, (32, 32)).astype(float)
    middle, scatter = patch[12:20, 12:20].mean(), patch.std() + 3
    want = [
        (middle - patch.mean()) / scatter, (np.median(patch) - patch.mean()) / scatter,
        middle / 60, scatter / 60,
    ]  # fmt: skip
    assert patch_features(patch[None])[0] == pytest.approx(want)


def test_both_kinds_of_labels_lie_in_the_high_sky():
    masks = np.zeros((2, 64, 64), bool)
    masks[:, :40] = True
    places, _ = label_by_truth(masks, 800, np.random.default_rng(0))
    away = np.hypot(*(places[:, 1:].T - 31.5))
    assert (away <= 0.82 * 32).all()
