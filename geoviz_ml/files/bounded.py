"""Reading what a stranger made: regular files only, opened once, never more than is allowed."""

from __future__ import annotations

import os
import stat
from os import PathLike
from pathlib import Path

from ..errors import DataFileError, MissingDataError

FLOOR = 512 * 2**20  # bytes of memory that any file may cost
FACTOR = 64  # bytes of memory for each byte of a larger file


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
