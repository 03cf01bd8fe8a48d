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
    order, width = _form(raw)
    places: dict[int, None] = {}
    at = int.from_bytes(raw[width : 2 * width], order)
    while at:
        if at in places or len(places) == MOST_PAGES or at >= len(raw):
            raise DataFileError("has a chain of pages without an end.", path, "Save it again.")
        places[at] = None
        end = _next(raw, at)
        at = int.from_bytes(raw[end : end + width], order)
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
    order, width = _form(raw)
    alone, end = bytearray(raw), _next(raw, places[page])
    alone[width : 2 * width] = places[page].to_bytes(width, order)
    alone[end : end + width] = bytes(width)
    return bytes(alone)


def _form(raw: bytes) -> tuple[str, int]:
    """Order of the bytes, and how many a place takes: 4, in BigTIFF 8."""
    return ("little" if raw[:2] == b"II" else "big"), 8 if b"+" in raw[2:4] else 4


def _next(raw: bytes, at: int) -> int:
    """Where the table that begins at `at` names the next one."""
    order, width = _form(raw)
    count = 2 if width == 4 else 8
    entries = int.from_bytes(raw[at : at + count], order)
    return at + count + (12 if width == 4 else 20) * entries
