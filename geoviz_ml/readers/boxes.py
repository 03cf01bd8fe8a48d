"""Boxes drawn around things in pictures, in the three usual formats.

All come back alike: one row a box, pixel coordinates of its corners with the origin at the top left
corner of the picture. One rule holds for all three: a box without a name, without area, with its
corners exchanged or outside its picture is an error that tells which line or object it is.
"""

from __future__ import annotations

from os import PathLike

import numpy as np
import pandas as pd

from ..errors import DataFileError, UsageError
from ..files import AGAIN, read_bounded, untrusted
from ..files.text import text_of

LONGEST_FILE = 2**20  # bytes; 10 000 boxes
CORNERS = ["x1", "y1", "x2", "y2"]
IGNORED = "dontcare"


def read_voc(path: str | PathLike) -> pd.DataFrame:
    """Read Pascal VOC XML, as LabelImg writes it.

    Returns
    -------
    DataFrame
        `label`, `x1`, `y1`, `x2`, `y2` (pixels, as written in the file: Pascal VOC itself counts
        pixels from 1 and includes the last; LabelImg and most programs write edges counted from
        0, and 1 in place of 0. The two differ by a pixel at most, and nothing is shifted).
        ``attrs``: `image` (the picture's file name), `height`, `width`, 0 where the file does not
        say.

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there; is no VOC XML, carries a DTD or entities, or holds a box without a
        name, without four finite numbers, without area, with its corners exchanged or outside its
        picture.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from geoviz_ml.readers import read_voc
    >>> from geoviz_ml.simulate.writers_sun import write_voc
    >>> nucleus = pd.DataFrame({"label": ["nucleus"], "x1": 10, "y1": 20, "x2": 30, "y2": 50})
    >>> path = write_voc(Path(tempfile.mkdtemp()) / "a.xml", nucleus, "a.png", (100, 200))
    >>> boxes = read_voc(path)
    >>> boxes.values.tolist(), boxes.attrs["height"]  # the file tells the picture's size
    ([['nucleus', 10.0, 20.0, 30.0, 50.0]], 100)
    """
    from defusedxml.ElementTree import fromstring

    raw = read_bounded(path, LONGEST_FILE)
    with untrusted(path, "VOC annotation"):
        root = fromstring(raw, forbid_dtd=True)
        if root.tag != "annotation":
            raise ValueError(f"its root is <{root.tag[:40]}>")
        height, width = (_whole(root.findtext(f"size/{n}") or "0") for n in ("height", "width"))
        rows = [
            [thing.findtext("name") or ""]
            + [thing.findtext(f"bndbox/{n}") for n in ("xmin", "ymin", "xmax", "ymax")]
            for thing in root.iter("object")
        ]
        table = _table(rows)
    table.attrs = {"image": root.findtext("filename") or "", "height": height, "width": width}
    places = [f"object {number}" for number in range(1, len(rows) + 1)]
    _check(table, (height, width) if height > 0 and width > 0 else None, places, path)
    return table


