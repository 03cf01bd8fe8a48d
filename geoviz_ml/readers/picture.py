"""Pictures and masks, opened in one way by every reader and every folder of pictures.

What a viewer shows is what is read: the camera's orientation (EXIF) is obeyed, palettes are looked
up, files in which white is zero are turned. See `picture_file` for what is opened at all.
"""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING

import numpy as np

from ..errors import DataFileError, UsageError
from .picture_file import open_picture

if TYPE_CHECKING:
    from PIL.Image import Image

CHANNELS = {"red": "R", "green": "G", "blue": "B"}
DARK = 2**12  # a picture of more than 8 bits that stays below it is likely 12 bits in 16


def read_picture(
    path: str | PathLike,
    bits: int | None = None,
    channel: str | None = None,
    page: int | None = None,
) -> np.ndarray:
    """Read a picture as brightness.

    Parameters
    ----------
    path : path-like
        PNG, TIFF, JPEG or BMP; told apart by content, not by name.
    bits : int, optional
        How many bits of a grey picture of 16 or 32 bits are used, 9 to 16: 12 for a camera that
        counts to 4095. Default: all 16 of 16 (of 32 bits too), 12 in a TIFF of 12 bits; if no
        value then reaches 4096, which would be nearly black, that is an error that asks for `bits`.
    channel : {"red", "green", "blue"}, optional
        One colour instead of the brightness. Of a grey picture each is its grey.
    page : int, optional
        A page of a stack (TIFF), from 0.

    Returns
    -------
    ndarray (H, W), float32 in 0..1
        0 black, 1 white. Colours become brightness by the weights of ITU-R BT.601 (.299, .587,
        .114). What is transparent counts as black: the brightness is multiplied by the opacity.
        Colours of 16 bits are read to 8. Numbers with a floating point must lie in 0..1.

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there; is of another format, cut short, damaged, too large (see
        `open_picture`), or a stack of which no page, or none that is there, is asked for; holds
        values out of range, or is transparent everywhere.
    UsageError
        There are no such bits, or no such channel.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from PIL import Image
    >>> from geoviz_ml.readers import read_picture
    >>> path = Path(tempfile.mkdtemp()) / "colours.png"
    >>> pixels = [[[255, 0, 0], [0, 255, 0], [255, 255, 255]]]  # red, green, white
    >>> Image.fromarray(np.array(pixels, np.uint8)).save(path)
    >>> read_picture(path).astype(float).round(2).tolist()  # green is brighter than red
    [[0.3, 0.59, 1.0]]
    """
    if bits is not None and bits not in range(9, 17):
        raise UsageError(f"bits is 9 to 16, not {bits!r}.")
    if channel is not None and channel not in CHANNELS:
        raise UsageError(f"channel is one of {', '.join(CHANNELS)}, not {channel!r}.")
    opened = open_picture(path, page=page)
    plain, opacity = plain_and_opacity(opened.image)
    if opacity is not None and not opacity.any():
        raise DataFileError("is transparent everywhere: nothing is to be seen.", path)
    if plain.mode == "RGB" and channel:
        plain = plain.getchannel(CHANNELS[channel])
    elif plain.mode in ("RGB", "1"):
        plain = plain.convert("L")
    values, top = np.asarray(plain).astype(np.float32), _top(plain.mode, opened.bits, bits)
    if not (values.min() >= 0 and values.max() <= top):
        raise DataFileError(
            f"holds values from {values.min():g} to {values.max():g}, or NaN; expected 0 to {top}.",
            path,
            "Scale floating-point pictures to 0..1 and integers to 16 bits.",
        )
    if plain.mode != "F" and opened.bits in (16, 32):
        _refuse_dark(values.max(), plain.mode, bits, path)
    values /= np.float32(top)
    if opened.white_is_zero:
        np.subtract(1, values, out=values)
    if opacity is not None:
        values *= opacity / np.float32(255)
    return values


def _top(mode: str, stored: int, bits: int | None) -> int:
    """The number that is white."""
    if not mode.startswith("I"):
        return 1 if mode == "F" else 255
    return 2 ** (bits or min(stored, 16)) - 1


