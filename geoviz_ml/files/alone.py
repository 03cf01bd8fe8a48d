"""One process at a time: a lock that ends with its process, and a word to whoever waits for it."""

from __future__ import annotations

import errno
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ..errors import DiskError

if TYPE_CHECKING:
    from filelock import BaseFileLock

NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOTSUP}
READ_ONLY = {errno.EROFS, errno.EACCES, errno.EPERM}


@contextmanager
def alone(path: str | os.PathLike, wait: bool = True) -> Iterator[None]:
    """Hold the lock file `path` while the block runs; it stays there, and hinders nobody.

    Who has to wait is told for whom. On a disk that knows no locks the block runs all the same,
    and a warning says so; in a folder that may only be read it runs without a lock.

    Parameters
    ----------
    path : path-like
        Its folder is there.
    wait : bool
        For another process that holds it.

    Raises
    ------
    filelock.Timeout
        Another process holds it, and `wait` is False.
    DiskError
        The file cannot be made for another reason.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from geoviz_ml.files import alone
    >>> with alone(Path(tempfile.mkdtemp()) / "lock"):
    ...     print("nobody else is here")
    nobody else is here
    """
    try:
        from filelock import FileLock
    except ImportError:  # in a browser, where there is no other process
        yield
        return
    lock = FileLock(path)
    held = _acquired(lock, path, wait)
    try:
        yield
    finally:
        if held:
            lock.release()


def _acquired(lock: BaseFileLock, path: str | os.PathLike, wait: bool) -> bool:
    """Take the lock; False where there can be none."""
    from filelock import Timeout
    from tqdm.auto import tqdm

    try:
        try:
            lock.acquire(timeout=0)
        except Timeout:
            if not wait:
                raise
            tqdm.write(
                f"Another process is at work in {os.path.dirname(path) or '.'}: waiting for it. "
                f"(If none is running any more, delete {path}.)",
                file=sys.stderr,
            )
            lock.acquire()
    except Timeout:
        raise
    except NotImplementedError:  # how some versions say that there are no locks
        number = errno.ENOSYS
    except OSError as error:
        number = error.errno or errno.EIO
        if number not in NO_LOCKS | READ_ONLY:
            raise DiskError(number, path) from error
    else:
        return True
    if number in NO_LOCKS:
        warnings.warn(
            f"{path}: this disk knows no locks. Let one process at a time work here.", stacklevel=4
        )
    return False
