"""A folder in the layout of OATH 1.1: pictures, labels and the official splits."""

from __future__ import annotations

from collections.abc import Iterable
from os import PathLike
from pathlib import Path

import numpy as np

from ..datasets.layout import OATH_LABELS, OATH_PICTURES, OATH_SPLITS
from ..errors import UsageError
from ..files import atomic_path
from ..prepare.splits import oath_splits
from ..readers.oath import CLASSES, HEADING

PREAMBLE = 18  # lines before the heading, as in the published table


def write_oath(
    folder: str | PathLike,
    images: Iterable[np.ndarray],
    classes: np.ndarray,
    rotation: np.ndarray | None = None,
) -> Path:
    """Write pictures 1 to n, their labels and the split table.

    Parameters
    ----------
    folder : path-like
        Gets ``images/cropped_scaled/00001.png`` ..., ``classifications/classifications.csv`` and
        ``classifications/train_test_split.csv``.
    images : iterable of n ndarrays (y, x), uint8
        Each goes to the green channel of its picture as it comes: they need not fit in memory.
    classes : ndarray (n,) of int
        0 arc, 1 diffuse, 2 discrete, 3 cloudy, 4 moon, 5 no aurora.
    rotation : ndarray (n,), degrees, optional
        Column `rotAng` of the table; the pictures are not turned.

    Returns
    -------
    pathlib.Path
        The folder; its label table is written last.

    Raises
    ------
    UsageError
        There are more or fewer pictures than classes.
    """
    classes, number = np.asarray(classes), 0
    for number, image in enumerate(images, 1):
        write_picture(picture_path(folder, number), image)
    if number != len(classes):
        raise UsageError(f"there are {number} pictures and {len(classes)} classes.")
    return write_tables(folder, classes, rotation)


def picture_path(folder: str | PathLike, number: int) -> Path:
    """Where picture `number`, from 1, of a `folder` lies."""
    return Path(folder) / OATH_PICTURES / f"{number:05d}.png"


def write_picture(path: str | PathLike, image: np.ndarray) -> None:
    """Write `image`, (y, x) of uint8, as the green channel of a picture.

    Raises
    ------
    UsageError
        It is not of bytes.
    """
    from PIL import Image

    if image.ndim != 2 or image.dtype != np.uint8:
        raise UsageError(f"a picture is uint8 (y, x), not {image.dtype} {image.shape}.")
    colour = np.zeros((*image.shape, 3), np.uint8)
    colour[..., 1] = image
    with atomic_path(path) as tmp:
        Image.fromarray(colour).save(tmp, "PNG", compress_level=1)


def write_tables(
    folder: str | PathLike, classes: np.ndarray, rotation: np.ndarray | None = None
) -> Path:
    """Write the split table, then the label table of classes (N,); the rest as in `write_oath`."""
    folder, classes = Path(folder), np.asarray(classes)
    rotation = np.zeros(len(classes), int) if rotation is None else np.asarray(rotation, int)
    number = len(classes)
    if number > 1:
        shuffles = [np.concatenate(split) for split in oath_splits(number)]
        with atomic_path(folder / OATH_SPLITS) as tmp:
            np.savetxt(tmp, shuffles, delimiter=",")
    rows = ["-" * 79, "Simulated pictures in the layout of the OATH data set, version 1.1."]
    rows += [""] * (PREAMBLE - 3) + ["-" * 79, HEADING]
    for i, (kind, turned) in enumerate(zip(classes, rotation, strict=True), 1):
        rows.append(f"{kind // 3},{kind},{i:05d},{CLASSES[kind]},{turned:03d}")
    with atomic_path(folder / OATH_LABELS) as tmp:
        tmp.write_bytes(("\n".join(rows) + "\n").encode("ascii"))
    return folder
