"""Many rectangles around few things, grouped by the rule of OpenCV's ``groupRectangles``.

OpenCV had it until version 4 and has it no longer; DetectNet was published with it.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse.csgraph import connected_components

from ..errors import UsageError


def group_rectangles(
    boxes: np.ndarray, threshold: int = 3, eps: float = 0.02
) -> tuple[np.ndarray, np.ndarray]:
    """Replace each group of similar rectangles by its mean, and drop small groups.

    Two rectangles are similar if each of the four edges of one is within
    ``eps * (smaller width + smaller height) / 2`` of the other's; a group is all that hangs
    together so. A group stays if it has **more** than `threshold` members, and does not lie inside
    a group of many more.

    Parameters
    ----------
    boxes : array of int (n, 4)
        x, y, **width, height**, as OpenCV has them.
    threshold : int
        3 as published for DetectNet: what fewer than four cells see is never found. At 0 or less
        nothing is grouped.
    eps : float
        0.02 as published.

    Returns
    -------
    rectangles : ndarray of int (k, 4)
        x, y, width, height; means rounded half to even.
    counts : ndarray of int (k,)
        Members of each group.

    Raises
    ------
    UsageError
        The boxes are not (n, 4), or not whole numbers.

    Examples
    --------
    >>> from geoviz_ml.boxes import group_rectangles
    >>> many = [[10, 10, 20, 20], [11, 10, 20, 20], [90, 90, 5, 5]]
    >>> rectangles, counts = group_rectangles(many, threshold=1, eps=0.2)
    >>> rectangles.tolist(), counts.tolist()  # the lonely one is dropped
    ([[10, 10, 20, 20]], [2])
    """
    given = np.asarray(boxes).reshape(-1, 4) if np.size(boxes) == 0 else np.asarray(boxes)
    whole = np.isfinite(given).all() and np.array_equal(given, np.rint(given))
    if given.ndim != 2 or given.shape[1] != 4 or not whole:
        raise UsageError("rectangles are whole numbers x, y, width, height, (n, 4): round first.")
    boxes = given.astype(np.int64)
    if threshold <= 0 or len(boxes) == 0:
        return boxes, np.ones(len(boxes), int)
    side = boxes[:, 2:]
    delta = eps * np.minimum(side[:, None], side[None]).sum(axis=2) / 2
    edges = np.hstack([boxes[:, :2], boxes[:, :2] + side])
    similar = np.ones(delta.shape, bool)
    for edge in edges.T:
        similar &= np.abs(edge[:, None] - edge[None]) <= delta
    groups, group = connected_components(similar, directed=False)
    counts = np.bincount(group)
    total = np.stack([np.bincount(group, column, groups) for column in boxes.T], axis=1)
    scale = np.float32(1) / counts.astype(np.float32)[:, None]  # OpenCV's precision
    means = np.rint(total.astype(np.float32) * scale).astype(int)
    large = counts > threshold
    means, counts = means[large], counts[large]
    stays = [not _swallowed(i, means, counts, eps) for i in range(len(means))]
    return means[stays], counts[stays]


def _swallowed(i: int, boxes: np.ndarray, counts: np.ndarray, eps: float) -> bool:
    """Does rectangle i lie inside another one that has many more members?"""
    margin = np.rint(boxes[:, 2:] * eps)
    low, high = boxes[:, :2] - margin, boxes[:, :2] + boxes[:, 2:] + margin
    inside = (boxes[i, :2] >= low).all(axis=1) & (boxes[i, :2] + boxes[i, 2:] <= high).all(axis=1)
    inside[i] = False
    return bool((inside & ((counts > max(3, counts[i])) | (counts[i] < 3))).any())
