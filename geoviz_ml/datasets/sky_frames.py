"""Frames of any all-sky camera that the readers know: their files, their sky, their maps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from ..errors import DataFileError, MissingDataError, UsageError
from ..prepare.sky_disk import SkyDisk, find_sky, round_skymap
from ..readers import (
    find_skymap,
    read_dasc,
    read_dasc_skymap,
    read_sky_pictures,
    read_skymap,
    read_themis,
)
from .base import files_below, read_table
from .layout import STREAM, TRUTH_TABLE

MINUTES = ("*.pgm", "*.pgm.gz")
POKER_FLAT = ("*_dasc_*.fits", "*_dasc_*.fits.gz")
PICTURES = ("*.jpg", "*.jpeg", "*.png")
FILLED = re.compile(r"_themis\d\d_")  # of these cameras' frames, the sky fills the whole
LOOKED_AT = 16  # frames of a camera in which its sky is sought


def frame_files(folder: Path) -> tuple[list[Path], pd.DataFrame]:
    """Files of frames, and what a simulator tells of each, in their order.

    Raises
    ------
    MissingDataError
        There is none.
    DataFileError
        The simulator's table is another's, or damaged.
    """
    note = folder / TRUTH_TABLE
    if note.is_file():
        table = read_table(note, ["file"], dates=["time"])
        return [folder / STREAM / name for name in table.file], table.drop(columns="file")
    stream = folder / STREAM
    wanted = (*MINUTES, *POKER_FLAT, *PICTURES)
    files = files_below(stream if stream.is_dir() else folder, wanted)
    if not files:
        raise MissingDataError("holds no frames of an all-sky camera.", folder)
    return files, pd.DataFrame()


def read_frames(path: Path, channel: str | None = None) -> xr.DataArray:
    """All frames of one file, whatever the camera.

    Parameters
    ----------
    path : pathlib.Path
        A raw minute (THEMIS, Rainbow), a frame of Poker Flat, or a picture (JPEG, PNG).
    channel : {"red", "green", "blue"}, optional
        Of pictures in colour; by default their brightness.

    Returns
    -------
    DataArray (time, y, x)
        Counts, or brightness in 0..1 of a picture. Pixels behind colour filters in blocks of 2 x 2
        are averaged. `time` (UT) is NaT where neither file nor name tells. Attributes as the
        reader has them; `site` is "" if unknown, and `imager` the folder's name.

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there or damaged.
    """
    name = path.name.lower()
    if name.endswith((".pgm", ".pgm.gz")):
        frames = read_themis(path)
    elif "_dasc_" in name and name.endswith((".fits", ".fits.gz")):
        frames = read_dasc(path)
    else:
        frames = read_sky_pictures(path, channel)
    known = {"site": "", "imager": path.parent.name, **frames.attrs}
    if known["imager"].startswith("rainbow"):
        frames = frames.coarsen(y=2, x=2, boundary="trim").mean()
    return frames.assign_attrs(known)


def find_skies(files: Sequence[Path], channel: str | None) -> dict[Path, SkyDisk]:
    """Where the sky is in the files whose frames it does not fill, sought once a camera.

    Raises
    ------
    MissingDataError, DataFileError
        As of `read_frames`; a picture is smaller than 16 x 16 pixels.
    """
    cameras: dict[tuple, list[Path]] = {}
    for file in files:
        if not FILLED.search(file.name):
            frames = read_frames(file, channel)
            cameras.setdefault((frames.attrs["imager"], frames.shape[1:]), []).append(file)
    skies = {}
    for same in cameras.values():
        some = same[:: -(-len(same) // LOOKED_AT)]
        try:
            sky = find_sky(np.stack([read_frames(file, channel).values[0] for file in some]))
        except UsageError as error:
            raise DataFileError(error.problem, same[0]) from error
        skies |= dict.fromkeys(same, sky)
    return skies


def picture_skymap(folder: Path, row: pd.Series, sky: SkyDisk | None, size: int) -> xr.Dataset:
    """Where the pixels of a picture look, and where they lie on the shell of the aurora.

    Parameters
    ----------
    folder : pathlib.Path
        Holds skymaps of THEMIS, or maps of Poker Flat.
    row : Series
        Of the picture's table.
    sky : SkyDisk or None
        Where the sky is in the file; None where it fills it.
    size : int
        Pixels of a side of the picture.

    Raises
    ------
    MissingDataError
        The folder has no map of this camera at this time.
    """
    if row.camera == "dasc":
        skymap = read_dasc_skymap(folder)
    else:
        skymap = read_skymap(find_skymap(folder, row.place, row.time))
    return skymap if sky is None else round_skymap(skymap, sky, size)
