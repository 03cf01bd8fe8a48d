"""Which found box is which true one: by overlap, the most confident first.

Boxes of a picture are an array (k, 4) or more columns: x1, y1, x2, y2 in pixels; of those found the
fifth is the confidence. Of a table the columns of these names count, wherever they stand. Each true
box is found once at most, as COCO counts (Lin et al. 2014).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import UsageError
from .arrays import plain

COLUMNS = ["x1", "y1", "x2", "y2", "confidence"]


def as_columns(boxes, least: int) -> np.ndarray:
    """Boxes of a picture, float64: (k, 4) or (k, 5), as `least` says, or with more columns.

    Raises
    ------
    UsageError
        They have fewer columns, are no numbers, are not finite, or corners are out of order.
    """
    if {"x1", "y1", "x2", "y2"} <= set(getattr(boxes, "columns", ())):
        if absent := [name for name in COLUMNS[:least] if name not in boxes]:
            raise UsageError(f"a table of found boxes needs a column {absent[0]}.")
        boxes = boxes[COLUMNS[:least]]
    boxes = plain(boxes).astype(float, copy=False)
    if boxes.size == 0:
        return np.zeros((0, least))
    if boxes.ndim != 2 or boxes.shape[1] < least:
        raise UsageError(
            f"boxes of a picture have the shape (k, {least}), these {boxes.shape}.",
            advice="True ones are x1, y1, x2, y2; those found have a confidence, too.",
        )
    if not np.isfinite(boxes[:, :least]).all():
        raise UsageError("boxes have corners or confidences that are NaN or infinite.")
    if (boxes[:, 2:4] < boxes[:, :2]).any():
        raise UsageError(
            "a box has corners that are not in order x1, y1, x2, y2.",
            advice="Of x, y, width and height make x, y, x + width, y + height.",
        )
    return boxes


def in_pairs(found: Sequence, truth: Sequence) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Found (k, 5) and true boxes (m, 4) of as many pictures.

    Raises
    ------
    UsageError
        The lists differ in length, or see `as_columns`.
    """
    if len(found) != len(truth):
        raise UsageError(f"boxes found in {len(found)} pictures, true ones in {len(truth)}.")
    return [as_columns(one, 5) for one in found], [as_columns(one, 4) for one in truth]


def box_iou(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Intersection over union of boxes (m, 4) and (n, 4): (m, n).

    Raises
    ------
    UsageError
        Boxes have fewer than four columns, or corners out of order.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.scores import box_iou
    >>> left, right = np.array([[0, 0, 20, 10]]), np.array([[10, 0, 30, 10]])
    >>> round(float(box_iou(left, right)[0, 0]), 3)  # half of each: a third of both together
    0.333
    """
    one, other = as_columns(one, 4), as_columns(other, 4)
    low = np.maximum(one[:, None, :2], other[None, :, :2])
    high = np.minimum(one[:, None, 2:4], other[None, :, 2:4])
    both = np.prod((high - low).clip(0), axis=2)
    area = [np.prod(boxes[:, 2:4] - boxes[:, :2], axis=1) for boxes in (one, other)]
    union = area[0][:, None] + area[1][None] - both
    return np.divide(both, union, out=np.zeros(both.shape), where=union > 0)


def match_boxes(found: np.ndarray, truth: np.ndarray, iou: float = 0.5) -> np.ndarray:
    """Which true box each found one is, (k,) int: its row, or -1 where there is none.

    `found` (k, 5) has x1, y1, x2, y2 and confidence, `truth` (m, 4) has x1, y1, x2, y2, pixels. The
    most confident chooses first, of the boxes still free that which it overlaps most.

    Raises
    ------
    UsageError
        The boxes have fewer columns.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.scores import match_boxes
    >>> found = np.array([[0, 0, 20, 20, 0.9], [1, 0, 21, 20, 0.8]])
    >>> match_boxes(found, np.array([[0, 0, 20, 20]])).tolist()  # the second comes too late
    [0, -1]
    """
    found, truth = as_columns(found, 5), as_columns(truth, 4)
    match = np.full(len(found), -1)
    if not len(found) or not len(truth):
        return match
    overlap = box_iou(found, truth)
    for row in np.argsort(-found[:, 4], kind="stable"):
        best = overlap[row].argmax()
        if overlap[row, best] >= iou:
            match[row] = best
            overlap[:, best] = -1
    return match


def count_matches(
    found: Sequence[np.ndarray], truth: Sequence[np.ndarray], iou: float = 0.5
) -> tuple[int, int, int]:
    """Found and true, found and false, missed, over all pictures.

    A picture has an array (k, 5) of found and one (m, 4) of true boxes, as of `match_boxes`.

    Raises
    ------
    UsageError
        The lists differ in length, or hold something else than boxes.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.scores import count_matches
    >>> found = [np.array([[0, 0, 20, 20, 0.9], [50, 50, 60, 60, 0.4]])]
    >>> truth = [np.array([[0, 0, 20, 16]])]
    >>> count_matches(found, truth)  # right, wrong, missed
    (1, 1, 0)
    """
    found, truth = in_pairs(found, truth)
    hits = sum(int((match_boxes(f, t, iou) >= 0).sum()) for f, t in zip(found, truth, strict=True))
    return hits, sum(map(len, found)) - hits, sum(map(len, truth)) - hits
