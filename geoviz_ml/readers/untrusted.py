"""What every reader needs for files from strangers: bounded reading and one kind of error."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path

from ..errors import DataFileError, GeovizError, MissingDataError

AGAIN = "Get the file again from where it came from."


def read_bounded(path: str | PathLike, most: int) -> bytes:
    """All bytes of a file that is there, is a file and is not longer than `most`."""
    path = Path(path)
    if not path.exists():
        raise MissingDataError("there is no such file.", path)
    if not path.is_file():
        raise DataFileError("is a folder, not a file.", path, "Give one file of it.")
    size = path.stat().st_size
    if size > most:
        raise DataFileError(
            f"has {size:,} bytes; such a file has less than {most:,}.", path, "Is it the right one?"
        )
    return path.read_bytes()


def gunzip_bounded(raw: bytes, most: int, path: str | PathLike) -> bytes:
    """Decompress gzip, but never into more than `most` bytes; checksums are checked."""
    parts, left = [], most
    while raw.strip(b"\0"):  # a file may hold several members, and zeros behind them
        member = zlib.decompressobj(wbits=31)
        try:
            parts.append(member.decompress(raw, left + 1))
        except zlib.error as error:
            raise DataFileError(f"is not a whole gzip file ({error}).", path, AGAIN) from error
        left -= len(parts[-1])
        if left < 0:
            raise DataFileError(f"expands to more than {most:,} bytes.", path, AGAIN)
        if not member.eof:
            raise DataFileError("is cut short: the gzip stream has no end.", path, AGAIN)
        raw = member.unused_data
    return b"".join(parts)


@contextmanager
def untrusted(path: str | PathLike, what: str) -> Iterator[None]:
    """Turn whatever a library raises while it parses `path` into one `DataFileError`."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except GeovizError:
        raise
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise DataFileError(f"is not a whole {what} ({reason}).", path, AGAIN) from error
