"""OATH: 5824 labelled all-sky pictures (Clausen and Nickisch 2018, doi:10.1029/2018JA025274).

The archive holds ``classifications/classifications.csv`` (a licence text, then the table) and
``images/cropped_scaled/00001.png`` to ``05824.png``; the two may also lie in the folder itself and
in ``images``.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from ..errors import DataFileError, MissingDataError, UsageError
from ..files import AGAIN, listing, memory_cap, read_bounded, size_of
from ..files.text import text_of
from .picture_file import open_picture

CLASSES = ("arc", "diffuse", "discrete", "cloudy", "moon", "noaurora")  # class6, as in the table
HEADING = "class2,class6,picNum,picType,rotAng"
LABELS = "classifications/classifications.csv"
PICTURES = "images/cropped_scaled"
ROW = re.compile(r"(\d),(\d),(\d{5}),([a-z]+),(\d{3})")
LONGEST_TABLE = 2**22  # bytes; the real one has 126 kB
LARGEST_SIDE = 1024  # pixels; real pictures have 256
MOST_PIXELS = 2**30  # of one call; the whole set has 3.8e8


def read_oath_table(path: str | PathLike) -> pd.DataFrame:
    """Read the labels.

    Parameters
    ----------
    path : path-like
        ``classifications.csv`` or a folder that holds it.

    Returns
    -------
    DataFrame, indexed by the picture's number (1 to 5824)
        `class6` (0 to 5: arc, diffuse, discrete, cloudy, moon, noaurora), `class2` (0 aurora,
        1 none), `name` and `rotation` (degrees, by which the picture was turned).

    Raises
    ------
    MissingDataError, DataFileError
        There is no table, or it has other columns, a class that contradicts its name, or a picture
        twice.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.readers import read_oath_table
    >>> from geoviz_ml.simulate.writers_oath import write_tables
    >>> table = read_oath_table(write_tables(tempfile.mkdtemp(), [0, 2, 3, 5]))
    >>> table.name.tolist(), table.class2.tolist()  # the first two are aurora
    (['arc', 'discrete', 'cloudy', 'noaurora'], [0, 0, 1, 1])
    """
    path = Path(path)
    if os.path.isdir(path):
        path = find_table(path, LABELS) or path / LABELS
    text = text_of(read_bounded(path, LONGEST_TABLE), path)
    lines = text.splitlines()
    if HEADING not in lines:
        raise DataFileError(f"has no line {HEADING}.", path, "Is it the label table?")
    rows = {}
    for number, line in enumerate(lines[lines.index(HEADING) + 1 :], lines.index(HEADING) + 2):
        found = ROW.fullmatch(line)
        binary, six, picture, turned = (int(found[i]) for i in (1, 2, 3, 5)) if found else [9] * 4
        if six > 5 or binary != six // 3 or found[4] != CLASSES[six] or picture in rows:
            raise DataFileError(f"line {number} makes no sense: {line[:80]!r}.", path, AGAIN)
        rows[picture] = six, binary, found[4], turned
    columns = ["class6", "class2", "name", "rotation"]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns)
    return table.rename_axis("picture")


def find_table(folder: Path, name: str) -> Path | None:
    """Where a table lies in a folder, in the archive's layout or flatter; None if it does not.

    Raises
    ------
    DataFileError
        Two lie there that are not the same.
    """
    places = (folder / name, folder / Path(name).name)
    there = [path for path in places if os.path.isfile(path)]
    if len(there) == 2 and len({read_bounded(path, LONGEST_TABLE) for path in there}) == 2:
        raise DataFileError(f"differs from {there[0]}.", there[1], "Keep one of the two.")
    return there[0] if there else None


def picture_files(folder: Path) -> dict[int, Path]:
    """The pictures of a folder, in the archive's layout or flatter, by their numbers."""
    deep = folder / PICTURES
    images = deep if os.path.isdir(deep) else deep.parent
    there = listing(images, "?????.png") if os.path.isdir(images) else []
    return {int(path.stem): path for path in there if path.stem.isdecimal()}


