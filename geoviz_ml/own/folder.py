"""What lies in a folder of somebody's pictures: pictures, and their masks or boxes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from ..datasets.base import read_table
from ..datasets.pictures import SUFFIXES
from ..errors import DataFileError, MissingDataError, UsageError
from ..files import doubled, listing, read_bounded
from ..readers.boxes import CORNERS, read_voc, read_yolo
from ..readers.picture_file import LONGEST_FILE
from ..readers.stack import TIFF, page_places

WORDS = ("mask", "label", "annotation", "segmentation")
MASK_FOLDERS = {*WORDS, *(f"{word}s" for word in WORDS), "gt", "truth"}
PICTURE_FOLDERS = {"picture", "pictures", "image", "images"}
ENDS = tuple(f"{mark}{word}" for mark in "_-." for word in sorted({*MASK_FOLDERS, "seg"}))
BOXES = "boxes.csv"


@dataclass(frozen=True, eq=False)
class Item:
    """A picture, and what somebody has drawn on it.

    Attributes
    ----------
    name : str
        Of the picture in its folder, without suffix; of a page of a stack with its number, from 1.
    file : pathlib.Path
    page : int or None
        Of a stack, from 0.
    mask : pathlib.Path or None
        The file of its mask. That of a page is the same page of another stack.
    boxes : ndarray (k, 4) or None
        x1, y1, x2, y2 in pixels; none where somebody looked and saw nothing.
    label : pathlib.Path or None
        A file of its boxes, YOLO text or Pascal VOC, see `boxes_of`.

    Examples
    --------
    >>> from pathlib import Path
    >>> from geoviz_ml.own import Item
    >>> Item("a", Path("a.png")).drawn, Item("b", Path("b.png"), mask=Path("b_mask.png")).drawn
    (False, True)
    """

    name: str
    file: Path
    page: int | None = None
    mask: Path | None = None
    boxes: np.ndarray | None = None
    label: Path | None = None

    @property
    def drawn(self) -> bool:
        """Has somebody drawn on it, or looked and drawn nothing?"""
        return any(one is not None for one in (self.mask, self.boxes, self.label))


def find_items(folder: str | PathLike) -> list[Item]:
    """All pictures of a folder and of those below, each with its mask or its boxes.

    A file is a mask if it lies in a folder named ``masks`` (or labels, annotations, segmentations,
    gt, truth) or its name ends in ``_mask`` (or _label, _seg, _gt and the like; also after - and
    .). It belongs to the picture that has the same name without these, and without a folder
    ``pictures`` or ``images``, in the same folder otherwise. Boxes stand in a table ``boxes.csv``,
    or in files of the picture's name: YOLO text in a folder ``labels``, Pascal VOC (XML) anywhere.

    Parameters
    ----------
    folder : path-like
        PNG, TIFF, JPEG and BMP files. A TIFF of several pages is as many pictures, and its mask
        another with as many pages. ``boxes.csv`` has the columns file, x1, y1, x2, y2 (pixels) and
        a row a box; a row without corners is a picture in which somebody saw nothing.

    Returns
    -------
    list of Item
        By name.

    Raises
    ------
    MissingDataError
        There is no such folder, no picture in it, or no picture for any of its masks.
    DataFileError
        A stack is damaged or its mask has other pages; a row of boxes holds no box.
    UsageError
        Two files have one name, or there are both masks and boxes.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from PIL import Image
    >>> from geoviz_ml.own import find_items
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("a", "a_mask", "b"):
    ...     Image.fromarray(np.eye(8, dtype=np.uint8)).save(folder / f"{name}.png")
    >>> [(item.name, item.drawn) for item in find_items(folder)]
    [('a', True), ('b', False)]
    """
    folder = Path(folder)
    pictures, masks = (_by_key(files, folder) for files in _split(folder))
    if not pictures:
        raise MissingDataError(
            f"no picture here ({', '.join(SUFFIXES)}).",
            folder,
            f"The {len(masks)} files are masks by name." if masks else None,
        )
    if masks and not masks.keys() & pictures.keys():
        key, file = next(iter(masks.items()))
        raise MissingDataError(
            f"is the mask of a picture {key}, and there is none.",
            file,
            "A mask has the name of its picture, with _mask or in a folder masks.",
        )
    items = [page for key in pictures for page in _pages(key, pictures[key], masks.get(key))]
    labels, table = _labels(folder), folder / BOXES
    ways = [masks, labels.keys() & pictures.keys(), table.exists()]
    if sum(map(bool, ways)) > 1:
        raise UsageError(
            "there is more than one of masks, files of boxes, and boxes.csv.", folder, "Keep one."
        )
    if ways[2]:
        return _with_boxes(items, table, folder)
    return [replace(item, label=labels.get(item.name)) for item in items]


def out_folder(folder: Path, out: str | PathLike | None, end: str) -> Path:
    """The folder of results, made if it is not there: by default beside the pictures, with `end`.

    Raises
    ------
    UsageError
        It lies in the folder of pictures, or cannot be made.
    """
    whole = folder.absolute()
    out = Path(out) if out else whole.with_name(f"{whole.name}_{end}")
    if out.resolve().is_relative_to(folder.resolve()):
        raise UsageError("lies in the folder of pictures.", out, "Choose one outside of it.")
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"is no folder to write to ({error.strerror}).", out) from error
    return out


def is_mask(file: Path, folder: Path) -> bool:
    """Is a file of the folder a mask, by its name or by that of a folder that it lies in?"""
    inside = file.relative_to(folder)
    words = {part.lower() for part in inside.parts[:-1]}
    return bool(words & MASK_FOLDERS) or inside.stem.lower().endswith(ENDS)


def lost_masks(folder: str | PathLike) -> list[Path]:
    """Masks without a picture: most often one of the two names has a slip in it."""
    folder = Path(folder)
    pictures, masks = _split(folder)
    there = {_key(file, folder) for file in pictures}
    return [file for file in masks if _key(file, folder) not in there]


def _split(folder: Path) -> tuple[list[Path], list[Path]]:
    """The pictures and the masks of a folder and of those below."""
    split = {True: [], False: []}
    for file in listing(folder, SUFFIXES, deep=True):
        split[is_mask(file, folder)].append(file)
    return split[False], split[True]


def _key(file: Path, folder: Path) -> str:
    """What a picture and its mask have in common."""
    inside, stem = file.relative_to(folder), file.stem
    if is_mask(file, folder):
        cut = next((end for end in ENDS if stem.lower().endswith(end)), "")
        stem = stem[: len(stem) - len(cut)] or stem
    kept = [p for p in inside.parts[:-1] if p.lower() not in MASK_FOLDERS | PICTURE_FOLDERS]
    return "/".join([*kept, stem])


def _by_key(files: list[Path], folder: Path) -> dict[str, Path]:
    for key, same in doubled(files, lambda file: _key(file, folder)).items():
        raise UsageError(f"has the name of {same[0]}: {key}.", same[1], "Rename one.")
    return dict(sorted((_key(file, folder), file) for file in files))


def _pages(key: str, file: Path, mask: Path | None) -> list[Item]:
    """A picture, or each page of a stack."""
    count, of_mask = _count(file), 1 if mask is None else _count(mask)
    if mask is not None and count != of_mask:
        raise DataFileError(f"has {of_mask} pages, its picture {count}.", mask)
    if count == 1:
        return [Item(key, file, None, mask)]
    digits = len(str(count))
    return [Item(f"{key}_p{i + 1:0{digits}d}", file, i, mask) for i in range(count)]


def _count(file: Path) -> int:
    with open(file, "rb") as opened:
        if opened.read(4) not in TIFF:
            return 1
    return len(page_places(read_bounded(file, LONGEST_FILE), file))


def _labels(folder: Path) -> dict[str, Path]:
    """Files of boxes by the names of their pictures; other texts lie beside pictures, too."""
    files = listing(folder, ("*.txt", "*.xml"), deep=True)
    good = [file for file in files if file.suffix.lower() == ".xml" or is_mask(file, folder)]
    return {_key(file, folder): file for file in good}


def boxes_of(label: Path, size: tuple[int, int]) -> np.ndarray:
    """The boxes (k, 4) in the file of a picture of some height and width.

    Raises
    ------
    DataFileError
        The file holds what is no box.
    """
    xml = label.suffix.lower() == ".xml"
    table = read_voc(label) if xml else read_yolo(label, size)
    return table[CORNERS].to_numpy(float)


def _with_boxes(items: list[Item], path: Path, folder: Path) -> list[Item]:
    """The same with the boxes of a table."""
    table = read_table(path, ["file", *CORNERS])
    corners = table[CORNERS].apply(pd.to_numeric, errors="coerce")
    empty = table[CORNERS].isna().all(axis=1)
    x1, y1, x2, y2 = (corners[name] for name in CORNERS)
    bad = ~empty & ~((x1 >= 0) & (y1 >= 0) & (x2 > x1) & (y2 > y1) & np.isfinite(x2 + y2))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        told = ", ".join(str(value) for value in table[CORNERS].iloc[row])
        raise DataFileError(
            f"row {row + 2} holds no box: {told}.", path, "x1 < x2 and y1 < y2, in pixels."
        )
    of = {_plain(item.file.name): item.name for item in items if item.page is None}
    of |= {_plain(item.file.relative_to(folder)): item.name for item in items if item.page is None}
    of |= {item.name: item.name for item in items}
    names = table.file.map(_plain).map(of)
    if names.isna().any():
        lost = table.file[names.isna()].iloc[0]
        raise MissingDataError(f"names {lost!r}, and there is no such picture.", path)
    boxes = {
        name: rows[~empty[rows.index]].to_numpy(float) for name, rows in corners.groupby(names)
    }
    return [replace(item, boxes=boxes.get(item.name)) for item in items]


def _plain(name: object) -> str:
    return Path(str(name).strip()).as_posix()
