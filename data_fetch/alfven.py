"""Eskdalemuir's induction coils: of a year's archive only the days asked for are unpacked."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import PurePosixPath

from geoviz_ml.errors import MissingDataError

from .mirror import sources
from .registry import Entry
from .request import File, Patience
from .store import Store, say
from .wanted import Wanted

HOUR = re.compile(r"CH[12]_(\d{4}_\d\d_\d\d)_\d\d\.dat")


def find(entry: Entry, wanted: Wanted, store: Store, patience: Patience) -> list[File]:
    """The archives of the years asked for, less those whose days are unpacked already.

    Raises
    ------
    MissingDataError
        The address of a year is not known, and its archive is not in the folder.
    """
    years = _years(wanted)
    return [
        _archive(entry, year, store)
        for year, days in years.items()
        if not store.unpacked(_name(year), map(str, days))
    ]


def finish(entry: Entry, wanted: Wanted, store: Store, patience: Patience) -> None:
    """Unpack the days asked for into the folder itself, where `read_search_coil` finds them."""
    for year, days in _years(wanted).items():
        asked = {f"{day:%Y_%m_%d}" for day in days}
        store.unpack(
            _name(year),
            entry.unpack,
            [str(day) for day in days],
            lambda name, a=asked: _hour(name, a),
        )
        for day in days:
            if not list(store.folder.glob(f"CH?_{day:%Y_%m_%d}_??.dat")):
                say(f"{_name(year)} holds nothing of {day}.")


def _name(year: int) -> str:
    return f"ESKINDCOIL_{year}.tar.gz"


def _years(wanted: Wanted) -> dict[int, list[dt.date]]:
    days = wanted.days()
    return {year: [d for d in days if d.year == year] for year in sorted({d.year for d in days})}


def _archive(entry: Entry, year: int, store: Store) -> File:
    name = _name(year)
    accession = entry.extra["accessions"].get(str(year))
    address = accession and entry.extra["address"].format(accession=accession, name=name)
    addresses = sources(f"{entry.name}/{name}", *([address] if address else []))
    if not addresses and not (store.folder / name).exists():
        raise MissingDataError(
            "its address is not known.",
            name,
            f"Look for the year's record at {entry.home}, download the archive by hand, then: "
            f"python -m data_fetch {entry.name} --from FOLDER",
        )
    return File(name, addresses)


def _hour(name: str, days: set[str]) -> str | None:
    """The name of an hour's file without folders, if it is of these days."""
    found = HOUR.fullmatch(PurePosixPath(name).name)
    return found[0] if found and found[1] in days else None
