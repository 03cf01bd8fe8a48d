"""THEMIS skymaps: where each pixel of an all-sky imager looks."""

from __future__ import annotations

import re
from os import PathLike
from pathlib import Path

import numpy as np
import xarray as xr

from ..errors import DataFileError, MissingDataError
from .idl import read_variables
from .themis import ORIENTATION
from .untrusted import AGAIN, read_bounded, untrusted

LONGEST_SKYMAP = 64 * 2**20  # bytes; real ones have 3.5 MB
SKYMAP = re.compile(r"themis_skymap_([a-z]{4})_(\d{8})-.*\.sav")


def find_skymap(folder: str | PathLike, site: str, time: np.datetime64 | str) -> Path:
    """The skymap of a site that holds at a time: the latest dated at or before it.

    Parameters
    ----------
    folder : path-like
        Holds ``themis_skymap_<site>_YYYYMMDD-+_vNN.sav``, also in folders below.
    site : str
        Four letters, as ``attrs["site"]`` of `read_themis`.
    time : datetime-like, UT

    Raises
    ------
    MissingDataError
        There is none.
    """
    day = np.datetime64(time, "D").item().strftime("%Y%m%d")
    names = [(m[2], p) for p in Path(folder).rglob("*.sav") if (m := SKYMAP.fullmatch(p.name))]
    dated = sorted((d, p.name, p) for d, p in names if f"_{site}_" in p.name and d <= day)
    if not dated:
        raise MissingDataError(f"holds no skymap of {site} dated at or before {day}.", folder)
    return dated[-1][2]


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
    """
    raw = read_bounded(path, LONGEST_SKYMAP)
    with untrusted(path, "IDL save file of a skymap"):
        sky = read_variables(raw)["skymap"]
        fields = {
            name: np.asarray(sky[f"full_{field}"], np.float32)
            for name, field in (
                ("elevation", "elevation"),
                ("azimuth", "azimuth"),
                ("latitude", "map_latitude"),
                ("longitude", "map_longitude"),
            )
        }
        altitude = np.asarray(sky["full_map_altitude"], float) / 1000
        attrs = {
            "site": str(sky["site_uid"]),
            "imager": str(sky["imager_uid"]),
            "site_latitude": float(sky["site_map_latitude"]),
            "site_longitude": _wrap(float(sky["site_map_longitude"])),
            "valid_from": str(sky["generation_info"]["valid_interval_start"]),
            "orientation": ORIENTATION,
        }
        fields["longitude"] = _wrap(fields["longitude"])
        pixel, corner = ("y", "x"), ("altitude", "y_corner", "x_corner")
        units = {"units": "degree"}
        sky_map = xr.Dataset(
            {
                name: (pixel if values.ndim == 2 else corner, values, units)
                for name, values in fields.items()
            },
            {"altitude": ("altitude", altitude, {"units": "km"})},
            attrs,
        )
    sizes = sky_map.sizes
    if sizes["y"] + 1 != sizes["y_corner"] or sizes["x"] + 1 != sizes["x_corner"]:
        raise DataFileError("its corners do not fit its pixels.", path, AGAIN)
    for name, most in (("elevation", 90), ("azimuth", 360), ("latitude", 90)):
        if (np.abs(sky_map[name]) > most).any():
            raise DataFileError(f"{name} is out of range.", path, AGAIN)
    return sky_map


def _wrap(longitude):
    return (longitude + 180) % 360 - 180
