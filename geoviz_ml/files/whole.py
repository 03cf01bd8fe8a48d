"""Files that are whole or not there: write under a temporary name, then rename."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..errors import FULL, DiskError, GeovizError

DISK = FULL | {errno.EROFS}  # of an OSError that names no file: it was of writing


@contextmanager
def atomic_path(path: str | os.PathLike) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it to `path` if the block ends well.

    A reader of `path` sees the old file or the new one, never a half. The temporary file is
    removed when the block raises. A file that was there keeps its permissions; a new one gets
    those of any new file (the process's umask).

    Raises
    ------
    DiskError
        The disk is full or read-only, or the folder may not be written to or has gone. So is what
        a library within the block makes of that.

    Examples
    --------
    >>> with atomic_path("table.csv") as tmp:  # doctest: +SKIP
    ...     table.to_csv(tmp)
    """
    path = Path(path)
    before = _mode(path)
    tmp = path.with_name(f".{path.name[:40]}.{secrets.token_hex(6)}.tmp")
    new = os.O_CREAT | os.O_EXCL | os.O_WRONLY
    where = path.parent
    try:
        where.mkdir(parents=True, exist_ok=True)
        where = path
        os.close(os.open(tmp, new, 0o666 if before is None else 0o600))  # less the umask
        mode = _mode(tmp) if before is None else before
    except OSError as error:
        raise DiskError(error.errno or errno.EIO, where) from error
    try:
        yield tmp
        if _mode(tmp) != mode:  # on some drives nobody may, and all have one
            os.chmod(tmp, mode)
        os.replace(tmp, path)
    except Exception as error:
        if number := _of_disk(error, tmp):
            raise DiskError(number, path) from error
        raise
    finally:
        with suppress(OSError):  # the disk may have gone
            tmp.unlink(missing_ok=True)


def _of_disk(error: BaseException | None, tmp: Path) -> int | None:
    """What the system said of the disk or of this file, in an error or in one behind it."""
    while error is not None and not isinstance(error, GeovizError):
        named = isinstance(error, OSError) and str(error.filename) == str(tmp)
        if named or getattr(error, "errno", None) in DISK:
            return error.errno or errno.EIO
        error = error.__cause__ or error.__context__
    return None


def _mode(path: Path) -> int | None:
    """Permissions of a file, None if there is none."""
    try:
        return stat.S_IMODE(path.stat().st_mode) & 0o777
    except OSError:
        return None
