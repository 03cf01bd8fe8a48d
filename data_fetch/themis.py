"""THEMIS all-sky imagers: the minutes of a site, and the skymaps that hold for them.

The archive has a folder a day, in it one an imager (its number is not known before), in it one an
hour, with a file a minute: ``stream0/2014/03/10/gill_themis19/ut06/``.
"""

from __future__ import annotations

import datetime as dt
import re

from geoviz_ml.datasets.layout import SKYMAPS, STREAM
from geoviz_ml.errors import MissingDataError
from geoviz_ml.readers import choose_skymap

from .errors import NotThere
from .mirror import join, listing, sources
from .registry import Entry
from .request import File, Patience
from .store import Store, say
from .wanted import Wanted

MINUTE = re.compile(r"(\d{8}_\d{4})_([a-z]{4})_themis\d\d_full\.pgm\.gz")
IMAGER = re.compile(r"([a-z]{4})_themis\d\d/")
DATED = re.compile(r"([a-z]{4})_(\d{8})/?")


def find(entry: Entry, wanted: Wanted, store: Store, patience: Patience) -> list[File]:
    """The files of one site, from start to end, skymaps first.

    Raises
    ------
    MissingDataError
        The archive has no picture of that site in that time.
    """
    base = sources("themis", entry.extra["base"])[0]
    minutes = [file for day in wanted.days() for file in _day(base, day, wanted, entry, patience)]
    if not minutes:
        raise MissingDataError(
            f"has no picture of {wanted.site} from {wanted.start} to {wanted.end}.",
            base,
            "Is the site's name right, and was it night there?",
        )
    return _skymaps(base, wanted, entry, patience) + minutes


def _list(base: str, path: str, patience: Patience) -> dict[str, str]:
    """A folder of the archive; empty if there is none."""
    try:
        return listing(join(base, path), patience)
    except NotThere:
        return {}


def _day(base: str, day: dt.date, wanted: Wanted, entry: Entry, patience: Patience) -> list[File]:
    files = []
    folder = f"{STREAM}/{day:%Y/%m/%d}"
    imagers = [m for name in _list(base, folder, patience) if (m := IMAGER.fullmatch(name))]
    for imager in [m[0].rstrip("/") for m in imagers if m[1] == wanted.site]:
        there = _list(base, f"{folder}/{imager}", patience)
        starts = [dt.datetime.combine(day, dt.time(hour)) for hour in range(24)]
        hours = [f"ut{start:%H}" for start in starts if _overlaps(start, wanted, hours=1)]
        for path in [f"{imager}/{hour}" for hour in hours if f"{hour}/" in there]:
            for name, address in _list(base, f"{folder}/{path}", patience).items():
                found = MINUTE.fullmatch(name)
                if not found or found[2] != wanted.site:
                    continue
                try:
                    start = dt.datetime.strptime(found[1], "%Y%m%d_%H%M")
                except ValueError:  # there is no such minute
                    continue
                if _overlaps(start, wanted, minutes=1):
                    about = entry.extra["minute"]
                    files.append(File(f"{folder}/{path}/{name}", (address,), about=about))
    return files


def _overlaps(start: dt.datetime, wanted: Wanted, **length: int) -> bool:
    """Does a stretch of that start and length hold a time that is asked for?"""
    return start <= wanted.end and wanted.start < start + dt.timedelta(**length)


def _skymaps(base: str, wanted: Wanted, entry: Entry, patience: Patience) -> list[File]:
    """The skymaps that hold on the days: the reader's choice, see `choose_skymap`."""
    site = f"{SKYMAPS}/{wanted.site}"
    folders = [m for name in _list(base, site, patience) if (m := DATED.fullmatch(name))]
    dates = sorted((m[2] for m in folders if m[1] == wanted.site), reverse=True)
    about, files = entry.extra["skymap"], {}
    there: dict[str, File] = {}
    listed: set[str] = set()
    for day in wanted.days():
        chosen = None
        for date in [d for d in dates if d <= f"{day:%Y%m%d}"]:  # the last one holds, mostly
            path = f"{site}/{wanted.site}_{date}"
            names = {} if path in listed else _list(base, path, patience)
            there |= {n: File(f"{path}/{n}", (at,), about=about) for n, at in names.items()}
            listed.add(path)
            if chosen := choose_skymap(there, wanted.site, day):
                files[there[chosen].name] = there[chosen]
                break
        if not chosen:
            say(f"No skymap of {wanted.site} holds at {day:%Y-%m-%d}.")
    return [files[path] for path in sorted(files)]
