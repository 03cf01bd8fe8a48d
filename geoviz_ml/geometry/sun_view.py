"""A picture of the whole Sun: from pixels to places on it, and back.

Names and signs of the coordinates are those of Thompson 2006, Astron. Astrophys. 449, 791.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from ..errors import UsageError
from .sun import Disk, disk_position, heliographic, sun_b0


@dataclass(frozen=True)
class SunView:
    """Where the disk is in a picture, and how it is turned.

    Attributes
    ----------
    disk : (float, float, float)
        x and y of the centre and the radius, pixels; 0, 0 is the centre of the top left pixel.
    b0 : float, degrees
        Heliographic latitude of the disk's centre.
    rotation : float, degrees
        By which solar north leans from up, clockwise.
    l0 : float or None, degrees
        Carrington longitude of the disk's centre; None where it is not known.

    Examples
    --------
    >>> from geoviz_ml.geometry import SunView
    >>> view = SunView(disk=(256.0, 256.0, 200.0), b0=7.0)
    >>> latitude, longitude = view.places(256.0, 256.0)
    >>> round(float(latitude), 1)  # the disk's centre lies 7 degrees north of the equator
    7.0
    """

    disk: Disk
    b0: float = 0.0
    rotation: float = 0.0
    l0: float | None = None

    @classmethod
    def of(cls, attrs: Mapping, disk: Disk | None = None) -> SunView:
        """The view that a picture's attributes tell.

        Parameters
        ----------
        attrs : mapping
            Of an array from `geoviz_ml.readers.read_magnetogram`.
        disk : (float, float, float), optional
            Instead of the one in `attrs`.

        Returns
        -------
        SunView
            Without `b0` it is computed from `time`, as seen from the Earth; without a time it is 0,
            an error of at most 7.25 degrees.

        Raises
        ------
        UsageError
            Neither `attrs` nor `disk` tells where the disk is.
        """
        if disk is None and "disk_radius" not in attrs:
            raise UsageError(
                "the file does not tell where the disk is.",
                advice="Give disk=find_disk(picture).",
            )
        if disk is None:
            disk = attrs["disk_x"], attrs["disk_y"], attrs["disk_radius"]
        b0 = attrs.get("b0", sun_b0(attrs["time"]) if attrs.get("time") else 0.0)
        return cls(disk, b0, attrs.get("rotation", 0.0), attrs.get("l0"))

    def places(self, x, y) -> tuple[np.ndarray, np.ndarray]:
        """Latitude and Stonyhurst longitude (west positive) of pixels, degrees; NaN off the disk.

        Parameters
        ----------
        x, y : array-like of any shape, pixels
        """
        return heliographic(*self._turned(x, y, 1), self.disk, self.b0)

    def pixels(self, latitude, longitude) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """x, y (pixels), and whether it is on the near side, of places in degrees (Stonyhurst).

        Places are arrays of any shape; the results have their shape.
        """
        x, y, visible = disk_position(latitude, longitude, self.b0, self.disk)
        return *self._turned(x, y, -1), visible

    def carrington(self, longitude) -> np.ndarray:
        """Carrington longitude (0 to 360) of Stonyhurst longitudes; NaN where `l0` is unknown.

        Degrees, arrays of any shape.
        """
        return np.mod(np.asarray(longitude) + (np.nan if self.l0 is None else self.l0), 360)

    def _turned(self, x, y, way: int) -> tuple[np.ndarray, np.ndarray]:
        """Pixels as if north were up (way 1), or those of the picture again (way -1)."""
        turn = way * np.radians(self.rotation)
        across, down = np.asarray(x) - self.disk[0], np.asarray(y) - self.disk[1]
        return (
            self.disk[0] + across * np.cos(turn) + down * np.sin(turn),
            self.disk[1] - across * np.sin(turn) + down * np.cos(turn),
        )
