"""Canny as a maker of masks."""

import numpy as np

from geoviz_ml.classical import canny_mask, tune_canny

Y, X = np.mgrid[:96, :96]


def disk(y, x, radius, height):
    return height / (1 + np.exp(np.hypot(Y - y, X - x) - radius))


def test_sharp_disk_is_filled():
    picture = 0.2 + disk(40, 60, 9, 0.7)
    truth = np.hypot(Y - 40, X - 60) <= 9
    mask = canny_mask(picture)
    assert (mask & truth).sum() / (mask | truth).sum() > 0.75


def test_lines_across_the_picture_and_smooth_spots_are_not_marked():
    lines = np.full((96, 96), 0.2)
    lines[30:32] = 0.9
    lines[:, 50] = 0.8
    assert not canny_mask(lines).any()
    faint = 0.2 + 0.3 * np.exp(-((Y - 40) ** 2 + (X - 60) ** 2) / (2 * 15**2))
    assert not canny_mask(faint, high=0.3).any()  # what the paper saw: it fades, there is no edge


def test_tuning_finds_settings_at_least_as_good_as_the_defaults():
    rng = np.random.default_rng(0)
    spots = [(rng.integers(20, 76), rng.integers(20, 76)) for _ in range(4)]
    pictures = np.stack(
        [0.2 + disk(y, x, 8, 0.25) + 0.04 * rng.standard_normal((96, 96)) for y, x in spots]
    )
    masks = np.stack([np.hypot(Y - y, X - x) <= 8 for y, x in spots])

    def iou(**settings):
        found = np.stack([canny_mask(p, **settings) for p in pictures])
        return (found & masks).sum() / (found | masks).sum()

    assert iou(**tune_canny(pictures, masks)) >= max(iou(), 0.5)
