"""One family of errors: which file, what is wrong, what to do."""

from __future__ import annotations

import errno
from operator import index
from os import PathLike, strerror

FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}  # of an OSError: there is no room


class GeovizError(Exception):
    """Base of all errors raised on purpose by this package.

    Parameters
    ----------
    problem : str
        What is wrong, in one sentence.
    path : path-like, optional
        The file or folder at fault; it opens the message.
    advice : str, optional
        What the reader can do about it; it closes the message.

    Examples
    --------
    >>> from geoviz_ml.errors import GeovizError
    >>> print(GeovizError("is empty.", "night.nc", "Get it again."))
    night.nc: is empty. Get it again.
    """

    def __init__(self, problem: str, path: str | PathLike | None = None, advice: str | None = None):
        self.problem, self.path, self.advice = problem, path, advice
        where = f"{path}: " if path is not None else ""
        super().__init__(f"{where}{problem}" + (f" {advice}" if advice else ""))


class DataFileError(GeovizError, ValueError):
    """A file is there but cannot be trusted: cut short, corrupt, of the wrong shape or kind.

    Examples
    --------
    >>> from geoviz_ml.errors import DataFileError
    >>> print(DataFileError("ends early.", "night.nc"))
    night.nc: ends early.
    """


class MissingDataError(GeovizError, FileNotFoundError):
    """A file, a folder or a whole data set is not there.

    Examples
    --------
    >>> from geoviz_ml.errors import MissingDataError
    >>> print(MissingDataError("there is no such file.", "night.nc"))
    night.nc: there is no such file.
    """

    __str__ = Exception.__str__  # OSError would print an errno


class UsageError(GeovizError, ValueError):
    """A function was called with values that make no sense together.

    Examples
    --------
    >>> from geoviz_ml.errors import UsageError
    >>> print(UsageError("a share of 2 is not in 0..1."))
    a share of 2 is not in 0..1.
    """


class DownloadError(GeovizError, OSError):
    """A download did not end with the right file.

    Examples
    --------
    >>> from geoviz_ml.errors import DownloadError
    >>> print(DownloadError("the server sent a page.", "night.nc"))
    night.nc: the server sent a page.
    """

    __str__ = Exception.__str__


class DiskError(GeovizError, OSError):
    """A file could not be written: the disk is full or read-only, or the folder has gone.

    It is an `OSError` with the system's number and text in `errno` and `strerror`.

    Examples
    --------
    >>> import errno
    >>> from geoviz_ml.errors import DiskError
    >>> error = DiskError(errno.ENOSPC, "night.nc")
    >>> error.problem, error.errno == errno.ENOSPC
    ('cannot be written (No space left on device).', True)
    """

    def __init__(self, number: int, path: str | PathLike):
        full = number in FULL
        advice = "Make room" if full else "Look whether its folder is there and yours"
        super().__init__(
            f"cannot be written ({strerror(number)}).",
            path,
            f"{advice}, or choose another folder; what was whole before is kept.",
        )
        self.errno, self.strerror = number, strerror(number)

    def __str__(self) -> str:  # fastai puts words of its own into `args`
        return f"{self.path}: {self.problem} {self.advice}"


def whole_number(value, name: str, least: int = 1) -> int:
    """A whole number of at least so many, of Python or NumPy.

    Parameters
    ----------
    value
        From a caller.
    name : str
        What the message calls it.
    least : int

    Raises
    ------
    UsageError
        It is another kind of thing, or less.

    Examples
    --------
    >>> from geoviz_ml.errors import whole_number
    >>> whole_number(3, "batch_size")
    3
    """
    try:
        number = index(value)
    except TypeError:
        number = least - 1
    if number < least:
        raise UsageError(f"{name} must be a whole number from {least}, not {value!r}.")
    return number


def height_and_width(size) -> tuple[int, int]:
    """Two whole numbers from 1: what is asked for as the size of pictures, in pixels.

    Parameters
    ----------
    size
        From a caller: a tuple, a list or an array.

    Raises
    ------
    UsageError
        It is something else: a single number, say.

    Examples
    --------
    >>> from geoviz_ml.errors import height_and_width
    >>> height_and_width([64, 96])
    (64, 96)
    """
    try:
        height, width = size
    except (TypeError, ValueError):
        raise UsageError(f"a size is height and width, (int, int), not {size!r}.") from None
    return whole_number(height, "a side"), whole_number(width, "a side")


def unmasked(values, name: str = "the values"):
    """The same values, or a list of several; those of `numpy.ma` only where none is masked.

    Behind a mask stands whatever was there before, such as -9999, and NumPy's functions take it for
    a number once the mask is lost.

    Parameters
    ----------
    values
        An array of any shape and kind, a list, a tensor.
    name : str
        What the message calls them.

    Raises
    ------
    UsageError
        Some are masked.

    Examples
    --------
    >>> from geoviz_ml.errors import unmasked
    >>> unmasked([3, 4])
    [3, 4]
    """
    for one in values if isinstance(values, list | tuple) else [values]:
        masked = hasattr(one, "filled") and hasattr(one, "mask")
        if masked and (count := int(one.mask.sum())):
            raise UsageError(
                f"{name}: {count} of {one.size} values are masked, and would count as numbers.",
                advice="Fill them first, say values.filled(0), or leave them out.",
            )
    return values
