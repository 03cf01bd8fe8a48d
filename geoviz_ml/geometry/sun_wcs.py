"""World coordinates of a solar picture: what its FITS header says, brought to north up, west right.

The header's own words (rotation as PCi_j, CDi_j or CROTA, either sign of CDELT, any unit) are read
by astropy's WCS once; the rest of the library sees one description.
"""

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
SQUARE = 0.01  # part by which the pixels' sides may differ


@dataclass(frozen=True)
class SunWorld:
    """World coordinates of a picture whose first row is on top, after it was turned.

    Attributes
    ----------
    frame : {"disk", "carrington", "stonyhurst", "map", "pixel"}
        Angles seen by the observer; or heliographic longitudes and latitudes, in "map" of a kind
        that the header does not tell; or "pixel": none of the Sun's.
    wcs : astropy.wcs.WCS or None
        From x, y in pixels (0, 0 is the centre of the top left one) to degrees; None for "pixel".
    mirror : (bool, bool)
        Whether rows and columns of the picture, first row on top, are to be reversed: both is a
        half turn.
    rotation : float, degrees
        By which north leans from up, clockwise, after that: -90 to 90.
    """

    frame: str
    wcs: object
    mirror: tuple[bool, bool]
    rotation: float

    @property
    def step(self) -> tuple[float, float]:
        """Degrees of a pixel across and down."""
        across, down = np.hypot(*self.wcs.pixel_scale_matrix)
        return float(across), float(down)

    @property
    def square(self) -> bool:
        """Whether the pixels are squares: the disk then is round."""
        across, down = self.step
        return abs(across - down) <= SQUARE * across

    def centre(self) -> tuple[float, float]:
        """x and y of where both coordinates are 0: of a disk, its centre."""
        x, y = self.wcs.wcs_world2pix([[0.0, 0.0]], 0)[0]
        return float(x), float(y)

    def places(self, x, y, l0: float | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Latitude, Stonyhurst and Carrington longitude of a map's pixels, degrees.

        Parameters
        ----------
        x, y : array-like, pixels
        l0 : float or None, degrees
            Carrington longitude of the disk's centre at that time; where it is not known, one of
            the longitudes is NaN.
        """
        longitude, latitude = self.wcs.wcs_pix2world(np.asarray(x), np.asarray(y), 0)
        l0 = np.nan if l0 is None else l0
        if self.frame == "carrington":
            return latitude, _symmetric(longitude - l0), longitude % 360
        return latitude, _symmetric(longitude), (longitude + l0) % 360

    def pixels(self, latitude, longitude, l0: float | None) -> tuple[np.ndarray, np.ndarray]:
        """x and y of places in degrees (Stonyhurst longitude): the inverse of `places`."""
        if self.frame == "carrington":
            longitude = np.asarray(longitude) + (np.nan if l0 is None else l0)
        return tuple(self.wcs.wcs_world2pix(np.asarray(longitude), np.asarray(latitude), 0))


def sun_world(header: Mapping, shape: tuple[int, int]) -> SunWorld:
    """World coordinates of a picture.

    Parameters
    ----------
    header : mapping
        FITS keywords.
    shape : (int, int)
        Height and width.

    Returns
    -------
    SunWorld

    Raises
    ------
    ValueError
        From astropy: the coordinates contradict themselves.

    Notes
    -----
    CTYPE may be HPLN and HPLT or the old solar-x and solar-y, CRLN and CRLT, HGLN and HGLT, in
    either order; without it, angles of less than 2 degrees over the picture are those of a disk,
    others those of a map. Without CUNIT, steps above 0.05 are arcsec over a disk. Without CRPIX the
    reference is the middle of the picture. Where several words tell the rotation, PCi_j and CDi_j
    come before CROTA2, CROTA1 and CROTA. Longitudes that the first axis counts down from several
    turns, as synoptic maps over Carrington time do, count up.

    Source: Thompson (2006), Astronomy & Astrophysics 449, 791.
    """
    kinds = [_kind(header.get(f"CTYPE{axis}", "")) for axis in (1, 2)]
    height, width = shape
    linear = _linear(header, kinds, np.array([width, height]))
    if linear is None:
        rows, columns, rotation = _upright(_turned(header, 1.0))
        return SunWorld("pixel", None, (rows, columns), rotation)
    matrix, value, frame = linear
    if kinds[0][0] in LATITUDES:  # latitude first
        matrix, value = matrix[::-1], value[::-1]
    if frame == "carrington" and matrix[0, 0] < 0 and value[0] > 360:
        matrix, value = matrix * [[-1], [1]], value * [-1, 1]  # time, which counts down
    if frame == "disk":
        value = _symmetric(value)
    at = np.array([number(header, "CRPIX1"), number(header, "CRPIX2")], float)  # None is NaN
    at = np.where(np.isfinite(at), at, [(width + 1) / 2, (height + 1) / 2])
    rows, columns, rotation = _upright(matrix)
    at = np.where([columns, not rows], [width + 1, height + 1] - at, at)
    matrix = matrix * [-1 if columns else 1, 1 if rows else -1]
    projection = next((kind[1] for kind in kinds if kind[1]), "TAN" if frame == "disk" else "CAR")
    wcs = _wcs(header, frame, projection, at, matrix, value)
    return SunWorld(frame, wcs, (rows, columns), rotation)


def _symmetric(longitude):
    """Degrees from -180 to 180."""
    return (np.asarray(longitude) + 180) % 360 - 180


def _kind(text) -> tuple[str, str]:
    """First part of a CTYPE, in one spelling, and its projection."""
    text = str(text).strip().upper().replace("_", "-").replace(" ", "-")
    if found := re.match(r"SOLAR-?([XY])\b", text):
        return f"SOLAR-{found[1]}", ""
    name, _, projection = text.partition("-")
    return name, projection.strip("-")


def _linear(header: Mapping, kinds, size) -> tuple[np.ndarray, np.ndarray, str] | None:
    """Degrees of a step right and up (2, 2), of the reference (2,), and the frame."""
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
        frame = "disk" if (np.hypot(*matrix) * size).max() < WIDEST_DISK else "map"
    return matrix, value, frame


def _matrix(header: Mapping) -> np.ndarray | None:
    """World coordinates of a step right and up (2, 2) in the header's units, by astropy."""
    from astropy.io.fits import Header
    from astropy.wcs import WCS

    words, turned = Header(), False
    for key in header:
        if match := re.fullmatch(r"(CDELT)[12]|(?:PC|CD)(?:[12]_[12]|00[12]00[12])", key):
            value = number(header, key)
            if value is not None:
                words[key] = value
                turned |= match[1] is None
    if not turned:
        if not (words.get("CDELT1") and words.get("CDELT2")):
            return None
        rotation = _turned(header, words["CDELT2"] / words["CDELT1"])
        words.update({f"PC{i + 1}_{j + 1}": rotation[i, j] for i in (0, 1) for j in (0, 1)})
    return WCS(words, naxis=2).pixel_scale_matrix


def _turned(header: Mapping, ratio: float) -> np.ndarray:
    """The rotation (2, 2) that CROTA tells, where a step up is `ratio` times one right."""
    told = (number(header, word) for word in ("CROTA2", "CROTA1", "CROTA"))
    turn = np.radians(next((angle for angle in told if angle), 0.0))
    sine, cosine = np.sin(turn), np.cos(turn)
    return np.array([[cosine, -sine * ratio], [sine / ratio, cosine]])


def _degrees(header: Mapping, axis: int, matrix: np.ndarray, frame: str | None) -> float | None:
    """Degrees of an axis' unit in any spelling; None for what is no angle."""
    text = str(header.get(f"CUNIT{axis}") or "").strip().lower()
    if text:
        return next((value for name, value in UNITS.items() if text.startswith(name)), None)
    if frame is None and not tells_radius(header):
        return None  # nothing says that this is the Sun
    small = np.abs(matrix).max() < WIDEST_STEP
    return UNITS["deg"] if small or frame in ("carrington", "stonyhurst") else UNITS["arcs"]


def _upright(matrix: np.ndarray) -> tuple[bool, bool, float]:
    """Whether rows and columns are to be reversed, and how north leans then, -90 to 90 degrees."""
    for rows in (False, True):
        for columns in (False, True):
            (a, b), (c, d) = matrix * [-1 if columns else 1, -1 if rows else 1]
            turn = float(np.degrees(np.arctan2(c - b, a + d)))
            if a * d > b * c and abs(turn) <= 90:
                return rows, columns, turn
    raise ValueError("the axes have no direction")


def _wcs(header: Mapping, frame: str, projection: str, at, matrix, value):
    """Astropy's description of the turned picture."""
    from astropy.wcs import WCS

    pair = {"disk": "HPLN HPLT", "carrington": "CRLN CRLT"}.get(frame, "HGLN HGLT").split()
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = [f"{name}-{projection}" for name in pair]
    wcs.wcs.cunit = ["deg", "deg"]
    wcs.wcs.crpix, wcs.wcs.crval, wcs.wcs.cd = at, value, matrix
    for name in ("LONPOLE", "LATPOLE"):
        if (angle := number(header, name)) is not None:
            setattr(wcs.wcs, name.lower(), angle)
    told = {m: number(header, f"PV2_{m}") for m in range(10)}
    wcs.wcs.set_pv([(2, m, float(value)) for m, value in told.items() if value is not None])
    wcs.wcs.set()
    return wcs
