"""The threshold method on pictures of magnetograms: what stands beside the sunspots detectors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from scipy.ndimage import gaussian_filter

from ..classical import find_active_regions, tune_find_active_regions
from ..datasets import Suns
from ..scores import choose_confidence

GRID = {  # what it is tuned over: the best lies inside, or where there is nothing beyond
    "low": (0.16, 0.2, 0.24, 0.28),
    "high": (0.3, 0.4, 0.5),
    "join": (10.0, 14.0, 18.0),
    "margin": (0.0, 2.0, 4.0),
    "least": (0.0, 10.0, 20.0, 40.0),
}
Finder = Callable[[np.ndarray], list[np.ndarray]]


def strength(picture: np.ndarray) -> np.ndarray:
    """Of the field, averaged over 6 megametres; picture (512, 512) in 0..1, part of 250 G."""
    return gaussian_filter(np.abs(2 * picture - 1), 2)


def threshold_method(train: Suns, valid: Suns) -> tuple[Finder, float]:
    """Tune `find_active_regions` on some Suns, and choose a confidence on others.

    Returns
    -------
    find : callable
        Pictures (N, 512, 512) in 0..1 become a list of N boxes (k, 5), the fifth the confidence.
    confidence : float
        From which on a box counts.
    """
    tuned = tune_find_active_regions([*map(strength, train.pictures)], train.boxes, GRID)
    tuned.pop("least")

    def find(pictures: np.ndarray) -> list[np.ndarray]:
        return [find_active_regions(strength(p), **tuned) for p in pictures]

    return find, choose_confidence(find(valid.pictures), valid.boxes)
