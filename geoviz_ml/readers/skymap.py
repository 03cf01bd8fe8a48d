"""THEMIS skymaps: where each pixel of an all-sky imager looks."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import numpy as np
import xarray as xr

from ..errors import DataFileError, MissingDataError
from ..files import AGAIN, listing, read_bounded, untrusted
from .frames import NORTH_UP
from .idl import read_variables
from .skymap_names import choose_skymap, parse

LONGEST_SKYMAP = 64 * 2**20  # bytes; real ones have 3.5 MB


def find_skymap(folder: str | PathLike, site: str, time: np.datetime64 | str) -> Path:
    """The skymap of a site that holds at a time; see `choose_skymap`.

    Parameters
    ----------
    folder : path-like
        Holds files called as ``themis_skymap_<site>_YYYYMMDD-+_vNN.sav``, also in folders below.
    site : str
        Four letters, as ``attrs["site"]`` of `read_themis`.
    time : datetime-like, UT

    Raises
    ------
    MissingDataError
        There is none, or none that holds.
    DataFileError
        There are two of its name that differ.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from geoviz_ml.readers import find_skymap
    >>> folder = Path(tempfile.mkdtemp())
    >>> for first in ("20070301", "20130115", "20151121"):
    ...     (folder / f"themis_skymap_gill_{first}-+_v02.sav").touch()
    >>> find_skymap(folder, "gill", "2014-02-18").name  # the latest that began before
    'themis_skymap_gill_20130115-+_v02.sav'
    """
    files = listing(folder, "*.sav", deep=True)
    name = choose_skymap((file.name for file in files), site, time)
    if name is None:
        day = np.datetime64(time, "D").item().strftime("%Y%m%d")
        known = [s for file in files if (s := parse(file.name)) and s.site == site]
        ended = max((s.end for s in known if s.start <= day), default="")
        raise MissingDataError(
            f"holds no skymap of {site} dated at or before {day}"
            f"{f' that still holds: the last one ended on {ended}' if ended else ''}.",
            folder,
            "Without one there are pictures, but no places.",
        )
    first, *others = [file for file in files if file.name == name]
    for other in others:
        if read_bounded(other, LONGEST_SKYMAP) != read_bounded(first, LONGEST_SKYMAP):
            raise DataFileError(f"differs from {first}.", other, "Keep one of the two.")
    return first


def read_skymap(path: str | PathLike) -> xr.Dataset:
    """Read a THEMIS skymap (IDL save file): direction and geographic position of each pixel.

    Returns
    -------
    Dataset
        `elevation` and `azimuth` (y, x), degrees, azimuth clockwise from geographic north, and
        `latitude` and `longitude` (altitude, y_corner, x_corner), degrees, of the pixels' corners
        where the aurora is at `altitude` (km); longitude in -180..180. NaN where the pixel does
        not see the sky. Rows and columns are those of `read_themis`. Attributes: `site`,
        `imager`, `site_latitude`, `site_longitude` (degrees), `valid_from` (date and hour, UT),
        `orientation`.

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there, is no whole IDL save file, or holds no skymap.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.readers import read_skymap
    >>> from geoviz_ml.simulate import arcs
    >>> folder = arcs.make(tempfile.mkdtemp(), 1, frames=1)
    >>> sky = read_skymap(next(folder.glob("skymaps/*.sav")))
    >>> sky.elevation.shape, round(float(sky.elevation.max()))  # a pixel looks straight up
    ((256, 256), 90)
    >>> sky.latitude.shape, sky.altitude.values.tolist()  # km, and corners there
    ((3, 257, 257), [90.0, 110.0, 150.0])
    """
    raw = read_bounded(path, LONGEST_SKYMAP)
    with untrusted(path, "IDL save file of a skymap"):
        sky = read_variables(raw)["skymap"]
        elevation, azimuth, latitude, longitude = (
            np.asarray(sky[f"full_{name}"], np.float32)
            for name in ("elevation", "azimuth", "map_latitude", "map_longitude")
        )
        altitude = np.asarray(sky["full_map_altitude"], float) / 1000
        attrs = {
            "site": str(sky["site_uid"]),
            "imager": str(sky["imager_uid"]),
            "site_latitude": float(sky["site_map_latitude"]),
            "site_longitude": _wrap(float(sky["site_map_longitude"])),
            "valid_from": str(sky["generation_info"]["valid_interval_start"]),
            "orientation": NORTH_UP,
        }
        sky_map = sky_dataset(elevation, azimuth, latitude, _wrap(longitude), altitude, attrs)
    sizes = sky_map.sizes
    if sizes["y"] + 1 != sizes["y_corner"] or sizes["x"] + 1 != sizes["x_corner"]:
        raise DataFileError("its corners do not fit its pixels.", path, AGAIN)
    for name, most in (("elevation", 90), ("azimuth", 360), ("latitude", 90)):
        if (np.abs(sky_map[name]) > most).any():
            raise DataFileError(f"{name} is out of range.", path, AGAIN)
    return sky_map


def sky_dataset(
    elevation: np.ndarray,
    azimuth: np.ndarray,
    latitude: np.ndarray,
    longitude: np.ndarray,
    altitude: np.ndarray,
    attrs: dict,
) -> xr.Dataset:
    """The form that all maps of the sky have, see `read_skymap`.

    Directions (y, x) and places (altitude, y_corner, x_corner) in degrees, altitude in km.
    """
    pixel, corner, units = ("y", "x"), ("altitude", "y_corner", "x_corner"), {"units": "degree"}
    return xr.Dataset(
        {
            "elevation": (pixel, elevation, units),
            "azimuth": (pixel, azimuth, units),
            "latitude": (corner, latitude, units),
            "longitude": (corner, longitude, units),
        },
        {"altitude": ("altitude", altitude, {"units": "km"})},
        attrs,
    )


def _wrap(longitude):
    return (longitude + 180) % 360 - 180
