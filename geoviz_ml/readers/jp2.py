"""JPEG 2000 as Helioviewer makes it: grey of 8 bits, and the FITS header in an XML box.

Source: ISO/IEC 15444-1, annexes A.5.1 (size in the codestream) and I.4 (boxes). Decoded by Pillow,
whose wheels carry OpenJPEG: nothing else is to be installed.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np

from ..errors import DataFileError
from ..files import AGAIN, untrusted
from .jp2_pieces import check_pieces
from .picture_size import check_size

MAGIC = b"\0\0\0\x0cjP  \r\n\x87\n"
MOST_BOXES = 1000
MOST_TILES = 4096
LONGEST_XML = 2**20
START, END = b"\xff\x4f\xff\x51", b"\xff\xd9"  # of a codestream


def read_jp2(raw: bytes, path: Path) -> tuple[np.ndarray, dict[str, str | int | float]]:
    """The picture in a JPEG 2000 file, and the header in it.

    Parameters
    ----------
    raw : bytes
        The whole file.
    path : path-like
        For the message.

    Returns
    -------
    values : ndarray (H, W) float32
        Grey, row 0 on top; a colour picture's brightness.
    keywords : dict
        Of the FITS header in the XML box; empty if there is none.

    Raises
    ------
    DataFileError
        The file is cut short, damaged or too large, or holds no picture.
    """
    from PIL import Image

    xml, stream = _boxes(raw, path)
    if not stream.startswith(START) or len(stream) < 42:
        raise DataFileError("holds no JPEG 2000 picture.", path, AGAIN)
    if not stream.endswith(END):
        raise DataFileError("is cut short: the mark of its end is missing.", path, AGAIN)
    left, top, width, height, tile_x, tile_y = (
        int.from_bytes(stream[i : i + 4]) for i in (16, 20, 8, 12, 24, 28)
    )
    check_size(width, height, len(raw), path)
    tiles = -(-width // max(tile_x, 1)) * -(-height // max(tile_y, 1))
    components = int.from_bytes(stream[40:42])
    if tiles > MOST_TILES or not 1 <= components <= 4:
        raise DataFileError(f"claims {width} x {height} pixels, {tiles} tiles.", path, AGAIN)
    with untrusted(path, "JPEG2000 picture"):
        check_pieces(stream, (min(tile_x, width), min(tile_y, height)), tiles, components)
        with Image.open(BytesIO(raw), formats=["JPEG2000"]) as picture:
            if picture.size != (width - left, height - top):
                raise DataFileError("tells two sizes.", path, AGAIN)
            grey = picture if picture.mode.startswith("I") else picture.convert("L")
            return np.asarray(grey, np.float32), _keywords(xml, path) if xml else {}


def _boxes(raw: bytes, path: Path) -> tuple[bytes, memoryview | bytes]:
    """The first XML box and the first codestream; either may be empty."""
    at, xml, stream = 0, b"", b""
    for _ in range(MOST_BOXES):
        if at + 8 > len(raw):
            break
        length, kind, start = int.from_bytes(raw[at : at + 4]), raw[at + 4 : at + 8], at + 8
        if length == 1:
            length, start = int.from_bytes(raw[at + 8 : at + 16]), at + 16
        end = at + length if length else len(raw)
        if not start <= end <= len(raw):
            raise DataFileError("is cut short or corrupt.", path, AGAIN)
        if kind == b"xml " and not xml and end - start <= LONGEST_XML:
            xml = raw[start:end]
        if kind == b"jp2c":
            stream = stream or raw[start:end]
        at = end
    return xml, stream


def _keywords(xml: bytes, path: Path) -> dict[str, str | int | float]:
    """Keywords of the FITS header in the XML box."""
    from defusedxml.ElementTree import fromstring

    with untrusted(path, "XML header"):
        fits = fromstring(xml.rstrip(b"\0"), forbid_dtd=True).find("fits")
    words = {} if fits is None else {e.tag: (e.text or "").strip() for e in fits}
    return {k: _number(v) for k, v in words.items() if k.lower() not in ("history", "comment")}


def _number(text: str) -> str | int | float:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text
