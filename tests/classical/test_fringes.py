"""Peak tracking finds drawn fringes and little else."""

import inspect

import numpy as np
import pytest
from scipy.stats import median_abs_deviation

from geoviz_ml.classical import label_fringes, tune_label_fringes
from geoviz_ml.classical.fringes import JOIN, _pieces, prominence
from geoviz_ml.errors import UsageError


def sky(fringes=True, seed=0, noise=0.05):
    rows = np.arange(160)[:, None]
    columns = np.arange(96)[None, :]
    picture = 0.6 - 0.002 * rows + noise * np.random.default_rng(seed).normal(size=(160, 96))
    truth = np.zeros((160, 96), bool)
    for n in range(1, 8):
        distance = rows - (12 * n + 0.1 * n * np.sin(columns / 15) * 6)
        if fringes:
            picture = picture + 0.35 * np.exp(-0.5 * (distance / 1.5) ** 2)
            truth |= np.abs(distance) <= 1.5
    return picture, truth


def test_clear_fringes_are_found():
    picture, truth = sky()
    found = label_fringes(picture, threshold=2, min_length=12)
    assert (found & truth).sum() / (found | truth).sum() > 0.7


def test_pure_noise_is_mostly_left_alone():
    picture, _ = sky(fringes=False)
    assert label_fringes(picture, threshold=3, min_length=18).mean() < 0.02


def test_a_flat_picture_gives_nothing():
    assert not label_fringes(np.full((64, 48), 0.3)).any()


def test_gain_and_offset_do_not_matter():
    picture, _ = sky()
    np.testing.assert_array_equal(label_fringes(picture), label_fringes(7 * picture + 3))


def test_tuning_never_does_worse_than_the_default():
    shots, truth = map(np.stack, zip(*(sky(seed=s) for s in range(3)), strict=True))

    def iou(found):
        return (found & truth).sum() / (found | truth).sum()

    best = tune_label_fringes(shots, truth)
    tuned = np.stack([label_fringes(p, **best) for p in shots])
    assert iou(tuned) >= iou(np.stack([label_fringes(p, 1.5, 8) for p in shots]))


def test_under_the_rule_of_quiet_nights_the_thresholds_mark_less_there():
    rng = np.random.default_rng(5)
    shots = rng.normal(0.4, 0.05, (6, 64, 48))
    truth = np.zeros(shots.shape, bool)
    truth[:3, 20:23] = truth[:3, 32:35] = True
    shots[truth] += 0.15
    marked = [
        np.stack([label_fringes(p, **tune_label_fringes(shots, truth, limit)) for p in shots])
        for limit in (None, 0.0025)
    ]
    assert marked[1][3:].mean() <= min(marked[0][3:].mean(), 0.0025)
    assert marked[1][:3][truth[:3]].mean() > 0.5


def gaussian(values, sigma, axis):
    """Convolution with a Gaussian, cut at four standard deviations; the picture is mirrored."""
    reach = int(4 * sigma + 0.5)
    weight = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
    pad = [(0, 0), (0, 0)]
    pad[axis] = (reach, reach)
    padded = np.pad(values, pad, "symmetric")
    return np.apply_along_axis(np.convolve, axis, padded, weight / weight.sum(), "valid")


def test_prominence_is_the_height_over_a_running_mean_in_standard_deviations():
    picture = np.random.default_rng(0).random((60, 48))
    smooth = gaussian(gaussian(picture, 0.7, 0), 2.0, 1)
    over = smooth - gaussian(smooth, 5.0, 0)
    want = over / median_abs_deviation(over, None, scale="normal")
    np.testing.assert_allclose(prominence(picture), want, rtol=1e-5)


def test_gaps_of_six_columns_are_closed_and_pieces_of_eight_columns_stay():
    """Peaks drawn by hand: dilation by three columns from both sides closes six, not seven."""
    height = np.zeros((20, 60))
    height[10, np.r_[5:15, 21:30]] = height[4, 40:48] = 9  # six columns are missing
    pieces, lengths = _pieces(height, 1.5, JOIN)
    assert sorted(lengths.tolist()) == [-1, 8, 25]
    height[10, 21] = 0
    assert sorted(_pieces(height, 1.5, JOIN)[1].tolist()) == [-1, 8, 8, 10]
    assert (JOIN, inspect.signature(label_fringes).parameters["min_length"].default) == (3, 8)


def test_a_piece_of_just_the_shortest_length_is_kept(monkeypatch):
    height = np.zeros((20, 60))
    height[10, 5:13], height[4, 40:47] = 9, 9  # eight and seven columns
    monkeypatch.setattr("geoviz_ml.classical.fringes.prominence", lambda picture: height)
    found = label_fringes(np.zeros((20, 60)))
    assert np.flatnonzero(found.any(0)).tolist() == [*range(5, 13)]
    height[height > 0] = 1.6
    assert label_fringes(np.zeros((20, 60))).any()  # 1.5 is enough


@pytest.mark.parametrize("threshold", [3, 4, 5, 6])
def test_the_quiet_rule_counts_quiet_nights_alone(monkeypatch, threshold):
    """Nothing is marked of the quiet night from a threshold on; of the others much is."""
    height = np.zeros((2, 20, 60))
    height[0, [5, 10, 15], 5:55] = threshold + 0.5
    height[1, 10, 5:55] = threshold - 0.5
    monkeypatch.setattr("geoviz_ml.classical.fringes.prominence", lambda picture: picture)
    masks = np.zeros((2, 20, 60), bool)
    masks[0, [4, 5, 6, 9, 10, 11, 14, 15, 16], 5:55] = True
    assert tune_label_fringes(height, masks, 0.0025)["threshold"] == threshold


def test_with_nothing_to_join_the_peaks_stay_as_they_are():
    night = np.random.default_rng(0).normal(0.4, 0.01, (60, 40))
    night[[20, 30, 40]] += 0.2
    assert label_fringes(night, join=0).shape == night.shape
    assert label_fringes(night, join=0)[[20, 30, 40]].all()
    with pytest.raises(UsageError, match="join must be"):
        label_fringes(night, join=-1)


def test_a_gap_left_open_is_refused_and_does_not_empty_the_night():
    night = np.random.default_rng(0).normal(0.4, 0.01, (60, 40))
    night[:, 5] = np.nan
    with pytest.raises(UsageError, match="Fill gaps"):
        label_fringes(night)


def test_settings_are_chosen_on_masks_of_bool_or_of_0_and_1():
    night = np.random.default_rng(0).normal(0.4, 0.01, (1, 60, 40))
    masks = np.zeros(night.shape, bool)
    masks[0, [19, 20, 21]] = True
    chosen = tune_label_fringes(night + 0.2 * masks, masks)
    assert tune_label_fringes(night + 0.2 * masks, masks.astype(np.uint8)) == chosen
    with pytest.raises(UsageError, match="masks must be bool"):
        tune_label_fringes(night, 255 * masks.astype(np.uint8))
