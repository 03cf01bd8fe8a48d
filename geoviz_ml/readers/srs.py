"""NOAA's Solar Region Summary: the day's sunspot regions with their magnetic classes.

One text a day since 1996. Section I lists regions with spots, IA plages without spots, II regions
due to return. Positions hold at 00:00 UT of the day of issue.
"""

from __future__ import annotations

import os
import re
from datetime import datetime, timedelta
from io import StringIO
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import DataFileError, MissingDataError
from ..files import AGAIN, doubled, listing, read_bounded, untrusted
from ..files.text import text_of

LONGEST_TEXT = 2**16  # bytes; real ones have less than 2 kB
LONGEST_TABLE = 2**23
LONGEST_HEADING = 1000  # characters
COLUMNS = {  # unit of each number
    "date": "00:00 UT of the day of issue: when the position holds",
    "section": "I, IA or II",
    "number": "NOAA's, with the ten thousands that the text leaves out",
    "latitude": "degree, north positive",
    "longitude": "degree from the central meridian, west positive",
    "carrington": "degree",
    "area": "millionth of the hemisphere",
    "mcintosh": "modified Zurich class",
    "extent": "degree of longitude",
    "spots": "count",
    "mount_wilson": "magnetic class",
}
MOUNT_WILSON = (
    "Alpha",
    "Beta",
    "Gamma",
    "Delta",
    "Beta-Gamma",
    "Beta-Delta",
    "Gamma-Delta",
    "Beta-Gamma-Delta",
)
MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
ISSUED = re.compile(rf":Issued: (\d{{4}}) ({'|'.join(MONTHS)}) (\d\d) \d{{4}} UTC")
SECTION = re.compile(r"(I|IA|II)\. .*?(?:VALID AT (\d\d)/2400Z.*)?")
HEADING = re.compile(r"NMBR +L(AT|OCATION) +LO( +COMMENT| +AREA .*)?")
PLACE = r"(?P<number>\d{4,5}) +(?P<ns>[NS])(?P<lat>\d\d)"
ROWS = {
    "I": re.compile(
        PLACE + r"(?P<ew>[EW])(?P<lon>\d\d\d?) +(?P<carrington>\d{1,3}) +(?P<area>\d{1,4})"
        r" +(?P<mcintosh>[A-HX][XRSAHK][XOIC]) +(?P<extent>\d{1,3}) +(?P<spots>\d{1,3})"
        r" +(?P<mount_wilson>[A-Z]+(-[A-Z]+)*)"
    ),
    "IA": re.compile(PLACE + r"(?P<ew>[EW])(?P<lon>\d\d\d?)( +(?P<carrington>\d{1,3}))?( .*)?"),
    "II": re.compile(PLACE + r"( +(?P<carrington>\d{1,3}))?"),
}


def read_srs(path: str | PathLike) -> pd.DataFrame:
    """Read one text, all ``*SRS.txt`` of a folder, or a table of region-days (CSV).

    A day that is there twice, say in a year's folder and as a single file, is taken once.

    Parameters
    ----------
    path : path-like
        A text as NOAA issues it; a folder with such texts (also in folders below); or a ``.csv``
        with the columns ``date, noaa_number, location, lo, area, z_class, ll, nn, mag_type_raw``.

    Returns
    -------
    DataFrame, one row a region and day
        `date`, `section`, `number`, `latitude`, `longitude`, `carrington`, `area`, `mcintosh`,
        `extent`, `spots`, `mount_wilson`; what a section does not tell is NaN or None. Meaning
        and units are in ``attrs["units"]``. A day without regions gives no row.

    Raises
    ------
    MissingDataError
        There is no such file, or no text in the folder.
    DataFileError
        A line of a section is not what it should be (the message quotes it), a section is missing
        or the text is of another kind; two files or rows contradict each other about a day.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import pandas as pd
    >>> from geoviz_ml.readers import read_srs
    >>> day = {"date": "2022-09-07", "noaa_number": 3092, "location": "S09W31", "lo": 218}
    >>> day |= {"area": 10, "z_class": "BXO", "ll": 5, "nn": 4, "mag_type_raw": "BETA"}
    >>> path = Path(tempfile.mkdtemp()) / "srs.csv"
    >>> pd.DataFrame([day]).to_csv(path)
    >>> region = read_srs(path).iloc[0]
    >>> int(region.number), region.mount_wilson, float(region.latitude)  # 9 degrees south
    (13092, 'Beta', -9.0)
    """
    path = Path(path)
    if os.path.isdir(path):
        rows = _read_folder(path)
    elif path.suffix.lower() == ".csv":
        rows = _read_csv(path)
    else:
        rows = _read_text(path)[1]
    table = _typed(pd.DataFrame(rows, columns=list(COLUMNS)))
    table.attrs["units"] = dict(COLUMNS)
    return table


def _read_folder(folder: Path) -> list[dict]:
    """Rows of all days in order of their files' names, each day once."""
    files = listing(folder, "*SRS.txt", deep=True)
    if not files:
        raise MissingDataError("holds no *SRS.txt.", folder)
    days: dict[datetime, tuple[Path, list[dict]]] = {}
    for file in files:
        date, rows = _read_text(file)
        before, known = days.setdefault(date, (file, rows))
        if sorted(rows, key=_place) != sorted(known, key=_place):
            raise DataFileError(
                f"says of {date:%Y-%m-%d} something else than {before}.", file, "Keep one of them."
            )
    return [row for _, rows in days.values() for row in rows]


def _place(row: dict) -> tuple[str, int]:
    return row["section"], row["number"]


