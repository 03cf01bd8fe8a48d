"""Canny as a maker of masks."""

import inspect

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, sobel

from geoviz_ml.classical import canny_mask, edges, tune_canny
from geoviz_ml.errors import UsageError

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


def test_an_edge_goes_on_down_to_half_of_the_gradient_from_which_it_starts():
    """A square; right its contrast is less than half. The gradient is h times a constant."""
    square = np.zeros((60, 60))
    square[20:36, 20:36] = 1
    unit = np.abs(gaussian_filter(square, 1))  # as scikit-image smooths
    steepest = np.hypot(sobel(unit, 0), sobel(unit, 1)).max()
    pictures = [h / steepest * square for h in (1.02, 0.98)]
    assert [bool(canny_mask(p, high=1.0).any()) for p in pictures] == [True, False]
    corner = np.where(np.arange(60) < 28, 1.05, 0.42) / steepest * square  # less than half, right
    assert canny_mask(corner, high=1.0)[:, 29:].sum() == 0


def test_what_is_as_long_as_half_the_picture_is_no_nucleus_however_thin():
    picture = np.zeros((96, 96))
    picture[30:36, 20:74] = 1
    assert not canny_mask(picture).any()
    assert canny_mask(np.where(X < 50, picture, 0)).any()


def test_the_smallest_piece_has_nine_pixels():
    mask = np.zeros((20, 20), bool)
    mask[2:5, 2:5], mask[10:14, 10:12] = True, True
    kept = edges._drop_small(mask, 9)
    assert kept.sum() == 9
    assert inspect.signature(canny_mask).parameters["smallest"].default == 9


def test_tuning_chooses_the_size_below_which_pieces_are_none():
    """Squares of 12 pixels a side are nuclei; beside them one of 4, which Canny finds as 16."""
    picture, mask = np.zeros((96, 96)), np.zeros((1, 96, 96), bool)
    mask[0, 20:32, 20:32] = mask[0, 20:32, 60:72] = True
    picture[mask[0]] = picture[60:64, 30:34] = 1
    tuned = tune_canny(picture[None], mask)
    assert tuned["smallest"] == 25
    assert np.array_equal(canny_mask(picture, **tuned), mask[0])


def test_bytes_are_marked_as_the_same_picture_of_floats():
    grey = np.random.default_rng(0).normal(100, 3, (40, 40))
    grey[10:20, 15:25] += 60
    grey = grey.astype(np.uint8)
    assert canny_mask(grey).any()
    np.testing.assert_array_equal(canny_mask(grey), canny_mask(grey / 255))
    for wrong in (np.where(grey > 150, np.nan, 0.5), grey.astype(float), grey.astype(np.int16)):
        with pytest.raises(UsageError, match="a picture"):
            canny_mask(wrong)
