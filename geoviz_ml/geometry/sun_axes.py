"""The axes of a solar picture as its FITS header has them, in degrees and in one order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .sun_header import number, tells_radius

FRAMES = {  # the first axis of each pair: what the coordinates are
    "HPLN": "disk",
    "SOLAR-X": "disk",
    "CRLN": "carrington",
    "HGLN": "stonyhurst",
}
LATITUDES = {"HPLT": "HPLN", "SOLAR-Y": "SOLAR-X", "CRLT": "CRLN", "HGLT": "HGLN"}
UNITS = {  # degrees of one; how the name begins, in lower case
    "arcs": 1 / 3600,
    "asec": 1 / 3600,
    '"': 1 / 3600,
    "arcm": 1 / 60,
    "amin": 1 / 60,
    "mas": 1 / 3.6e6,
    "deg": 1.0,
    "rad": 180 / np.pi,
    "sin": 180 / np.pi,  # the sine of the latitude, as an equal-area map's ordinate
}
WIDEST_STEP = 0.05  # degrees; a disk of 0.53 degrees has smaller ones
WIDEST_DISK = 2.0  # degrees of a picture that still is one of the disk, not a map


@dataclass(frozen=True)
class Axes:
    """Longitude (or west) and latitude (or north) of a picture whose rows run up.

    Attributes
    ----------
    frame : {"disk", "carrington", "stonyhurst", "map"}
        As of `geoviz_ml.geometry.SunWorld`.
    projection : str
        Of FITS, as TAN or CEA.
    matrix : ndarray (2, 2), degrees
        By which both change with a pixel to the right and one up.
    value : ndarray (2,), degrees
        At the reference pixel.
    """

    frame: str
    projection: str
    matrix: np.ndarray
    value: np.ndarray


def read_axes(header: Mapping, shape: tuple[int, int]) -> Axes | None:
    """The axes of a picture, or None where its header tells no scale or none on the Sun.

    Parameters
    ----------
    header : mapping
        FITS keywords.
    shape : (int, int)
        Height and width.

    Raises
    ------
    ValueError
        From astropy: the coordinates contradict themselves.

    Notes
    -----
    CTYPE may be HPLN and HPLT or the old solar-x and solar-y, CRLN and CRLT, HGLN and HGLT, in
    either order; without it, angles of less than 2 degrees over the picture are those of a disk,
    others those of a map. Without CUNIT, steps above 0.05 are arcsec over a disk. Where several
    words tell the rotation, PCi_j and CDi_j come before CROTA2, CROTA1 and CROTA. Longitudes that
    the first axis counts down from several turns, as synoptic maps over Carrington time do, count
    up.

    Source: Thompson (2006), Astronomy & Astrophysics 449, 791.
    """
    kinds = [_kind(header.get(f"CTYPE{axis}", "")) for axis in (1, 2)]
    names = {LATITUDES.get(name, name) for name, _ in kinds}
    frame = FRAMES.get(names.pop()) if len(names) == 1 else None
    if frame is None and (kinds[0][0] or kinds[1][0]):
        return None  # other coordinates
    matrix = _matrix(header)
    if matrix is None:
        return None
    units = [_degrees(header, axis, matrix, frame) for axis in (1, 2)]
    if None in units:
        return None
    matrix = matrix * np.array(units)[:, None]
    value = np.array([number(header, "CRVAL1") or 0.0, number(header, "CRVAL2") or 0.0]) * units
    if not np.isfinite([*matrix.ravel(), *value]).all() or abs(np.linalg.det(matrix)) < 1e-24:
        return None
    if frame is None:
        size = np.hypot(*matrix) * shape[::-1]
        frame = "disk" if size.max() < WIDEST_DISK else "map"
    if kinds[0][0] in LATITUDES:  # latitude first
        matrix, value = matrix[::-1], value[::-1]
    if frame == "carrington" and matrix[0, 0] < 0 and value[0] > 360:
        matrix, value = matrix * [[-1], [1]], value * [-1, 1]  # time, which counts down
    projection = next((kind[1] for kind in kinds if kind[1]), "TAN" if frame == "disk" else "CAR")
    return Axes(frame, projection, matrix, value)


def turned(header: Mapping, ratio: float = 1.0) -> np.ndarray:
    """The rotation (2, 2) by CROTA, degrees, where a step up is `ratio` times one to the right."""
    told = (number(header, word) for word in ("CROTA2", "CROTA1", "CROTA"))
    turn = np.radians(next((angle for angle in told if angle), 0.0))
    sine, cosine = np.sin(turn), np.cos(turn)
    return np.array([[cosine, -sine * ratio], [sine / ratio, cosine]])


def _kind(text) -> tuple[str, str]:
    """First part of a CTYPE, in one spelling, and its projection."""
    text = str(text).strip().upper().replace("_", "-").replace(" ", "-")
    if found := re.match(r"SOLAR-?([XY])\b", text):
        return f"SOLAR-{found[1]}", ""
    name, _, projection = text.partition("-")
    return name, projection.strip("-")


def _matrix(header: Mapping) -> np.ndarray | None:
    """World coordinates of a step right and up (2, 2) in the header's units, by astropy."""
    from astropy.io.fits import Header
    from astropy.wcs import WCS

    words, rotated = Header(), False
    for key in header:
        if match := re.fullmatch(r"(CDELT)[12]|(?:PC|CD)(?:[12]_[12]|00[12]00[12])", key):
            value = number(header, key)
            if value is not None:
                words[key] = value
                rotated |= match[1] is None
    if not rotated:
        if not (words.get("CDELT1") and words.get("CDELT2")):
            return None
        rotation = turned(header, words["CDELT2"] / words["CDELT1"])
        words.update({f"PC{i + 1}_{j + 1}": rotation[i, j] for i in (0, 1) for j in (0, 1)})
    return WCS(words, naxis=2).pixel_scale_matrix


def _degrees(header: Mapping, axis: int, matrix: np.ndarray, frame: str | None) -> float | None:
    """Degrees of an axis' unit in any spelling; None for what is no angle."""
    text = str(header.get(f"CUNIT{axis}") or "").strip().lower()
    if text:
        return next((value for name, value in UNITS.items() if text.startswith(name)), None)
    if frame is None and not tells_radius(header):
        return None  # nothing says that this is the Sun
    small = np.abs(matrix).max() < WIDEST_STEP
    return UNITS["deg"] if small or frame in ("carrington", "stonyhurst") else UNITS["arcs"]
