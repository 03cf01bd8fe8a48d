"""Which pictures belong together: those of one night, and no split may part them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import PurePath

import numpy as np

from ..errors import UsageError

DATE = re.compile(r"(?<!\d)((?:19|20)\d\d)([-_.]?)(0[1-9]|1[0-2])\2(0[1-9]|[12]\d|3[01])")
LAST = re.compile(r"[-_. ]*\d+(\.[A-Za-z]\w{1,4})?$")  # the number at the end of a name, or file's
BLOCKS = 5  # of neighbours, where names tell nothing


def groups_from(names: Sequence[str], blocks: int | None = None) -> tuple[np.ndarray, str]:
    """The group of each picture, from its name, and how it was found.

    The first of these that gives two groups or more: the folder (or stack) that a picture lies in;
    a date in its name; its name without the number at the end. Names that tell nothing, such as
    001, 002, 003, give five blocks of neighbours.

    Parameters
    ----------
    names : sequence of str, or of paths
        As of `Item`, in order of time as far as names can be.
    blocks : int, optional
        So many blocks of neighbours, whatever the names tell: for what lasts longer than a night,
        as a sunspot does.

    Returns
    -------
    groups : ndarray (n,) of str
    how : str
        A sentence for the reader.

    Raises
    ------
    UsageError
        There are fewer than two pictures, or blocks, or more blocks than pictures.

    Examples
    --------
    >>> from geoviz_ml.own import groups_from
    >>> groups, how = groups_from(["sky_20100301_01", "sky_20100301_02", "sky_20100302_01"])
    >>> groups.tolist(), how
    (['20100301', '20100301', '20100302'], 'by the date in their names')
    """
    names = [name if isinstance(name, str) else PurePath(name).as_posix() for name in names]
    if len(names) < 2:
        raise UsageError(f"{len(names)} picture cannot be parted into groups.")
    if blocks is not None and not 2 <= blocks <= len(names):
        raise UsageError(f"{len(names)} pictures cannot be parted into {blocks} blocks.")
    if blocks is None:
        for rule, how in (
            (_place, "by their folders, or stacks"),
            (_date, "by the date in their names"),
            (_stem, "by their names without the last number"),
        ):
            groups = np.array([rule(name) for name in names])
            if len(set(groups)) > 1:
                return groups, how
    count = blocks or min(BLOCKS, len(names))
    block = np.arange(len(names)) * count // len(names)
    why = "" if blocks else ": their names tell of no night, folder or series"
    return np.array([f"block {i + 1}" for i in block]), f"in {count} blocks of neighbours{why}"


def _place(name: str) -> str:
    """Folder, or stack, of which a name ends in the number of a page."""
    folder, _, last = name.rpartition("/")
    stack = re.fullmatch(r"(.+)_p\d+", last)
    return f"{folder}/{stack[1]}" if stack else folder


def _date(name: str) -> str:
    found = DATE.search(name)
    return "".join(found.group(1, 3, 4)) if found else ""


def _stem(name: str) -> str:
    return LAST.sub("", name)


def deal(groups: Sequence[str], sizes: Sequence[float], folds: int) -> np.ndarray:
    """The fold of each picture: whole groups, each to the fold with the fewest pictures so far.

    Groups in which most is marked come first; of folds alike in pictures the one with less gets it.

    Parameters
    ----------
    groups : sequence of str (n,)
    sizes : sequence of float (n,)
        What is to be spread evenly, such as the marked pixels of each picture.
    folds : int
        At most; there are no more than groups.

    Returns
    -------
    ndarray of int (n,)

    Examples
    --------
    >>> from geoviz_ml.own.groups import deal
    >>> deal(["a", "a", "b", "c"], [5, 4, 6, 2], folds=2).tolist()
    [0, 0, 1, 1]
    """
    groups, sizes = np.asarray(groups), np.asarray(sizes, float)
    names, first = np.unique(groups, return_index=True)
    names = names[np.argsort(first)]
    loads = [(sizes[groups == name].sum(), (groups == name).sum()) for name in names]
    held, fold = np.zeros((min(folds, len(names)), 2)), np.zeros(len(groups), int)
    for i in sorted(range(len(names)), key=lambda i: loads[i], reverse=True):
        to = min(range(len(held)), key=lambda k: (held[k][1], held[k][0]))
        held[to] += loads[i]
        fold[groups == names[i]] = to
    return fold
