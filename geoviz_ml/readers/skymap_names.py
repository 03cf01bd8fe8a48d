"""Which skymap holds: the names of skymap files tell site, start and end of validity, version.

Names as the University of Calgary gives them to its THEMIS skymaps.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

NAME = re.compile(
    r"themis_skymap_(?P<site>[a-z]{4})_(?P<start>\d{8})(-(\+|(?P<end>\d{8})))?"
    r"(_v(?P<version>XX|\d{1,3}))?\.sav"
)


@dataclass(frozen=True, order=True)
class SkymapName:
    """What a file's name says; of two that hold, the greater one is better.

    Attributes
    ----------
    start : str
        First day, YYYYMMDD.
    version : int
        -1 for the preliminary ``vXX``, -2 where there is none.
    end : str
        Last day, or "" where the name says "-+" or nothing: until another one begins.
    name, site : str
    """

    start: str
    version: int
    end: str
    name: str
    site: str


def parse(name: str) -> SkymapName | None:
    """Take a file's name apart; None if it is no skymap's.

    Names that are in use: ``themis_skymap_gill_20151121-+_v02.sav``,
    ``..._20070301-20090522_vXX.sav``, ``..._20151121_vXX.sav``, ``..._20151121-+.sav``.
    """
    if not (found := NAME.fullmatch(name)):
        return None
    told = found["version"]
    version = -2 if told is None else -1 if told == "XX" else int(told)
    return SkymapName(found["start"], version, found["end"] or "", name, found["site"])


def choose_skymap(names: Iterable[str], site: str, time: np.datetime64 | str) -> str | None:
    """The name of the skymap of a site that holds at a time, None if none does.

    A skymap holds from its first day to its last, both included; one without a last day holds
    until another one of the site begins. Of several that hold it is the one that began last, and
    of these the newest version (v02 before v01 before vXX).

    Parameters
    ----------
    names : iterable of str
        Names of files; others than skymaps are left alone.
    site : str
        Four letters.
    time : datetime-like, UT

    Examples
    --------
    >>> from geoviz_ml.readers import choose_skymap
    >>> name = "themis_skymap_gill_20070301-20090522_v02.sav"
    >>> names = [name, "themis_skymap_gill_20151121-+_v02.sav"]
    >>> choose_skymap(names, "gill", "2008-12-24T04:10")
    'themis_skymap_gill_20070301-20090522_v02.sav'
    >>> choose_skymap(names, "gill", "2012-01-01") is None  # between the two none holds
    True
    """
    day = np.datetime64(time, "D").item().strftime("%Y%m%d")
    known = [s for name in names if (s := parse(name)) and s.site == site and s.start <= day]
    latest = max((s.start for s in known), default="")
    held = [s for s in known if (day <= s.end if s.end else s.start == latest)]
    return max(held).name if held else None
