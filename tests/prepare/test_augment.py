"""Augmentation: picture and mask together, small, repeatable."""

import numpy as np

from geoviz_ml.prepare.augment import published_augmentation

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
