"""Whatever a library raises while it parses a stranger's file becomes one kind of error."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike

from ..errors import DataFileError, GeovizError

AGAIN = "Get the file again from where it came from."


@contextmanager
def untrusted(path: str | PathLike, what: str, advice: str = AGAIN) -> Iterator[None]:
    """Turn whatever a library raises while it parses `path` into one `DataFileError`.

    Parameters
    ----------
    path : path-like
    what : str
        The kind of file, as in "is not a whole FITS file".
    advice : str
        What the reader can do.

    Examples
    --------
    >>> from geoviz_ml.errors import DataFileError
    >>> from geoviz_ml.files import untrusted
    >>> try:
    ...     with untrusted("a.txt", "list of numbers"):
    ...         float("x")
    ... except DataFileError as error:
    ...     print(str(error)[:37])
    a.txt: is not a whole list of numbers
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except GeovizError:
        raise
    except Exception as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        raise DataFileError(f"is not a whole {what} ({reason}).", path, advice) from error
