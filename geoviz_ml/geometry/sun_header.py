"""What a picture's header tells about the Sun: its size, its turn and its tilt.

Observatories and their archives write the same number under different words; the words here are
those of HMI, MDI, GONG, Solar Orbiter and Thompson's standard (2006, Astronomy & Astrophysics 449,
791).
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .sun import solar_radius

TILT = ("CRLT_OBS", "HGLT_OBS", "SOLAR_B0", "SOLAR-B0", "B0")
CARRINGTON = ("CRLN_OBS", "SOLAR_L0", "SOLAR-L0", "L0")
ARCSEC = ("RSUN_OBS", "RSUN_ARC", "OBS_R0")
EITHER = ("SOLAR_R", "R_SUN")  # arcsec in some archives, pixels in others
SUN = 6.957e8  # radius of the Sun, metres


def number(header: Mapping, *words: str) -> float | None:
    """The first of these keywords that is a finite number, or None."""
    for word in words:
        value = header.get(word)
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300:
            return float(value)
    return None


def centre_latitude(header: Mapping) -> float | None:
    """Heliographic latitude of the disk's centre (B0), degrees, where the header tells."""
    value = number(header, *TILT)
    return value if value is not None and abs(value) <= 90 else None


def centre_longitude(header: Mapping) -> float | None:
    """Carrington longitude of the disk's centre (L0), degrees, where the header tells."""
    return number(header, *CARRINGTON)


def tells_radius(header: Mapping) -> bool:
    """Whether a keyword tells how large the Sun is, or how far away."""
    return number(header, *ARCSEC, *EITHER, "DSUN_OBS") is not None


def radius_in_pixels(header: Mapping, arcsec: float, time: str = "") -> float | None:
    """The disk's radius in pixels.

    Parameters
    ----------
    header : mapping
        Keywords.
    arcsec : float
        Of a pixel.
    time : str, optional
        UT; where no keyword tells the radius, it is that seen from the Earth at this time.

    Returns
    -------
    float or None
        From the radius in arcsec; from that in metres (RSUN_REF, by default 695 700 km) and the
        distance (DSUN_OBS, metres); from SOLAR_R or R_SUN, which are arcsec or pixels, whichever
        is nearer to a Sun of 960 arcsec; or from the time.
    """
    said = number(header, *ARCSEC)
    if said is not None and said > 0:
        return said / arcsec
    distance, metres = number(header, "DSUN_OBS"), number(header, "RSUN_REF") or SUN
    if distance is not None and 0 < metres < distance:
        return float(np.degrees(np.arcsin(metres / distance)) * 3600 / arcsec)
    said = number(header, *EITHER)
    if said is not None and said > 0:
        about = 960 / arcsec
        return min(said, said / arcsec, key=lambda radius: abs(np.log(radius / about)))
    return solar_radius(time) / arcsec if time else None
