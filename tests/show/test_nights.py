"""Hours and hertz of a night's picture."""

import pytest

from geoviz_ml.datasets import load_nights
from geoviz_ml.show.nights import extent
from geoviz_ml.simulate import alfven


def test_a_night_lies_between_18_and_06_and_below_10_hertz(tmp_path):
    nights = load_nights(alfven.make(tmp_path, 1, seed=1, p_gap=0), (64, 48))
    left, right, low, high = extent(nights)
    assert (left, right) == pytest.approx((18, 30), abs=0.1)
    assert 0.4 < low < 0.6
    assert high == pytest.approx(10, abs=0.1)
