"""Random crops of a picture with its boxes."""

from __future__ import annotations

import numpy as np

from ..errors import UsageError


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

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.prepare import BoxCrops
    >>> picture = np.zeros((100, 100))
    >>> picture[40:60, 45:55] = 1  # what the box is drawn around
    >>> crop, boxes = BoxCrops(64, near=1.0)(picture, np.array([[45.0, 40.0, 55.0, 60.0]]))
    >>> x1, y1, x2, y2 = boxes[0].astype(int)
    >>> crop.shape, float(crop[y1:y2, x1:x2].min())  # the box went along with what it is around
    ((64, 64), 1.0)
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
        """A crop (size, size) of `picture` (H, W) and the boxes (k, 4) in it.

        Raises
        ------
        UsageError
            The picture is smaller than the crop, or either has another shape.
        """
        picture, boxes = np.asarray(picture), np.asarray(boxes)
        boxes = boxes if boxes.size else np.zeros((0, 4))
        if picture.ndim != 2 or boxes.ndim != 2 or boxes.shape[1] != 4:
            raise UsageError(
                f"a picture is (H, W), its boxes (k, 4), not {picture.shape} and {boxes.shape}."
            )
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
