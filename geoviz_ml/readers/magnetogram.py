"""Magnetograms of the Sun: FITS, Helioviewer's JPEG 2000, and plain pictures (PNG, JPEG).

Whatever the file, row 0 of the result is solar north and column 0 is solar east, as the Sun is
shown in print; boxes drawn on pictures then fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path

import numpy as np
import xarray as xr

from ..errors import DataFileError
from ..files import AGAIN, read_bounded, untrusted
from ..files.bounded import GZIP
from ..geometry.sun_header import (
    centre_latitude,
    centre_longitude,
    number,
    radius_in_pixels,
    tells_radius,
)
from ..geometry.sun_wcs import SunWorld, sun_world
from . import jp2
from .fits import LONGEST_FILE, read_fits_picture
from .solar_time import solar_time
from .solar_units import gauss_of
from .sun_colours import read_grey

HELIOVIEWER_GAUSS = 250.0  # grey 0 and 255 are -250 and 250 G: hvs_default_hmi.pro of jp2gen
FILLS = (-32768.0, -2147483648.0)  # what integers without a measurement become if saved again
STRONGEST = {"G": 2e4}  # of what the Sun has by units; in others 1e8
MIRRORED = {(True, True): "half turn", (True, False): "north-south", (False, True): "east-west"}


def read_magnetogram(path: str | PathLike) -> xr.DataArray:
    """Read one magnetogram, full disk or cut-out; continuum pictures of the same kind too.

    Parameters
    ----------
    path : path-like
        FITS (also ``.fits.gz``, or compressed by RICE_1, GZIP_1 or GZIP_2), JPEG 2000 with the FITS
        header in its XML box, PNG or JPEG; told apart by content, not by name.

    Returns
    -------
    DataArray (y, x), float32
        FITS: magnetic fields in G, whatever spelling of G, kG, T, mT or Mx/cm^2 the header has;
        other numbers in the header's unit, or "unknown". NaN where there is no measurement: beside
        a disk that the header tells, at BLANK and other fill values, and beyond what the Sun has
        (20 kG). JPEG 2000 of a magnetogram: G, from 8 bits between -250 and 250 G, so that stronger
        fields are cut off at 250; NaN off the disk. Other pictures: "grey", as they are; of
        coloured ones the brightness. The coordinates `x` and `y` are the header's linear world
        coordinates (arcsec from the disk's centre, or degrees of a map), or else pixels.

        Attributes, where the file tells: `units`, `time` (UT), `disk_x`, `disk_y`, `disk_radius`
        (pixels, centre of the top left pixel at 0, 0), `b0` and `l0` (latitude and Carrington
        longitude of the disk's centre, degrees), `region` (HARP number), `rotation` (degrees that
        solar north leans from up, clockwise, -90 to 90), `turned` ("half turn", "north-south" or
        "east-west": what was done to the file's picture, which is exact; other angles stay as
        they are) and `header`, all its keywords. A picture's time is taken from its name.

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there; is of another format, cut short or corrupt; compressed by a codec
        that cannot be bounded; holds no picture, or one too large (`check_size`); or is a picture
        whose colours are a scale.

    Notes
    -----
    Memory: within `geoviz_ml.files.memory_cap`, which is 512 MiB or 64 times the file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from astropy.io import fits
    >>> from geoviz_ml.readers import read_magnetogram
    >>> path = Path(tempfile.mkdtemp()) / "field.fits"
    >>> fits.writeto(path, np.full((8, 8), 0.01, np.float32), fits.Header({"BUNIT": "T"}))
    >>> field = read_magnetogram(path)
    >>> round(float(field[0, 0]), 3), field.attrs["units"]  # a hundredth of a tesla
    (100.0, 'G')
    """
    path = Path(path)
    raw = read_bounded(path, LONGEST_FILE)
    if raw.startswith((b"SIMPLE  =", GZIP)):
        values, header = read_fits_picture(raw, path)
        values, units = _in_gauss(values, header)
    elif raw.startswith(jp2.MAGIC):
        values, header = jp2.read_jp2(raw, path)
        values, units = _from_helioviewer(values, header)
    elif raw.startswith((b"\x89PNG", b"\xff\xd8\xff")):
        values, header, units = read_grey(raw, path), {}, "grey"
    else:
        raise DataFileError("is no FITS, JPEG 2000, PNG or JPEG file.", path, AGAIN)
    with untrusted(path, "magnetogram"):
        return _upright(values, header, units, solar_time(header, path.name))


def _in_gauss(values: np.ndarray, header: Mapping) -> tuple[np.ndarray, str]:
    """Numbers without fill values, and their unit."""
    for fill in {*FILLS, number(header, "BLANK")} - {None, 0.0}:
        values = np.where(values == np.float32(fill), np.float32(np.nan), values)
    text = str(header.get("BUNIT") or header.get("_BUNIT") or "unknown").strip()  # both are seen
    factor = gauss_of(text)
    units = text if factor is None else "G"
    if factor not in (None, 1.0):
        values = values * np.float32(factor)
    with np.errstate(invalid="ignore"):
        there = np.abs(values) <= STRONGEST.get(units, 1e8)
    return np.where(there, values, np.float32(np.nan)), units


def _from_helioviewer(grey: np.ndarray, header: Mapping) -> tuple[np.ndarray, str]:
    """Undo Helioviewer's scaling of magnetograms."""
    if header.get("CONTENT") != "MAGNETOGRAM":
        return grey, "grey"
    return grey * np.float32(2 * HELIOVIEWER_GAUSS / 255) - np.float32(HELIOVIEWER_GAUSS), "G"


def _upright(values: np.ndarray, header: dict, units: str, time: str) -> xr.DataArray:
    """Turn a picture north up and west right; give it coordinates and attributes."""
    world = sun_world(header, values.shape)
    rows, columns = world.mirror
    values = values[:: -1 if rows else 1, :: -1 if columns else 1]
    attrs: dict = {"units": units, "rotation": world.rotation}
    if time:
        attrs["time"] = time
    if rows or columns:
        attrs["turned"] = MIRRORED[rows, columns]
    told = {"b0": centre_latitude(header), "l0": centre_longitude(header)}
    told |= {"region": number(header, "HARPNUM"), **_disk(world, header, time)}
    attrs |= {name: value for name, value in told.items() if value is not None}
    if "disk_radius" in attrs:
        values = _without_sky(values, attrs)
    y, x, unit = _coordinates(world, values.shape)
    return xr.DataArray(
        np.ascontiguousarray(values, np.float32),
        {"y": ("y", y, {"units": unit}), "x": ("x", x, {"units": unit})},
        ("y", "x"),
        "magnetogram",
        attrs | {"header": header},
    )


def _disk(world: SunWorld, header: Mapping, time: str) -> dict[str, float]:
    """The disk, where the header tells all of it and the pixels are square."""
    if world.frame != "disk" or not world.square:
        return {}
    known = time if tells_radius(header) or header.get("CTYPE1") else ""
    radius = radius_in_pixels(header, world.step[0] * 3600, known)
    if radius is None:
        return {}
    x, y = world.centre()
    return {"disk_x": x, "disk_y": y, "disk_radius": radius}


def _without_sky(values: np.ndarray, attrs: Mapping) -> np.ndarray:
    """NaN off the disk, whatever the file has there."""
    x = np.arange(values.shape[1], dtype=np.float32) - attrs["disk_x"]
    y = np.arange(values.shape[0], dtype=np.float32)[:, None] - attrs["disk_y"]
    return np.where(x**2 + y**2 < attrs["disk_radius"] ** 2, values, np.float32(np.nan))


def _coordinates(world: SunWorld, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray, str]:
    """The world's linear coordinates down and across, and their unit."""
    height, width = shape
    if world.wcs is None:
        return np.arange(height, dtype=float), np.arange(width, dtype=float), "pixel"
    scale, unit = (3600.0, "arcsec") if world.frame == "disk" else (1.0, "degree")
    (at_x, at_y), (value_x, value_y) = world.wcs.wcs.crpix - 1, world.wcs.wcs.crval
    across, down = world.step
    x = value_x + (np.arange(width) - at_x) * across
    y = value_y - (np.arange(height) - at_y) * down
    return y * scale, x * scale, unit
