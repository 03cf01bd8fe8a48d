"""From a direction in the sky to the place below it, and from pixels to their corners.

By the sines of the triangle of the Earth's centre, the camera and the light, on a sphere.
"""

from __future__ import annotations

import numpy as np

from ..errors import UsageError
from .earth import EARTH, degrees, radians, unit


def place_below(
    latitude: float, longitude: float, azimuth: np.ndarray, elevation: np.ndarray, altitude: float
) -> tuple[np.ndarray, np.ndarray]:
    """Where a line of sight meets the shell at `altitude`.

    Parameters
    ----------
    latitude, longitude : float, degrees
        Of the station.
    azimuth, elevation : ndarray of any shape, degrees
        Azimuth clockwise from north.
    altitude : float, km

    Returns
    -------
    latitude, longitude : ndarray of their shape, degrees
        Longitude in -180..180; NaN where a direction is NaN or below the horizon.

    Notes
    -----
    The Earth is a sphere of 6371 km. By the law of sines the angle at the Earth's centre between
    the station and the place is ``arccos(R cos(elevation) / (R + altitude)) - elevation``.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.geometry import place_below
    >>> latitude, longitude = place_below(62.4, -114.4, np.array([0.0]), np.array([45.0]), 110.0)
    >>> round(float(latitude[0] - 62.4), 2)  # an arc at 45 degrees stands a degree to the north
    0.96
    """
    high = radians(np.where(np.asarray(elevation) >= 0, elevation, np.nan))
    away = np.arccos(EARTH * np.cos(high) / (EARTH + altitude)) - high
    up = unit(latitude, longitude)
    east = np.cross([0.0, 0.0, 1.0], up)
    east /= np.linalg.norm(east)
    north = np.cross(up, east)
    turn = radians(azimuth)
    ahead = np.cos(turn)[..., None] * north + np.sin(turn)[..., None] * east
    return degrees(np.cos(away)[..., None] * up + np.sin(away)[..., None] * ahead)


def pixel_corners(azimuth: np.ndarray, elevation: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Directions of the corners of pixels, from those of their middles.

    A corner lies in the middle of the four pixels around it; one at the edge of the picture as far
    out as the pixel before it is wide.

    Parameters
    ----------
    azimuth, elevation : ndarray (H, W), degrees
        NaN where a pixel does not see the sky.

    Returns
    -------
    azimuth, elevation : ndarray (H + 1, W + 1), degrees
        Azimuth in 0..360; NaN where one of the four pixels is.

    Raises
    ------
    UsageError
        The arrays differ in shape, or have fewer than two rows or columns: how large is a pixel?

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.geometry import pixel_corners
    >>> elevation = np.array([[40.0, 50.0], [40.0, 50.0]])
    >>> azimuth, corners = pixel_corners(np.full((2, 2), 90.0), elevation)
    >>> corners.shape, corners[1].round().tolist()
    ((3, 3), [35.0, 45.0, 55.0])
    """
    if np.shape(azimuth) != np.shape(elevation) or min(np.shape(azimuth)) < 2:
        raise UsageError(
            f"directions are (H, W) of two pixels or more each way, not {np.shape(azimuth)} and "
            f"{np.shape(elevation)}."
        )
    middle = unit(elevation, azimuth)  # elevation above the horizon is like latitude
    for axis in (0, 1):
        first, second, *_ = np.moveaxis(middle, axis, 0)
        *_, before, last = np.moveaxis(middle, axis, 0)
        edges = [np.expand_dims(2 * a - b, axis) for a, b in ((first, second), (last, before))]
        middle = np.concatenate([edges[0], middle, edges[1]], axis)
    corner = middle[:-1, :-1] + middle[:-1, 1:] + middle[1:, :-1] + middle[1:, 1:]
    high, turn = degrees(corner)
    return turn % 360, high
