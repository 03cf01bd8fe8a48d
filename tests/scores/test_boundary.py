"""The boundary F-score against all pairs of boundary pixels."""

import math

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from geoviz_ml.errors import UsageError
from geoviz_ml.scores.boundary import boundary, boundary_f


def blobs(shape, seed):
    return gaussian_filter(np.random.default_rng(seed).normal(size=shape), 3) > 0.05


def edge_pixels(mask):
    """Pixel by pixel, as the definition says."""
    height, width = mask.shape
    out = []
    for i, j in zip(*np.nonzero(mask), strict=True):
        around = [(i - 1, j), (i + 1, j), (i, j - 1), (i, j + 1)]
        inside = [(a, b) for a, b in around if 0 <= a < height and 0 <= b < width]
        if not all(mask[place] for place in inside):
            out.append((i, j))
    return np.array(out, float).reshape(-1, 2)


def all_pairs(preds, truths, tolerance):
    found = said = met = there = 0
    for pred, truth in zip(preds, truths, strict=True):
        a, b = edge_pixels(pred), edge_pixels(truth)
        distance = np.sqrt(((a[:, None] - b) ** 2).sum(-1))
        found += (distance.min(1, initial=np.inf) <= tolerance).sum()
        met += (distance.min(0, initial=np.inf) <= tolerance).sum()
        said, there = said + len(a), there + len(b)
    precision, recall = found / said, met / there
    return 2 * precision * recall / (precision + recall)


@pytest.mark.parametrize("tolerance", [0, 1, 1.5, 3])
def test_it_is_the_definition(tolerance):
    preds = np.stack([blobs((30, 41), seed) for seed in range(3)])
    truths = np.stack([np.roll(p, 1, axis=0) ^ blobs((30, 41), 9) for p in preds])
    expected = all_pairs(preds, truths, tolerance)
    assert 0.1 < expected < 1
    assert boundary_f(preds, truths, tolerance) == pytest.approx(expected, rel=1e-12)
    one = all_pairs(preds[:1], truths[:1], tolerance)
    assert boundary_f(preds[0], truths[0], tolerance) == pytest.approx(one, rel=1e-12)


def test_boundary_pixels_are_those_with_a_neighbour_outside():
    for seed in range(3):
        mask = blobs((20, 33), seed)
        np.testing.assert_array_equal(np.argwhere(boundary(mask)), edge_pixels(mask))


def test_a_square_shifted_within_the_tolerance_is_perfect_and_beyond_it_is_not():
    truth = np.zeros((40, 40), bool)
    truth[10:30, 10:30] = True
    assert boundary_f(truth, truth, 0) == 1
    assert boundary_f(np.roll(truth, 2, axis=1), truth, 2) == 1
    assert boundary_f(np.roll(truth, 4, axis=1), truth, 2) < 1


def test_masks_of_one_label_have_no_boundary():
    empty, full = np.zeros((9, 12), bool), np.ones((9, 12), bool)
    some = blobs((9, 12), 0)
    assert math.isnan(boundary_f(empty, full))
    assert boundary_f(empty, some) == boundary_f(some, full) == 0


def test_bad_input_is_named():
    mask = blobs((9, 12), 0)
    with pytest.raises(UsageError, match=r"\(12, 9\)"):
        boundary_f(mask, mask.T)
    with pytest.raises(UsageError, match="float64"):
        boundary_f(mask * 0.5, mask)
    with pytest.raises(UsageError, match="cannot compare"):
        boundary_f(mask[0], mask[0])
    with pytest.raises(UsageError, match="tolerance"):
        boundary_f(mask, mask, -1)


def test_two_pixels_are_near_and_three_are_not_if_nothing_is_said():
    truth = np.zeros((40, 40), bool)
    truth[10:12, 5:35] = True
    assert boundary_f(np.roll(truth, 2, axis=0), truth) == 1
    assert boundary_f(np.roll(truth, 3, axis=0), truth) < 0.9
