"""How large a picture of the Sun may claim to be, beside the bytes that hold it."""

from __future__ import annotations

from pathlib import Path

from ..errors import DataFileError
from ..files import AGAIN

LONGEST_SIDE = 16384
MOST_PIXELS = 8192**2
USUAL = 4096**2  # pixels that any file may claim: those of HMI
PIXELS_PER_BYTE = 4  # of a larger one


def check_size(width: int, height: int, length: int, path: Path, share: float = 1.0) -> None:
    """Refuse a picture that is too large, or too large for its file.

    A pixel costs up to 16 bytes while it is read, so that these limits keep to
    `geoviz_ml.files.memory_cap`.

    Parameters
    ----------
    width, height : int, pixels
    length : int
        Bytes of the file.
    path : path-like
        For the message.
    share : float
        Of the memory that is there for the picture, 0 to 1.

    Raises
    ------
    DataFileError
        A side is below 1 or above 16384; there are more than 8192 x 8192 pixels, or more than
        4096 x 4096 and more than 4 for each byte of the file.
    """
    pixels = width * height
    if min(width, height) < 1 or max(width, height) > LONGEST_SIDE or pixels > MOST_PIXELS:
        raise DataFileError(f"claims {width} x {height} pixels.", path, AGAIN)
    if pixels > max(USUAL, share * PIXELS_PER_BYTE * length):
        raise DataFileError(
            f"claims {width} x {height} pixels in a file of {length:,} bytes.", path, AGAIN
        )
