"""Where the sky is in an all-sky picture of any camera, and that sky as a round, square picture.

A rule of our own for cameras that have no skymap.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.ndimage import binary_fill_holes, gaussian_filter, label

from ..errors import UsageError
from .crops import window

EDGE = 0.25  # of the middle's brightness above the corners': where the sky ends
SMOOTH = 0.01  # of the shorter side: stars and noise are no edge
SHARE = 0.08  # of the longest row or column: a shorter one is a tick or a text


@dataclass(frozen=True)
class SkyDisk:
    """An ellipse in pixels of a file, 0, 0 the outer corner of the top left pixel.

    Attributes
    ----------
    x, y : float
        Its middle.
    across, down : float
        Half its width and half its height.
    found : bool
        False: nothing was seen, and the largest circle of the picture is taken for the sky.
    """

    x: float
    y: float
    across: float
    down: float
    found: bool = True


def find_sky(frames: np.ndarray) -> SkyDisk:
    """Find the sky in frames of one camera: what hangs together in the middle, and is no corner.

    Parameters
    ----------
    frames : ndarray (n, H, W)
        In any unit. Each may show a part: dark frames count little, and all count together.

    Raises
    ------
    UsageError
        They are not (n, H, W), or smaller than 16 x 16 pixels.
    """
    frames = np.asarray(frames)
    if frames.ndim != 3 or min(frames.shape[1:], default=0) < 16 or not len(frames):
        raise UsageError(f"frames are (n, H, W) of 16 pixels or more, not {frames.shape}.")
    height, width = frames.shape[1:]
    lit = np.max([_over_corners(frame.astype(np.float32)) for frame in frames], axis=0) > EDGE
    pieces, _ = label(lit)
    middle = pieces[height // 2, width // 2]
    if not middle:
        return SkyDisk(width / 2, height / 2, *2 * (min(height, width) / 2,), found=False)
    sky = binary_fill_holes(pieces == middle)
    left, right = _extent(sky.sum(0))
    top, bottom = _extent(sky.sum(1))
    return SkyDisk((left + right) / 2, (top + bottom) / 2, (right - left) / 2, (bottom - top) / 2)


def _over_corners(frame: np.ndarray) -> np.ndarray:
    """Brightness above that of the corners, over the middle's; 0 where the middle is as dark."""
    height, width = frame.shape
    side = min(height, width) // 16
    rows, columns = np.ogrid[:height, :width]
    corner = np.minimum(rows, height - 1 - rows) < side
    corner = corner & (np.minimum(columns, width - 1 - columns) < side)
    dark = np.median(frame[corner])
    middle = frame[height // 3 : -(height // 3), width // 3 : -(width // 3)]
    light = np.median(middle) - dark
    if not light > 0:
        return np.zeros_like(frame)
    return (gaussian_filter(frame, SMOOTH * min(height, width)) - dark) / light


def _extent(length: np.ndarray) -> tuple[int, int]:
    """First and last row or column of the sky, the last one not included."""
    long = np.flatnonzero(length > SHARE * length.max())
    return int(long[0]), int(long[-1]) + 1


def round_sky(frame: np.ndarray, disk: SkyDisk, size: int = 256) -> np.ndarray:
    """The sky of a frame as a circle that fills a square picture.

    Parameters
    ----------
    frame : ndarray (H, W)
    disk : SkyDisk
    size : int
        Pixels of a side.

    Returns
    -------
    ndarray (size, size), float32
        Means where pixels are joined, and interpolated values. What lies outside the file repeats
        its edge.
    """
    from PIL import Image

    low = np.floor([disk.x - disk.across, disk.y - disk.down]).astype(int)
    high = np.ceil([disk.x + disk.across, disk.y + disk.down]).astype(int)
    before, after = np.maximum(-low, 0), np.maximum(high - np.array(frame.shape[::-1]), 0)
    padded = np.pad(
        np.asarray(frame, np.float32), ((before[1], after[1]), (before[0], after[0])), "edge"
    )
    x, y = disk.x + before[0], disk.y + before[1]
    box = (x - disk.across, y - disk.down, x + disk.across, y + disk.down)
    picture = Image.fromarray(padded).resize((size, size), Image.Resampling.BILINEAR, box)
    return np.asarray(picture)


def round_skymap(skymap: xr.Dataset, disk: SkyDisk, size: int = 256) -> xr.Dataset:
    """A skymap on the pixels of `round_sky`.

    Parameters
    ----------
    skymap : Dataset
        As from `geoviz_ml.readers.read_skymap`, on the pixels of the file.
    disk : SkyDisk
    size : int

    Returns
    -------
    Dataset
        Of the same form: `elevation` and `azimuth` (size, size) of the nearest pixel, `latitude`
        and `longitude` of the corners interpolated. NaN where the file tells nothing.
    """
    edge = np.arange(size + 1) / size * 2 - 1
    rows, columns = disk.y + disk.down * edge, disk.x + disk.across * edge
    nearest = [np.floor((ends[1:] + ends[:-1]) / 2).astype(int) for ends in (rows, columns)]
    seen = {
        name: (("y", "x"), window(skymap[name].values, *nearest, np.nan), skymap[name].attrs)
        for name in ("elevation", "azimuth")
    }
    corner = skymap[["latitude", "longitude"]].interp(y_corner=rows, x_corner=columns)
    corner = corner.drop_vars(["y_corner", "x_corner"])
    return corner.assign(seen).assign_attrs(skymap.attrs)