def _refuse_dark(largest: float, mode: str, bits: int | None, path: str | PathLike) -> None:
    """Twelve bits of a camera in sixteen would become nearly black, silently."""
    grey = mode.startswith("I")
    known = bits == 16 or (grey and bits)
    if known or not 0 < largest < (DARK if grey else DARK // 256):  # of colours 8 bits are left
        return
    raise DataFileError(
        f"has 16 bits or more a pixel and none above {largest / (65535 if grey else 255):.3f} of "
        "the greatest number: nearly black.",
        path,
        "If its camera has 12 bits, save it as grey and give bits=12; if it is so dark, bits=16.",
    )


def read_mask(path: str | PathLike) -> np.ndarray:
    """Read a mask: what is sought, drawn in one colour, and the rest.

    Parameters
    ----------
    path : path-like
        PNG, TIFF, JPEG or BMP.

    Returns
    -------
    ndarray (H, W), bool
        Of two grey values or colours the brighter one marks, whatever they are: 0 and 1, 0 and 255,
        1 and 2, black and red. Of a mask of one value all is marked, or nothing if it is black.
        Where something is transparent, nothing is marked there; if the rest has one colour, even
        black, all of the rest is marked: it was drawn on an empty layer.

    Raises
    ------
    MissingDataError, DataFileError
        As of `read_picture`; more than two values (as smoothing and JPEG make them), values that
        are no numbers, or two that look alike.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from PIL import Image
    >>> from geoviz_ml.readers import read_mask
    >>> path = Path(tempfile.mkdtemp()) / "mask.png"
    >>> Image.fromarray(np.array([[1, 2, 2], [1, 1, 2]], np.uint8)).save(path)
    >>> read_mask(path).astype(int).tolist()  # the brighter value marks
    [[0, 1, 1], [0, 0, 1]]
    """
    opened = open_picture(path)
    plain, opacity = plain_and_opacity(opened.image)
    values = _codes(np.asarray(plain))
    if opacity is None or opacity.min() == opacity.max() > 0:
        low, high = _two(values, path)
        if low == high and opened.image.mode == "P" and len(opened.image.getcolors()) > 1:
            raise DataFileError("its palette shows all values in one colour.", path)
        bright = _brighter(low, high, plain.mode, opened.white_is_zero, path)
        return values == bright if bright is not None else np.zeros(values.shape, bool)
    drawn = opacity == _two(opacity, path, "values of transparency")[1]
    drawn &= opacity > 0
    low, high = _two(values[drawn], path) if drawn.any() else (0, 0)
    if low == high:
        return drawn
    return drawn & (values == _brighter(low, high, plain.mode, opened.white_is_zero, path))


def plain_and_opacity(image: Image) -> tuple[Image, np.ndarray | None]:
    """A picture in one of the modes 1, L, I, F and RGB, and its opacity (H, W) uint8 or None.

    Parameters
    ----------
    image : PIL.Image.Image
        As of `geoviz_ml.readers.picture_file.open_picture`.
    """
    opacity = None
    key = image.info.get("transparency")
    if key is not None and image.mode.startswith("I"):  # grey of 16 bits
        opacity = np.where(np.asarray(image) == key, 0, 255).astype(np.uint8)
    elif key is not None and image.mode in ("1", "L", "P", "RGB"):
        image = image.convert("RGBA")
    if image.mode in ("La", "RGBa"):  # colours multiplied by the opacity
        image = image.convert(image.mode.upper())
    if image.mode in ("LA", "PA", "RGBA"):
        opacity = np.asarray(image.getchannel("A"))
        image = image.convert("L" if image.mode == "LA" else "RGB")
    elif image.mode not in ("1", "L", "F", "RGB") and not image.mode.startswith("I"):
        image = image.convert("RGB")
    return image, opacity


def _codes(values: np.ndarray) -> np.ndarray:
    """Grey values as they are; of colours one number each: red, green, blue from the top."""
    if values.ndim == 2:
        return values
    code = values[..., 0].astype(np.uint32)
    for i in (1, 2):
        code <<= 8
        code |= values[..., i]
    return code


def _two(values: np.ndarray, path: str | PathLike, what: str = "values") -> tuple[float, float]:
    """The smallest and the largest value of an array that holds no others."""
    low, high = values.min().item(), values.max().item()
    if not np.isfinite([low, high]).all():
        raise DataFileError("holds values that are no numbers.", path)
    if ((values != low) & (values != high)).any():
        raise DataFileError(
            f"holds {len(np.unique(values))} {what}; a mask has two, for what is sought and for "
            "the rest.",
            path,
            "Save it without smoothing and not as JPEG, or cut it at a threshold first.",
        )
    return low, high


def _brighter(
    low: float, high: float, mode: str, white_is_zero: bool, path: str | PathLike
) -> float | None:
    """The brighter of two values of a mask; None if both are one, and black."""
    if white_is_zero:
        top = _top(mode, 16, None)
        return low if low < top else None
    if mode != "RGB":
        return high if high else None
    dark, bright = sorted((low, high), key=_luma)
    if low != high and _luma(dark) == _luma(bright):
        raise DataFileError("its two colours are equally bright.", path, "Use black and white.")
    return bright if _luma(bright) else None


def _luma(code: float) -> int:
    """Brightness of a colour; source: ITU-R BT.601."""
    red, green, blue = int(code).to_bytes(3)
    return 299 * red + 587 * green + 114 * blue
