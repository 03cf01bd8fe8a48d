"""The Sun's disk in a picture: where it is seen, and how far each pixel is from its centre.

Our own method: half of the limb's brightness, and a circle by least squares.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_fill_holes, binary_opening, label, map_coordinates

from ..errors import UsageError, unmasked
from .sun import Disk

SMALLEST = 8  # pixels of radius
RAYS = 720  # from the centre, on which the limb is looked for
STEP = 0.25  # pixels between two samples of a ray
REACH = 12.0  # pixels on either side of the first guess, or a tenth of the radius
INSIDE = (2.0, 4.5)  # pixels within the limb: the brightness there is the limb's
OUTLIER = 3.0  # standard deviations; spots on the limb, writing beside it


def find_disk(picture: np.ndarray) -> Disk:
    """Centre and radius of the disk in a full-disk picture, pixels.

    What differs most from the sky is the disk; its limb is where half of the brightness just
    inside is left, and a circle is fitted to 720 points of it. Spots, writing and dust do not
    matter, nor which of the two is brighter, disk or sky.

    Parameters
    ----------
    picture : ndarray (H, W)
        Intensity or a magnetogram in grey; the sky of one level. Values that are not finite count
        as 0.

    Returns
    -------
    x, y, radius : float

    Raises
    ------
    UsageError
        There is no whole disk, or values are masked.

    Notes
    -----
    Good to 0.03 pixels of the radius in real pictures of 512 pixels (scatter beside the ephemeris
    in 43 magnetograms and 396 continuum pictures of HMI), and to 0.3 pixels of 860 in GONG's.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.geometry import disk_distance, find_disk
    >>> sun = (disk_distance((200, 200), (101.0, 98.0, 70.0)) <= 1).astype(float)
    >>> [round(number) for number in find_disk(sun)]
    [101, 98, 70]
    """
    picture = np.asarray(unmasked(picture, "the picture"), float)
    picture = np.nan_to_num(picture, posinf=0, neginf=0)
    if picture.ndim != 2 or min(picture.shape) < 2 * SMALLEST:
        raise UsageError(f"no disk can be found in a picture of shape {picture.shape}.")
    edge = np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])
    contrast = np.abs(picture - np.median(edge))
    disk = _brightest_piece(contrast)
    for _ in range(3):
        disk = _fit_limb(contrast, disk)
    return disk


def _brightest_piece(contrast: np.ndarray) -> Disk:
    """A first guess, good to a pixel: the largest bright piece with its holes filled."""
    pieces, count = label(binary_opening(contrast > 0.25 * np.percentile(contrast, 95)))
    if count == 0:
        raise UsageError("there is no disk in this picture: nothing differs from its edge.")
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
    return (columns[0] + columns[-1]) / 2, (rows[0] + rows[-1]) / 2, float(radius)


def _fit_limb(contrast: np.ndarray, disk: Disk) -> Disk:
    """A circle through the points where the brightness falls to half of that inside the limb."""
    x, y, radius = disk
    angle = np.arange(RAYS) * 2 * np.pi / RAYS
    reach = min(REACH, radius / 10)
    along = np.arange(radius - reach, radius + reach, STEP)
    places = [y + np.outer(np.sin(angle), along), x + np.outer(np.cos(angle), along)]
    rays = map_coordinates(contrast, places, order=1, mode="nearest")
    within = radius - along
    level = np.median(rays[:, (within >= INSIDE[0]) & (within <= INSIDE[1])]) / 2
    above = rays >= level
    last = along.size - 1 - above[:, ::-1].argmax(axis=1)  # the outermost bright sample
    there = above.any(axis=1) & (last < along.size - 1)
    if there.sum() < RAYS / 2:
        return disk  # cut by the picture's edge: the first guess has to do
    at = np.flatnonzero(there)
    last, angle = last[there], angle[there]
    high, low = rays[at, last], rays[at, last + 1]
    limb = along[last] + STEP * (high - level) / (high - low)
    shape = np.stack([np.ones(at.size), np.cos(angle), np.sin(angle)], axis=1)
    used = np.ones(at.size, bool)
    for _ in range(5):
        fitted = np.linalg.lstsq(shape[used], limb[used], rcond=None)[0]
        away = np.abs(limb - shape @ fitted)
        used = away <= max(OUTLIER * 1.4826 * np.median(away[used]), STEP)
    return float(x + fitted[1]), float(y + fitted[2]), float(fitted[0])


def disk_distance(shape: tuple[int, int], disk: Disk) -> np.ndarray:
    """Distance of each pixel from the disk's centre in radii, (H, W) float64: 1 is the limb.

    Parameters
    ----------
    shape : (int, int)
        Height and width.
    disk : (float, float, float)
        x and y of the centre and the radius, pixels.

    Examples
    --------
    >>> from geoviz_ml.geometry import disk_distance
    >>> distance = disk_distance((9, 9), (4.0, 4.0, 4.0))
    >>> distance.shape, float(distance[4, 0]), float(distance[4, 4])
    ((9, 9), 1.0, 0.0)
    """
    x, y, radius = disk
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.hypot(columns - x, rows - y) / radius
