"""Cut-outs."""

import numpy as np
import pandas as pd
import pytest

from geoviz_ml.errors import UsageError
from geoviz_ml.prepare import cut_boxes


def box(*corners):
    return pd.DataFrame([corners], columns=["x1", "y1", "x2", "y2"], dtype=float)


def test_cut_is_the_part_of_the_picture():
    picture = np.arange(48 * 64, dtype=np.float32).reshape(48, 64)
    (cut,) = cut_boxes(picture, box(10, 5, 20, 9), square=False)
    np.testing.assert_array_equal(cut, picture[5:9, 10:20])
    (square,) = cut_boxes(picture, box(10, 5, 20, 9))
    np.testing.assert_array_equal(square, picture[2:12, 10:20])
    (wide,) = cut_boxes(picture, box(10, 5, 20, 9), margin=2, square=False)
    np.testing.assert_array_equal(wide, picture[3:11, 8:22])


def test_box_over_the_edge_repeats_it_and_gaps_are_filled():
    picture = np.ones((20, 20), np.float32)
    picture[0], picture[5, 5], picture[:, 0] = np.nan, -3, 7
    (cut,) = cut_boxes(picture, box(-4, -2, 4, 6))
    assert cut.shape == (8, 8)
    assert np.isfinite(cut).all()
    assert (cut[3:, :5] == 7).all()
    assert cut.min() == -3


def test_scaling_keeps_the_mean():
    picture = np.random.default_rng(0).normal(size=(64, 64)).astype(np.float32)
    (cut,) = cut_boxes(picture, box(8, 8, 40, 40), side=16)
    assert cut.shape == (16, 16)
    assert cut.mean() == pytest.approx(picture[8:40, 8:40].mean(), abs=0.03)
    assert cut_boxes(picture, np.zeros((0, 4))) == []


@pytest.mark.parametrize("corners", [(70, 0, 80, 10), (-9, 0, -1, 5), (0, 0, np.nan, 5)])
def test_boxes_that_are_none_are_refused(corners):
    with pytest.raises(UsageError, match="box"):
        cut_boxes(np.zeros((48, 64)), box(*corners))
    with pytest.raises(UsageError, match="picture"):
        cut_boxes(np.zeros((3, 48, 64)), box(0, 0, 5, 5))


def test_a_logarithm_of_nothing_is_a_gap_too():
    picture = np.full((8, 8), -2.0)
    picture[0, 0], picture[3, 3], picture[4, 4] = -np.inf, np.nan, np.inf
    (cut,) = cut_boxes(picture, box(2, 2, 6, 6))
    assert (cut == -2).all()
