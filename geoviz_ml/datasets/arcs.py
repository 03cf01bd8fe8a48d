"""Raw minutes of all-sky cameras as pictures, with arcs where they are known."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from ..errors import DataFileError, MissingDataError
from ..prepare.patches import to_picture
from ..readers.themis import read_themis
from .base import PictureSet, picture_table, truth_of
from .layout import STREAM, TRUTH, TRUTH_TABLE

MINUTE = ".pgm.gz"


@dataclass(frozen=True, kw_only=True)
class ArcPictures(PictureSet):
    """The first frame of each minute, bytes as `to_picture` makes them.

    See `PictureSet`; the table of simulated minutes adds the columns of
    `geoviz_ml.simulate.arcs.make`.
    """

    def frame(self, number: int) -> xr.DataArray:
        """The raw minute of a picture, (time, y, x)."""
        return read_themis(self.folder / STREAM / self.table.file[number])


def load_arcs(folder: str | PathLike) -> ArcPictures:
    """Read raw minutes, and the masks of their arcs where they are known.

    Raises
    ------
    MissingDataError, DataFileError
        A file is not there, or damaged.
    """
    folder = Path(folder)
    note = folder / TRUTH_TABLE
    if note.exists():
        table = pd.read_csv(note, parse_dates=["time"])
        files = [folder / STREAM / name for name in table.file]
        more = table.drop(columns=["file", "time"]).to_dict("list")
    else:
        files, more = sorted((folder / STREAM).rglob(f"*{MINUTE}")), {}
    if not files:
        raise MissingDataError("holds no raw minutes of an all-sky camera.", folder)
    frames = [read_themis(file)[0] for file in files]
    truth = truth_of(
        [file.name for file in files], lambda name: _truth(folder, name), folder, "masks", False
    )
    places = [frame.attrs.get("site", "") for frame in frames]
    table = picture_table(folder / STREAM, files, [f.time.values for f in frames], places, **more)
    return ArcPictures(
        pictures=np.stack([to_picture(frame) for frame in frames]),
        table=table,
        folder=folder,
        masks=truth and np.stack([read_truth(folder, file)[0] for file in files]),
    )


def _truth(folder: Path, name: str) -> Path | None:
    return next((folder / TRUTH).rglob(f"{name.removesuffix(MINUTE)}.npz"), None)


def read_truth(folder: str | PathLike, file: str | PathLike) -> np.ndarray:
    """Masks of the arcs of one simulated minute, bool (time, y, x).

    Parameters
    ----------
    folder : path-like
        What `geoviz_ml.simulate.arcs.make` filled.
    file : str or path-like
        A `file` of ``truth.csv``, or a file below ``stream0``.

    Raises
    ------
    MissingDataError, DataFileError
        There are no masks of this minute, or they are damaged.
    """
    path = _truth(Path(folder), Path(file).name)
    if path is None:
        raise MissingDataError(f"holds no masks of {Path(file).name}.", Path(folder) / TRUTH)
    try:
        with np.load(path, allow_pickle=False) as stored:
            shape = stored["shape"]
            bits = np.unpackbits(stored["arcs"], count=int(np.prod(shape)))
        return bits.reshape(shape).astype(bool)
    except Exception as error:
        raise DataFileError(f"is damaged ({error}).", path, "Simulate the folder again.") from error
