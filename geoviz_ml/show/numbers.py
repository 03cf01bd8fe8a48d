"""Numbers as both views of an explorer show them: the live one and the page's."""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Decimal

import numpy as np


def digits(x: float, n: int) -> str:
    """A number of any unit with `n` digits after the point, or "not defined" for NaN.

    Halves are rounded up, as a browser does, so that both views show the same text.
    """
    if math.isnan(x):
        return "not defined"
    return str(Decimal(x).quantize(Decimal(1).scaleb(-n), ROUND_HALF_UP))


def grey_bytes(picture: np.ndarray) -> np.ndarray:
    """Grey values in 0..1 as bytes, of the same shape; what is below or NaN is black."""
    return (255 * np.clip(np.nan_to_num(picture), 0, 1)).round().astype(np.uint8)
