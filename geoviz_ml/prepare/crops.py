"""Cut regions out of full-disk pictures, and tell where on the Sun a box is."""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from ..boxes.encode import as_boxes
from ..errors import UsageError
from ..geometry.sun import Disk, heliographic, sun_b0


def cut_boxes(
    picture: np.ndarray, boxes, side: int | None = None, margin: float = 0.0, square: bool = True
) -> list[np.ndarray]:
    """Cut boxes out of a picture.

    Parameters
    ----------
    picture : ndarray (H, W)
        Values that are not finite (off the disk) become the smallest of the picture.
    boxes : table or array (k, 4)
        x1, y1, x2, y2 in pixels.
    side : int, optional
        Every cut-out is scaled to (side, side); by default none is scaled.
    margin : float
        Pixels added on each side.
    square : bool
        Cut squares around the boxes, so that scaling keeps the shape.

    Returns
    -------
    list of ndarray float32
        What a cut-out has beyond the picture repeats the picture's edge.

    Raises
    ------
    UsageError
        The picture is not (H, W), a box is none or lies outside the picture.
    """
    picture = np.asarray(picture, np.float32)
    if picture.ndim != 2 or not np.isfinite(picture).any():
        raise UsageError(f"boxes are cut out of a picture (H, W), not out of {picture.shape}.")
    picture = np.where(np.isfinite(picture), picture, np.nanmin(picture))
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
        cuts.append(cut if side is None else _scale(cut, side))
    return cuts


def _scale(picture: np.ndarray, side: int) -> np.ndarray:
    """Scale to (side, side), averaging where pixels are joined."""
    from PIL import Image

    return np.asarray(Image.fromarray(picture).resize((side, side), Image.Resampling.BILINEAR))


def box_places(
    boxes: pd.DataFrame, magnetogram: xr.DataArray | dict, disk: Disk | None = None
) -> pd.DataFrame:
    """Add to boxes the heliographic position of their centres.

    Parameters
    ----------
    boxes : DataFrame
        `x1`, `y1`, `x2`, `y2` in pixels.
    magnetogram : DataArray, or its ``attrs``
        From `read_magnetogram`; its header tells where the disk is and how it is turned.
    disk : (float, float, float), optional
        Where the header does not tell (a PNG): x and y of the centre and radius, pixels, as of
        `geoviz_ml.prepare.disk.find_disk`.

    Returns
    -------
    DataFrame
        The boxes with `latitude` and `longitude` (degrees from the central meridian, west
        positive), and `carrington` where the header has the longitude of the disk's centre; NaN
        where the centre is off the disk. Without a latitude of the disk's centre in the header, it
        is computed from the time; without a time it is 0, an error of at most 7 degrees.

    Raises
    ------
    UsageError
        Neither the header nor `disk` tells where the disk is.
    """
    attrs = dict(getattr(magnetogram, "attrs", magnetogram))
    if disk is None:
        if "disk_radius" not in attrs:
            raise UsageError(
                "the file does not tell where the disk is.",
                advice="Give disk=find_disk(picture).",
            )
        disk = attrs["disk_x"], attrs["disk_y"], attrs["disk_radius"]
    b0 = attrs.get("b0", sun_b0(attrs["time"]) if attrs.get("time") else 0.0)
    x, y = (boxes.x1 + boxes.x2) / 2 - 0.5, (boxes.y1 + boxes.y2) / 2 - 0.5
    turn = np.radians(attrs.get("rotation", 0.0))
    across, down = x - disk[0], y - disk[1]
    x = disk[0] + across * np.cos(turn) + down * np.sin(turn)
    y = disk[1] - across * np.sin(turn) + down * np.cos(turn)
    latitude, longitude = heliographic(x.to_numpy(), y.to_numpy(), disk, b0)
    placed = boxes.assign(latitude=latitude, longitude=longitude)
    return placed.assign(carrington=(longitude + attrs["l0"]) % 360) if "l0" in attrs else placed
