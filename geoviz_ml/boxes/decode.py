"""Boxes from the answer of DetectNet: the way back from the grid."""

from __future__ import annotations

import numpy as np

from ..errors import UsageError
from .grouping import group_rectangles


def decode_coverage(
    output: np.ndarray,
    stride: int = 8,
    *,
    coverage: float = 0.6,
    threshold: int = 3,
    eps: float = 0.02,
    min_height: float = 0.0,
) -> np.ndarray:
    """Boxes from one answer of DetectNet.

    Each cell with enough coverage proposes the box it points at; proposals that agree are grouped.

    Parameters
    ----------
    output : ndarray (5, h, w)
        Coverage in 0..1, corners in pixels from each cell (`DetectNetLoss.activation`).
    stride : int
        Pixels between cells.
    coverage : float
        Of a cell that proposes; 0.6 as published.
    threshold, eps
        See `group_rectangles`; 3 and 0.02 as published.
    min_height : float
        Boxes of fewer pixels in height are dropped; 22 as published, for cars.

    Returns
    -------
    ndarray (k, 5)
        x1, y1, x2, y2 in pixels and the confidence, which is ln(number of proposals).

    Raises
    ------
    UsageError
        The answer has another shape.

    Notes
    -----
    NVIDIA's code hands corners to OpenCV where it expects width and height. So its tolerance is
    `eps` times how far a box is from the picture's top left corner, not times the box's size; with
    the published `eps` that is one pixel there and ten at the other end of 512. Here it is the
    box's size everywhere.

    Examples
    --------
    >>> from geoviz_ml.boxes import decode_coverage, encode_boxes
    >>> target = encode_boxes([[8, 8, 40, 40]], (64, 64))
    >>> decode_coverage(target[:5]).round(2).tolist()  # 16 cells agree: ln(16) is 2.77
    [[8.0, 8.0, 40.0, 40.0, 2.77]]
    """
    output = np.asarray(output)
    if output.ndim != 3 or len(output) != 5:
        raise UsageError(
            f"an answer is (5, h, w), not {output.shape}.",
            advice="Decode one picture at a time; of a target take the first five, target[:5].",
        )
    rows, columns = np.nonzero(output[0] >= coverage)
    corners = output[1:, rows, columns].T + np.stack([columns, rows] * 2, axis=1) * stride
    corners = np.rint(corners).astype(int)
    corners = corners[(corners[:, 2:] > corners[:, :2]).all(axis=1)]
    boxes = np.hstack([corners[:, :2], corners[:, 2:] - corners[:, :2]])
    boxes, counts = group_rectangles(boxes, threshold, eps)
    boxes, counts = boxes[boxes[:, 3] >= min_height], counts[boxes[:, 3] >= min_height]
    corners = np.hstack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]])
    return np.hstack([corners, np.log(counts)[:, None]]).astype(float)
