"""The disk of a picture of the Sun, its limb darkening, and what is left without it.

Medians of rings in place of a fitted law of limb darkening: a rule of our own.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.ndimage import median

from ..errors import UsageError, unmasked
from ..geometry.sun import Disk
from ..geometry.sun_disk import disk_distance, find_disk
from .pictures import in_order

RINGS = 40  # of equal area, in which the quiet Sun is measured, up to `STEEP`
STEEP = 0.9  # radii; beyond, rings are a pixel wide
SMALLEST = 32.0  # pixels of radius in the file; a region of 5 degrees then has 3
LARGEST = 4240.0  # HMI has 1900 or so


def picture_disk(data: xr.DataArray) -> Disk:
    """The disk of a picture: where the header has it, or where it is seen.

    Parameters
    ----------
    data : DataArray (y, x)
        From `geoviz_ml.readers.read_magnetogram`. Without a header the disk is what is measured
        (not NaN), or else what differs from the sky.

    Returns
    -------
    x, y, radius : float, pixels

    Raises
    ------
    UsageError
        There is no disk, or one of a radius below 32 or above 4240 pixels.

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> from geoviz_ml.geometry import disk_distance
    >>> from geoviz_ml.prepare import picture_disk
    >>> away = disk_distance((200, 200), (101.0, 98.0, 70.0))
    >>> field = xr.DataArray(np.where(away <= 1, 0.0, np.nan), dims=("y", "x"))
    >>> [round(number) for number in picture_disk(field)]  # where there is a measurement
    [101, 98, 70]
    """
    a, data = data.attrs, in_order(data, "y", "x")
    if "disk_radius" in a:
        disk = a["disk_x"], a["disk_y"], a["disk_radius"]
    elif np.isnan(data.values).any():
        disk = find_disk(np.isfinite(data.values))
    else:
        disk = find_disk(data.values)
    if not SMALLEST <= disk[2] <= LARGEST:
        raise UsageError(
            f"shows a Sun of radius {disk[2]:.1f} pixels, too small or too large for regions.",
            advice=f"Give one of {SMALLEST:.0f} to {LARGEST:.0f} pixels.",
        )
    return disk


def flatten_disk(picture: np.ndarray, disk: Disk | None = None, limb: float = 0.995) -> np.ndarray:
    """Intensity over that of the quiet Sun: 1 without spots, less in a spot, 1 beside the disk.

    Limb darkening is the median of rings around the centre, which the few spots in a ring do not
    change.

    Parameters
    ----------
    picture : ndarray (H, W)
        Intensity.
    disk : (float, float, float), optional
        x and y of the centre and radius, pixels; by default found.
    limb : float
        Radii; what is farther out is set to 1.

    Returns
    -------
    ndarray (H, W) float32

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.geometry import disk_distance
    >>> from geoviz_ml.prepare import flatten_disk
    >>> away = disk_distance((200, 200), (99.5, 99.5, 90.0))
    >>> sun = np.where(away < 1, 0.4 + 0.6 * np.sqrt(np.maximum(1 - away**2, 0)), 0)
    >>> sun[95:105, 95:105] *= 0.7  # a spot
    >>> flat = flatten_disk(sun, (99.5, 99.5, 90.0))
    >>> [round(float(grey), 2) for grey in (sun[100, 170], flat[100, 170])]  # toward the limb
    [0.77, 1.0]
    >>> round(float(flat[100, 100]), 2)  # in the spot
    0.7
    """
    picture = np.asarray(unmasked(picture, "the picture"))
    disk = find_disk(picture) if disk is None else disk
    away = disk_distance(picture.shape, disk)
    inner = STEEP * np.sqrt(np.arange(RINGS) / RINGS)
    edges = np.concatenate([inner, np.arange(STEEP, limb + 1 / disk[2], 1 / disk[2])])
    ring = np.digitize(away, edges) - 1
    quiet = median(picture, ring, np.arange(len(edges) - 1))
    middle = (edges[1:] + edges[:-1]) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        flat = picture / np.interp(away, middle, quiet)
    return np.where((away < limb) & np.isfinite(flat), flat, 1).astype(np.float32)
