"""Choosing a threshold, on validation data only.

That a threshold is a parameter, chosen where nothing is tested: Hastie et al., The Elements of
Statistical Learning (2nd ed. 2009), section 7.2.
"""

from __future__ import annotations

import numpy as np

from ..errors import UsageError
from .arrays import as_mask, same_shape
from .masks import iou

THRESHOLDS = np.round(np.arange(0.05, 0.96, 0.05), 2)


def choose_threshold(prob: np.ndarray, truth: np.ndarray, quiet_limit: float = 0.0025) -> float:
    """The threshold with the best IoU among those that leave quiet pictures alone.

    Parameters
    ----------
    prob : ndarray (N, H, W)
        Probabilities of validation pictures.
    truth : ndarray of bool, or of 0 and 1, (N, H, W)
    quiet_limit : float
        Of the pixels of pictures without the class, at most this part may be flagged. If no
        threshold does that, the highest is taken.

    Returns
    -------
    float
        One of `THRESHOLDS`.

    Raises
    ------
    UsageError
        The shapes are not one (N, H, W), or the truth is no mask.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.scores import choose_threshold
    >>> truth = np.array([[[True, False]], [[False, False]]])  # the second picture is quiet
    >>> choose_threshold(np.array([[[0.9, 0.2]], [[0.4, 0.3]]]), truth)  # the lowest that obeys
    0.45
    """
    prob, truth = same_shape(prob, truth)
    truth = as_mask(truth)
    if truth.ndim != 3 or not truth.size:
        raise UsageError(f"pictures are (N, H, W), these are {truth.shape}.")
    quiet = ~truth.any(axis=(1, 2))
    allowed = [
        t for t in THRESHOLDS if not quiet.any() or (prob[quiet] >= t).mean() <= quiet_limit
    ] or [THRESHOLDS[-1]]
    return float(max(allowed, key=lambda t: iou(prob, truth, threshold=t)))
