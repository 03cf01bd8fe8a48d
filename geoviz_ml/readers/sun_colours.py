"""Pictures of the Sun in colour: brightness, where it tells the value, or an error."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ..errors import DataFileError
from .picture import plain_and_opacity
from .picture_file import open_bytes

COLOURED = 24  # of 255, between the largest and the smallest of red, green and blue
APART = 60.0  # degrees between two hues, from which on they are two
MOST_ODD = 3e-4  # of the pixels, in another hue than others of their brightness
LEVELS = 64  # of brightness
FINEST = 1024  # pixels of a side that are looked at


def read_grey(raw: bytes, path: Path) -> np.ndarray:
    """Grey of a PNG or JPEG picture, or the brightness of a coloured one.

    Parameters
    ----------
    raw : bytes
        The whole file.
    path : path-like
        For the message.

    Returns
    -------
    ndarray (H, W) float32
        As they are in the file, 0 to 255 or 65535. What is transparent counts as black.

    Raises
    ------
    DataFileError
        The file is cut short, damaged or too large; or its colours are a scale whose brightness
        does not tell the value, as those of SDO's coloured magnetograms. One-coloured pictures, as
        SDO's orange continuum, are read.
    """
    image, opacity = plain_and_opacity(open_bytes(raw, path, ("PNG", "JPEG")).image)
    if image.mode == "RGB":
        _refuse_scales(np.asarray(image), path)
    values = np.asarray(image.convert("L") if image.mode in ("1", "RGB") else image, np.float32)
    return values if opacity is None else values * (opacity / np.float32(255))


def _refuse_scales(colours: np.ndarray, path: Path) -> None:
    """Where a disk can be, each brightness has one hue: then brightness is the value."""
    step = -(-max(colours.shape) // FINEST)
    colours = colours[::step, ::step]
    height, width = colours.shape[:2]
    rows, columns = np.ogrid[:height, :width]
    away = np.hypot(rows - (height - 1) / 2, columns - (width - 1) / 2)
    disk = colours[away < min(height, width) / 2].astype(float)  # logos lie in the corners
    coloured = disk[np.ptp(disk, axis=1) > COLOURED]
    light = coloured @ [0.299, 0.587, 0.114]
    hue = (coloured[:, 0] - light) + 1j * (coloured[:, 2] - light)
    level = (light * LEVELS / 256).astype(int)
    usual = np.bincount(level, hue.real, LEVELS) + 1j * np.bincount(level, hue.imag, LEVELS)
    odd = np.abs(np.angle(hue * np.conj(usual[level]), deg=True)) > APART
    if odd.sum() > MOST_ODD * len(disk):
        raise DataFileError(
            "is coloured, and its colours are a scale that brightness does not follow.",
            path,
            "Get the grey picture; of SDO's, those that end in HMIB (field) or HMIIF (light).",
        )
