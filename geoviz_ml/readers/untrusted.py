"""What every reader needs for files from strangers: bounded reading and one kind of error."""

from __future__ import annotations

import warnings
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike

from ..errors import DataFileError, GeovizError
from ..files import memory_cap, read_bounded

__all__ = ["AGAIN", "gunzip_bounded", "memory_cap", "read_bounded", "untrusted"]

AGAIN = "Get the file again from where it came from."


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
