"""The Sun's disk in a picture: where it is, its limb darkening, and what is left without it."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_fill_holes, binary_opening, label, median

from ..errors import UsageError
from ..geometry.sun import Disk

RINGS = 40  # of equal area, in which the quiet Sun is measured, up to `STEEP`
STEEP = 0.9  # radii; beyond, rings are a pixel wide
SMALLEST = 8  # pixels of radius


def find_disk(picture: np.ndarray) -> Disk:
    """Centre and radius of the disk in a full-disk intensity picture, pixels.

    The largest bright piece is the disk; its extent gives the circle. Writing and dust beside it
    do not matter.

    Parameters
    ----------
    picture : ndarray (H, W)
        Intensity, dark sky.

    Returns
    -------
    x, y, radius : float

    Raises
    ------
    UsageError
        There is no whole disk.
    """
    picture = np.nan_to_num(np.asarray(picture, float))
    if picture.ndim != 2 or min(picture.shape) < 2 * SMALLEST:
        raise UsageError(f"no disk can be found in a picture of shape {picture.shape}.")
    bright = picture > 0.25 * np.percentile(picture, 95)
    pieces, count = label(binary_opening(bright, iterations=1))
    if count == 0:
        raise UsageError("there is no bright disk in this picture.")
    sizes = np.bincount(pieces.ravel())
    sizes[0] = 0
    disk = binary_fill_holes(pieces == sizes.argmax())
    rows, columns = np.flatnonzero(disk.any(axis=1)), np.flatnonzero(disk.any(axis=0))
    height, width = rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1
    radius = np.sqrt(disk.sum() / np.pi)
    if abs(height - width) > 0.05 * width or abs(height / 2 - radius) > 0.05 * radius:
        raise UsageError(
            f"the bright piece of {width} x {height} pixels is no round disk.",
            advice="Give a full-disk picture.",
        )
    if radius < SMALLEST:
        raise UsageError(f"a disk of radius {radius:.1f} pixels is too small.")
    x, y = (columns[0] + columns[-1]) / 2, (rows[0] + rows[-1]) / 2
    return float(x), float(y), float(radius)


def disk_distance(shape: tuple[int, int], disk: Disk) -> np.ndarray:
    """Distance of each pixel from the disk's centre in radii, (H, W): 1 is the limb."""
    x, y, radius = disk
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.hypot(columns - x, rows - y) / radius


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
    """
    disk = disk or find_disk(picture)
    away = disk_distance(picture.shape, disk)
    inner = STEEP * np.sqrt(np.arange(RINGS) / RINGS)
    edges = np.concatenate([inner, np.arange(STEEP, limb + 1 / disk[2], 1 / disk[2])])
    ring = np.digitize(away, edges) - 1
    quiet = median(picture, ring, np.arange(len(edges) - 1))
    middle = (edges[1:] + edges[:-1]) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        flat = picture / np.interp(away, middle, quiet)
    return np.where((away < limb) & np.isfinite(flat), flat, 1).astype(np.float32)
