"""Pictures in batches across files, read ahead of the network by threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pandas as pd

from .work import Fault


def in_batches(
    one: Callable, items: Sequence, batch: int = 1, readers: int = 2
) -> Iterator[pd.DataFrame | Fault]:
    """What `one` finds in items, in their order; an error is a `Fault` of its item alone.

    Parameters
    ----------
    one : callable
        Gives the table of an item. For batches it also has ``read(item)``, which is called in
        threads, and ``many(items, data)``, which gives a table for each of what was read.
    items : sequence
    batch : int
        So many items at once; 1, or a `one` without ``many``, takes one after the other.
    readers : int
        Threads that read the next two batches while the network is at this one.
    """
    if batch == 1 or not hasattr(one, "many"):
        for item in items:
            yield _try(one, item)
        return
    with ThreadPoolExecutor(readers) as pool:
        coming: deque = deque()
        for start in range(0, len(items) + 2 * batch, batch):
            coming.append([(i, pool.submit(_try, one.read, i)) for i in items[start:][:batch]])
            if len(coming) > 2:
                yield from _together(one, [(i, read.result()) for i, read in coming.popleft()])


def _together(one, pairs: list) -> list[pd.DataFrame | Fault]:
    """Tables of what was read; where they fail together, each alone tells which it was."""

    def many(some: list):
        return one.many([item for item, _ in some], [data for _, data in some])

    whole = [pair for pair in pairs if not isinstance(pair[1], Fault)]
    tables = _try(many, whole) if whole else []
    if isinstance(tables, Fault):
        tables = [_try(lambda some: many(some)[0], [pair]) for pair in whole]
    found = iter(tables)
    return [data if isinstance(data, Fault) else next(found) for _, data in pairs]


def _try(function: Callable, item):
    try:
        return function(item)
    except Exception as error:  # one item must not stop the others
        return Fault.of(error)
