"""Opening a picture file from a stranger: four formats, whole, one page, bounded, upright."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from math import ceil
from os import PathLike
from typing import TYPE_CHECKING

from ..errors import DataFileError
from ..files import read_bounded, untrusted
from .stack import TIFF, Tables, one_page

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("PNG", "TIFF", "JPEG", "BMP")
SUFFIXES = ("*.bmp", "*.jpeg", "*.jpg", "*.png", "*.tif", "*.tiff")
MAGIC = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    **dict.fromkeys(TIFF, "TIFF"),
    b"\xff\xd8\xff": "JPEG",
    b"BM": "BMP",
}
MARK = re.compile(rb"\xff([^\xff\0])")  # of a JPEG's segment
LONGEST_FILE = 300 * 2**20  # bytes
LARGEST_SIDE = 2**15  # pixels
MOST_PIXELS = 2**27
SMALL = 25 * 2**20  # pixels that any file may claim: a camera's 6000 x 4000
PIXELS_PER_BYTE = 3  # of a larger one: a picture of one colour has hundreds
PACKED = (1, 5, 8, 32773, 32946)  # TIFF: not, LZW, deflate, PackBits: decoders that notice a cut
MOST_SCANS = 64  # of a JPEG; 10 are usual
STRIPS = (273, 279, 324, 325)  # TIFF: places and lengths of strips, of tiles
MOST_ENTRIES = 4096  # of a TIFF's table
MOST_PARTS = 2**17  # chunks of a PNG, segments of a JPEG, strips of a TIFF


@dataclass(frozen=True)
class Opened:
    """A picture as Pillow gives it, and what Pillow does not tell.

    Attributes
    ----------
    image : PIL.Image.Image
        Decoded, and turned as the camera's orientation says.
    bits : int
        Of a sample in the file. Pillow keeps 8 of 16 in colours.
    white_is_zero : bool
        The picture is a negative, and Pillow has left it so.
    """

    image: Image
    bits: int
    white_is_zero: bool


def open_picture(
    path: str | PathLike, formats: Sequence[str] = FORMATS, page: int | None = None
) -> Opened:
    """Open a picture, but only a whole one of a known format, with one page.

    Memory: at most what `memory_cap` allows for the file, all that readers make of it included.
    Hence a picture has at most 25 Mi pixels, or 3 for each byte of the file where that is more,
    and never more than 2**27 or a side of 32768.

    Parameters
    ----------
    path : path-like
    formats : sequence of {"PNG", "TIFF", "JPEG", "BMP"}
        Told apart by content, not by name.
    page : int, optional
        A page of a stack (TIFF), from 0.

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there, is no regular file, is of another format, cut short or damaged, too
        large, has no such page, or holds several (a stack, a film) and none is asked for: they are
        never read in part.
    """
    raw = read_bounded(path, LONGEST_FILE)
    return open_bytes(raw if page is None else one_page(raw, page, path), path, formats)


def open_bytes(raw: bytes, path: str | PathLike, formats: Sequence[str] = FORMATS) -> Opened:
    """Open a picture whose file was read already; see `open_picture`.

    Parameters
    ----------
    raw : bytes
        The whole file.
    path : path-like
        For the message.
    formats : sequence of {"PNG", "TIFF", "JPEG", "BMP"}

    Raises
    ------
    DataFileError
        As of `open_picture`.
    """
    kind = next((MAGIC[start] for start in MAGIC if raw.startswith(start)), None)
    if kind not in formats:
        raise DataFileError(
            f"is a file of another kind than {', '.join(formats)}.", path, "Save it as PNG."
        )
    with untrusted(path, f"{kind} picture"):
        return _open(raw, kind, path)


def _open(raw: bytes, kind: str, path: str | PathLike) -> Opened:
    from PIL import Image, ImageOps

    if kind == "JPEG":
        _check_jpeg(raw)
    several = kind == "TIFF" and _next_page(raw) > 0
    with Image.open(BytesIO(raw), formats=[kind]) as image:
        width, height = image.size
        most = min(max(SMALL, PIXELS_PER_BYTE * len(raw)), MOST_PIXELS)
        if width * height > most or not 0 < min(image.size) <= max(image.size) <= LARGEST_SIDE:
            raise DataFileError(
                f"claims {width} x {height} pixels in {len(raw):,} bytes.",
                path,
                f"Such a file may have {most:,}: is it damaged? Else make the picture smaller.",
            )
        if several or _has_pages(image):
            raise DataFileError(
                "holds several pages, a stack or a film.", path, "Save each as a file of its own."
            )
        bits, white_is_zero = 8, False
        if kind == "PNG":
            bits = raw[24]
            _check_png(raw)
        elif kind == "TIFF":
            if (packed := image.tag_v2.get(259, 1)) not in PACKED:
                raise DataFileError(
                    f"is packed in a way that is not read here ({packed}).",
                    path,
                    "Save it with LZW or deflate, or not packed.",
                )
            _check_tiff(image.tag_v2, len(raw))
            bits = max(image.tag_v2.get(258, (1,)))
            # Pillow turns negatives of up to 8 bits itself
            white_is_zero = image.tag_v2.get(262) == 0 and (bits > 8 or image.mode == "F")
        image.load()
        ImageOps.exif_transpose(image, in_place=True)
        return Opened(image, bits, white_is_zero)


def _has_pages(image: Image) -> bool:
    """More than one JPEG or PNG; a camera's with previews or a gain map behind it is one."""
    if image.format == "MPO":
        kinds = [str(entry["Attribute"]["MPType"]) for entry in image.mpinfo[0xB002][1:]]
        return any(kind.startswith("Multi-Frame") for kind in kinds)
    return image.format == "PNG" and getattr(image, "n_frames", 1) > 1


