"""The picture in a FITS file from a stranger, and its keywords."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path

import numpy as np

from ..errors import DataFileError
from ..files import AGAIN, untrusted
from ..files.bounded import GZIP, gunzip_bounded
from .fits_tiles import check_tiles
from .picture_size import check_size

LONGEST_FILE = 512 * 2**20  # bytes, expanded
MOST_HDUS = 8
LONGEST_HEADER = 2**20  # bytes, of 13 107 cards; astropy makes a kilobyte of each
ENDLESS = re.compile(rb"NAXIS *= *\d{4}"), re.compile(rb"TFIELDS *= *\d{4}")  # astropy counts to it
SIZES = re.compile(r"Z?(BITPIX|NAXIS\d*)|[PG]COUNT")  # what the size of a part is the product of


def read_fits_picture(
    raw: bytes, path: Path, most: int = LONGEST_FILE
) -> tuple[np.ndarray, dict[str, str | int | float]]:
    """The first picture of two axes in a FITS file.

    Parameters
    ----------
    raw : bytes
        The whole file, which may be packed by gzip.
    path : path-like
        For the message.
    most : int
        Bytes that a packed file may have when it is expanded.

    Returns
    -------
    values : ndarray (H, W) float32
        The last row first: row 0 is the top of the picture. NaN where an integer is BLANK.
    keywords : dict
        Those with a number or a text.

    Raises
    ------
    DataFileError
        There is none among the first 8 parts of the file, it is too large, cut short or damaged, or
        compressed by another codec than RICE_1, GZIP_1, GZIP_2 or NOCOMPRESS.
    """
    from astropy.io import fits

    length, share = len(raw), 1.0
    if raw.startswith(GZIP):
        raw, share = gunzip_bounded(raw, most, path), 0.75  # a quarter is for `raw`
    with untrusted(path, "FITS file"):
        if any(card.search(raw) for card in ENDLESS):
            raise ValueError("it claims more axes or columns than the 999 of the standard")
        checked = _check_sizes(raw)
        with fits.open(BytesIO(raw), lazy_load_hdus=True, disable_image_compression=True) as hdus:
            number, packed = _first_picture(hdus, checked, path)
            header, z = hdus[number].header, "Z" if packed else ""
            check_size(header[f"{z}NAXIS1"], header[f"{z}NAXIS2"], length, path, share)
            if packed:
                check_tiles(raw, hdus[number], path)
        with fits.open(BytesIO(raw), lazy_load_hdus=True) as hdus:
            hdu = hdus[number]
            if packed and not isinstance(hdu, fits.CompImageHDU):
                raise DataFileError("holds no picture.", path, AGAIN)
            words = _keywords(hdu.header)
            return np.asarray(hdu.data, np.float32)[::-1], words


def _check_sizes(raw: bytes) -> int:
    """How many parts of the file, from the first on, have sizes that are whole numbers.

    Astropy multiplies them as they are: a text times a number is a very long text.
    """
    from astropy.io import fits

    at = 0
    for number in range(MOST_HDUS):
        stream = BytesIO(raw[at : at + LONGEST_HEADER])
        try:
            header = fits.Header.fromfile(stream)
        except (OSError, ValueError, EOFError):  # the end, or something that is no part
            if number:
                return number
            raise
        sizes: dict[str, object] = {}
        for card in header.cards:
            if not SIZES.fullmatch(key := _keyword(card)):
                continue
            if type(card.value) is not int or sizes.setdefault(key, card.value) != card.value:
                raise ValueError(f"{key} is {card.value!r}")
        if header.get("GROUPS") is True or header.data_size < 0:
            raise ValueError("it is of a kind that holds no picture")
        at += stream.tell() + header.data_size_padded
    return MOST_HDUS


def _keyword(card) -> str:
    """Its keyword; real files have cards that cannot be read, which have none."""
    from astropy.io.fits import VerifyError

    try:
        return card.keyword
    except VerifyError:
        return ""


def _first_picture(hdus, checked: int, path: Path) -> tuple[int, bool]:
    """Which part is the picture, and whether it is compressed."""
    from astropy.io import fits

    for number in range(checked):
        try:
            hdu = hdus[number]
        except IndexError:
            break
        header = hdu.header
        packed = isinstance(hdu, fits.BinTableHDU) and header.get("ZIMAGE") is True
        if not packed and not isinstance(hdu, fits.PrimaryHDU | fits.ImageHDU):
            continue
        if header.get("ZNAXIS" if packed else "NAXIS") == 2:
            return number, packed
    raise DataFileError("holds no picture.", path, AGAIN)


def _keywords(header) -> dict[str, str | int | float]:
    """Keywords with a value; real files have some that cannot be read, which are left out."""
    from astropy.io.fits import VerifyError

    words = {}
    for card in header.cards:
        try:
            key, value = card.keyword, card.value
        except VerifyError:
            continue
        if isinstance(value, str | int | float) and key not in ("", "COMMENT", "HISTORY"):
            words[key] = value
    return words
