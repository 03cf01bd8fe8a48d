"""Regions by threshold: they are where they were drawn."""

import numpy as np
import pytest

from geoviz_ml.classical import find_active_regions, tune_find_active_regions
from geoviz_ml.errors import UsageError


def spots(*places, seed=0):
    """Darkness with noise of 0.01 and spots of 0.4, (row, column, side)."""
    signal = np.random.default_rng(seed).normal(0, 0.01, (128, 128))
    for row, column, side in places:
        signal[row : row + side, column : column + side] += 0.4
    return signal


def test_near_spots_are_one_region_far_ones_two():
    found = find_active_regions(spots((40, 40, 6), (40, 54, 6), (100, 20, 8)), join=16)
    assert found[:, :4].tolist() == [[31, 31, 69, 55], [11, 91, 37, 117]]
    assert len(find_active_regions(spots((40, 40, 6), (40, 54, 6)), join=4)) == 2


def test_confidence_is_the_summed_signal():
    found = find_active_regions(spots((40, 40, 6)))
    assert found[0, 4] == pytest.approx(36 * 0.4, rel=0.02)


def test_small_things_get_the_smallest_box_within_the_picture():
    found = find_active_regions(spots((60, 60, 2), (0, 0, 2)), margin=2, smallest=20)
    assert found[:, :4].tolist() == [[0, 0, 11, 11], [51, 51, 71, 71]]


def test_weak_signals_and_little_ones_are_left_out():
    signal = spots((40, 40, 6), (80, 80, 2))
    assert len(find_active_regions(signal, least=3)) == 1
    assert len(find_active_regions(signal * 0.1)) == 0


def test_tuning_finds_the_margin_and_the_distance_that_were_drawn():
    pictures = [spots((40, 40, 6), (40, 58, 6), (90, 90, 8), seed=s) for s in range(3)]
    boxes = [np.array([[35.0, 35, 69, 51], [85, 85, 103, 103]])] * 3
    grid = {"join": (4.0, 16.0), "margin": (5.0, 11.0), "least": (0.0,)}
    chosen = tune_find_active_regions(pictures, boxes, grid)
    assert (chosen["join"], chosen["margin"]) == (16.0, 5.0)
    found = find_active_regions(pictures[0], **chosen)
    assert len(found) == 2


@pytest.mark.parametrize("signal", [np.zeros(5), np.full((8, 8), np.nan)])
def test_what_is_no_picture_is_refused(signal):
    with pytest.raises(UsageError, match="picture"):
        find_active_regions(signal)


def test_tuning_wants_the_best_f1_not_precision_or_recall():
    """Three true spots of 0.30, 0.15, 0.15 and one false one of 0.12: F1 is 1/2, 6/7 and then 3/4.

    Of high = 0.2 precision is 1, of 0.1 it is 3/4, and recall is 1 with it as with 0.13.
    """
    signal = np.zeros((200, 200))
    places = [
        (30, 30, 0.30),
        (30, 100, 0.15),
        (100, 30, 0.11),
        (100, 100, 0.105),
        (160, 160, 0.102),
    ]
    for row, column, height in places:
        signal[row : row + 20, column : column + 20] = height
    boxes = np.array([[c, r, c + 20.0, r + 20] for r, c, _ in places[:3]])
    grid = {"low": [0.09], "join": [4], "margin": [0], "least": [0]}
    highs = {0.2: 1, 0.13: 2, 0.107: 3, 0.104: 4, 0.1: 5}  # boxes that are found
    assert tune_find_active_regions([signal], [boxes], grid | {"high": [*highs]})["high"] == 0.107
    sure = grid | {"high": [0.1, 0.2]}  # 3 of 5 and all of 3: F1 3/4; or 1 of 1 and 1 of 3: 1/2
    assert tune_find_active_regions([signal], [boxes], sure)["high"] == 0.1
    wide = np.concatenate([boxes, boxes[:1] + 60])  # 4 true; 2 + 0 wrong or 3 + 2 wrong
    rare = grid | {"high": [0.1, 0.13]}
    signal[150:190:22, 10:190:22] = 0.101
    assert tune_find_active_regions([signal], [wide], rare)["high"] == 0.13


def test_defaults_are_those_that_the_docstring_draws():
    two = spots((40, 40, 6), (40, 69, 6))  # 23 pixels apart
    assert len(find_active_regions(two)) == 1
    assert len(find_active_regions(spots((40, 40, 6), (40, 72, 6)))) == 2
    step = np.zeros((100, 100))
    step[40:50, 40:50], step[40:50, 50:60] = 0.2, 0.065  # hangs together with what is above 0.12
    assert find_active_regions(step, margin=0)[0, :4].tolist() == [40, 35, 60, 55]


def test_what_is_not_finite_is_no_region():
    dark = np.zeros((100, 100))
    dark[40:44, 30:34] = 0.5
    spoilt = dark.copy()
    spoilt[0, 0], spoilt[0, 99], spoilt[99, 0] = np.inf, -np.inf, np.nan
    np.testing.assert_array_equal(find_active_regions(spoilt), find_active_regions(dark))
    assert find_active_regions(dark.tolist()).shape == (1, 5)
