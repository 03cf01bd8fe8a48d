"""Augmentation: picture and mask together, small, repeatable."""

import numpy as np
import pytest

from geoviz_ml.errors import UsageError
from geoviz_ml.prepare.augment import published_augmentation, table_1_augmentation

PICTURE = np.random.default_rng(0).random((64, 48)).astype(np.float32)


def test_picture_and_mask_move_together():
    mask = np.zeros((64, 48), bool)
    mask[20:30, 10:34] = True
    augment = published_augmentation()
    for seed in range(8):
        augment.seed(seed)
        shot, drawn = augment(mask.astype(np.float32), mask)
        assert set(np.unique(drawn)) <= {0, 1}
        assert ((shot > 0.5) != (drawn > 0)).mean() < 0.03


def test_same_seed_same_change():
    augment = published_augmentation()
    augment.seed(3)
    first = augment(PICTURE, PICTURE > 0.5)
    augment.seed(3)
    second = augment(PICTURE, PICTURE > 0.5)
    np.testing.assert_array_equal(first[0], second[0])


def test_without_the_flip_time_never_runs_backwards():
    ramp = np.broadcast_to(np.linspace(0, 1, 48, dtype=np.float32), (64, 48)).copy()

    def falls(augment):
        augment.seed(0)
        return [augment(ramp, ramp > 2)[0][32, 40] < 0.5 for _ in range(20)]

    assert not any(falls(published_augmentation(time_flip=False)))
    assert any(falls(published_augmentation(time_flip=True)))


def test_values_stay_in_range_and_type():
    augment = published_augmentation()
    augment.seed(1)
    shot, _ = augment(PICTURE, PICTURE > 0.5)
    assert shot.dtype == np.float32
    assert shot.shape == PICTURE.shape
    assert shot.min() >= 0
    assert shot.max() <= 1


@pytest.mark.parametrize("make", [published_augmentation, table_1_augmentation])
def test_masks_of_all_kinds_move_alike_and_keep_their_values(make):
    """Shares of a pixel stay shares, labels stay labels."""
    thing = PICTURE > 0.5
    augment = make()
    for seed in range(6):
        augment.seed(seed)
        _, moved = augment(PICTURE, thing)
        for mask, value, kind in (
            (0.7 * thing, np.float32(0.7), np.float32),
            (1.0 * thing, 1, np.float32),
            (200 * thing.astype(np.int64), 200, np.uint8),
        ):
            augment.seed(seed)
            _, changed = augment(PICTURE, mask)
            assert changed.dtype == kind
            np.testing.assert_array_equal(changed, value * moved)


def test_a_picture_of_bytes_or_double_precision_changes_as_the_same_one_of_floats():
    levels = np.rint(255 * PICTURE).astype(np.uint8)
    augment = table_1_augmentation()
    for seed in range(12):
        results = []
        for picture in (levels / np.float32(255), levels, levels / 255):
            augment.seed(seed)
            results.append(augment(picture, PICTURE > 0.5)[0])
            assert results[-1].dtype == np.float32
        np.testing.assert_allclose(results[1], results[0])
        np.testing.assert_allclose(results[2], results[0], atol=1 / 255)  # CLAHE has 256 levels


@pytest.mark.parametrize(
    ("picture", "mask", "message"),
    [
        (PICTURE.astype(np.uint16), PICTURE > 0.5, "which value is white"),
        (300 * PICTURE, PICTURE > 0.5, "not 0 to 1"),
        (np.where(PICTURE > 0.5, np.nan, PICTURE), PICTURE > 0.5, "NaN"),
        (PICTURE, np.full((64, 48), 256), "0 to 255"),
        (PICTURE, np.full((64, 48), -1), "0 to 255"),
        (PICTURE, PICTURE[:10] > 0.5, "both"),
        (PICTURE[None], PICTURE[None] > 0.5, "both"),
    ],
)
def test_other_pictures_and_masks_are_refused(picture, mask, message):
    with pytest.raises(UsageError, match=message):
        table_1_augmentation()(picture, mask)