def read_kitti(path: str | PathLike) -> pd.DataFrame:
    """Read KITTI text, as DetectNet takes it: class, truncation, occlusion, alpha, x1, y1, x2, y2.

    Returns
    -------
    DataFrame
        `label`, `x1`, `y1`, `x2`, `y2` (pixels). A class may have several words. The seven or
        eight columns behind (position in space, score) are not returned. An empty file is a
        picture without boxes. ``attrs["ignore"]``: the corners of the rows DontCare, a list of
        [x1, y1, x2, y2]: places where things may be that nobody marked, no things.

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there; a line has not a class and 14 or 15 numbers, truncation or
        occlusion cannot be (columns are shifted then), or a line holds no box.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from geoviz_ml.readers import read_kitti
    >>> path = Path(tempfile.mkdtemp()) / "sun.txt"
    >>> _ = path.write_text("sunspot 0 0 0 10 20 30 50 0 0 0 0 0 0 0")
    >>> read_kitti(path).values.tolist()
    [['sunspot', 10.0, 20.0, 30.0, 50.0]]
    """
    names, numbers, places = _columns(path, (14, 15), "truncation to rotation, and a score")
    table = _table([[name, *n[3:7]] for name, n in zip(names, numbers, strict=True)])
    for place, n in zip(places, numbers, strict=True):
        if not (-1 <= n[0] <= 1 and n[1] in (-1, 0, 1, 2, 3)):
            raise DataFileError(
                f"{place} has the truncation {n[0]:g} and the occlusion {n[1]:g}: is a number part "
                "of the class?",
                path,
                "Name classes without lone numbers.",
            )
    _check(table, None, places, path)
    ignored = table.label.str.lower().str.replace(r"[^a-z]", "", regex=True) == IGNORED
    kept = table[~ignored].reset_index(drop=True)
    kept.attrs = {"ignore": table.loc[ignored, CORNERS].to_numpy().tolist()}
    return kept


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
        `label` (the class number as text, or its name where the file has names), `x1`, `y1`, `x2`,
        `y2` (pixels). A sixth column (confidence, 0 to 1) is not returned. An empty file is a
        picture without boxes.

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there; a line has not a class and four or five numbers, or holds no box.
    UsageError
        The size is not positive.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from geoviz_ml.readers import read_yolo
    >>> path = Path(tempfile.mkdtemp()) / "sun.txt"
    >>> _ = path.write_text("0 0.5 0.5 0.25 0.5")  # in the middle, a quarter wide and half as high
    >>> read_yolo(path, size=(100, 200)).values.tolist()
    [['0', 75.0, 25.0, 125.0, 75.0]]
    """
    height, width = size
    if not (height > 0 and width > 0):
        raise UsageError(f"height and width are positive, not {size}.")
    names, numbers, places = _columns(path, (4, 5), "x, y, width, height, and a confidence")
    rows, scale = [], np.array([width, height])
    for name, place, (x, y, wide, high, *sure) in zip(names, places, numbers, strict=True):
        if sure and not 0 <= sure[0] <= 1:
            raise DataFileError(f"{place} has a confidence of {sure[0]:g}.", path, AGAIN)
        middle, half = scale * (x, y), scale * (wide, high) / 2
        rows.append([name, *(middle - half), *(middle + half)])
    table = _table(rows)
    _check(table, (height, width), places, path)
    return table


def _columns(
    path: str | PathLike, counts: tuple[int, ...], what: str
) -> tuple[list[str], list[list[float]], list[str]]:
    """Class, numbers and place of each line that is not empty; a class may have several words."""
    names, numbers, places = [], [], []
    for place, line in enumerate(text_of(read_bounded(path, LONGEST_FILE), path).splitlines(), 1):
        words = line.split()
        if not words:
            continue
        first = next((i for i, word in enumerate(words) if i and _number(word) is not None), 1)
        found = [_number(word) for word in words[first:]]
        if None in found:
            word = words[first + found.index(None)]
            raise DataFileError(f"line {place}: {word!r} is no number.", path, AGAIN)
        if len(found) not in counts:
            raise DataFileError(
                f"line {place} has {len(words)} columns: expected a class and "
                f"{' or '.join(map(str, counts))} numbers ({what}).",
                path,
                AGAIN,
            )
        names.append(_class(words[:first]))
        numbers.append(found)
        places.append(f"line {place}")
    return names, numbers, places


def _class(words: list[str]) -> str:
    """A class's name; a number that was written with a point is that number."""
    number = _number(words[0]) if len(words) == 1 else None
    return str(int(number)) if number is not None and number.is_integer() else " ".join(words)


def _number(word: str) -> float | None:
    try:
        return None if "_" in word else float(word)  # Python would take 1_2 for 12
    except ValueError:
        return None


def _whole(text: str) -> int:
    number = float(text)
    if not number.is_integer():
        raise ValueError(f"a size of {text}")
    return int(number)


def _table(rows: list[list]) -> pd.DataFrame:
    labels = [str(row[0]).strip() for row in rows]
    numbers = np.array([row[1:] for row in rows], float).reshape(-1, 4)
    table = pd.DataFrame(numbers, columns=CORNERS)
    table.insert(0, "label", pd.Series(labels, dtype=object))
    return table


def _check(
    table: pd.DataFrame, size: tuple[int, int] | None, places: list[str], path: str | PathLike
) -> None:
    """Boxes have a name and an area, and lie in the picture to within a pixel."""
    height, width = size or (np.inf, np.inf)
    for place, (label, *box) in zip(places, table.itertuples(index=False), strict=True):
        x1, y1, x2, y2 = box
        if not label:
            problem = "has no name"
        elif not np.isfinite(box).all():
            problem = "has not four finite numbers"
        elif x1 > x2 or y1 > y2:
            problem = "has its corners exchanged"
        elif x1 == x2 or y1 == y2:
            problem = "has no area"
        elif size and (min(x1, y1) < -1 or x2 > width + 1 or y2 > height + 1):
            problem = f"leaves the picture of {width} x {height} pixels"
        else:
            continue
        corners = ", ".join(f"{v:g}" for v in box)
        raise DataFileError(
            f"the box of {place} ({label!r}: {corners}) {problem}.",
            path,
            "Draw it again or take it out.",
        )
