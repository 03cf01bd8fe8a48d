"""The Sun as a sphere seen from the Earth: when, how large, how turned, and which pixel is where.

Vectors have the components (west, north, toward the observer) and length 1 on the surface; the
observer is far away, so rays are parallel. The projection is written down again on purpose, as
vectors: `geoviz_ml.geometry.sun` is tested against it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

MM = 695.7  # radius of the Sun, megametres
CARRINGTON = 14.1844  # degrees a day, sidereal: the rate of Carrington's longitudes


def rotation_rate(latitude: np.ndarray) -> np.ndarray:
    """Sidereal rotation of the Sun's magnetic features, degrees a day, at latitudes in degrees.

    Latitudes have any shape.
    2.902 - 0.464 sin^2 - 0.328 sin^4 of the latitude, microradians a second (Snodgrass 1983,
    Astrophysical Journal 270, 288).
    """
    s2 = np.sin(np.radians(latitude)) ** 2
    return np.degrees((2.902 - 0.464 * s2 - 0.328 * s2**2) * 1e-6 * 86400)


@dataclass(frozen=True)
class View:
    """A picture of the Sun or a part of one, solar north up and west to the right.

    Parameters
    ----------
    shape : (int, int)
        Height and width in pixels.
    disk : (float, float, float)
        x and y of the disk's centre and its radius, pixels; 0, 0 is the centre of the top left
        pixel.
    b0 : float
        Latitude of the disk's centre, degrees.
    """

    shape: tuple[int, int]
    disk: tuple[float, float, float]
    b0: float = 0.0

    @property
    def mm(self) -> float:
        """Megametres of a pixel at the disk's centre."""
        return MM / self.disk[2]

    @cached_property
    def west(self) -> np.ndarray:
        """First component of the pixels' vectors, (1, width); the Sun's radius is 1."""
        return ((np.arange(self.shape[1]) - self.disk[0]) / self.disk[2])[None, :]

    @cached_property
    def north(self) -> np.ndarray:
        """Second component, (height, 1)."""
        return (-(np.arange(self.shape[0]) - self.disk[1]) / self.disk[2])[:, None]

    @cached_property
    def mu(self) -> np.ndarray:
        """Cosine of the angle from the disk's centre, (height, width); 0 off the disk."""
        return np.sqrt(np.clip(1 - self.west**2 - self.north**2, 0, None))

    def vectors(self, latitude: np.ndarray, longitude: np.ndarray) -> np.ndarray:
        """Places on the Sun (degrees, longitude from the central meridian) as vectors (..., 3).

        Latitudes and longitudes have one shape, any.
        """
        lat, lon, b0 = np.radians(latitude), np.radians(longitude), np.radians(self.b0)
        toward, up = np.cos(lat) * np.cos(lon), np.sin(lat)
        return np.stack(
            [
                np.cos(lat) * np.sin(lon),
                up * np.cos(b0) - toward * np.sin(b0),
                up * np.sin(b0) + toward * np.cos(b0),
            ],
            axis=-1,
        )

    def pixels(self, vectors: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """x and y, each (...), of vectors (..., 3) in the picture, pixels."""
        x, y, radius = self.disk
        return x + radius * vectors[..., 0], y - radius * vectors[..., 1]

    def part(self, vectors: np.ndarray, margin: float) -> tuple[View, tuple[slice, slice]]:
        """The part of the picture that holds these places and a margin in pixels, and where it is.

        `vectors` are (k, 3); where it is, are slices of rows and of columns. Empty if they are
        outside.
        """
        x, y = self.pixels(vectors)
        rows, columns = (
            slice(max(int(at.min() - margin), 0), max(min(int(at.max() + margin) + 2, length), 0))
            if len(at)
            else slice(0, 0)
            for at, length in ((y, self.shape[0]), (x, self.shape[1]))
        )
        height, width = (max(s.stop - s.start, 0) for s in (rows, columns))
        disk = (self.disk[0] - columns.start, self.disk[1] - rows.start, self.disk[2])
        return View((height, width), disk, self.b0), (rows, columns)
