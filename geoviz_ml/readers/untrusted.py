"""What every reader needs for files from strangers: bounded reading and one kind of error."""

from __future__ import annotations

import codecs
import zlib
from os import PathLike

from ..errors import DataFileError
from ..files import AGAIN, memory_cap, read_bounded, untrusted

__all__ = ["AGAIN", "GZIP", "gunzip_bounded", "memory_cap", "read_bounded", "text_of", "untrusted"]

GZIP = b"\x1f\x8b"  # how such a file begins
MOST_MEMBERS = 10_000  # of a gzip file; one or one a frame is usual


def gunzip_bounded(raw: bytes, most: int, path: str | PathLike) -> bytes:
    """Decompress gzip, but never into more than `most` bytes; checksums are checked.

    Nor into more than a quarter of what `memory_cap` allows for the packed file, so that half of
    it holds the parts and the whole while they are joined, and three quarters are left for what is
    made of the whole. A file may hold several members, and zeros behind them. Time and memory grow
    with the bytes in and out only, however many members there are.

    Raises
    ------
    DataFileError
        It is no gzip, is cut short or damaged, expands to more, or has more than 10 000 members.
    """
    most = min(most, memory_cap(len(raw)) // 4)
    parts: list[bytes] = []
    left, at, members, end = most, 0, 0, len(raw.rstrip(b"\0"))
    while at < end:
        member, step = zlib.decompressobj(wbits=31), 2**9
        members += 1
        if members > MOST_MEMBERS:
            raise DataFileError(f"is gzip of more than {MOST_MEMBERS:,} members.", path, AGAIN)
        while not member.eof:
            piece = raw[at : at + step]  # short at first: what is behind a member is copied
            if not piece:
                raise DataFileError("is cut short: the gzip stream has no end.", path, AGAIN)
            try:
                parts.append(member.decompress(piece, left + 1))
            except zlib.error as error:
                raise DataFileError(f"is not a whole gzip file ({error}).", path, AGAIN) from error
            left -= len(parts[-1])
            if left < 0:
                raise DataFileError(f"expands to more than {most:,} bytes.", path, AGAIN)
            at += len(piece) - len(member.unused_data)
            step = min(2 * step, 2**20)
    return b"".join(parts)


def text_of(raw: bytes, path: str | PathLike) -> str:
    """Text of UTF-8 (of which ASCII is a part), with or without the mark of its byte order.

    What Windows calls Unicode, UTF-16 with its mark, is text too.

    Raises
    ------
    DataFileError
        It is neither.
    """
    kind = "utf-16" if raw[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    try:
        return raw.decode(kind)
    except UnicodeDecodeError as error:
        raise DataFileError(
            f"is no text: byte {error.start} is none of {kind[:6].rstrip('-').upper()}.",
            path,
            "Save it as UTF-8.",
        ) from error
