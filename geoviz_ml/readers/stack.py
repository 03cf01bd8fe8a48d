"""Pages of a TIFF that holds several: each becomes a file of one page, in memory.

A TIFF is a chain of tables, each of which names the place of the next; source: TIFF 6.0
(1992), section 2. A page alone is the same bytes with a first table that is its own and has no next
one.
"""

from __future__ import annotations

from os import PathLike

from ..errors import DataFileError

TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
MOST_PAGES = 10_000


class Tables:
    """The tables of a TIFF. A place in the file takes `width` bytes: 4, in BigTIFF 8."""

    def __init__(self, raw: bytes):
        self.raw, self.order = raw, "little" if raw[:2] == b"II" else "big"
        self.width, self.count, self.step = (8, 8, 20) if b"+" in raw[2:4] else (4, 2, 12)
        self.first = self.number(self.width, self.width)

    def number(self, at: int, size: int) -> int:
        """The number in `size` bytes from `at` on; 0 behind the end of the file."""
        return int.from_bytes(self.raw[at : at + size], self.order)

    def entries(self, at: int) -> range:
        """Where the entries of the table at `at` begin; behind the last it names the next table."""
        start = at + self.count
        return range(start, start + self.step * self.number(at, self.count), self.step)


def page_places(raw: bytes, path: str | PathLike) -> list[int]:
    """Where the table of each page of a TIFF begins, bytes from the start of the file.

    Parameters
    ----------
    raw : bytes
        The whole file. Of any other kind it has one page: [0].
    path : path-like
        For the message.

    Raises
    ------
    DataFileError
        The chain of pages leaves the file, runs in a circle, or has more than 10 000.

    Examples
    --------
    >>> import io
    >>> from PIL import Image
    >>> from geoviz_ml.readers.stack import page_places
    >>> into, pages = io.BytesIO(), [Image.new("L", (4, 3)) for _ in range(3)]
    >>> pages[0].save(into, "TIFF", save_all=True, append_images=pages[1:])
    >>> len(page_places(into.getvalue(), "stack.tif"))
    3
    """
    if raw[:4] not in TIFF:
        return [0]
    tables = Tables(raw)
    places: dict[int, None] = {}
    at = tables.first
    while at:
        if at in places or len(places) == MOST_PAGES or at >= len(raw):
            raise DataFileError("has a chain of pages without an end.", path, "Save it again.")
        places[at] = None
        at = tables.number(tables.entries(at).stop, tables.width)
    return [*places] or [0]


def one_page(raw: bytes, page: int, path: str | PathLike) -> bytes:
    """A page of a TIFF, from 0, as the bytes of a file that has no other.

    Raises
    ------
    DataFileError
        There is no such page, or the chain is damaged (see `page_places`).
    """
    places = page_places(raw, path)
    if not 0 <= page < len(places):
        raise DataFileError(f"has {len(places)} pages, no page {page + 1}.", path)
    if len(places) == 1:
        return raw
    tables = Tables(raw)
    width, end = tables.width, tables.entries(places[page]).stop
    alone = bytearray(raw)
    alone[width : 2 * width] = places[page].to_bytes(width, tables.order)
    alone[end : end + width] = bytes(width)
    return bytes(alone)
