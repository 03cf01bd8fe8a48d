"""The geometry and the detector of an all-sky imager (THEMIS ASI, Donovan et al. 2006).

Pixel <-> direction: the picture shows the sky from below, north up and east to the left, and the
zenith angle grows with the distance r from the centre as ``a1 r + a3 r^3``.

Direction <-> emission: a line of sight of zenith angle z meets the shell at altitude h above a
point of the ground at the angle psi from the station, seen from the centre of a spherical Earth,
with ``psi = z - arcsin(R sin z / (R + h))``.

Radiance -> counts: vignetting, electrons with their photon noise, gain and offset.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..geometry.earth import EARTH


@dataclass(frozen=True)
class AllSkyCamera:
    """A fisheye camera and its detector; angles in degrees.

    The projection is a fit to a skymap of the THEMIS imager at Athabasca, good to 2 degrees. Gain
    and offset are the photon transfer curve of raw frames of Gillam (variance over mean of
    successive frames: 1.69 counts, zero at 3299 counts; the file header says 3300).

    Attributes
    ----------
    size : int
        Pixels of a side; `a1` and `a3` hold for 256 and are scaled.
    a1, a3 : float
        Zenith angle = a1 r + a3 r**3, r in pixels of a 256-pixel picture.
    turn : float
        Azimuth of the picture's upper edge.
    offset : float, counts
    dark : float, electrons
    gain : float, counts per electron
    response : float, counts per kR at the zenith, in one exposure
    """

    size: int = 256
    a1: float = 0.68
    a3: float = 2.9e-6
    turn: float = 0.0
    offset: float = 3300.0
    dark: float = 170.0
    gain: float = 1.69
    response: float = 300.0

    def radius(self, zenith: np.ndarray) -> np.ndarray:
        """Distance from the centre, pixels, at which zenith angles (degrees) are seen.

        Arrays have any shape; the inverse of the projection, see the head of the module.
        """
        scale = np.sqrt(4 * self.a1 / (3 * self.a3))  # the real root of the cubic
        root = np.sinh(np.arcsinh(4 * np.asarray(zenith) / (self.a3 * scale**3)) / 3)
        return scale * root * self.size / 256

    def pixel(self, zenith: np.ndarray, azimuth: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Row and column, as fractions, at which directions (degrees) are seen; arrays broadcast.

        Azimuth is clockwise from north; angles have any shape.
        """
        r, turned = self.radius(zenith), np.radians(np.asarray(azimuth) - self.turn)
        centre = (self.size - 1) / 2
        return centre - r * np.cos(turned), centre - r * np.sin(turned)

    def direction(self, row: np.ndarray, column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Zenith angle and azimuth (clockwise from north, 0 to 360), degrees, of pixels.

        `row` and `column` may be fractions; they have any shape, and broadcast.
        """
        centre = (self.size - 1) / 2
        up, left = centre - np.asarray(row), centre - np.asarray(column)
        r = np.hypot(up, left) * 256 / self.size
        azimuth = np.degrees(np.arctan2(left, up)) + self.turn
        return self.a1 * r + self.a3 * r**3, azimuth % 360

    def solid_angle(self, zenith: np.ndarray) -> np.ndarray:
        """Solid angle of a pixel in steradian at zenith angles (degrees), of their shape.

        sin(z) / r * dz/dr of the projection, with r in pixels of this picture.
        """
        r = np.maximum(self.radius(zenith) * 256 / self.size, 1e-3)
        z = self.a1 * r + self.a3 * r**3
        slope = self.a1 + 3 * self.a3 * r**2  # dz/dr
        return np.sin(np.radians(z)) / r * np.radians(slope) * (256 / self.size) ** 2

    def view(self, most: float = 90.0) -> View:
        """The pixels that look at zenith angles up to `most` degrees."""
        row, column = np.indices((self.size, self.size))
        zenith, azimuth = self.direction(row, column)
        return View(self, np.flatnonzero(zenith <= most), zenith, azimuth)

    def lens(self, zenith: np.ndarray) -> np.ndarray:
        """Vignetting: share of light that passes the lens, 1 at zenith angle 0, .2 at 90 degrees.

        `zenith` (degrees) has any shape, and so has the result.
        """
        return 1 - 0.8 * (np.asarray(zenith) / 90) ** 3

    def expose(self, radiance: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Counts of one exposure, uint16 of the shape of `radiance` (kR in front of the chip).

        Electrons are many (hundreds a pixel), so that their Poisson noise is drawn as normal.
        """
        electrons = self.response / self.gain * np.maximum(radiance, 0) + self.dark
        noise = rng.standard_normal(electrons.shape, np.float32)
        counts = self.offset + self.gain * (electrons + np.sqrt(electrons) * noise)
        return counts.clip(0, 65535).astype(np.uint16)


class View:
    """Pixels of a camera as flat arrays: where they look.

    Attributes
    ----------
    camera : AllSkyCamera
    pixels : ndarray of int (n,)
        Positions in the flattened picture.
    zenith, azimuth : ndarray of float32 (n,), degrees
    """

    def __init__(self, camera: AllSkyCamera, pixels, zenith, azimuth):
        self.camera, self.pixels = camera, pixels
        self.zenith = zenith.ravel()[pixels].astype(np.float32)
        self.azimuth = azimuth.ravel()[pixels].astype(np.float32)

    @cached_property
    def vector(self) -> np.ndarray:
        """Unit vectors of the lines of sight, (3, n): east, north, up."""
        return unit_vector(self.zenith, self.azimuth).astype(np.float32)

    def shell(self, altitude: float) -> tuple[np.ndarray, np.ndarray]:
        """Where each line of sight meets a shell at `altitude` (km): km east and north, each (n,).

        Along the ground, to the point below; see `ground_distance`.
        """
        distance = ground_distance(self.zenith, altitude)
        azimuth = np.radians(self.azimuth)
        return distance * np.sin(azimuth), distance * np.cos(azimuth)

    def frame(self, values: np.ndarray) -> np.ndarray:
        """Put values (n,) into a picture (size, size); 0 elsewhere."""
        size = self.camera.size
        picture = np.zeros(size * size, np.float32)
        picture[self.pixels] = values
        return picture.reshape(size, size)


def unit_vector(zenith: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
    """Unit vectors (3, ...) east, north, up of `zenith` and `azimuth` angles (...) in degrees."""
    z, a = np.radians(zenith), np.radians(azimuth)
    return np.stack([np.sin(z) * np.sin(a), np.sin(z) * np.cos(a), np.cos(z) + 0 * a])


def ground_distance(zenith: np.ndarray, altitude: float) -> np.ndarray:
    """Great-circle distance in km to below the point where a line of sight meets `altitude` (km).

    Zenith angles are in degrees; the result has the shape of `zenith`. By the law of sines; see
    the head of the module.
    """
    z = np.radians(zenith)
    return EARTH * (z - np.arcsin(EARTH * np.sin(z) / (EARTH + altitude)))


def zenith_of(distance: np.ndarray, altitude: np.ndarray) -> np.ndarray:
    """Zenith angle in degrees of points at `altitude`, `distance` along the ground (both km).

    The inverse of `ground_distance`, of any shape; arrays broadcast.
    """
    psi, shell = np.asarray(distance) / EARTH, EARTH + np.asarray(altitude)
    up = altitude - 2 * shell * np.sin(psi / 2) ** 2  # shell cos(psi) - EARTH, without its loss
    return np.degrees(np.arctan2(shell * np.sin(psi), up))


def slant(zenith: np.ndarray, altitude: float) -> np.ndarray:
    """How much longer a line of sight is in a thin layer at `altitude` than at the zenith.

    The van Rhijn function, 1 / sqrt(1 - (R sin z / (R + h))^2); for the air's 8 km an air mass.
    `zenith` is in degrees, of any shape, `altitude` in km.
    """
    ratio = EARTH / (EARTH + altitude) * np.sin(np.radians(zenith))
    return 1 / np.sqrt(1 - ratio**2)


def extinction(zenith: np.ndarray, magnitudes: float) -> np.ndarray:
    """Share of light from above the air that arrives at zenith angles (degrees), of their shape.

    1 at the zenith; `magnitudes` are lost per air mass, of 8 km scale height.
    """
    return 10 ** (-0.4 * magnitudes * (slant(zenith, 8.0) - 1))


def geographic(
    latitude: float, longitude: float, azimuth: np.ndarray, distance: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Latitude and longitude (-180 to 180) at `distance` (km) from a station along `azimuth`.

    Angles in degrees, on a sphere; `azimuth` and `distance` are arrays of one shape.
    """
    lat, a = np.radians(latitude), np.radians(azimuth)
    psi = np.asarray(distance) / EARTH
    sine = np.sin(lat) * np.cos(psi) + np.cos(lat) * np.sin(psi) * np.cos(a)
    east = np.arctan2(np.sin(a) * np.sin(psi) * np.cos(lat), np.cos(psi) - np.sin(lat) * sine)
    return np.degrees(np.arcsin(sine)), (longitude + np.degrees(east) + 180) % 360 - 180
