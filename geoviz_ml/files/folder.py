"""The files of a folder, without what other programs leave there."""

from __future__ import annotations

import os
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TypeVar

from ..errors import DataFileError, MissingDataError

T = TypeVar("T")
# what macOS, Windows, archive programs and network disks leave beside data
FOREIGN = {"__macosx", "@eadir", "$recycle.bin", "system volume information", "lost+found"}
FOREIGN |= {"thumbs.db", "ehthumbs.db", "desktop.ini"}


def listing(
    folder: str | os.PathLike, patterns: str | Sequence[str] = "*", deep: bool = False
) -> list[Path]:
    """The data files of a folder, sorted by name.

    Hidden files and folders (names that begin with a dot, among them macOS's ``._NAME``) and what
    other programs leave behind (``__MACOSX``, ``Thumbs.db`` and their like) are left out; so is
    all that is no regular file: folders, named pipes, devices, links to nowhere.

    Parameters
    ----------
    folder : path-like
        A name, never a pattern: brackets in it are brackets.
    patterns : str or sequence of str
        Of the names, as ``*.png``; upper and lower case are the same.
    deep : bool
        Look into folders below too. Links to folders are not followed.

    Returns
    -------
    list of Path
        Sorted by name, files of the same name by folder; empty if nothing fits.

    Raises
    ------
    MissingDataError, DataFileError
        There is no such folder, or it may not be read.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from geoviz_ml.files import listing
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name in ("b.PNG", "a.png", "._a.png", "notes.txt"):
    ...     _ = (folder / name).write_text("")
    >>> [path.name for path in listing(folder, "*.png")]
    ['a.png', 'b.PNG']
    """
    folder = Path(folder)
    wanted = [p.lower() for p in ([patterns] if isinstance(patterns, str) else patterns)]
    if not os.path.isdir(folder):
        raise MissingDataError("there is no such folder.", folder)
    try:
        found = [
            path
            for path in _entries(folder, deep)
            if any(fnmatchcase(path.name.lower(), p) for p in wanted) and path.is_file()
        ]
    except OSError as error:
        where = error.filename or folder
        raise DataFileError(f"may not be read ({error.strerror}).", where) from error
    return sorted(found, key=lambda path: (path.name, str(path)))


def doubled(files: Iterable[T], key: Callable[[T], Hashable]) -> dict[Hashable, list[T]]:
    """What is there more than once: key, such as a file's name -> all that have it, in order.

    Examples
    --------
    >>> from pathlib import Path
    >>> from geoviz_ml.files import doubled
    >>> files = [Path("a/x.png"), Path("b/x.png"), Path("a/y.png")]
    >>> list(doubled(files, lambda file: file.name))
    ['x.png']
    """
    groups: dict[Hashable, list[T]] = {}
    for file in files:
        groups.setdefault(key(file), []).append(file)
    return {name: group for name, group in groups.items() if len(group) > 1}


def _entries(folder: Path, deep: bool) -> Iterator[Path]:
    """What is in a folder and neither hidden nor foreign, folders left out."""
    for here, below, names in os.walk(folder, onerror=_raise):
        yield from (Path(here, name) for name in names if not is_foreign(name))
        below[:] = [name for name in below if deep and not is_foreign(name)]


def is_foreign(name: str) -> bool:
    """Is a file or folder of that name hidden, or left there by another program?"""
    return name.startswith(".") or name.lower() in FOREIGN


def _raise(error: OSError) -> None:
    raise error
