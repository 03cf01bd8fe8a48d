"""The Earth: its size, the reference field and the frame of its dipole, and places as vectors."""

from __future__ import annotations

from datetime import datetime
from functools import cache

import numpy as np

from ..errors import UsageError
from .instant import instant

EARTH = 6371.0  # mean radius, km
ORBIT = 507.0  # km, where `magnetic` gives the field


def radians(angle) -> np.ndarray:
    """Radians of degrees of any shape, in single precision or better.

    NumPy's own are in half precision where bytes or float16 came in: wrong by up to 0.06 degrees.
    """
    angle = np.asarray(angle)
    return np.radians(angle.astype(np.result_type(angle.dtype, np.float32), copy=False))


def unit(latitude, longitude) -> np.ndarray:
    """Unit vectors (..., 3) of float64 to places in degrees; both of one shape, any."""
    lat, lon = np.radians(np.float64(latitude)), np.radians(np.float64(longitude))
    return np.stack([np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)], axis=-1)


def degrees(vector: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude (-180 to 180), degrees (...), of vectors (..., 3) of any length."""
    x, y, z = np.moveaxis(np.asarray(vector), -1, 0)
    return np.degrees(np.arctan2(z, np.hypot(x, y))), np.degrees(np.arctan2(y, x))


def magnetic(latitude, longitude, date) -> dict[str, np.ndarray]:
    """The International Geomagnetic Reference Field along a track at 507 km.

    Parameters
    ----------
    latitude, longitude : ndarray (n,), degrees, geodetic
        Latitudes within 68 degrees, as satellites have them; longitudes of any turn.
    date : datetime64, datetime or text
        Its year counts.

    Returns
    -------
    dict of ndarray (n,)
        `mag_latitude`, the dip latitude ``arctan(tan(I) / 2)`` with I the inclination, and
        `mag_longitude`, that of the centred dipole, degrees; `field`, nT.

    Raises
    ------
    UsageError
        A latitude is beyond 68 degrees, or there is no field of that year.

    Notes
    -----
    The paper does not define its magnetic latitude; its section 5.3 speaks of the dip angle. It
    finds nearly all regions between 58 and 80 degrees, eight beyond 80 and two below 58. For a
    satellite that works below 65 degrees a dipole latitude ends at 74.4 (see
    `dipole`), a dip latitude at 75 in the north and 89 in the south. Hence the dip latitude.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.geometry import magnetic
    >>> latitude, longitude = np.array([0.0, 62.4]), np.array([-114.4, -114.4])
    >>> track = magnetic(latitude, longitude, np.datetime64("2022-01-01"))
    >>> track["mag_latitude"].round().tolist(), (track["field"] / 1000).round().tolist()  # uT
    ([6.0, 70.0], [24.0, 46.0])
    """
    from scipy.interpolate import RegularGridInterpolator

    dipole_longitude = dipole(latitude, longitude, date)[1]
    axes, grid = _field(_year(date))
    latitude, longitude = np.asarray(latitude, float), np.asarray(longitude, float)
    if (np.abs(latitude) > axes[0][-1]).any():
        most = np.nanmax(np.abs(latitude))
        raise UsageError(
            f"latitudes go to {most:g} degrees, the field to {axes[0][-1]:g}.",
            advice="See dipole for all latitudes.",
        )
    turned = np.where(np.abs(longitude) > 180, (longitude + 180) % 360 - 180, longitude)
    at = np.stack([latitude, turned], axis=-1)
    east, north, up = RegularGridInterpolator(axes, grid, bounds_error=False)(at).T  # NaN of NaN
    level = np.hypot(east, north)
    return {
        "mag_latitude": np.degrees(np.arctan2(-up, 2 * level)),
        "mag_longitude": dipole_longitude,
        "field": np.hypot(level, up),
    }


def dipole(latitude, longitude, date) -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude in the frame of the reference field's centred dipole, degrees.

    `latitude` and `longitude` (degrees) have one shape, any, and so has the result. The geodetic
    latitude is taken as if it were geocentric, an error below 0.2 degrees. Of the date, a
    datetime64, datetime or text, the year counts.

    Raises
    ------
    UsageError
        There is no field of that year, or this is no date.

    Examples
    --------
    >>> from geoviz_ml.geometry import dipole
    >>> latitude, longitude = dipole(62.4, -114.4, "2022-01-01")  # Yellowknife
    >>> round(float(latitude))  # farther north than on the map
    69
    """
    pole = _dipole_axis(_year(date))
    place = unit(latitude, longitude)
    east = np.cross([0.0, 0.0, 1.0], pole)
    east /= np.linalg.norm(east)
    south = np.cross(east, pole)  # toward the geographic south pole, in the dipole's equator
    return (
        np.degrees(np.arcsin(np.clip(place @ pole, -1, 1))),
        np.degrees(np.arctan2(place @ east, place @ south)),
    )


def _year(date) -> int:
    year = instant(date, "Y")
    if np.isnat(year):
        raise UsageError("the field needs a date, and this one is NaT.")
    return year.item().year


@cache
def _field(year: int) -> tuple[tuple[np.ndarray, np.ndarray], np.ndarray]:
    """East, north and up component (latitude, longitude, 3) in the middle of a year, nT.

    Every 2 by 4 degrees: linear interpolation then is good to 0.2 degrees of dip latitude.
    """
    import ppigrf

    latitude, longitude = np.arange(-68.0, 69, 2), np.arange(-180.0, 181, 4)
    east, north = np.meshgrid(longitude, latitude)
    parts = ppigrf.igrf(east, north, ORBIT, datetime(year, 7, 1))
    return (latitude, longitude), np.stack([part[0] for part in parts], axis=-1)


@cache
def _dipole_axis(year: int) -> np.ndarray:
    """Unit vector to the dipole's pole in the north at mid-year: minus (g11, h11, g10)."""
    from ppigrf.ppigrf import read_shc

    g, h = read_shc()
    years = g.index.year  # the model has a value every five
    if not years[0] <= year < years[-1]:
        raise UsageError(
            f"no field of {year} is known: the model is of {years[0]} to {years[-1] - 1}."
        )
    axis = -np.array([np.interp(year + 0.5, years, part) for part in (g[1, 1], h[1, 1], g[1, 0])])
    return axis / np.linalg.norm(axis)
