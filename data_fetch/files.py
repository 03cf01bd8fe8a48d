"""Data sets whose files the registry itself lists; an archive among them is unpacked."""

from __future__ import annotations

from .registry import Entry
from .request import File, Patience
from .store import Store
from .wanted import Wanted


def find(entry: Entry, wanted: Wanted, store: Store, patience: Patience) -> list[File]:
    """The files of the registry, less archives that are unpacked already."""
    return [f for f in entry.files() if not (entry.unpack and store.unpacked(f.name))]


def finish(entry: Entry, wanted: Wanted, store: Store, patience: Patience) -> None:
    """Unpack the archives."""
    for file in entry.files() if entry.unpack else []:
        store.unpack(file.name, entry.unpack)
