"""Folders of the Sun: which files are its pictures, and what was drawn on them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ..boxes.encode import as_boxes
from ..errors import MissingDataError
from ..readers import read_kitti, read_voc, read_yolo
from .base import files_below, read_table
from .layout import (
    BOXES,
    CONTINUUM,
    LABELS,
    MAGNETOGRAMS,
    PICTURES,
    SUN_ENDINGS,
    SUN_PNG,
    SUN_TABLE,
)


def sun_pictures(folder: Path, kind: str | None) -> pd.DataFrame:
    """The full-disk pictures of a folder: `path`, `picture` (name), and what a table tells.

    Of ``pictures.csv`` if it is there; else of ``images``, else of ``magnetograms*``, else all in
    the folder and below. A name that is there twice is one picture.

    Raises
    ------
    MissingDataError
        There is none.
    DataFileError
        The table is damaged or lacks a column.
    """
    if (folder / SUN_TABLE).is_file():
        return _listed(folder, CONTINUUM if kind == "continuum" else SUN_PNG)
    below = [folder / PICTURES, *sorted(folder.glob(f"{MAGNETOGRAMS}*")), folder]
    for place in [p for p in below if p.is_dir() or p == folder]:
        if files := files_below(place, [f"*{ending}" for ending in SUN_ENDINGS]):
            return pd.DataFrame({"path": files, "picture": [*map(_stem, files)]})
    raise MissingDataError(f"has no {SUN_TABLE} and no picture of the Sun.", folder)


def _stem(path: Path) -> str:
    ending = max((e for e in SUN_ENDINGS if path.name.lower().endswith(e)), key=len)
    return path.name[: -len(ending)]


def _listed(folder: Path, below: str) -> pd.DataFrame:
    """The rows of the table: names of a simulator, or paths of what was fetched."""
    table = read_table(folder / SUN_TABLE, ["picture"], dates=["time"])
    table = table[[name for name in ("picture", "time", "sequence") if name in table]]
    files = [
        folder / name if name.lower().endswith(SUN_ENDINGS) else folder / below / f"{name}.png"
        for name in table.picture
    ]
    return table.assign(path=files)


def boxes_file(folder: Path, name: str) -> Path | None:
    """The file of boxes of a picture, whatever its format."""
    name = Path(name).name
    tried = [folder / BOXES / f"{name}.txt", folder / BOXES / f"{name}.xml"]
    tried += [folder / LABELS / f"{name}.txt"]
    return next((path for path in tried if path.is_file()), None)


def read_boxes(path: Path, size: tuple[int, int]) -> np.ndarray:
    """Boxes (k, 4) in pixels: VOC (.xml), YOLO in ``labels``, else KITTI; `size`: the picture's."""
    if path.suffix == ".xml":
        return as_boxes(read_voc(path))
    return as_boxes(read_yolo(path, size) if path.parent.name == LABELS else read_kitti(path))
