"""The Sun seen from the Earth: its turn, its tilt, and which pixel is where on it.

Latitudes and longitudes are heliographic degrees, longitude from the central meridian (Stonyhurst),
west positive. Pixels run to the right and down; 0, 0 is the centre of the top left pixel.
"""

from __future__ import annotations

import numpy as np

from .earth import radians
from .instant import instant

Disk = tuple[float, float, float]  # x and y of the disk's centre and its radius, pixels


def _days(time: np.datetime64 | str) -> float:
    """Days since 2000 January 1, 12:00."""
    return float((instant(time) - np.datetime64("2000-01-01T12:00")) / np.timedelta64(1, "D"))


def sun_b0(time: np.datetime64 | str) -> float:
    """Heliographic latitude of the disk's centre seen from the Earth, degrees.

    Source: Meeus, Astronomical Algorithms (1991), chapter 28, without the small terms; good to
    0.02 degrees from 1950 to 2050.

    Examples
    --------
    >>> from geoviz_ml.geometry import sun_b0
    >>> round(sun_b0("2022-09-07"), 2)  # the north pole leans towards us most in September
    7.25
    >>> round(sun_b0("2022-06-06"), 1)
    -0.1
    """
    days = _days(time)
    anomaly = np.radians(357.529 + 0.98560028 * days)
    longitude = 280.459 + 0.98564736 * days
    longitude += 1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly) - 0.0057
    node, tilt = 73.6667 + 1.3958333 * (days / 36525 + 1.5), 7.25
    return float(
        np.degrees(np.arcsin(np.sin(np.radians(longitude - node)) * np.sin(np.radians(tilt))))
    )


def carrington_longitude(time: np.datetime64 | str) -> float:
    """Carrington longitude of the disk's centre (L0), degrees from 0 to 360.

    Source: Meeus, Astronomical Algorithms (1991), chapter 28, without the small terms; good to
    0.1 degrees from 1950 to 2050.

    Examples
    --------
    >>> from geoviz_ml.geometry import carrington_longitude
    >>> first, later = carrington_longitude("2022-09-07"), carrington_longitude("2022-09-08")
    >>> round(first - later, 1)  # the Sun turns by some 13 degrees a day, and L0 falls
    13.2
    """
    days = _days(time)
    anomaly = np.radians(357.529 + 0.98560028 * days)
    sun = 280.459 + 0.98564736 * days + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly)
    from_node = np.radians(sun - 0.0057 - 73.6667 - 1.3958333 * (days / 36525 + 1.5))
    tilt = np.radians(7.25)
    eta = np.degrees(np.arctan2(-np.sin(from_node) * np.cos(tilt), -np.cos(from_node)))
    theta = (days + 2451545.0 - 2398220.0) * 360 / 25.38
    return float((eta - theta) % 360)


def solar_radius(time: np.datetime64 | str) -> float:
    """Apparent radius of the Sun from the Earth, arcsec (Meeus 1991; 959.63 at 1 au).

    Examples
    --------
    >>> from geoviz_ml.geometry import solar_radius
    >>> round(solar_radius("2022-01-04")), round(solar_radius("2022-07-04"))  # near, and far
    (976, 944)
    """
    anomaly = np.radians(357.529 + 0.98560028 * _days(time))
    distance = 1.00014 - 0.01671 * np.cos(anomaly) - 0.00014 * np.cos(2 * anomaly)
    return float(959.63 / distance)


def rotate(longitude: np.ndarray, latitude: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Longitude from the central meridian after `days` of the Sun's rotation, west positive.

    Angles are in degrees; arrays of any shape broadcast.

    Synodic rate of sunspots, 14.522 - 2.84 sin^2(latitude) - 0.986 degrees a day (Howard, Gilman
    and Gilman 1984, Astrophysical Journal 283, 373).

    Examples
    --------
    >>> from geoviz_ml.geometry import rotate
    >>> round(float(rotate(-60.0, 0.0, 7.0)), 1)  # at the equator, a week later
    34.8
    >>> round(float(rotate(-60.0, 30.0, 7.0)), 1)  # farther north the Sun turns more slowly
    29.8
    """
    rate = 14.522 - 2.84 * np.sin(radians(latitude)) ** 2 - 0.986
    return np.asarray(longitude) + rate * np.asarray(days)


def disk_position(
    latitude: np.ndarray, longitude: np.ndarray, b0: float, disk: Disk
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pixel of a place on the Sun, in a picture with north up and west to the right.

    Parameters
    ----------
    latitude, longitude : array-like of any shape, degrees
        Heliographic; longitude from the central meridian, west positive.
    b0 : float, degrees
        Latitude of the disk's centre.
    disk : (float, float, float)
        x and y of the disk's centre and its radius, pixels, y downward.

    Returns
    -------
    x, y, visible : ndarray of their shape
        Pixels, and whether the place is on the near side. Parallel rays are assumed, which is
        good to a quarter of a percent of the radius.

    Examples
    --------
    >>> from geoviz_ml.geometry import disk_position
    >>> x, y, visible = disk_position(0.0, 30.0, b0=0.0, disk=(256.0, 256.0, 200.0))
    >>> round(float(x)), round(float(y)), bool(visible)  # sin(30 degrees): half a radius
    (356, 256, True)
    """
    b, lat, lon = np.radians(b0), radians(latitude), radians(longitude)
    x, y, radius = disk
    across = np.cos(lat) * np.sin(lon)
    up = np.sin(lat) * np.cos(b) - np.cos(lat) * np.cos(lon) * np.sin(b)
    toward = np.sin(lat) * np.sin(b) + np.cos(lat) * np.cos(lon) * np.cos(b)
    return x + radius * across, y - radius * up, toward > 0


def heliographic(x: np.ndarray, y: np.ndarray, disk: Disk, b0: float) -> tuple:
    """Place on the Sun of pixels, the inverse of `disk_position`.

    Parameters
    ----------
    x, y : array-like of any shape
        Pixels, y downward; 0, 0 is the centre of the top left pixel.
    disk : (float, float, float)
        x and y of the disk's centre and its radius, pixels.
    b0 : float, degrees
        Latitude of the disk's centre.

    Returns
    -------
    latitude, longitude : ndarray of their shape, degrees
        Longitude from the central meridian, west positive; NaN off the disk.

    Examples
    --------
    >>> from geoviz_ml.geometry import heliographic
    >>> latitude, longitude = heliographic(356.0, 256.0, disk=(256.0, 256.0, 200.0), b0=0.0)
    >>> round(float(latitude), 1), round(float(longitude), 1)
    (0.0, 30.0)
    """
    across, up = (np.asarray(x) - disk[0]) / disk[2], (disk[1] - np.asarray(y)) / disk[2]
    with np.errstate(invalid="ignore"):
        toward = np.sqrt(1 - across**2 - up**2)
        b = np.radians(b0)
        latitude = np.degrees(np.arcsin(up * np.cos(b) + toward * np.sin(b)))
        longitude = np.degrees(np.arctan2(across, toward * np.cos(b) - up * np.sin(b)))
    return latitude, longitude
