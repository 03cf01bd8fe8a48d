"""Why one attempt to fetch a file failed, and whether another may succeed."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from geoviz_ml.errors import FULL, DiskError, DownloadError, GeovizError


class Passing(DownloadError):
    """A cut line, a silent or overloaded server: worth another attempt at the same address."""

    retry_after = 0.0  # seconds that the server asks to wait


class Hopeless(DownloadError):
    """A redirect loop, a refusal: only another address can help."""


class WrongBytes(Hopeless):
    """The file has another size or SHA-256 than it should have."""


class Foreign(Hopeless):
    """Something else than a file of that name came: a login page, an error of the server."""


class NotThere(Hopeless):
    """The server says that there is no such file (404, 410)."""


class DiskFull(DownloadError):
    """No room to write; no address can help."""


@contextlib.contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Turn what the system says when `folder` cannot be written to into an error of ours.

    Raises
    ------
    DiskFull
        The disk or the user's share of it is full, or the file is too large for it.
    DownloadError
        The folder cannot be written to for another reason. Errors of ours pass as they are.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error, GeovizError) and not isinstance(error, DiskError):
            raise
        if error.errno in FULL:
            raise DiskFull(
                f"the disk is full ({error.strerror}).",
                folder,
                "Make room, or set GEOVIZ_ML_DATA to a larger disk; what has come is kept.",
            ) from error
        raise DownloadError(
            f"cannot be written to ({error.strerror or error}).",
            folder,
            "Set GEOVIZ_ML_DATA to a folder of your own.",
        ) from error
