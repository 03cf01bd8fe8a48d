"""The sky without aurora: airglow and starlight, stars, town light, the Moon, clouds.

Radiances are in kR over the band of a panchromatic imager, flat arrays over the pixels of a
`geoviz_ml.simulate.all_sky.View`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from .all_sky import View, extinction, slant, unit_vector
from .curtain import sample, splat, texture

STARS = 1500  # to about magnitude 5
STAR = 90.0  # kR times pixel of a star of magnitude 0, by the power spectrum of real pictures
GALACTIC_POLE = (192.86, 27.13)  # right ascension and declination, degrees


@dataclass
class Night:
    """What stays the same in a night; angles in degrees.

    Attributes
    ----------
    latitude : float
    sidereal : float
        Sidereal time at its first picture, as an angle.
    clarity : float
        Response of the imager, as a factor on what it should be: dust, frost, age.
    continuum, airglow : float, kR at the zenith
    loss : float
        Extinction, magnitudes an air mass.
    town : float, kR at the horizon
    town_azimuth : float
    """

    latitude: float
    sidereal: float
    clarity: float
    continuum: float
    airglow: float
    loss: float
    town: float
    town_azimuth: float

    @classmethod
    def draw(cls, rng: np.random.Generator) -> Night:
        """A night of a station in the auroral zone."""
        return cls(
            latitude=rng.uniform(54, 67),
            sidereal=rng.uniform(0, 360),
            clarity=rng.lognormal(0, 0.45),
            continuum=3.0 * np.exp(rng.normal(0, 0.3)),
            airglow=0.4 * np.exp(rng.normal(0, 0.4)),
            loss=0.18 + rng.gamma(2.0, 0.05),
            town=rng.gamma(0.7, 4.0),
            town_azimuth=rng.uniform(0, 360),
        )

    def hour_angle(self, seconds: float) -> float:
        """Sidereal time as an angle, degrees, `seconds` after the first picture."""
        return self.sidereal + seconds * 360 / 86164


def equatorial_to_sky(right_ascension, declination, latitude: float, sidereal: float):
    """Zenith angle and azimuth (clockwise from north) of equatorial coordinates.

    All in degrees: arrays of right ascensions and declinations of one shape, the station's latitude
    and its sidereal time as an angle.
    """
    hour = np.radians(sidereal - np.asarray(right_ascension))
    dec, lat = np.radians(declination), np.radians(latitude)
    up = np.sin(lat) * np.sin(dec) + np.cos(lat) * np.cos(dec) * np.cos(hour)
    east = -np.cos(dec) * np.sin(hour)
    north = np.cos(lat) * np.sin(dec) - np.sin(lat) * np.cos(dec) * np.cos(hour)
    return np.degrees(np.arctan2(np.hypot(east, north), up)), np.degrees(np.arctan2(east, north))


@cache
def catalogue() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Right ascension, declination (degrees) and magnitude of made-up stars, three arrays (1500,).

    They are the same for every night. Counts grow by 10^0.5 a magnitude, as the real ones do.
    """
    rng = np.random.default_rng(1801)
    magnitude = 5.2 + 2 * np.log10(rng.uniform(1e-3, 1, STARS))
    return rng.uniform(0, 360, STARS), np.degrees(np.arcsin(rng.uniform(-1, 1, STARS))), magnitude


def stars(view: View, night: Night, seconds: float) -> np.ndarray:
    """Stars as points of a picture (size, size) in kR, before any blur, after extinction.

    `seconds` count from the first picture of the night.
    """
    ra, dec, magnitude = catalogue()
    zenith, azimuth = equatorial_to_sky(ra, dec, night.latitude, night.hour_angle(seconds))
    up = zenith < 88
    zenith, azimuth, magnitude = zenith[up], azimuth[up], magnitude[up]
    flux = STAR * 10 ** (-0.4 * magnitude) * extinction(zenith, night.loss)
    return splat(*view.camera.pixel(zenith, azimuth), flux, view.camera.size)


