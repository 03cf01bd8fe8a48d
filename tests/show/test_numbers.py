"""Numbers and greys of the explorers."""

import numpy as np
import pytest

from geoviz_ml.show.numbers import digits, grey_bytes


@pytest.mark.parametrize(
    ("x", "n", "text"),
    [(0.125, 2, "0.13"), (2.5, 0, "3"), (1, 3, "1.000"), (np.nan, 2, "not defined")],
)
def test_halves_are_rounded_up_as_a_browser_does(x, n, text):
    assert digits(x, n) == text


def test_greys_are_bytes_and_what_is_missing_is_black():
    assert grey_bytes(np.array([-1, 0, 0.5, 1, 2, np.nan])).tolist() == [0, 0, 128, 255, 255, 0]
