"""Scores of segmentations: masks or probabilities, numpy arrays or torch tensors.

All pixels of all pictures count together, as if they were one picture.
"""

from __future__ import annotations

import math

import numpy as np

from ..errors import UsageError
from .arrays import same_shape


def iou(pred, truth, positive: bool = True, threshold: float = 0.5) -> float:
    """Intersection over union of one class, TP / (TP + FP + FN).

    Parameters
    ----------
    pred : array of any shape
        Mask (bool, 0 and 1, or bytes of 0 and 255), or probability that is cut at `threshold`.
    truth : array of the same shape
        Mask of the class sought; of shares of a pixel, half or more counts.
    positive : bool
        True: the IoU of the class sought; False: that of the background.

    Returns
    -------
    float
        NaN if the class is neither there nor predicted: there is nothing to score.

    Raises
    ------
    UsageError
        The shapes differ, or these are neither masks nor probabilities: NaN, logits, grey values.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.scores import iou
    >>> truth = np.array([True, True, False, False])
    >>> iou(np.array([0.9, 0.2, 0.7, 0.1]), truth)  # one hit, one miss, one false alarm
    0.3333333333333333
    """
    pred, truth = _masks(pred, truth, threshold)
    if not positive:
        pred, truth = ~pred, ~truth
    union = int((pred | truth).sum())
    return int((pred & truth).sum()) / union if union else math.nan


def soft_iou(prob, truth, smooth: float = 1.0) -> float:
    """IoU without a threshold: sum(p t) / sum(p + t - p t), as Keras code often reports it.

    `smooth` is added above and below, which keeps an empty picture at 1; without it that is NaN.
    `prob` and `truth`, 0..1, have any shape. The sums are in double precision.

    Raises
    ------
    UsageError
        The shapes differ, or a value is not in 0..1.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.scores import soft_iou
    >>> background = np.array([1.0] * 10 + [0.0])  # ten pixels of eleven
    >>> round(soft_iou(np.full(11, 10 / 11), background, smooth=0), 3)  # a constant
    0.833
    """
    prob, truth = (one.astype(float) for one in same_shape(prob, truth))
    for name, one in (("probabilities", prob), ("truth", truth)):
        if not ((one >= 0) & (one <= 1)).all():
            raise UsageError(f"the {name} must be in 0..1.", advice="Divide bytes by 255.")
    both = float((prob * truth).sum())
    union = float(prob.sum()) + float(truth.sum()) - both + smooth
    return (both + smooth) / union if union else math.nan


def mean_iou(pred, truth) -> float:
    """Mean of the IoU of the class and of the background; NaN if one is not there.

    Arguments are as of `iou`: of one shape, any, and a UsageError if theirs differ.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.scores import mean_iou
    >>> truth = np.array([True, False, False, False])
    >>> mean_iou(np.array([True, True, False, False]), truth)  # (1/2 + 2/3) / 2
    0.5833333333333333
    """
    return (iou(pred, truth) + iou(pred, truth, positive=False)) / 2


def pixel_accuracy(pred, truth) -> float:
    """Part of the pixels that are right; near one whenever one class is rare.

    Arguments are as of `iou`: of one shape, any, and a UsageError if theirs differ, or if there
    are no pixels.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.scores import pixel_accuracy
    >>> truth = np.array([True] + [False] * 99)
    >>> pixel_accuracy(np.zeros(100, bool), truth)  # nothing found, and yet
    0.99
    """
    pred, truth = _masks(pred, truth)
    if not truth.size:
        raise UsageError(f"arrays of shape {truth.shape} have no pixels to score.")
    return float((pred == truth).sum()) / truth.size


def mean_precision(pred, truth) -> float:
    """Mean over class and background of TP / (TP + FP): right among the pixels called so.

    What the text of Li et al. 2024 calls mPA; its equation 6 is `pixel_accuracy`. NaN if one of
    the two is never predicted.

    Arguments are as of `iou`: of one shape, any, and a UsageError if theirs differ.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.scores import mean_precision
    >>> truth = np.array([True, False, False, False])
    >>> mean_precision(np.array([True, True, False, False]), truth)  # (1/2 + 2/2) / 2
    0.75
    """
    pred, truth = _masks(pred, truth)
    return (_part(truth, pred) + _part(~truth, ~pred)) / 2


def mean_recall(pred, truth) -> float:
    """Mean over class and background of TP / (TP + FN): found among the pixels that are so.

    What is elsewhere called mean pixel accuracy, or balanced accuracy. NaN if one of the two is
    not there.

    Arguments are as of `iou`: of one shape, any, and a UsageError if theirs differ.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.scores import mean_recall
    >>> truth = np.array([True] + [False] * 99)
    >>> mean_recall(np.zeros(100, bool), truth)  # nothing found: no better than a coin
    0.5
    """
    pred, truth = _masks(pred, truth)
    return (_part(pred, truth) + _part(~pred, ~truth)) / 2


def all_scores(pred, truth) -> dict[str, float]:
    """The scores of a mask under their names: a row of a table that compares networks.

    Arguments are as of `iou`: of one shape, any, and a UsageError if theirs differ, or if there
    are no pixels.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.scores import all_scores
    >>> truth = np.array([True, False, False, False])
    >>> scores = all_scores(np.array([True, True, False, False]), truth)
    >>> {name: round(value, 2) for name, value in scores.items() if "iou" in name}
    {'mean_iou': 0.58, 'iou': 0.5, 'iou_background': 0.67}
    """
    return {
        "mean_iou": mean_iou(pred, truth),
        "iou": iou(pred, truth),
        "iou_background": iou(pred, truth, positive=False),
        "pixel_accuracy": pixel_accuracy(pred, truth),
        "mean_precision": mean_precision(pred, truth),
        "mean_recall": mean_recall(pred, truth),
    }


def _part(those, among) -> float:
    n = int(among.sum())
    return int((those & among).sum()) / n if n else math.nan


def _masks(pred, truth, threshold: float = 0.5) -> tuple[np.ndarray, np.ndarray]:
    pred, truth = same_shape(pred, truth)
    return _cut(pred, threshold), _cut(truth)


def _cut(values: np.ndarray, threshold: float = 0.5) -> np.ndarray:
    if values.dtype == bool or not values.size:
        return values.astype(bool, copy=False)
    if not (values.min() >= 0 and values.max() <= 1) and not _is_drawn(values):  # True for NaN, too
        raise UsageError(
            f"masks are 0 and 1 and probabilities between; these {values.dtype} go from "
            f"{values.min():g} to {values.max():g}.",
            advice="Of logits use logits >= 0, of bytes pictures / 255; fill what is NaN.",
        )
    return values >= threshold


def _is_drawn(values: np.ndarray) -> bool:
    """Whether these are whole numbers 0 and 255, as files of masks hold them."""
    return values.dtype.kind in "iu" and bool(((values == 0) | (values == 255)).all())