def dark_sky(view: View, night: Night, seconds: float) -> np.ndarray:
    """Airglow, starlight with the Milky Way, and the light of a town, kR (n,) over the view.

    `seconds` count from the first picture of the night.
    """
    zenith, azimuth = equatorial_to_sky(*GALACTIC_POLE, night.latitude, night.hour_angle(seconds))
    galactic = unit_vector(zenith, azimuth).astype(np.float32) @ view.vector
    band = np.exp(-(np.arcsin(galactic.clip(-1, 1)) ** 2) / (2 * 0.17**2))
    far = slant(view.zenith, 97.0)
    loss = extinction(view.zenith, night.loss)
    sky = (night.continuum * (0.75 + 0.25 * far + 0.12 * band) + night.airglow * far) * loss**0.5
    return sky + town_light(view, night, 10.0)


def town_light(view: View, night: Night, height: float) -> np.ndarray:
    """Light of the night's town scattered in the air, kR (n,) over the view.

    It fades in `height` degrees above the horizon.
    """
    town = unit_vector(90.0, night.town_azimuth).astype(np.float32)
    return night.town * np.exp((view.zenith - 90) / height + 1.5 * (town @ view.vector - 1))


def moonlight(
    view: View, night: Night, zenith: float, azimuth: float, strength: float, frost: float = 1.0
) -> np.ndarray:
    """Scattered moonlight and the glare around the Moon, kR (n,) over the view.

    The Moon stands at `zenith` and `azimuth` (degrees), has `strength` 1 when full, and shines
    through a dome whose dirt scatters in proportion to `frost`.

    Notes
    -----
    Scattering after Krisciunas and Schaefer 1991, equations 15, 16 and 21, scaled to some 10 kR
    far from a full Moon; the glare of lens and dome is a guess that saturates some 7 degrees.
    """
    moon = unit_vector(np.float32(zenith), np.float32(azimuth)).astype(np.float32)
    apart = np.degrees(np.arccos((moon @ view.vector).clip(-1, 1)))
    rayleigh = 10**5.36 * (1.06 + np.cos(np.radians(apart)) ** 2)
    mie = 10 ** (6.15 - apart / 40)
    thick = 1 - 10 ** (-0.4 * night.loss * slant(view.zenith, 8.0))
    dimmed = strength * extinction(zenith, night.loss)
    scattered = 3e-5 * (rayleigh + mie) * thick
    glare = 10000 / (1 + (apart / 2.5) ** 2) ** 2 + 10 / (1 + (apart / 8) ** 2)
    return dimmed * (scattered + frost * glare)


@dataclass
class Cloud:
    """A layer of cloud; the same for all pictures of a sequence.

    Attributes
    ----------
    field : ndarray
        A random texture (see `geoviz_ml.simulate.curtain.texture`).
    base, grain : float, km
        Altitude, and the distance after which the texture repeats.
    wind : ndarray (2,), km/s to the east and north
    cover : float
        Share of the sky that it covers, 0 to 1.
    soft : float
        Width of its edges in standard deviations of the texture.
    thick : float
        Optical thickness at the most, without unit.
    light : float, kR
        Brightness from below where it is thick, beside a town.
    """

    field: np.ndarray
    base: float
    grain: float
    wind: np.ndarray
    cover: float
    soft: float
    thick: float
    light: float

    @classmethod
    def draw(
        cls, rng: np.random.Generator, cover: tuple[float, float], thick: tuple[float, float]
    ) -> Cloud:
        """Thin cloud: its `cover` and `thick`, without unit, lie between two bounds each."""
        return cls(
            field=texture(rng, rng.uniform(2.8, 3.6)),
            base=rng.uniform(2, 6),
            grain=rng.uniform(25, 70),
            wind=rng.normal(0, 0.008, 2),
            cover=rng.uniform(*cover),
            soft=2.0,
            thick=rng.uniform(*thick),
            light=rng.uniform(0.5, 3),
        )

    def seen(self, view: View, night: Night, seconds: float) -> tuple[np.ndarray, np.ndarray]:
        """Share of light that comes through, and brightness in kR, of each pixel (n,).

        The night's town shines on the cloud from below.
        """
        x, y = view.shell(self.base)
        along = self.wind * seconds
        values = sample(self.field, x - along[0], y - along[1], self.grain)
        edge = np.quantile(self.field, 1 - self.cover) if self.cover < 1 else -10.0
        through = np.exp(-self.thick * np.clip((values - edge) / self.soft, 0, 1))
        lit = self.light * (1 - through) * (1 + 0.15 * values)
        return through, lit * (0.5 + 0.1 * night.town + 0.5 * town_light(view, night, 60.0))
