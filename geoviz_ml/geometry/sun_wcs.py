"""World coordinates of a solar picture: what its FITS header says, brought to north up, west right.

The header's own words (rotation as PCi_j, CDi_j or CROTA, either sign of CDELT, any unit) are read
by astropy's WCS once; the rest of the library sees one description.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from .sun_axes import Axes, read_axes, turned
from .sun_header import number

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

    Examples
    --------
    >>> from geoviz_ml.geometry import sun_world
    >>> sun_world({}, (512, 512)).frame  # a header that tells nothing
    'pixel'
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
        """x and y, pixels, of where both coordinates are 0: of a disk, its centre."""
        x, y = self.wcs.wcs_world2pix([[0.0, 0.0]], 0)[0]
        return float(x), float(y)

    def places(self, x, y, l0: float | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Latitude, Stonyhurst and Carrington longitude of a map's pixels, degrees.

        Parameters
        ----------
        x, y : array-like of any shape, pixels
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
        """x and y, pixels, of places in degrees (Stonyhurst longitude): the inverse of `places`.

        Places are arrays of any shape; `l0` as of `places`.
        """
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
    `geoviz_ml.geometry.sun_axes.read_axes` tells which words of a header are understood. Without
    CRPIX the reference is the middle of the picture.

    Examples
    --------
    >>> from geoviz_ml.geometry import sun_world
    >>> header = {"CTYPE1": "HPLN-TAN", "CTYPE2": "HPLT-TAN", "CDELT1": 4.8, "CDELT2": 4.8}
    >>> header |= {"CRPIX1": 256.5, "CRPIX2": 256.5, "CUNIT1": "arcsec", "CUNIT2": "arcsec"}
    >>> sun_world(header | {"CROTA2": 180.0}, (512, 512)).mirror  # a half turn
    (True, True)
    """
    height, width = shape
    axes = read_axes(header, shape)
    if axes is None:
        rows, columns, rotation = _upright(turned(header))
        return SunWorld("pixel", None, (rows, columns), rotation)
    at = np.array([number(header, "CRPIX1"), number(header, "CRPIX2")], float)  # None is NaN
    at = np.where(np.isfinite(at), at, [(width + 1) / 2, (height + 1) / 2])
    rows, columns, rotation = _upright(axes.matrix)
    at = np.where([columns, not rows], [width + 1, height + 1] - at, at)
    matrix = axes.matrix * [-1 if columns else 1, 1 if rows else -1]
    return SunWorld(axes.frame, _wcs(header, axes, at, matrix), (rows, columns), rotation)


def _symmetric(longitude):
    """Degrees from -180 to 180."""
    return (np.asarray(longitude) + 180) % 360 - 180


def _upright(matrix: np.ndarray) -> tuple[bool, bool, float]:
    """Whether rows and columns are to be reversed, and how north leans then, -90 to 90 degrees."""
    for rows in (False, True):
        for columns in (False, True):
            (a, b), (c, d) = matrix * [-1 if columns else 1, -1 if rows else 1]
            turn = float(np.degrees(np.arctan2(c - b, a + d)))
            if a * d > b * c and abs(turn) <= 90:
                return rows, columns, turn
    raise ValueError("the axes have no direction")


def _wcs(header: Mapping, axes: Axes, at: np.ndarray, matrix: np.ndarray):
    """Astropy's description of the turned picture."""
    from astropy.wcs import WCS

    pair = {"disk": "HPLN HPLT", "carrington": "CRLN CRLT"}.get(axes.frame, "HGLN HGLT").split()
    wcs = WCS(naxis=2)
    wcs.wcs.ctype = [f"{name}-{axes.projection}" for name in pair]
    wcs.wcs.cunit = ["deg", "deg"]
    wcs.wcs.crval = _symmetric(axes.value) if axes.frame == "disk" else axes.value
    wcs.wcs.crpix, wcs.wcs.cd = at, matrix
    for name in ("LONPOLE", "LATPOLE"):
        if (angle := number(header, name)) is not None:
            setattr(wcs.wcs, name.lower(), angle)
    told = {m: number(header, f"PV2_{m}") for m in range(10)}
    wcs.wcs.set_pv([(2, m, float(value)) for m, value in told.items() if value is not None])
    wcs.wcs.set()
    return wcs
