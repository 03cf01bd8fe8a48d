"""Frames of any all-sky camera that the readers know, all in one form."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import xarray as xr

from ..readers import read_picture, read_themis

MINUTES = ("*.pgm", "*.pgm.gz")
COLOURS = ("*.jpg", "*.jpeg", "*.png")
STAMP = re.compile(r"(\d{4})[-_]?(\d\d)[-_]?(\d\d)[-_T]?(\d\d)[-_:]?(\d\d)[-_:]?(\d\d)")


def read_frames(path: Path, channel: str | None = None) -> xr.DataArray:
    """All frames of one file, whatever the camera.

    Parameters
    ----------
    path : pathlib.Path
        A raw minute of a THEMIS or Rainbow imager, or a picture (JPEG, PNG).
    channel : {"red", "green", "blue"}, optional
        Of pictures in colour; by default their brightness.

    Returns
    -------
    DataArray (time, y, x)
        Counts, or brightness in 0..1 of a picture. Pixels behind colour filters in blocks of 2 x 2
        are averaged. `time` (UT) is NaT where neither file nor name tells. Attributes at least
        `site` ("" if unknown) and `imager`, of a picture the folder's name.

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there or damaged.
    """
    if path.name.lower().endswith((".pgm", ".pgm.gz")):
        frames = read_themis(path)
        filtered = str(frames.attrs.get("imager", "")).startswith("rainbow")
        frames = frames.coarsen(y=2, x=2, boundary="trim").mean() if filtered else frames
        return frames.assign_attrs(site=frames.attrs.get("site", ""))
    values = read_picture(path, channel=channel)
    return xr.DataArray(
        values[None],
        {"time": [_time(path.name)]},
        ("time", "y", "x"),
        "all_sky",
        {"units": "1", "site": "", "imager": path.parent.name},
    )


def _time(name: str) -> np.datetime64:
    """Of a name with year, month, day, hour, minute and second; else NaT."""
    try:
        year, month, day, hour, minute, second = STAMP.search(name).groups()
        stamp = np.datetime64(f"{year}-{month}-{day}T{hour}:{minute}:{second}", "ns")
        return stamp if 1990 <= int(year) < 2100 else np.datetime64("NaT", "ns")
    except (AttributeError, ValueError):
        return np.datetime64("NaT", "ns")
