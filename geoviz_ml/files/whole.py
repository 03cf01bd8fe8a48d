"""Files that are whole or not there: write under a temporary name, then rename."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def atomic_path(path: str | os.PathLike) -> Iterator[Path]:
    """Give a temporary path beside `path`; rename it to `path` if the block ends well.

    A reader of `path` sees the old file or the new one, never a half. The temporary file is
    removed when the block raises. A file that was there keeps its permissions; a new one gets
    those of any new file (the process's umask).

    Examples
    --------
    >>> with atomic_path("table.csv") as tmp:  # doctest: +SKIP
    ...     table.to_csv(tmp)
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    before = _mode(path)
    tmp = path.with_name(f".{path.name[:40]}.{secrets.token_hex(6)}.tmp")
    new = os.O_CREAT | os.O_EXCL | os.O_WRONLY
    os.close(os.open(tmp, new, 0o666 if before is None else 0o600))  # less the umask
    mode = _mode(tmp) if before is None else before
    try:
        yield tmp
        os.chmod(tmp, mode)
        os.replace(tmp, path)
    finally:
        tmp.unlink(missing_ok=True)


def _mode(path: Path) -> int | None:
    """Permissions of a file, None if there is none."""
    try:
        return stat.S_IMODE(path.stat().st_mode) & 0o777
    except OSError:
        return None