def read_oath(folder: str | PathLike, numbers: Iterable[int] | None = None) -> xr.Dataset:
    """Read pictures with their labels.

    Parameters
    ----------
    folder : path-like
        Holds the table and the pictures, in the archive's layout or flatter (see above).
    numbers : iterable of int, optional
        Which pictures, 1 to 5824. Default: all that are there.

    Returns
    -------
    Dataset
        `image` (picture, y, x), uint8, the green channel: brightness scaled as `oath_scale` does,
        0 outside the circle. Coordinates along `picture` (the number): `class6`, `class2`, `name`,
        `rotation`. Attributes: `classes` and `missing`, the numbers of the table without a
        picture.

    Raises
    ------
    MissingDataError
        There is no table, no picture, or not all that `numbers` asks for.
    DataFileError
        The table or a picture is not what it should be.
    UsageError
        More pixels than one call may hold in memory.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from geoviz_ml.readers import read_oath
    >>> from geoviz_ml.simulate.writers_oath import write_oath
    >>> dark = np.zeros((256, 256), np.uint8)
    >>> data = read_oath(write_oath(tempfile.mkdtemp(), [dark, dark], [0, 3]))
    >>> data.image.shape, data.name.values.tolist(), data.class2.values.tolist()
    ((2, 256, 256), ['arc', 'cloudy'], [0, 1])
    """
    folder = Path(folder)
    table = read_oath_table(folder)
    files = picture_files(folder)
    wanted = table.index if numbers is None else pd.Index(list(numbers))
    unknown = wanted.difference(table.index)
    absent = [int(n) for n in wanted if n not in files]
    if len(unknown):
        raise MissingDataError(f"has no label of picture {unknown[0]}.", folder)
    if len(absent) == len(wanted) or (absent and numbers is not None):
        first = f" {absent[0]:05d}.png" if absent else ""
        raise MissingDataError(f"has no picture{first}.", folder)
    table = table.loc[[n for n in wanted if n in files]]
    image = read_oath_pictures([files[n] for n in table.index])
    coords = {name: ("picture", table[name].to_numpy()) for name in table}
    coords["rotation"] += ({"units": "degree"},)
    return xr.Dataset(
        {"image": (("picture", "y", "x"), image, {"units": "scaled brightness, 0 to 255"})},
        {"picture": table.index.to_numpy(), **coords},
        {"classes": list(CLASSES), "missing": absent},
    )


def read_oath_pictures(files: Sequence[Path]) -> np.ndarray:
    """The green channel of PNG files, or their grey, which have one size: (N, H, W) uint8.

    Raises
    ------
    MissingDataError, DataFileError
        A file is not there, is no whole PNG of grey or colours, has more than 1024 pixels a side,
        or another size than the first.
    UsageError
        There are more pixels than one call may hold in memory.
    """
    most = min(MOST_PIXELS, memory_cap(sum(map(size_of, files))) // 2)
    first = _picture(files[0])
    if first.size * len(files) > most:
        raise UsageError(
            "holds more pictures than one call may hold.", files[0].parent, "Read some by number."
        )
    pictures = np.empty((len(files), *first.shape), np.uint8)
    for i, file in enumerate(files):
        picture = _picture(file)
        if picture.shape != first.shape:
            raise DataFileError(f"has {picture.shape} pixels, those before {first.shape}.", file)
        pictures[i] = picture
    return pictures


def _picture(path: Path) -> np.ndarray:
    """The green channel of a PNG, or its grey: (H, W) uint8."""
    image = open_picture(path, ("PNG",)).image
    if max(image.size) > LARGEST_SIDE or image.mode not in ("L", "RGB"):
        raise DataFileError(f"claims {image.size} pixels of mode {image.mode}.", path, AGAIN)
    return np.asarray(image if image.mode == "L" else image.getchannel("G"))
