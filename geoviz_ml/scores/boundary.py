"""How well the boundary of a mask is found."""

from __future__ import annotations

import math

import numpy as np
from scipy.ndimage import binary_erosion, distance_transform_edt

from ..errors import UsageError
from .arrays import as_mask


def boundary_f(pred: np.ndarray, truth: np.ndarray, tolerance: float = 2.0) -> float:
    """Boundary F-score: harmonic mean of boundary precision and recall.

    A boundary pixel is one of the mask with a neighbour (left, right, above, below) outside it;
    the edge of the picture is no boundary. Precision is the part of the predicted boundary within
    `tolerance` of the true one, recall the part of the true boundary within `tolerance` of the
    predicted one (Martin et al. 2004, with the matching of Csurka et al. 2013).

    Parameters
    ----------
    pred, truth : ndarray of bool, or of 0 and 1, (H, W) or (N, H, W)
        All pictures count together, as if they were one.
    tolerance : float
        Distance in pixels.

    Returns
    -------
    float
        NaN if there is no boundary at all, 0 if only one of the two has one.

    Raises
    ------
    UsageError
        Other shapes, or arrays that are no masks.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.scores import boundary_f
    >>> truth = np.zeros((40, 40), bool)
    >>> truth[10:20, 10:20] = True
    >>> moved = np.roll(truth, 2, axis=1)  # two pixels to the right
    >>> boundary_f(moved, truth, tolerance=2), round(boundary_f(moved, truth, tolerance=1), 2)
    (1.0, 0.56)
    """
    pred, truth = as_mask(pred), as_mask(truth)
    if pred.shape != truth.shape or pred.ndim not in (2, 3):
        raise UsageError(f"cannot compare masks of shape {pred.shape} and {truth.shape}.")
    if not tolerance >= 0:
        raise UsageError(f"the tolerance is {tolerance}.", advice="Use 0 or more.")
    height, width = pred.shape[-2:]
    found = said = met = there = 0
    for ours, theirs in zip(
        pred.reshape(-1, height, width), truth.reshape(-1, height, width), strict=True
    ):
        ours, theirs = boundary(ours), boundary(theirs)
        found += _near(ours, theirs, tolerance)
        met += _near(theirs, ours, tolerance)
        said += int(ours.sum())
        there += int(theirs.sum())
    if said + there == 0:
        return math.nan
    precision, recall = found / max(said, 1), met / max(there, 1)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def boundary(mask: np.ndarray) -> np.ndarray:
    """Pixels of a mask (H, W) with a neighbour outside it."""
    return mask & ~binary_erosion(mask, border_value=1)


def _near(these: np.ndarray, those: np.ndarray, tolerance: float) -> int:
    """How many of these pixels have one of those within the tolerance."""
    if not those.any():
        return 0
    return int((distance_transform_edt(~those)[these] <= tolerance).sum())
