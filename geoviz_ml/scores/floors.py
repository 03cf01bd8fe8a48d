"""What knowing nothing scores: the floor that a number has to be read from.

Entropy as in Cover and Thomas, Elements of Information Theory (2nd ed. 2006), chapter 2.
"""

from __future__ import annotations

import math

import numpy as np

from ..errors import UsageError


def constant_cross_entropy(share: float) -> float:
    """Binary cross-entropy of a predictor that says `share` everywhere, in nats.

    No constant does better where `share` of the pixels (0 to 1) is the thing sought: it is the
    entropy -s ln s - (1 - s) ln(1 - s). Of one pixel in eleven it is 0.305.

    Raises
    ------
    UsageError
        `share` is not in 0..1.

    Examples
    --------
    >>> from geoviz_ml.scores import constant_cross_entropy
    >>> round(constant_cross_entropy(1 / 11), 3)
    0.305
    """
    _check(share)
    return sum(-part * math.log(part) for part in (share, 1 - share) if part)


def constant_soft_iou(share: float) -> float:
    """Soft IoU of a class, see `soft_iou`, for a predictor that says `share` everywhere.

    With s the share of the class (0 to 1), s^2 / (2 s - s^2) = s / (2 - s): 0.833 for a background
    of ten pixels in eleven.

    Raises
    ------
    UsageError
        `share` is not in 0..1.

    Examples
    --------
    >>> from geoviz_ml.scores import constant_soft_iou
    >>> round(constant_soft_iou(10 / 11), 3)
    0.833
    """
    _check(share)
    return share / (2 - share)


def majority_accuracy(labels) -> float:
    """Share of right answers of one who always says the most frequent of `labels`, shape (n,).

    Raises
    ------
    UsageError
        There are no labels, or they are no list.

    Examples
    --------
    >>> from geoviz_ml.scores import majority_accuracy
    >>> majority_accuracy(["beta", "beta", "alpha", "beta"])
    0.75
    """
    labels = np.asarray(labels)
    if labels.ndim != 1 or labels.size == 0:
        raise UsageError(
            f"there are no labels to count in {labels.shape}.", advice="Give a list of them."
        )
    counts = np.unique(labels, return_counts=True)[1]
    return float(counts.max() / counts.sum())


def _check(share: float) -> None:
    if not 0 <= share <= 1:
        raise UsageError(f"a share of {share} is not in 0..1.")
