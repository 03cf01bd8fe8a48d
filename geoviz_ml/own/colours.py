"""Masks of several classes: which colours there are, which is the background, and how to draw them.

A colour is a number here: red, green and blue a byte each. Grey g is (g, g, g); a grey above 255,
of 16 bits, keeps its number behind all colours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from os import PathLike

import numpy as np
from PIL import Image

from ..errors import DataFileError, UsageError
from ..readers.picture import plain_and_opacity
from ..readers.picture_file import open_picture

MOST_CLASSES = 16
GREY, WHITE, DEEP = 0x010101, 0xFFFFFF, 2**24


def read_colours(path: str | PathLike, page: int | None = None) -> np.ndarray:
    """The colour of every pixel of a mask, as a number.

    Parameters
    ----------
    path : path-like
        PNG, TIFF, JPEG or BMP.
    page : int, optional
        Of a stack, from 0.

    Returns
    -------
    ndarray (H, W) of int
        0 is black, and what is transparent. If all that is drawn on a transparent layer is black,
        it counts as white: something was drawn there.

    Raises
    ------
    MissingDataError, DataFileError
        As of `open_picture`; the mask has soft edges, holds more than 17 colours (as smoothing and
        JPEG make them), or values that are no whole numbers.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from PIL import Image
    >>> from geoviz_ml.own import read_colours
    >>> path = Path(tempfile.mkdtemp()) / "mask.png"
    >>> Image.fromarray(np.array([[[255, 0, 0], [0, 0, 0]]], np.uint8)).save(path)
    >>> [f"{colour:06x}" for colour in read_colours(path)[0]]  # red, and the background
    ['ff0000', '000000']
    """
    opened = open_picture(path, page=page)
    plain, opacity = plain_and_opacity(opened.image)
    values = np.asarray(plain)
    if values.dtype.kind == "f" and not (np.isfinite(values) & (values == np.rint(values))).all():
        raise DataFileError("holds values that are no whole numbers.", path, "Save it as bytes.")
    if opened.white_is_zero:
        values = values.max() - values
    values = values.astype(np.int32) * (255 if plain.mode == "1" else 1)
    if values.ndim == 3:
        colours = (values[..., 0] << 16) | (values[..., 1] << 8) | values[..., 2]
    else:
        colours = np.where(values < 256, values * GREY, values + DEEP)
    if opacity is not None and opacity.min() == 0:
        if ((opacity > 0) & (opacity != opacity.max())).any():
            raise DataFileError(
                "has soft edges: values of transparency between none and all.", path
            )
        drawn = opacity > 0
        if drawn.any() and not colours[drawn].any():
            colours = np.full_like(colours, WHITE)
        colours = np.where(drawn, colours, 0)
    if (count := len(np.unique(colours))) > MOST_CLASSES + 1:
        raise DataFileError(
            f"holds {count} values; a mask has a few, one for each class.",
            path,
            "Save it without smoothing and not as JPEG, or cut it at a threshold first.",
        )
    return colours


@dataclass(frozen=True)
class Classes:
    """The classes of a folder's masks.

    Attributes
    ----------
    background : int
        Its colour: black where there is black; else of two the darker, of more the most frequent.
    colours : tuple of int
        Of the classes 1, 2, ...; 0 is the background.
    same : tuple of int
        Colours that count as the first class: 1 where other masks have 255.
    """

    background: int
    colours: tuple[int, ...]
    same: tuple[int, ...] = ()

    @property
    def names(self) -> list[str]:
        """Of the classes without the background: "255" of a grey, "#ff0000" of a colour."""
        return [name_of(colour) for colour in self.colours]

    def numbers(self, colours: np.ndarray) -> np.ndarray:
        """The class of every pixel, (H, W) uint8, from colours (H, W)."""
        found = np.zeros(colours.shape, np.uint8)
        for number, colour in enumerate(self.colours, 1):
            found[colours == colour] = number
        for colour in self.same:
            found[colours == colour] = 1
        return found

    def drawn(self, numbers: np.ndarray) -> Image.Image:
        """A mask as a picture in the colours of the folder's own masks, from numbers (H, W)."""
        colours = np.array([self.background, *self.colours])
        grey = colours % DEEP // GREY
        if (colours >= DEEP).any():
            return Image.fromarray(np.where(colours < DEEP, grey, colours - DEEP)
                                   .astype(np.uint16)[numbers])  # fmt: skip
        if (grey * GREY == colours).all():
            return Image.fromarray(grey.astype(np.uint8)[numbers])
        picture = Image.fromarray(numbers.astype(np.uint8), "P")
        picture.putpalette(b"".join(int(colour).to_bytes(3) for colour in colours))
        return picture


def name_of(colour: int) -> str:
    """Of a colour, for people."""
    if colour >= DEEP:
        return str(colour - DEEP)
    grey = colour // GREY
    return str(grey) if grey * GREY == colour else f"#{colour:06x}"


def classes_of(masks: Iterable[np.ndarray]) -> Classes:
    """The classes of all masks of a folder.

    Parameters
    ----------
    masks : iterable of ndarray (H, W)
        From `read_colours`.

    Raises
    ------
    UsageError
        All pixels have one colour, or there are more than 16 classes.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.own.colours import classes_of
    >>> found = classes_of([np.array([[0, 0xFF0000], [0, 0]]), np.array([[0, 0x0000FF], [0, 0]])])
    >>> found.names, found.numbers(np.array([[0xFF0000, 0]])).tolist()
    (['#0000ff', '#ff0000'], [[2, 0]])
    """
    pixels: Counter = Counter()
    for mask in masks:
        colours, often = np.unique(mask, return_counts=True)
        pixels.update(dict(zip(colours.tolist(), often.tolist(), strict=True)))
    there = sorted(pixels)
    if len(there) == 1 and there[0]:
        raise UsageError(
            f"all pixels of all masks are marked ({name_of(there[0])}): there is no background.",
            advice="Draw masks in which something is left unmarked.",
        )
    if len(there) < 2:
        raise UsageError("nothing is marked in any mask.", advice="Mark what you seek in some.")
    if len(there) > MOST_CLASSES + 1:
        raise UsageError(
            f"the masks hold {len(there)} colours; at most {MOST_CLASSES} classes are told apart.",
            advice="Were some saved with smoothing, or as JPEG?",
        )
    if there == [0, GREY, WHITE]:  # some programs write 1, some 255
        return Classes(0, (WHITE,), (GREY,))
    ground = 0
    if 0 not in there:
        ground = min(there, key=_luma) if len(there) == 2 else pixels.most_common(1)[0][0]
    return Classes(ground, tuple(colour for colour in there if colour != ground))


def _luma(colour: int) -> int:
    """Brightness of a colour; source: ITU-R BT.601."""
    if colour >= DEEP:
        return 1000 * (colour - DEEP)
    red, green, blue = int(colour).to_bytes(3)
    return 299 * red + 587 * green + 114 * blue
