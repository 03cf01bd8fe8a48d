"""Where the pixels of an all-sky imager lie on the shell of the aurora, and how large they are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr

from ..errors import UsageError
from .earth import EARTH, dipole, unit

FRAMES = ("geographic", "magnetic")


@dataclass
class Footprints:
    """The pixels of a skymap on a shell.

    Attributes
    ----------
    seen : ndarray of bool (H, W)
        Elevation high enough, and all four corners known.
    place : ndarray (H, W, 3)
        Unit vectors from the Earth's centre to the pixels' middles; NaN where not seen.
    area : ndarray (H, W), km^2
        On the shell; 0 where not seen.
    radius : float, km
        Of the shell.
    """

    seen: np.ndarray
    place: np.ndarray
    area: np.ndarray
    radius: float


def footprints(
    skymap: xr.Dataset, altitude: float = 110.0, min_elevation: float = 10.0
) -> Footprints:
    """Middles and areas of a skymap's pixels where the aurora is at `altitude`.

    Parameters
    ----------
    skymap : Dataset
        As from `geoviz_ml.readers.read_skymap`.
    altitude : float, km
        One of the skymap's.
    min_elevation : float, degrees
        Lower pixels count as not seen: there a pixel is tens of km long.

    Raises
    ------
    UsageError
        The skymap has no such altitude, or sees nothing above the elevation.

    Notes
    -----
    The Earth is a sphere of 6371 km, and geodetic latitudes count as if geocentric: areas are good
    to 1 %. A pixel is two spherical triangles (Eriksson 1990).

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.geometry import footprints
    >>> from geoviz_ml.readers import read_skymap
    >>> from geoviz_ml.simulate import arcs
    >>> folder = arcs.make(tempfile.mkdtemp(), 1, frames=1)
    >>> sky = read_skymap(next(folder.glob("skymaps/*.sav")))
    >>> area = footprints(sky, altitude=110.0, min_elevation=45.0).area.sum()
    >>> round(float(area), -3)  # km^2: about a disk of radius 110 km, which has 38 000
    37000.0
    """
    have = skymap.altitude.values
    if not np.isclose(have, altitude).any():
        listed = ", ".join(f"{h:g}" for h in have)
        raise UsageError(
            f"the skymap has no altitude of {altitude:g} km.", advice=f"Use one of {listed}."
        )
    shell = skymap.isel(altitude=int(np.argmin(np.abs(have - altitude))))
    corner = unit(shell.latitude.values, shell.longitude.values)
    a, b, c, d = corner[:-1, :-1], corner[:-1, 1:], corner[1:, 1:], corner[1:, :-1]
    high = skymap.elevation.values >= min_elevation  # False for NaN
    seen = high & np.isfinite(a + b + c + d).all(-1)
    if not seen.any():
        raise UsageError(f"the skymap sees nothing above {min_elevation:g} degrees of elevation.")
    radius = EARTH + altitude
    place = a + b + c + d
    place /= np.linalg.norm(place, axis=-1, keepdims=True)
    area = np.where(seen, (_triangle(a, b, c) + _triangle(a, c, d)) * radius**2, 0)
    return Footprints(seen, np.where(seen[..., None], place, np.nan), area, radius)


def in_frame(latitude, longitude, frame: str, date) -> tuple[np.ndarray, np.ndarray]:
    """Geographic degrees as they are, or in the frame of the IGRF's centred dipole.

    Latitudes and longitudes are arrays of one shape; `date` tells the year of the field.

    Raises
    ------
    UsageError
        `frame` is none of `FRAMES`.
    """
    if frame not in FRAMES:
        raise UsageError(f"no coordinates {frame!r}.", advice=f"Use one of {FRAMES}.")
    if frame == "geographic":
        return latitude, longitude
    return dipole(latitude, longitude, date)


def fits(skymap: xr.Dataset, frames: xr.DataArray) -> None:
    """Check that a skymap is of the size and site of frames (time, y, x).

    Raises
    ------
    UsageError
        It is not.
    """
    size = tuple(skymap.elevation.shape)
    if size != tuple(frames.shape[1:]):
        raise UsageError(f"the skymap has {size} pixels, the frames {tuple(frames.shape[1:])}.")
    sites = skymap.attrs.get("site"), frames.attrs.get("site")
    if None not in sites and sites[0] != sites[1]:
        raise UsageError(
            f"the skymap is of {sites[0]}, the frames are of {sites[1]}.",
            advice="Use find_skymap(folder, site, time).",
        )


def _triangle(a: np.ndarray, b: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Solid angle of spherical triangles between unit vectors."""

    def dot(u, v):
        return (u * v).sum(-1)

    volume = np.abs(dot(a, np.cross(b, c)))
    return 2 * np.arctan2(volume, 1 + dot(a, b) + dot(b, c) + dot(c, a))
