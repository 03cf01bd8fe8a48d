"""Compressed FITS pictures: each tile is checked before any of it is expanded.

Only codecs that can be bounded are taken: gzip, whose expansion stops at the tile's size, and Rice,
whose streams are walked through first. The decoders of the two others believe what a damaged stream
says about its size.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ..errors import DataFileError
from ..files import AGAIN
from .rice import CODES, rice_streams_whole

SAFE = ("RICE_1", "RICE_ONE", "GZIP_1", "GZIP_2", "NOCOMPRESS")
DITHERS = ("NONE", "NO_DITHER", "SUBTRACTIVE_DITHER_1", "SUBTRACTIVE_DITHER_2")
BLOCKS = (16, 32)  # pixels of a block of Rice's code
MOST_TILES = 16384
LONGEST_RICE = 65536  # pixels of a tile
WIDTHS = (1, 2, 4, 8)  # bytes of a pixel


def check_tiles(raw: bytes, table, path: Path) -> None:
    """Check the tiles of a compressed picture.

    Parameters
    ----------
    raw : bytes
        The whole file.
    table : astropy.io.fits.BinTableHDU
        The table that holds the tiles.
    path : path-like
        For the message.

    Raises
    ------
    DataFileError
        The codec is another than RICE_1, GZIP_1, GZIP_2 or NOCOMPRESS; its parameters are none;
        the tiles do not make up the picture; a stream is cut short, lies outside the file, or
        expands to more or less than its tile.
    """
    header = table.header
    codec = str(header.get("ZCMPTYPE", "")).strip()
    if codec not in SAFE:
        raise DataFileError(
            f"is compressed by {codec or 'an unknown codec'}, whose tiles cannot be bounded.",
            path,
            "Save it uncompressed or as RICE_1 (funpack, or fpack -r).",
        )
    _check_quantizing(header, path)
    pixels = _pixels_of_tiles(header, path)
    if len(pixels) != header["NAXIS2"]:
        raise DataFileError(f"has {header['NAXIS2']} tiles, not {len(pixels)}.", path, AGAIN)
    heap, columns = _streams(raw, table, path)
    first, size = columns["COMPRESSED_DATA"]
    empty = size == 0
    if "RICE" in codec:
        _check_rice(heap, first[~empty], size[~empty], pixels[~empty], header, path)
    else:
        _check_gzip(heap, first[~empty], size[~empty], pixels[~empty], codec, path)
    if empty.any():  # kept in another column, as what could not be quantized
        if "GZIP_COMPRESSED_DATA" not in columns:
            raise DataFileError("has tiles without data.", path, AGAIN)
        first, size = columns["GZIP_COMPRESSED_DATA"]
        _check_gzip(heap, first[empty], size[empty], pixels[empty], "GZIP_1", path)


def _check_quantizing(header: Mapping, path: Path) -> None:
    how = str(header.get("ZQUANTIZ", "NO_DITHER"))
    seed = header.get("ZDITHER0", 0)
    if how not in DITHERS or ("SUBTRACTIVE" in how and not 1 <= seed <= 10000):
        raise DataFileError(f"is quantized in an unknown way ({how}, seed {seed}).", path, AGAIN)


def _pixels_of_tiles(header: Mapping, path: Path) -> np.ndarray:
    """Pixels of each tile, in the order of the table."""
    if header.get("ZNAXIS") != 2:
        raise DataFileError("holds no picture.", path, AGAIN)
    sides = []
    for axis, usual in ((2, 1), (1, header["ZNAXIS1"])):
        length, tile = header[f"ZNAXIS{axis}"], header.get(f"ZTILE{axis}", usual)
        if not 0 < tile or length < 1 or -(-length // tile) > MOST_TILES:
            raise DataFileError(f"claims tiles of {tile} in {length} pixels.", path, AGAIN)
        sides.append(np.minimum(tile, length - np.arange(0, length, tile)))
    if sides[0].size * sides[1].size > MOST_TILES:
        raise DataFileError(f"claims more than {MOST_TILES} tiles.", path, AGAIN)
    return np.outer(*sides).ravel()


def _streams(raw: bytes, table, path: Path) -> tuple[np.ndarray, dict]:
    """The table's heap, and for each column of streams where they begin and end in it."""
    header, at = table.header, table.fileinfo()["datLoc"]
    rows, width = header["NAXIS2"], header["NAXIS1"]
    kept = table.columns.dtype.newbyteorder(">")
    heap_at, end = header.get("THEAP", rows * width), rows * width + header["PCOUNT"]
    if kept.itemsize != width or not rows * width <= heap_at <= end or at + end > len(raw):
        raise DataFileError("is cut short, or its table of tiles is damaged.", path, AGAIN)
    data = np.frombuffer(raw, kept, rows, at)
    heap = np.frombuffer(raw, np.uint8, end - heap_at, at + heap_at)
    columns = {}
    for column in table.columns:
        if column.name not in ("COMPRESSED_DATA", "GZIP_COMPRESSED_DATA"):
            continue
        if not str(column.format).removeprefix("1").startswith(("PB", "QB")):
            raise DataFileError(f"has tiles of the odd kind {column.format}.", path, AGAIN)
        size, first = data[column.name].astype(np.int64).T
        if (size < 0).any() or (first < 0).any() or (first > heap.size - size).any():
            raise DataFileError("has tiles that lie outside the file.", path, AGAIN)
        columns[column.name] = first, size
    if "COMPRESSED_DATA" not in columns:
        raise DataFileError("has no column of tiles.", path, AGAIN)
    return heap, columns


def _check_rice(heap, first, size, pixels, header: Mapping, path: Path) -> None:
    block, width = _setting(header, "BLOCKSIZE", 32), _setting(header, "BYTEPIX", 4)
    if block not in BLOCKS or width not in CODES:
        raise DataFileError(f"claims blocks of {block} pixels of {width} bytes.", path, AGAIN)
    if pixels.size and pixels.max() > LONGEST_RICE:
        raise DataFileError(
            f"has tiles of {pixels.max():,} pixels; more than {LONGEST_RICE:,} are not read.",
            path,
            "Compress it row by row, as is usual.",
        )
    for count in np.unique(pixels):
        alike = pixels == count
        if not rice_streams_whole(heap, first[alike], size[alike], int(count), block, width):
            raise DataFileError("has tiles that are cut short or damaged.", path, AGAIN)


def _setting(header: Mapping, name: str, usual: int):
    """A parameter of a codec: of the first pair ZNAMEi, ZVALi of that name, as decoders do."""
    for i in range(1, 1000):
        if f"ZNAME{i}" not in header:
            return usual
        if str(header[f"ZNAME{i}"]).upper() == name:
            return header.get(f"ZVAL{i}")
    return usual


def _check_gzip(heap, first, size, pixels, codec: str, path: Path) -> None:
    for start, length, count in zip(first.tolist(), size.tolist(), pixels.tolist(), strict=True):
        stream = heap[start : start + length].tobytes()
        expanded, whole = len(stream), True
        if codec != "NOCOMPRESS":
            member = zlib.decompressobj(wbits=31)
            try:
                expanded = len(member.decompress(stream, max(WIDTHS) * count + 1))
            except zlib.error as error:
                raise DataFileError(f"has a damaged tile ({error}).", path, AGAIN) from error
            whole = member.eof and not member.unused_data
        if not whole or expanded not in [width * count for width in WIDTHS]:
            raise DataFileError("has a tile of another size than it claims.", path, AGAIN)
