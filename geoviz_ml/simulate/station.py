"""Stations of THEMIS all-sky imagers: where they stand, their horizon, their Sun and stars.

Gillam stands where a raw file of 2014 says, Athabasca where a skymap of 2023 does (in 2008 its
imager stood 25 km to the north-east), the others where SPEDAS has them (thm_asi_stations of 2008,
to 0.001 degrees). Imagers are those of 2023; that of Sanikiluaq is a guess. Declinations of the
field are those of the IGRF at 110 km in January 2012; the dip is one for all, see `curtain`. Tilt,
offset, trees and lamps are made up, but the same for all simulations.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from .all_sky import AllSkyCamera, View
from .curtain import splat
from .night_sky import equatorial_to_sky


@dataclass(frozen=True)
class Station:
    """A station; angles in degrees.

    Attributes
    ----------
    site, imager : str
        As in the names of files.
    latitude, longitude : float
        Geodetic, east positive.
    declination : float
        Of the magnetic field, east of north positive.
    tilt : float
        How far the picture's upper edge is from magnetic north.
    offset : float, counts
        Of its detector.
    """

    site: str
    imager: str
    latitude: float
    longitude: float
    declination: float
    tilt: float
    offset: float

    @property
    def number(self) -> int:
        """Its place in `STATIONS`, which fixes what is made up of it."""
        return STATIONS.index(self)

    def camera(self, response: float, magnetic: bool = False) -> AllSkyCamera:
        """The camera, of so many counts per kR at the zenith (`response`).

        With `magnetic`, azimuths count from magnetic north.
        """
        turn = self.tilt + (0 if magnetic else self.declination)
        return AllSkyCamera(turn=turn, offset=self.offset, response=response)


STATIONS = (
    Station("gill", "themis19", 56.3539, -94.6557, -0.3, 2.0, 3300.0),
    Station("atha", "themis02", 54.6026, -113.6443, 15.4, 2.3, 3180.0),
    Station("fsmi", "themis10", 59.984, -111.842, 15.7, -3.0, 3390.0),
    Station("rank", "themis12", 62.828, -92.113, -6.9, 4.0, 3250.0),
    Station("tpas", "themis05", 53.994, -100.941, 6.5, -1.5, 3340.0),
    Station("snkq", "themis03", 56.536, -79.231, -16.2, 1.0, 3210.0),
)


@cache
def views(number: int) -> tuple[View, View]:
    """Where the pixels of station `number` look, by geographic and by magnetic azimuth."""
    return tuple(STATIONS[number].camera(300.0, magnetic).view(89.9) for magnetic in (False, True))


@cache
def horizon(number: int) -> tuple[np.ndarray, np.ndarray]:
    """Trees and lamps of station `number`.

    Returns
    -------
    trees : ndarray (n,)
        Share of light that passes each pixel of `views`.
    lamps : ndarray (y, x), kR
    """
    view, rng = views(number)[0], np.random.default_rng([1867, number])
    azimuth = np.arange(720) / 2
    hills = sum(
        rng.normal(0, 1.2) / k**0.5 * np.cos(np.radians(k * azimuth) + rng.uniform(0, 6.3))
        for k in range(1, 7)
    )
    crowns = np.repeat(rng.gamma(2.0, 1.0, 360), 2) * (np.abs(hills) > 0.7)
    height = np.maximum(1.5 + hills, 0.5) + crowns
    hidden = np.interp(view.azimuth, azimuth, height, period=360) - (90 - view.zenith)
    trees = np.clip(0.5 - hidden, 0.02, 1)  # a pixel is 0.8 degrees there
    lamps = rng.integers(2, 6)
    row, column = view.camera.pixel(rng.uniform(87, 89.8, lamps), rng.uniform(0, 360, lamps))
    return trees, splat(row, column, 150 * rng.lognormal(0, 1.2, lamps), view.camera.size)


def sidereal(time: np.datetime64 | np.ndarray, longitude: float) -> np.ndarray:
    """Local sidereal time at UT `time` and east `longitude` (degrees) as an angle, 0 to 360.

    `time` has any shape, and so has the result. Source: Meeus 1998, Astronomical Algorithms,
    equation 12.4, its terms linear in time.
    """
    return (280.46062 + 360.98564737 * _days(time) + longitude) % 360


def sun(time: np.datetime64 | np.ndarray, station: Station) -> tuple[np.ndarray, np.ndarray]:
    """Elevation (without refraction) and azimuth of the Sun at UT `time`, degrees, good to 0.02.

    They have the shape of `time`. Source: low-precision formulas of the Astronomical Almanac, page
    C5.
    """
    n = _days(time)
    anomaly = np.radians(357.528 + 0.9856003 * n)
    orbit = np.radians(280.460 + 0.9856474 * n) + np.radians(1.915) * np.sin(anomaly)
    orbit, tilt = orbit + np.radians(0.020) * np.sin(2 * anomaly), np.radians(23.439 - 4e-7 * n)
    right_ascension = np.degrees(np.arctan2(np.cos(tilt) * np.sin(orbit), np.cos(orbit)))
    declination = np.degrees(np.arcsin(np.sin(tilt) * np.sin(orbit)))
    stars = sidereal(time, station.longitude)
    zenith, azimuth = equatorial_to_sky(right_ascension, declination, station.latitude, stars)
    return 90 - zenith, azimuth % 360


def twilight(view: View, elevation: float, azimuth: float) -> np.ndarray:
    """Scattered sunlight (n,) in kR over a view, with the Sun below the horizon.

    `elevation` and `azimuth` are the Sun's, degrees. At the zenith the light falls by 1.05
    magnitudes a degree, as in V at Paranal between 7 and 14 degrees (Patat et al. 2006); that it
    is brighter towards the Sun is a guess of form.
    """
    zenith = 143 * 10 ** (-0.4 * 1.05 * (-elevation - 10))
    toward = (1 + np.cos(np.radians(view.azimuth - azimuth))) / 2
    low = view.zenith / 90
    return zenith * (0.6 + 0.4 * low + 6 * toward**2 * low**3)


def _days(time) -> np.ndarray:
    """Days since noon of 1 January 2000."""
    epoch = np.datetime64("2000-01-01T12:00:00", "ms")
    return (np.asarray(time, "datetime64[ms]") - epoch).astype(float) / 86_400_000
