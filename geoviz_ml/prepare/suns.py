"""A folder of full-disk magnetograms with their boxes, as arrays to learn from."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from ..boxes.encode import as_boxes
from ..errors import MissingDataError
from ..progress import progress
from ..readers import read_kitti, read_magnetogram
from .sun_picture import sun_picture


@dataclass(frozen=True)
class Suns:
    """Pictures of the Sun in order of time.

    Attributes
    ----------
    pictures : ndarray (N, H, W) float32
        0..1, which is -250 to 250 G.
    boxes : list of N arrays (k, 4)
        x1, y1, x2, y2 in pixels.
    table : DataFrame
        A row a picture: `picture` (name), `time`, `sequence`.
    """

    pictures: np.ndarray
    boxes: list[np.ndarray]
    table: pd.DataFrame

    def __len__(self) -> int:
        return len(self.pictures)

    def __getitem__(self, rows) -> Suns:
        """Some of the pictures: a slice, a mask or row numbers."""
        rows = np.arange(len(self))[rows]
        table = self.table.iloc[rows].reset_index(drop=True)
        return Suns(self.pictures[rows], [self.boxes[i] for i in rows], table)

    @property
    def pair(self) -> tuple[np.ndarray, list[np.ndarray]]:
        """Pictures and boxes, as `detection_learner` takes them."""
        return self.pictures, self.boxes


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
    note = folder / "pictures.csv"
    if not note.exists():
        raise MissingDataError("has no pictures.csv.", folder)
    table = pd.read_csv(note, parse_dates=["time"])[["picture", "time", "sequence"]]
    pictures, boxes = np.empty((len(table), size, size), np.float32), []
    for i, name in enumerate(progress(table.picture, "reading")):
        data = read_magnetogram(folder / "png" / f"{name}.png")
        picture = sun_picture(data, size, "magnetogram")
        pictures[i] = picture.grey()
        drawn = as_boxes(read_kitti(folder / "boxes" / f"{name}.txt"))
        boxes.append(picture.from_file(drawn))
    return Suns(pictures, boxes, table)
