"""A moment in any form that people have one: a text, a date of Python, of pandas or xarray."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import numpy as np

from ..errors import UsageError

ZONE = re.compile(r"[T ].*(?:Z|[+-]\d\d(?::?\d\d)?)$")


def instant(time, unit: str = "ms") -> np.datetime64:
    """A moment in UT.

    Parameters
    ----------
    time
        A datetime64, a date or datetime, a Timestamp, a text such as "2022-09-07T12:00", or an
        array of one of them. What names a time zone is brought to UT; None is NaT.
    unit : str
        Of the result; what is finer is cut off.

    Raises
    ------
    UsageError
        It is no moment: a number, say, which may be a year or the seconds of any epoch.

    Examples
    --------
    >>> from geoviz_ml.geometry.instant import instant
    >>> str(instant("2022-09-07T09:00+09:00", "s"))
    '2022-09-07T00:00:00'
    """
    if hasattr(time, "dtype") and np.ndim(time) == 0:
        time = np.asarray(time)[()]  # of xarray, say
    try:
        if isinstance(time, str) and ZONE.search(time):
            time = datetime.fromisoformat(time)
        if getattr(time, "tzinfo", None) is not None:
            time = time.astimezone(UTC).replace(tzinfo=None)
        if time is None or str(time) == "NaT":
            return np.datetime64("NaT", unit)
        if isinstance(time, str | date | np.datetime64):
            return np.datetime64(time, unit)
    except ValueError:
        pass
    raise UsageError(
        f"{time!r} is no time.",
        advice='Use a text such as "2022-09-07T12:00", a datetime or a datetime64.',
    )
