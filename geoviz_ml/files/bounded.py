"""Reading what a stranger made: regular files only, opened once, never more than is allowed."""

from __future__ import annotations

import os
import stat
import zlib
from os import PathLike
from pathlib import Path

from ..errors import DataFileError, MissingDataError
from .untrusted import AGAIN

FLOOR = 512 * 2**20  # bytes of memory that any file may cost
FACTOR = 64  # bytes of memory for each byte of a larger file
GZIP = b"\x1f\x8b"  # how such a file begins
MOST_MEMBERS = 10_000  # of a gzip file; one or one a frame is usual


def memory_cap(size: int) -> int:
    """Bytes of memory that reading a file of `size` bytes may cost: 512 MiB, or 64 times `size`.

    Every reader keeps to it, the result included, beyond what the process had before; of a file
    that is packed by gzip the packed size counts. A folder counts as one file of the size of all
    its files.

    Examples
    --------
    >>> from geoviz_ml.files import memory_cap
    >>> memory_cap(1000) // 2**20, memory_cap(2**30) // 2**30  # MiB, and GiB for a file of one
    (512, 64)
    """
    return max(FLOOR, FACTOR * size)


def read_bounded(path: str | PathLike, most: int) -> bytes:
    """All bytes of a regular file that is not longer than `most`.

    The file is opened once, and what is checked is what is read. A named pipe, a device or a
    socket is refused, and never waited for.

    Raises
    ------
    MissingDataError
        There is no such file.
    DataFileError
        It is no regular file, may not be read, or is longer than `most`.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from geoviz_ml.files import read_bounded
    >>> path = Path(tempfile.mkdtemp()) / "a.txt"
    >>> _ = path.write_text("1234")
    >>> read_bounded(path, most=10)
    b'1234'
    """
    path = Path(path)
    try:
        _regular(os.stat(path), path)  # opening a device can have effects of its own
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(path, flags), "rb") as file:
            status = os.fstat(file.fileno())
            _regular(status, path)
            raw = file.read(min(status.st_size, most) + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MissingDataError("there is no such file.", path) from error
    except DataFileError:
        raise
    except (OSError, ValueError) as error:  # ValueError: the name holds a zero byte
        reason = getattr(error, "strerror", None) or error
        raise DataFileError(f"may not be read ({reason}).", path) from error
    if len(raw) > most:
        raise DataFileError(
            f"has {max(status.st_size, len(raw)):,} bytes; such a file has at most {most:,}.",
            path,
            "Is it the right one?",
        )
    return raw


def _regular(status: os.stat_result, path: Path) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise DataFileError("is a folder, not a file.", path, "Give one file of it.")
    if not stat.S_ISREG(status.st_mode):
        raise DataFileError("is no regular file but a pipe, a device or the like.", path)


def size_of(path: str | PathLike) -> int:
    """Bytes of a file, 0 if it cannot be told.

    Examples
    --------
    >>> from geoviz_ml.files import size_of
    >>> size_of("there is no such file")
    0
    """
    try:
        return os.stat(path).st_size
    except (OSError, ValueError):
        return 0


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
