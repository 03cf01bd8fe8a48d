"""Boxes as DetectNet learns them: corners of pixels, and the target on the grid."""

from __future__ import annotations

import numpy as np

from ..errors import UsageError, unmasked

SHARE = 0.4  # of a box's side that its cells cover
SHORTEST = 20.0  # pixels of a side that they cover at least, where the box has as many


def as_boxes(boxes) -> np.ndarray:
    """Corners x1, y1, x2, y2 as (k, 4) float64, of a table or an array; further columns are left.

    Raises
    ------
    UsageError
        There are fewer than four columns, no numbers in them, or a corner is masked, not finite or
        out of order.

    Examples
    --------
    >>> from geoviz_ml.boxes import as_boxes
    >>> as_boxes([[10, 20, 50, 40, 0.9]]).tolist()  # the confidence is left
    [[10.0, 20.0, 50.0, 40.0]]
    """
    if hasattr(boxes, "columns"):
        boxes = boxes[["x1", "y1", "x2", "y2"]]
    boxes = unmasked(boxes, "boxes")
    try:
        boxes = np.array(boxes, float)
    except (TypeError, ValueError) as error:
        raise UsageError(f"these boxes make no array of numbers (k, 4): {error}.") from error
    if boxes.size == 0:
        return np.zeros((0, 4))
    if boxes.ndim != 2 or boxes.shape[1] < 4:
        raise UsageError(f"boxes have the columns x1, y1, x2, y2; these are {boxes.shape}.")
    boxes = boxes[:, :4]
    if not np.isfinite(boxes).all() or (boxes[:, 2:] < boxes[:, :2]).any():
        raise UsageError("a box has corners that are not finite or not in order x1, y1, x2, y2.")
    return boxes


def coverage_rectangle(boxes: np.ndarray) -> np.ndarray:
    """The middle part of each box (k, 4) whose cells shall find it: x1, y1, x2, y2 (k, 4), pixels.

    Concentric with the box; a side is 0.4 of the box's, but at least 20 pixels, and not more than
    the box's (NVIDIA's ``GRIDBOX_MIN``, ``scale_cvg`` 0.4, ``min_cvg_len`` 20). Boxes are as of
    `as_boxes`.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.boxes import coverage_rectangle
    >>> coverage_rectangle(np.array([[0.0, 0.0, 100.0, 30.0]])).tolist()  # 40 by 20 in the middle
    [[30.0, 5.0, 70.0, 25.0]]
    """
    boxes = as_boxes(boxes)
    middle, side = (boxes[:, 2:] + boxes[:, :2]) / 2, boxes[:, 2:] - boxes[:, :2]
    half = np.minimum(side, np.maximum(SHORTEST, SHARE * side)) / 2
    return np.hstack([middle - half, middle + half])


def encode_boxes(boxes, size: tuple[int, int], stride: int = 8) -> np.ndarray:
    """What DetectNet shall answer for a picture with these boxes.

    Every cell that the coverage rectangle of a box overlaps has coverage 1, not a fraction, and
    points at the corners of that box. Where two boxes want a cell the later one gets it. Boxes are
    cut at the picture's edge first; those outside are dropped.

    Parameters
    ----------
    boxes : table or array (k, 4)
        x1, y1, x2, y2 in pixels.
    size : (int, int)
        Height and width of the picture in pixels.
    stride : int
        Pixels between cells.

    Returns
    -------
    ndarray (9, H / stride, W / stride) float32
        Coverage; corners x1, y1, x2, y2 less the cell's top left corner, in pixels; the weights of
        these four in the loss: 1 / width or 1 / height of the box times
        stride^2 / area of its coverage rectangle, 0 where there is no object.

    Raises
    ------
    UsageError
        A side of the picture is not divisible by the stride.

    Examples
    --------
    >>> from geoviz_ml.boxes import encode_boxes
    >>> target = encode_boxes([[8, 8, 40, 40]], (64, 64))  # on a grid of 8 x 8 cells
    >>> target.shape, int(target[0].sum())  # cells that shall find the box
    ((9, 8, 8), 16)
    >>> target[1:5, 2, 2].tolist()  # its corners as the cell at (16, 16) sees them
    [-8.0, -8.0, 24.0, 24.0]
    """
    height, width = size
    if height % stride or width % stride:
        raise UsageError(f"a picture of {height} x {width} pixels has no whole cells of {stride}.")
    target = np.zeros((9, height // stride, width // stride), np.float32)
    boxes = as_boxes(boxes).clip(0, (width, height, width, height))
    boxes = boxes[((boxes[:, 2:] - boxes[:, :2]) > 0).all(axis=1)]
    for box, cover in zip(boxes, coverage_rectangle(boxes), strict=True):
        left, top = np.floor(cover[:2] / stride).astype(int)
        right, bottom = np.ceil(cover[2:] / stride).astype(int)
        cells = np.s_[top:bottom, left:right]
        rows, columns = np.mgrid[cells] * stride
        norm = stride**2 / np.prod(cover[2:] - cover[:2])
        side = np.tile(box[2:] - box[:2], 2)
        target[(0, *cells)] = 1
        target[(slice(1, 5), *cells)] = box[:, None, None] - np.stack([columns, rows] * 2)
        target[(slice(5, 9), *cells)] = (norm / side)[:, None, None]
    return target
