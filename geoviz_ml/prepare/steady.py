"""Lines that do not move are no fringes: take them out of a picture before anybody looks at it.

A rule of our own, by scipy's `grey_opening`.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d, grey_opening

from ..errors import UsageError

WIDTH = 0.65  # Hz: wider than an instrument's line, narrower than a Schumann resonance
STAYS = 20  # percent: what stands out less in a fifth of the night does not stay
SMOOTH = 2.0  # columns


def without_steady_lines(picture: np.ndarray, frequency: np.ndarray) -> np.ndarray:
    """Take out of a night's picture what stands at one frequency for four fifths of the night.

    The level that each row exceeds in four fifths of the columns is a profile along frequency. An
    opening (the smallest, then the largest value within `WIDTH`) takes its narrow peaks away and
    leaves the broad ones; the difference is subtracted from every column. Fringes drift through
    the night, so that their rows are bright for a part of it only.

    Parameters
    ----------
    picture : ndarray (H, W)
        0 to 1, logarithmic, rows from low to high frequency; gaps are columns of 0.
    frequency : ndarray (H,), Hz

    Returns
    -------
    ndarray (H, W), float32
        0 to 1.

    Raises
    ------
    UsageError
        The shapes do not fit together.
    """
    picture = np.asarray(picture, np.float32)
    if picture.ndim != 2 or len(picture) != len(frequency):
        raise UsageError(f"a picture of shape {picture.shape} and {len(frequency)} frequencies.")
    seen = picture.max(axis=0) > 0
    if not seen.any():
        return picture
    smooth = gaussian_filter1d(picture[:, seen].astype(float), SMOOTH, axis=1)
    profile = np.percentile(smooth, STAYS, axis=1)
    rows = max(round(WIDTH / abs(frequency[1] - frequency[0])), 3)
    lines = profile - np.minimum(profile, grey_opening(profile, rows))
    return np.where(seen, picture - lines[:, None], 0).clip(0, 1).astype(np.float32)
