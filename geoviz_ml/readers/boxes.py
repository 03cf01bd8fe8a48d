"""Boxes drawn around things in pictures, in the three usual formats.

All come back alike: one row a box, pixel coordinates of its corners with the origin at the top left
corner of the picture.
"""

from __future__ import annotations

from os import PathLike

import numpy as np
import pandas as pd

from ..errors import DataFileError, UsageError
from .untrusted import AGAIN, read_bounded, untrusted

LONGEST_FILE = 2**22  # bytes; 40 000 boxes
CORNERS = ["x1", "y1", "x2", "y2"]


def read_voc(path: str | PathLike) -> pd.DataFrame:
    """Read Pascal VOC XML, as LabelImg writes it.

    Returns
    -------
    DataFrame
        `label`, `x1`, `y1`, `x2`, `y2` (pixels, as written in the file). ``attrs``: `image` (the
        picture's file name), `height`, `width`, 0 where the file does not say.

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there; is no VOC XML, carries a DTD or entities, or holds a box without a
        name, without four finite numbers, without area or outside its picture.
    """
    from defusedxml.ElementTree import fromstring

    raw = read_bounded(path, LONGEST_FILE)
    with untrusted(path, "VOC annotation"):
        root = fromstring(raw, forbid_dtd=True)
        if root.tag != "annotation":
            raise ValueError(f"its root is <{root.tag[:40]}>")
        height, width = (int(root.findtext(f"size/{n}") or 0) for n in ("height", "width"))
        rows = [
            [thing.findtext("name") or ""]
            + [thing.findtext(f"bndbox/{n}") for n in ("xmin", "ymin", "xmax", "ymax")]
            for thing in root.iter("object")
        ]
        table = _table(rows, path)
    table.attrs = {"image": root.findtext("filename") or "", "height": height, "width": width}
    _check(table, (height, width) if height > 0 and width > 0 else None, path)
    return table


def read_kitti(path: str | PathLike) -> pd.DataFrame:
    """Read KITTI text, as DetectNet takes it: class, truncation, occlusion, alpha, x1, y1, x2, y2.

    Returns
    -------
    DataFrame
        `label`, `x1`, `y1`, `x2`, `y2` (pixels). The seven or eight columns behind (position in
        space, score) are not returned. An empty file is a picture without boxes.

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there; a line has not 15 or 16 columns, or holds no box.
    """
    lines = _lines(path)
    for number, words in lines:
        if len(words) not in (15, 16):
            raise DataFileError(
                f"line {number} has {len(words)} columns, expected 15 or 16.", path, AGAIN
            )
    with untrusted(path, "KITTI label"):
        table = _table([[words[0], *words[4:8]] for _, words in lines], path)
    _check(table, None, path)
    return table


def read_yolo(path: str | PathLike, size: tuple[int, int]) -> pd.DataFrame:
    """Read YOLO text: class number, centre x and y, width, height, relative to the picture.

    Parameters
    ----------
    path : path-like
    size : (int, int)
        Height and width of the picture in pixels: the file does not tell.

    Returns
    -------
    DataFrame
        `label` (the class number as text), `x1`, `y1`, `x2`, `y2` (pixels). An empty file is a
        picture without boxes.

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there; a line has not five numbers, or holds no box.
    UsageError
        The size is not positive.
    """
    height, width = size
    if not (height > 0 and width > 0):
        raise UsageError(f"height and width are positive, not {size}.")
    lines = _lines(path)
    for number, words in lines:
        if len(words) != 5 or not words[0].isdigit():
            raise DataFileError(f"line {number} is not a class and four numbers.", path, AGAIN)
    with untrusted(path, "YOLO label"):
        relative = np.array([words[1:] for _, words in lines], float).reshape(-1, 4)
        centre, half = relative[:, :2] * (width, height), relative[:, 2:] * (width, height) / 2
        corners = np.hstack([centre - half, centre + half])
        table = _table([[w[0], *c] for (_, w), c in zip(lines, corners, strict=True)], path)
    _check(table, (height, width), path)
    return table


def _lines(path: str | PathLike) -> list[tuple[int, list[str]]]:
    """Numbered lines that are not empty, as words."""
    raw = read_bounded(path, LONGEST_FILE)
    with untrusted(path, "text file"):
        lines = raw.decode("utf-8").splitlines()
    return [(number, line.split()) for number, line in enumerate(lines, 1) if line.strip()]


def _table(rows: list[list], path: str | PathLike) -> pd.DataFrame:
    labels = [str(row[0]).strip() for row in rows]
    numbers = np.array([row[1:] for row in rows], float).reshape(-1, 4)
    table = pd.DataFrame(numbers, columns=CORNERS)
    table.insert(0, "label", pd.Series(labels, dtype=object))
    return table


def _check(table: pd.DataFrame, size: tuple[int, int] | None, path: str | PathLike) -> None:
    """Boxes have a name and an area, and lie in the picture to within a pixel."""
    corners = table[CORNERS].to_numpy()
    with np.errstate(invalid="ignore"):
        good = np.isfinite(corners).all(axis=1) & (corners[:, :2] < corners[:, 2:]).all(axis=1)
        good &= (table.label != "").to_numpy(dtype=bool)
        if size:
            height, width = size
            good &= (corners >= -1).all(axis=1)
            good &= (corners[:, 2] <= width + 1) & (corners[:, 3] <= height + 1)
    if not good.all():
        first = int(np.argmin(good))
        box = ", ".join(f"{v:g}" for v in corners[first])
        raise DataFileError(
            f"box {first + 1} ({table.label[first]!r}: {box}) has no name, no area or leaves the "
            "picture.",
            path,
            AGAIN,
        )