def _check_jpeg(raw: bytes) -> None:
    """The picture's data begin, and end with the mark of the end."""
    at = 2
    for _ in range(MOST_PARTS):
        found = MARK.search(raw, at)
        if not found:
            raise ValueError("it is cut short")
        at, code = found.end(), found[1][0]
        if code == 0xDA:  # the scan: in it no byte 0xff is followed by such a mark
            if raw.count(b"\xff\xda", at) > MOST_SCANS:  # each takes the time of a whole picture
                raise ValueError(f"it has more than {MOST_SCANS} scans")
            if raw.find(b"\xff\xd9", at) < 0:
                raise ValueError("it is cut short: the mark of its end is missing")
            return
        if not (code == 1 or 0xD0 <= code <= 0xD9):
            at += int.from_bytes(raw[at : at + 2])
    raise ValueError("it has too many segments")


def _check_png(raw: bytes) -> None:
    """All chunks are there, their checksums fit, and the data fill every row."""
    at, left, inflate = 8, _png_size(raw), zlib.decompressobj()
    for _ in range(MOST_PARTS):
        size, kind = int.from_bytes(raw[at : at + 4]), raw[at + 4 : at + 8]
        body = raw[at + 8 : at + 8 + size]
        checksum = raw[at + 8 + size : at + 12 + size]
        if len(checksum) < 4:
            raise ValueError("it is cut short")
        if kind[:1].isupper() and zlib.crc32(body, zlib.crc32(kind)) != int.from_bytes(checksum):
            raise ValueError(f"the checksum of {kind!r} does not fit")
        if kind == b"IEND":
            break
        while kind == b"IDAT" and body and left > 0:
            left -= len(inflate.decompress(body, 2**20))
            body = inflate.unconsumed_tail
        at += 12 + size
    else:
        raise ValueError("it has too many chunks")
    if left > 0:
        raise ValueError(f"{left:,} bytes of its pixels are missing")


def _png_size(raw: bytes) -> int:
    """Bytes of all rows, each with its filter's number; source: PNG specification, 8 and 9."""
    width, height = int.from_bytes(raw[16:20]), int.from_bytes(raw[20:24])
    pixel = raw[24] * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[raw[25]]
    passes = [(0, 0, 1, 1)]  # first column and row, steps
    if raw[28]:  # Adam7
        passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4)]
        passes += [(0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]
    sizes = [(ceil((width - x) / a), ceil((height - y) / b)) for x, y, a, b in passes]
    return sum(rows * (1 + ceil(columns * pixel / 8)) for columns, rows in sizes if columns > 0)


def _next_page(raw: bytes) -> int:
    """Where the second page of a TIFF begins, 0 if there is none.

    Looks at the first page's table alone, whose lists of strips and tiles must not be too long to
    be looked at.
    """
    tables = Tables(raw)
    entries = tables.entries(tables.first)
    if entries.stop - entries.start > MOST_ENTRIES * entries.step:
        raise ValueError("its table is too long")
    for at in entries:
        if tables.number(at, 2) in STRIPS and tables.number(at + 4, tables.width) > MOST_PARTS:
            raise ValueError("it has too many strips or tiles")
    return tables.number(entries.stop, tables.width)


def _check_tiff(tags, size: int) -> None:
    """There are as many strips or tiles as the picture needs, and they lie in the file."""
    width, height, bits = tags[256], tags[257], tags.get(258, (1,))
    planes = tags.get(277, 1) if tags.get(284) == 2 else 1
    tiled = 322 in tags
    across, down = (tags[322], tags[323]) if tiled else (width, min(tags.get(278, height), height))
    parts = ceil(width / across) * ceil(height / down) * planes
    offsets, counts = (tags[324], tags[325]) if tiled else (tags[273], tags.get(279))
    if len(offsets) < parts or (counts is not None and len(counts) < parts):
        raise ValueError(f"it has {len(offsets)} strips or tiles and needs {parts}")
    if counts is None:
        return
    if any(at + count > size for at, count in zip(offsets, counts, strict=False)):
        raise ValueError("it is cut short: a strip or tile lies behind its end")
    needed = (height if not tiled else down * parts // planes) * ceil(across * sum(bits) / 8)
    if tags.get(259, 1) == 1 and tags.get(262) != 6 and sum(counts) < needed:
        raise ValueError(f"its pixels need {needed:,} bytes, it has {sum(counts):,}")
