"""A folder of full-disk pictures of the Sun, with boxes or NOAA's regions where they are known."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd

from ..boxes.encode import as_boxes
from ..errors import MissingDataError
from ..prepare.sun_picture import sun_picture
from ..progress import progress
from ..readers import read_kitti, read_magnetogram
from .base import PictureSet, picture_table, truth_of
from .layout import BOXES, SUN_PNG, SUN_TABLE


@dataclass(frozen=True, kw_only=True)
class Suns(PictureSet):
    """Pictures of the Sun in order of time: 0 to 1, which is -250 to 250 G.

    See `PictureSet`; the table adds `picture` (name) and, of simulated ones, `sequence`.
    """

    target: ClassVar[str] = "boxes"


def load_suns(folder: str | PathLike, size: int = 512) -> Suns:
    """Read ``png/NAME.png`` and ``boxes/NAME.txt`` of every picture in ``pictures.csv``.

    Parameters
    ----------
    folder : path-like
        As of `geoviz_ml.simulate.sunspots.make`.
    size : int
        Pixels of a side; other sizes are resampled, the boxes with them.

    Raises
    ------
    MissingDataError, DataFileError
        A file is not there or damaged.
    """
    folder = Path(folder)
    note = folder / SUN_TABLE
    if not note.exists():
        raise MissingDataError(f"has no {SUN_TABLE}.", folder)
    table = pd.read_csv(note, parse_dates=["time"])[["picture", "time", "sequence"]]
    files = [folder / SUN_PNG / f"{name}.png" for name in table.picture]
    drawn = truth_of(table.picture, lambda name: _boxes(folder, name), folder, "boxes", asked=False)
    pictures, boxes = np.empty((len(table), size, size), np.float32), []
    for i, file in enumerate(progress(files, "reading")):
        picture = sun_picture(read_magnetogram(file), size, "magnetogram")
        pictures[i] = picture.grey()
        if drawn:
            boxes.append(picture.from_file(as_boxes(read_kitti(drawn[i]))))
    return Suns(
        pictures=pictures,
        table=picture_table(
            folder, files, table.time, "SDO/HMI", **table[["picture", "sequence"]].to_dict("list")
        ),
        folder=folder,
        boxes=boxes if drawn else None,
    )


def _boxes(folder: Path, name: str) -> Path | None:
    path = folder / BOXES / f"{name}.txt"
    return path if path.is_file() else None
