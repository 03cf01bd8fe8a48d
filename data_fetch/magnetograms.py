"""Magnetograms by date from Helioviewer, with NOAA's regions of the same days.

Helioviewer's interface (version 2) is asked for the picture closest to each time, then for that
picture: JPEG 2000 as it is (getJP2Image), or a PNG of another size (takeScreenshot).
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlencode

import pandas as pd

from geoviz_ml.datasets.layout import MAGNETOGRAMS, REGION_TABLE, SUMMARIES, SUN_TABLE
from geoviz_ml.errors import DataFileError, DownloadError, MissingDataError
from geoviz_ml.files import atomic_path, untrusted

from .errors import NotThere
from .mirror import join, listing, mirror, sources
from .registry import Entry
from .request import File, Patience
from .store import Store, say
from .transfer import read_text
from .wanted import Wanted

PICTURE = re.compile(r"(\d{4}_\d\d_\d\d__\d\d_\d\d_\d\d)_\d+__SDO_HMI_HMI_magnetogram\.(?:jp2|png)")
STAMP = "%Y_%m_%d__%H_%M_%S"
FIELD = 4096 * 0.504  # arcsec across a whole picture
PLACE = ["disk_x", "disk_y", "disk_radius", "b0"]  # of the disk in a picture
FARTHEST = dt.timedelta(hours=12)  # a picture farther from its time is none

Ask = Callable[[dt.datetime], tuple[dt.datetime, str]]  # time -> nearest picture: time and address


def find(entry: Entry, wanted: Wanted, store: Store, patience: Patience) -> list[File]:
    """The pictures nearest to each time, and the summaries of their days and of the day after.

    Raises
    ------
    MissingDataError
        There is no picture of that time.
    """
    suffix = "png" if wanted.size else "jp2"
    asking = _mirror if mirror() else _helioviewer
    ask = asking(entry, wanted, patience)
    nearest = {time: ask(time) for time in wanted.times()}
    far = min(FARTHEST, wanted.cadence)
    near = {found: address for t, (found, address) in nearest.items() if abs(found - t) <= far}
    if len(near) < len(nearest):
        say(f"{len(nearest)} times were asked for: pictures near them: {len(near)}.")
    if not near:
        raise MissingDataError(f"has no picture from {wanted.start} to {wanted.end}.", entry.name)
    about = wanted.size**2 // 2 if wanted.size else entry.extra["picture"]
    folder = _folder(wanted)
    pictures = [
        File(f"{folder}/{time:{STAMP}}_000__SDO_HMI_HMI_magnetogram.{suffix}", (a,), about=about)
        for time, a in sorted(near.items())
    ]
    days = {time.date() + dt.timedelta(i) for time in near for i in (0, 1)}
    return pictures + [_summary(entry, day) for day in sorted(days)]


def _folder(wanted: Wanted) -> str:
    return f"{MAGNETOGRAMS}-{wanted.size}" if wanted.size else MAGNETOGRAMS


def _helioviewer(entry: Entry, wanted: Wanted, patience: Patience) -> Ask:
    api, source, size = entry.extra["api"], entry.extra["source"], wanted.size

    def ask(time: dt.datetime) -> tuple[dt.datetime, str]:
        query = urlencode({"date": f"{time:%Y-%m-%dT%H:%M:%SZ}", "sourceId": source})
        address = f"{api}/getClosestImage/?{query}"
        answer = read_text((address,), patience)
        try:
            found = dt.datetime.fromisoformat(json.loads(answer)["date"]).replace(tzinfo=None)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise DownloadError(
                f"answers something else than a picture's date: {answer[:200]!r}.", address
            ) from error
        values: dict = {"date": f"{found:%Y-%m-%dT%H:%M:%SZ}"}
        if size is None:
            return found, f"{api}/getJP2Image/?{urlencode(values | {'sourceId': source})}"
        values |= {"imageScale": round(FIELD / size, 6), "layers": f"[{source},1,100]"}
        values |= {"events": "", "x0": 0, "y0": 0, "width": size, "height": size}
        values |= {"display": "true", "watermark": "false"}
        return found, f"{api}/takeScreenshot/?{urlencode(values)}"

    return ask


def _mirror(entry: Entry, wanted: Wanted, patience: Patience) -> Ask:
    folder = sources(f"solar/{_folder(wanted)}")[0]
    there = {}
    for name, address in listing(folder, patience).items():
        with contextlib.suppress(ValueError):  # a name may tell a time that there is not
            if found := PICTURE.fullmatch(name):
                there[dt.datetime.strptime(found[1], STAMP)] = address
    if not there:
        raise NotThere("holds no magnetogram.", folder)

    def ask(time: dt.datetime) -> tuple[dt.datetime, str]:
        return min(there.items(), key=lambda item: abs(item[0] - time))

    return ask


def _summary(entry: Entry, day: dt.date) -> File:
    public = join(entry.extra["srs"], f"{day:%Y/%m/%Y%m%d}SRS.txt")
    addresses = sources(f"solar/{SUMMARIES}/{day:%Y%m%d}SRS.txt", public)
    return File(f"{SUMMARIES}/{day:%Y%m%d}SRS.txt", addresses, about=1500, optional=True)


def finish(entry: Entry, wanted: Wanted, store: Store, patience: Patience) -> None:
    """Write ``pictures.csv`` (where the disk is) and ``regions.csv`` (which region is where)."""
    from geoviz_ml.readers import read_srs

    pictures, summaries = _pictures(store.folder), []
    for path in sorted(store.folder.rglob("*SRS.txt")):
        try:
            summaries.append(read_srs(path))
        except DataFileError as error:
            say(f"Left out: {error}")
    if not summaries:
        say("No region summary is there: regions.csv is not written.")
        return
    summaries = pd.concat(summaries, ignore_index=True)
    parts = [_regions(row, summaries) for row in pictures.itertuples()]
    _write(pd.concat(parts, ignore_index=True), store.folder / REGION_TABLE)


def _pictures(folder: Path) -> pd.DataFrame:
    """Table of the pictures in the folder; only those that are new are opened."""
    path = folder / SUN_TABLE
    there = sorted(p.relative_to(folder).as_posix() for p in folder.glob("**/*HMI_magnetogram.*"))
    old = pd.DataFrame({"picture": []})
    if path.exists():
        with untrusted(path, "table of pictures", "Delete it and fetch again."):
            old = pd.read_csv(path, dtype=dict.fromkeys(PLACE, float))
            if absent := {"picture", "time", *PLACE} - set(old):
                raise ValueError(f"no column {', '.join(sorted(absent))}")
    rows = [_disk(folder, name) for name in there if name not in set(old.picture)]
    new = [pd.DataFrame(rows)] if rows else []
    table = pd.concat([old[old.picture.isin(there)], *new] if len(old) else new)
    table = table.sort_values("picture", ignore_index=True)
    _write(table, path)
    return table


def _write(table: pd.DataFrame, path: Path) -> None:
    """The table as a CSV file, unless it stands there: a shared folder may only be read."""
    text = table.to_csv(index=False, lineterminator="\n").encode()
    if not (path.exists() and path.read_bytes() == text):
        with atomic_path(path) as tmp:
            tmp.write_bytes(text)


def _disk(folder: Path, name: str) -> dict[str, str | float]:
    """Time and place of the disk in a picture: from its header, or measured."""
    from geoviz_ml.geometry import SunView, find_disk
    from geoviz_ml.readers import read_magnetogram

    picture = read_magnetogram(folder / name)
    told = "disk_radius" in picture.attrs
    view = SunView.of(picture.attrs, None if told else find_disk(picture.values))
    row = {"picture": name, "time": picture.attrs["time"]}
    row |= {f"disk_{k}": round(v, 3) for k, v in zip(("x", "y", "radius"), view.disk, strict=True)}
    return row | {"b0": round(view.b0, 4)}


def _regions(row, summaries: pd.DataFrame) -> pd.DataFrame:
    """Regions in one picture, each with a box drawn from NOAA's extent in longitude."""
    from geoviz_ml.geometry import region_boxes, regions_in_picture

    disk = row.disk_x, row.disk_y, row.disk_radius
    placed = regions_in_picture(summaries, row.time, disk, row.b0)
    boxes = region_boxes(placed, row.time, disk, row.b0)
    keys = ["number", "mount_wilson", "mcintosh", "area", "x", "y", "x1", "y1", "x2", "y2"]
    table = boxes[keys].round(1)
    table.insert(0, "picture", row.picture)
    return table
