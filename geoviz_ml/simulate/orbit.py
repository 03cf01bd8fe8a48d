"""Where CSES-01 flies, and how the magnetic field leans there.

A circular sun-synchronous orbit, 507 km above the equator: 97.4 degrees of inclination, descending
at 14:00 local time, ascending at 02:00, 76 orbits in 5 days. Instruments work between 65 degrees
south and north, so half an orbit is 35 minutes of data.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache

import numpy as np

INCLINATION = 97.4  # degrees
PERIOD = 5 * 86400 / 76  # s, node to node
LOCAL_TIME = {"descending": 14.0, "ascending": 2.0}  # hours, at the equator
LIMIT = 65.0  # degrees of geographic latitude
STEP = 2.048  # s between two spectra
LAUNCH = np.datetime64("2018-02-02T07:51", "ms")  # orbit 0

EQUATOR, FLATTENING = 6378.137, 1 / 298.257223563  # WGS 84, km
ALTITUDE = 507.0  # km, above the equator


def half_orbit_track(number: int) -> dict[str, np.ndarray | int | bool]:
    """Where the satellite is during half an orbit.

    Parameters
    ----------
    number : int
        Half-orbits since launch: even ones descend, odd ones ascend.

    Returns
    -------
    dict
        `time` (n,) datetime64[ms] UT, one row each 2.048 s; `latitude` (geodetic), `longitude`
        (-180 to 180), degrees; `altitude`, km; and `orbit`, `ascending`.

    Notes
    -----
    The node keeps its local time, so its longitude follows from the clock: 15 degrees an hour of
    (local time - UT), with the mean Sun. Seen from the node the Earth turns once a (mean solar)
    day.
    """
    ascending = bool(number % 2)
    node = LAUNCH + np.timedelta64(round(1000 * number * PERIOD / 2), "ms")
    tilt = np.radians(INCLINATION)
    end = np.tan(np.radians(LIMIT)) * (1 - FLATTENING) ** 2  # tangent of geocentric latitude
    half = np.arcsin(np.sin(np.arctan(end)) / np.sin(tilt)) / (2 * np.pi) * PERIOD
    rows = int(half / STEP)
    seconds = np.arange(-rows, rows + 1) * STEP  # from the node on

    argument = 2 * np.pi * seconds / PERIOD + (0 if ascending else np.pi)
    geocentric = np.arcsin(np.sin(tilt) * np.sin(argument))
    latitude = np.arctan(np.tan(geocentric) / (1 - FLATTENING) ** 2)
    along = np.arctan2(np.cos(tilt) * np.sin(argument), np.cos(argument))
    hours = (node - node.astype("datetime64[D]")) / np.timedelta64(1, "h")
    local = LOCAL_TIME["ascending" if ascending else "descending"]
    start = 15 * (local - hours) - (0 if ascending else 180)
    longitude = start + np.degrees(along) - seconds * 360 / 86400
    surface = EQUATOR * (1 - FLATTENING * np.sin(latitude) ** 2)
    return {
        "orbit": number // 2,
        "ascending": ascending,
        "time": node + np.round(1000 * seconds).astype("timedelta64[ms]"),
        "latitude": np.degrees(latitude),
        "longitude": (longitude + 180) % 360 - 180,
        "altitude": EQUATOR + ALTITUDE - surface,
    }


def magnetic(latitude, longitude, date) -> dict[str, np.ndarray]:
    """The International Geomagnetic Reference Field along a track at 507 km.

    Parameters
    ----------
    latitude, longitude : ndarray (n,), degrees, geodetic
    date : datetime64

    Returns
    -------
    dict of ndarray (n,)
        `mag_latitude`, the dip latitude ``arctan(tan(I) / 2)`` with I the inclination, and
        `mag_longitude`, that of the centred dipole, degrees; `field`, nT.

    Notes
    -----
    The paper does not say which magnetic latitude it means, and finds regions from 58 to above 80
    degrees. For a satellite that works below 65 degrees a dipole latitude ends at 74.4 (see
    `dipole`), a dip latitude at 75 in the north and 89 in the south. Hence the dip latitude.
    """
    from scipy.interpolate import RegularGridInterpolator

    axes, grid = _field(_year(date))
    at = np.stack([latitude, longitude], axis=-1)
    east, north, up = RegularGridInterpolator(axes, grid)(at).T
    level = np.hypot(east, north)
    return {
        "mag_latitude": np.degrees(np.arctan2(-up, 2 * level)),
        "mag_longitude": dipole(latitude, longitude, date)[1],
        "field": np.hypot(level, up),
    }


def dipole(latitude, longitude, date) -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude in the frame of the reference field's centred dipole, degrees.

    The geodetic latitude is taken as if it were geocentric, an error below 0.2 degrees.
    """
    pole = _dipole_axis(_year(date))
    lat, lon = np.radians(latitude), np.radians(longitude)
    place = np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)
    east = np.cross([0.0, 0.0, 1.0], pole)
    east /= np.linalg.norm(east)
    south = np.cross(east, pole)  # toward the geographic south pole, in the dipole's equator
    return (
        np.degrees(np.arcsin(np.clip(place @ pole, -1, 1))),
        np.degrees(np.arctan2(place @ east, place @ south)),
    )


def _year(date) -> int:
    return np.datetime64(date, "Y").item().year


@cache
def _field(year: int) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """East, north and up component (latitude, longitude, 3) in the middle of a year, nT.

    Every 2 by 4 degrees: linear interpolation then is good to 0.2 degrees of dip latitude.
    """
    import ppigrf

    latitude, longitude = np.arange(-68.0, 69, 2), np.arange(-180.0, 181, 4)
    east, north = np.meshgrid(longitude, latitude)
    parts = ppigrf.igrf(east, north, ALTITUDE, datetime(year, 7, 1))
    return (latitude, longitude), np.stack([part[0] for part in parts], axis=-1)


@cache
def _dipole_axis(year: int) -> np.ndarray:
    """Unit vector to the dipole's pole in the north at mid-year: minus (g11, h11, g10)."""
    from ppigrf.ppigrf import read_shc

    g, h = read_shc()
    years = g.index.year  # the model has a value every five
    axis = -np.array([np.interp(year + 0.5, years, part) for part in (g[1, 1], h[1, 1], g[1, 0])])
    return axis / np.linalg.norm(axis)
