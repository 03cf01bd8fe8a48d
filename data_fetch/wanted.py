"""What is asked for of a data set that finds its files by site and date."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from geoviz_ml.errors import UsageError

from .registry import Entry

CADENCE = re.compile(r"(\d+) *(min|h|d)")
UNITS = {"min": "minutes", "h": "hours", "d": "days"}
EARLIEST, LATEST = dt.datetime(1990, 1, 1), dt.datetime(2100, 1, 1)


@dataclass(frozen=True)
class Wanted:
    """Times are UT; `start` and `end` are both included."""

    site: str = ""
    start: dt.datetime = EARLIEST
    end: dt.datetime = LATEST
    cadence: dt.timedelta = dt.timedelta(days=1)
    size: int | None = None

    def days(self) -> list[dt.date]:
        """Every day, in UT, from that of `start` to that of `end`, both included."""
        first = self.start.date()
        return [first + dt.timedelta(i) for i in range((self.end.date() - first).days + 1)]

    def times(self) -> list[dt.datetime]:
        """From `start` to `end` in steps of the cadence."""
        steps = (self.end - self.start) // self.cadence
        return [self.start + i * self.cadence for i in range(steps + 1)]


def wanted(entry: Entry, **given: str | int | None) -> Wanted:
    """Check what is asked for.

    Parameters
    ----------
    entry : Entry
        Tells which options it takes, and which it needs.
    **given
        `site` (four letters), `start` and `end` (ISO 8601, UT; a date alone is the whole day),
        `cadence` (``12 min``, ``6 h``, ``1 d``), `size` (pixels); None where nothing is said.

    Raises
    ------
    UsageError
        An option is missing, is not of this data set, or makes no sense.
    """
    given = {name: value for name, value in given.items() if value is not None}
    known = [option.lstrip("*") for option in entry.options]
    needed = [option[1:] for option in entry.options if option.startswith("*")]
    if extra := sorted(given.keys() - set(known)):
        takes = ", ".join(known) if known else "nothing of the kind"
        raise UsageError(f"{entry.name} has no {extra[0]}.", advice=f"It takes {takes}.")
    if missing := [name for name in needed if name not in given]:
        options = " ".join(f"--{name}" for name in missing)
        raise UsageError(f"{entry.name} needs {options}.", advice=f"For example: {entry.command}")
    values: dict = {}
    if "site" in given:
        values["site"] = str(given["site"]).lower()
        if not re.fullmatch("[a-z]{4}", values["site"]):
            raise UsageError(f"a site has four letters, not {given['site']!r}.")
    if "start" in given:
        values["start"] = _time(given["start"], dt.time.min)
        values["end"] = _time(given["end"], dt.time(23, 59, 59))
        if values["end"] < values["start"]:
            raise UsageError(f"the end, {given['end']}, is before the start, {given['start']}.")
    if "cadence" in given:
        found = CADENCE.fullmatch(str(given["cadence"]).strip())
        if not found or not int(found[1]):
            raise UsageError(f"no cadence: {given['cadence']!r}.", advice="Use 12min, 6h or 1d.")
        values["cadence"] = dt.timedelta(**{UNITS[found[2]]: int(found[1])})
    if "size" in given:
        values["size"] = int(given["size"])
        if not 32 <= values["size"] <= 4096:
            raise UsageError(f"a picture has 32 to 4096 pixels, not {given['size']}.")
    return Wanted(**values)


def _time(text: str | int, of_a_day: dt.time) -> dt.datetime:
    try:
        time = dt.datetime.fromisoformat(str(text))
        if re.fullmatch(r"\d{4}-?\d\d-?\d\d", str(text)):
            time = dt.datetime.combine(time.date(), of_a_day)
        if time.tzinfo is not None:
            time = time.astimezone(dt.UTC).replace(tzinfo=None)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"no time: {text!r}.", advice="Use 2014-03-10 or 2014-03-10T06:00 (UT)."
        ) from error
    if not EARLIEST <= time <= LATEST:
        raise UsageError(f"no data are of {text}.")
    return time
