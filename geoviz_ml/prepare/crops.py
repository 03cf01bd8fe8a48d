"""Cut regions out of full-disk pictures."""

from __future__ import annotations

import numpy as np

from ..boxes.encode import as_boxes
from ..errors import UsageError, unmasked


def cut_boxes(
    picture: np.ndarray, boxes, side: int | None = None, margin: float = 0.0, square: bool = True
) -> list[np.ndarray]:
    """Cut boxes out of a picture.

    Parameters
    ----------
    picture : ndarray (H, W)
        Values that are not finite (off the disk) become the smallest finite one of the picture.
    boxes : table or array (k, 4)
        x1, y1, x2, y2 in pixels.
    side : int, optional
        Every cut-out is scaled to (side, side); by default none is scaled.
    margin : float
        Pixels added on each side.
    square : bool
        Cut squares around the boxes, so that scaling keeps the shape. Where edges fall between
        pixels, one side may be a pixel longer than the other.

    Returns
    -------
    list of ndarray float32
        Of bytes (uint8) bytes, so that whoever is given them knows their scale. What a cut-out has
        beyond the picture repeats the picture's edge.

    Raises
    ------
    UsageError
        The picture is not (H, W) or masked, a box is none or lies outside the picture.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.prepare import cut_boxes
    >>> picture, boxes = np.zeros((100, 100)), [[10, 20, 30, 30], [50, 50, 58, 58]]
    >>> [cut.shape for cut in cut_boxes(picture, boxes, margin=2)]  # squares around the boxes
    [(24, 24), (12, 12)]
    >>> [cut.shape for cut in cut_boxes(picture, boxes, side=32)]
    [(32, 32), (32, 32)]
    """
    picture = np.asarray(unmasked(picture, "the picture"))
    kind = np.uint8 if picture.dtype == np.uint8 else np.float32
    picture = picture.astype(np.float32, copy=False)
    if picture.ndim != 2 or not np.isfinite(picture).any():
        raise UsageError(f"boxes are cut out of a picture (H, W), not out of {picture.shape}.")
    known = np.isfinite(picture)
    picture = np.where(known, picture, picture[known].min())
    height, width = picture.shape
    cuts = []
    for box in as_boxes(boxes):
        if box[0] >= width or box[1] >= height or box[2] <= 0 or box[3] <= 0:
            raise UsageError(f"the box {box.tolist()} lies outside a picture of {picture.shape}.")
        middle, half = (box[2:] + box[:2]) / 2, (box[2:] - box[:2]) / 2 + margin
        half = np.full(2, half.max()) if square else half
        first = np.floor(middle - half).astype(int)
        last = np.maximum(np.ceil(middle + half).astype(int), first + 1)
        columns, rows = (np.arange(a, b) for a, b in zip(first, last, strict=True))
        cut = picture[np.ix_(rows.clip(0, height - 1), columns.clip(0, width - 1))]
        cut = cut if side is None else _scale(cut, side)
        cuts.append(np.rint(cut).astype(kind) if kind is np.uint8 else cut)
    return cuts


def _scale(picture: np.ndarray, side: int) -> np.ndarray:
    """Scale to (side, side), averaging where pixels are joined."""
    from PIL import Image

    return np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.BILINEAR))


def window(values: np.ndarray, rows: np.ndarray, columns: np.ndarray, around: float) -> np.ndarray:
    """Values (H, W) at rows (h,) and columns (w,), (h, w); `around` where these lie beside."""
    height, width = values.shape
    inside = np.outer((rows >= 0) & (rows < height), (columns >= 0) & (columns < width))
    seen = values[np.ix_(rows.clip(0, height - 1), columns.clip(0, width - 1))]
    return np.where(inside, seen, around)
