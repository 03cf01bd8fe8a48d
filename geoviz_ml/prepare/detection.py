"""Boxes as DetectNet learns them: the target on the grid, and random crops with their boxes."""

from __future__ import annotations

import numpy as np

from ..errors import UsageError

SHARE = 0.4  # of a box's side that its cells cover
SHORTEST = 20.0  # pixels of a side that they cover at least, where the box has as many


def as_boxes(boxes) -> np.ndarray:
    """Corners x1, y1, x2, y2 as (k, 4) float64, of a table or an array; further columns are left.

    Raises
    ------
    UsageError
        There are fewer than four columns, or a corner is not finite or out of order.
    """
    if hasattr(boxes, "columns"):
        boxes = boxes[["x1", "y1", "x2", "y2"]]
    boxes = np.array(boxes, float)
    if boxes.size == 0:
        return np.zeros((0, 4))
    if boxes.ndim != 2 or boxes.shape[1] < 4:
        raise UsageError(f"boxes have the columns x1, y1, x2, y2; these are {boxes.shape}.")
    boxes = boxes[:, :4]
    if not np.isfinite(boxes).all() or (boxes[:, 2:] < boxes[:, :2]).any():
        raise UsageError("a box has corners that are not finite or not in order x1, y1, x2, y2.")
    return boxes


def coverage_rectangle(boxes: np.ndarray) -> np.ndarray:
    """The middle part of each box whose cells shall find it, x1, y1, x2, y2 (k, 4).

    Concentric with the box; a side is 0.4 of the box's, but at least 20 pixels, and not more than
    the box's (NVIDIA's ``GRIDBOX_MIN``, ``scale_cvg`` 0.4, ``min_cvg_len`` 20).
    """
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


class BoxCrops:
    """Random crops of a picture with its boxes, mirrored at random.

    Parameters
    ----------
    size : int
        Side of the crop in pixels.
    near : float
        Part of the crops that are laid so as to hold the middle of a box, where there is one.
    keep : float
        A box of which less than this part of its area is in the crop is dropped.
    flip : bool
        Mirror left-right and up-down, each in half of the crops. The paper changes nothing.
    """

    def __init__(self, size: int = 256, near: float = 0.75, keep: float = 0.4, flip: bool = True):
        self.size, self.near, self.keep, self.flip = size, near, keep, flip
        self.seed(0)

    def __repr__(self) -> str:
        return f"BoxCrops({self.size}, near={self.near}, keep={self.keep}, flip={self.flip})"

    def seed(self, seed: int) -> None:
        """Start the random numbers anew."""
        self.rng = np.random.default_rng(seed)

    def __call__(self, picture: np.ndarray, boxes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A crop (size, size) of `picture` (H, W) and the boxes (k, 4) in it."""
        limit = np.array(picture.shape[::-1]) - self.size  # of the crop's top left corner, x and y
        if limit.min() < 0:
            raise UsageError(f"no crop of {self.size} pixels in a picture of {picture.shape}.")
        first, last = np.zeros(2, int), limit
        if len(boxes) and self.rng.random() < self.near:
            middle = boxes[self.rng.integers(len(boxes))].reshape(2, 2).mean(axis=0)
            first = np.clip(np.ceil(middle - self.size).astype(int), 0, limit)
            last = np.clip(np.floor(middle).astype(int), first, limit)
        x, y = self.rng.integers(first, last + 1)
        picture = picture[y : y + self.size, x : x + self.size]
        boxes = boxes - (x, y, x, y)
        inside = boxes.clip(0, self.size)
        boxes = inside[_area(inside) > self.keep * _area(boxes)]
        for axis in (0, 1):
            if self.flip and self.rng.random() < 0.5:
                picture = np.flip(picture, axis)
                ends = [1, 3] if axis == 0 else [0, 2]
                boxes[:, ends] = self.size - boxes[:, ends[::-1]]
        return picture, boxes


def _area(boxes: np.ndarray) -> np.ndarray:
    return np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
