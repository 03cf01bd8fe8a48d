"""A file of patches that were cut by hand, and the patches themselves."""

from __future__ import annotations

import io
from collections.abc import Mapping
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import DataFileError, MissingDataError, UsageError
from ..files import atomic_path, read_bounded
from .patches import cut_patches

COLUMNS = ["picture", "x", "y", "label", "side"]
LARGEST = 16 * 2**20  # bytes of a table; half a million patches


def save_patches(table: pd.DataFrame, path: str | PathLike) -> Path:
    """Write a table of patches as CSV, whole or not at all.

    Parameters
    ----------
    table : DataFrame
        `picture` (name), `x` and `y` (column and row of the patch's pixel ``side // 2``), `label`
        (+1 or -1), `side` (pixels).
    path : path-like

    Raises
    ------
    UsageError
        The table lacks a column.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from geoviz_ml.prepare import save_patches
    >>> table = pd.DataFrame({"picture": ["a"], "x": [20], "y": [30], "label": [1], "side": [32]})
    >>> print(save_patches(table, Path(tempfile.mkdtemp()) / "patches.csv").read_text())
    picture,x,y,label,side
    a,20,30,1,32
    """
    if absent := [name for name in COLUMNS if name not in table]:
        raise UsageError(f"a table of patches needs a column {', '.join(absent)}.", path)
    with atomic_path(path) as tmp:
        table[COLUMNS].to_csv(tmp, index=False)
    return Path(path)


def read_patch_table(path: str | PathLike) -> pd.DataFrame:
    """Read the table that `save_patches` wrote.

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there, is larger than 16 MiB, or is no such table.
    """
    if not Path(path).is_file():
        raise MissingDataError(
            "there is no such file.", path, "Cut patches first, see geoviz_ml.show.patch_cutter."
        )
    try:
        raw = io.BytesIO(read_bounded(path, LARGEST))
        table = pd.read_csv(raw, dtype={"picture": str}, keep_default_na=False)
    except (ValueError, pd.errors.ParserError) as error:  # also UnicodeDecodeError, EmptyDataError
        raise DataFileError(f"is no table of patches ({error}).", path) from error
    if absent := [name for name in COLUMNS if name not in table]:
        raise DataFileError(f"has no column {', '.join(absent)}.", path)
    for name in COLUMNS[1:]:
        if len(table) and table[name].dtype.kind != "i":
            raise DataFileError(f"{name} must be whole numbers.", path)
    bad = ~table.label.isin([1, -1]) | (table.side < 1)
    if bad.any():
        raise DataFileError(f"{_line(bad)} has a label other than 1 and -1, or no side.", path)
    return table[COLUMNS].astype(dict.fromkeys(COLUMNS[1:], int))


def load_patches(
    path: str | PathLike, images: Mapping[str, np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Cut the patches that a file tells of out of their pictures.

    Parameters
    ----------
    path : path-like
        As from `geoviz_ml.show.patch_cutter` or `save_patches`.
    images : dict of str to ndarray (H, W)
        The pictures by the names of the file, all of one kind of number.

    Returns
    -------
    patches : ndarray (N, side, side)
    labels : ndarray of int (N,)
        +1 and -1, in the order of the file.

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there, is no table of patches, is empty, names a picture that is not given,
        has a patch that reaches over the border, patches of several sides, or one place with both
        labels.
    UsageError
        A picture is not (H, W).

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> import pandas as pd
    >>> from geoviz_ml.prepare import load_patches, save_patches
    >>> table = pd.DataFrame({"picture": ["a", "a"], "x": [2, 3], "y": [1, 1], "label": [1, -1]})
    >>> path = save_patches(table.assign(side=2), Path(tempfile.mkdtemp()) / "patches.csv")
    >>> patches, labels = load_patches(path, {"a": np.arange(16).reshape(4, 4)})
    >>> patches[0].tolist(), labels.tolist()
    ([[1, 2], [5, 6]], [1, -1])
    """
    table = read_patch_table(path)
    if table.empty:
        raise DataFileError("holds no patches.", path)
    for name, image in images.items():
        if np.ndim(image) != 2:
            raise UsageError(f"picture {name!r} must be (H, W), not {np.shape(image)}.")
    unknown = ~table.picture.isin(list(images))
    if unknown.any():
        name = table.picture[unknown].iloc[0]
        raise DataFileError(
            f"{_line(unknown)} is of picture {name!r}, which is not given.",
            path,
            f"Given: {', '.join(map(repr, images))}.",
        )
    if table.side.nunique() > 1:
        sides = sorted(set(table.side.tolist()))
        raise DataFileError(f"has patches of several sides: {sides}.", path)
    twice = table.groupby(["picture", "x", "y"]).label.transform("nunique") > 1
    if twice.any():
        raise DataFileError(f"{_line(twice)} has a place that is labelled both 1 and -1.", path)
    over = pd.Series(
        [not fits_inside(np.shape(images[r.picture]), r.x, r.y, r.side) for r in table.itertuples()]
    )
    if over.any():
        row = table[over].iloc[0]
        raise DataFileError(
            f"{_line(over)}: the patch of {row.side} pixels around x = {row.x}, y = {row.y} "
            f"reaches over the border of {row.picture!r}, {np.shape(images[row.picture])}.",
            path,
            "Was it cut from a larger picture?",
        )
    patches = [
        cut_patches(np.asarray(images[r.picture])[None], np.array([[0, r.y, r.x]]), r.side)[0]
        for r in table.itertuples()
    ]
    return np.stack(patches), table.label.to_numpy()


def fits_inside(shape: tuple[int, int], x: int, y: int, side: int) -> bool:
    """Whether a patch around a pixel lies within a picture (H, W)."""
    before = side // 2
    left, top = x - before, y - before
    return left >= 0 and top >= 0 and left + side <= shape[1] and top + side <= shape[0]


def _line(bad: pd.Series) -> str:
    return f"line {int(np.flatnonzero(bad)[0]) + 2}"
