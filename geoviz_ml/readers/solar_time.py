"""When a picture of the Sun was taken: from its header, or from its name.

Keywords of the FITS standard and of SDO's JSOC; names as HMI, GONG and Helioviewer give them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

DAY = r"(?P<y>\d{4})(?P<s>[-._/]?)(?P<m>\d\d)(?P=s)(?P<d>\d\d)"
CLOCK = r"(?P<H>\d\d)(?P<c>[-._:]?)(?P<M>\d\d)(?:(?P=c)(?P<S>\d\d))?"
STAMPS = (
    # 2022_08_02__10_47_53_000__SDO_HMI..., 20140310_000000_512_HMIIF, HMI.m2026.03.05_00.00.00
    re.compile(rf"(?<!\d){DAY}[T_. -]{{1,2}}{CLOCK}(?!\d)"),
    # bbzqa240202t1954 of GONG: site, instrument and product before the day
    re.compile(r"(?<![a-z])[a-z]{5}(?P<y>\d\d)(?P<m>\d\d)(?P<d>\d\d)t(?P<H>\d\d)(?P<M>\d\d)(?!\d)"),
)
WORDS = ("DATE-OBS", "DATE_OBS", "T_OBS")


def solar_time(header: Mapping, name: str) -> str:
    """Time of observation, or "".

    Parameters
    ----------
    header : mapping
        DATE-OBS, DATE_OBS or T_OBS in ISO 8601; where that is a day only, with TIME-OBS.
    name : str
        Of the file, as of Helioviewer, SDO, JSOC, SOHO or GONG: used where the header has none.

    Returns
    -------
    str
        UT, ISO 8601 to the millisecond. What a name calls TAI is taken as UT, 37 s off.
    """
    for word in WORDS:
        text = str(header.get(word) or "").strip()
        if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
            text += f"T{header.get('TIME-OBS') or header.get('TIME_OBS') or ''}"
        if re.fullmatch(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d*)?Z?", text):
            if time := _iso(text.removesuffix("Z")[:23].rstrip(".")):
                return time
    for stamp in STAMPS:
        if found := stamp.search(name):
            part = found.groupdict()
            year = part["y"] if len(part["y"]) == 4 else f"20{part['y']}"
            clock = f"{part['H']}:{part['M']}:{part.get('S') or '00'}"
            if time := _iso(f"{year}-{part['m']}-{part['d']}T{clock}"):
                return time
    return ""


def _iso(text: str) -> str:
    try:
        return str(np.datetime64(text.replace(" ", "T"), "ms"))
    except ValueError:
        return ""
