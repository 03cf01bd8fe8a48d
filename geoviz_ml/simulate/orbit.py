"""Where CSES-01 flies, and how the magnetic field leans there.

A circular sun-synchronous orbit, 507 km above the equator: 97.4 degrees of inclination, descending
at 14:00 local time, ascending at 02:00, 76 orbits in 5 days. Instruments work between 65 degrees
south and north, so half an orbit is 35 minutes of data.

Orbit and working latitudes as in Shen et al. 2018, Sci. China Technol. Sci. 61, 634.
"""

from __future__ import annotations

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
