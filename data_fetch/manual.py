"""Data sets behind a login: the reader is told what to do, then brings the files."""

from __future__ import annotations

from geoviz_ml.errors import MissingDataError

from .registry import Entry
from .request import File, Patience
from .store import Store
from .wanted import Wanted


def find(entry: Entry, wanted: Wanted, store: Store, patience: Patience) -> list[File]:
    """Nothing to fetch.

    Raises
    ------
    MissingDataError
        The reader has not brought any file yet; the message holds the steps.
    """
    if not store.records():
        raise MissingDataError(
            f"{entry.name} has to be fetched by hand.", advice=f"\n{entry.extra['steps'].strip()}"
        )
    return []