def _read_text(path: Path) -> tuple[datetime, list[dict]]:
    """The day of issue, and a row a region."""
    lines = text_of(read_bounded(path, LONGEST_TEXT), path).splitlines()
    date = _date(lines, path)
    rows: list[dict] = []
    seen: list[str] = []
    comments = False
    for number, line in enumerate(lines, 1):
        text = line.strip().upper()
        if found := SECTION.fullmatch(text):
            seen.append(found[1])
            day = (date - timedelta(days=1)).day
            if found[2] and int(found[2]) != day:
                raise DataFileError(f"holds at day {found[2]}, expected {day}.", path, AGAIN)
            continue
        if not seen or comments:
            continue
        if seen[-1] == "II":  # one real text has the heading and the first row in one line
            text = re.sub(r"^NMBR +LAT +LO *(?=\d)", "", text)
        if found := ROWS[seen[-1]].fullmatch(text):
            rows.append(_row(found.groupdict(), date, seen[-1], path, number))
        elif seen[-1] == "II" and not text[:1].isdigit() and not HEADING.fullmatch(text):
            comments = text not in ("", "NONE")
        elif text not in ("", "NONE") and not HEADING.fullmatch(text):
            raise DataFileError(f"line {number} cannot be read: {line.strip()!r}.", path, AGAIN)
    if seen != ["I", "IA", "II"]:
        raise DataFileError(
            f"has the sections {', '.join(seen) or 'none'}, expected I, IA, II.", path, AGAIN
        )
    for (section, region), same in doubled(rows, _place).items():
        if any(row != same[0] for row in same):
            raise DataFileError(
                f"has region {region} twice in section {section}, with other values.", path, AGAIN
            )
    return date, list({_place(row): row for row in rows}.values())


def _date(lines: list[str], path: Path) -> datetime:
    """00:00 UT of the day of issue."""
    for line in lines[:10]:
        if found := ISSUED.fullmatch(line.strip()):
            with untrusted(path, "Solar Region Summary"):
                return datetime(int(found[1]), MONTHS.index(found[2]) + 1, int(found[3]))
    raise DataFileError("has no line ':Issued: 1996 Dec 09 0030 UTC'.", path, "Is it an SRS text?")


def _row(
    entry: dict[str, str | None], date: datetime, section: str, path: Path, line: int
) -> dict[str, object]:
    latitude = int(entry.pop("lat")) * (1 if entry.pop("ns") == "N" else -1)
    row: dict[str, object] = {"date": date, "section": section, "latitude": latitude}
    if east_west := entry.pop("ew", None):
        row["longitude"] = int(entry.pop("lon")) * (1 if east_west == "W" else -1)
    row |= {k: int(v) if v and v.isdigit() else v for k, v in entry.items()}
    row["number"] = full_number(row["number"], date)
    if entry.get("mount_wilson"):
        row["mount_wilson"] = entry["mount_wilson"].title()
        row["mcintosh"] = entry["mcintosh"].capitalize()
        if row["mount_wilson"] not in MOUNT_WILSON:
            raise DataFileError(
                f"line {line} has an unknown magnetic class {entry['mount_wilson']!r}.", path, AGAIN
            )
    if abs(latitude) > 90 or abs(row.get("longitude", 0)) > 180:
        raise DataFileError(f"line {line} has a place that is not on the Sun.", path, AGAIN)
    return row


def full_number(number: int, date: datetime) -> int:
    """NOAA's number with its ten thousands: region 10000 appeared on 14 June 2002."""
    if number < 5000 and date.year == 2002 or number < 10000 and date.year > 2002:
        return number + 10000
    return number


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    numbers = ["latitude", "longitude", "carrington", "area", "extent", "spots"]
    words = ["section", "mcintosh", "mount_wilson"]
    table = table.astype(
        {"date": "datetime64[s]", "number": int}
        | dict.fromkeys(numbers, float)
        | dict.fromkeys(words, object)
    )
    table[words] = table[words].where(table[words].notna(), None)
    return table


def _read_csv(path: Path) -> pd.DataFrame:
    text = text_of(read_bounded(path, LONGEST_TABLE), path)
    columns = "date noaa_number location lo area z_class ll nn mag_type_raw".split()
    with untrusted(path, "table of region-days"):
        if len(text.partition("\n")[0]) > LONGEST_HEADING:  # millions of columns take minutes
            raise ValueError("its heading has no end")
        table = pd.read_csv(StringIO(text), usecols=columns, dtype=str, keep_default_na=False)
        place = table.location.str.extract(r"^([NS])(\d\d)([EW])(\d\d\d?)$")
        date = pd.to_datetime(table.date, format="%Y-%m-%d")
        number = table.noaa_number.astype(int)
        result = pd.DataFrame(
            {
                "date": date,
                "section": "I",
                "number": [full_number(n, d) for n, d in zip(number, date, strict=True)],
                "latitude": place[1].astype(float) * np.where(place[0] == "N", 1, -1),
                "longitude": place[3].astype(float) * np.where(place[2] == "W", 1, -1),
                "carrington": table.lo.astype(float),
                "area": table.area.astype(float),
                "mcintosh": table.z_class.str.capitalize(),
                "extent": table.ll.astype(float),
                "spots": table.nn.astype(float),
                "mount_wilson": table.mag_type_raw.str.title(),
            }
        )
    bad = ~result.mount_wilson.isin(MOUNT_WILSON) | result.latitude.isna() | result.number.lt(1)
    if bad.any():
        raise DataFileError(f"row {bad.idxmax() + 1} cannot be read.", path, AGAIN)
    result = result.drop_duplicates(ignore_index=True)
    twice = result.duplicated(["date", "number"])
    if twice.any():
        row = result[twice].iloc[0]
        raise DataFileError(
            f"has region {row.number} of {row.date:%Y-%m-%d} twice, with other values.", path
        )
    return result
