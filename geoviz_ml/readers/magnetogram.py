"""Magnetograms of the Sun: FITS, Helioviewer's JPEG 2000, and plain pictures (PNG, JPEG).

Whatever the file, row 0 of the result is solar north and column 0 is solar east, as the Sun is
shown in print; boxes drawn on pictures then fit.
"""

from __future__ import annotations

import re
from io import BytesIO
from os import PathLike
from pathlib import Path

import numpy as np
import xarray as xr

from ..errors import DataFileError
from .untrusted import AGAIN, gunzip_bounded, read_bounded, untrusted

LONGEST_FILE = 512 * 2**20  # bytes, expanded
MOST_PIXELS = 8192**2  # HMI has 4096**2
MOST_HDUS = 8
MOST_TILES = 4096
LONGEST_XML = 2**20
HELIOVIEWER_GAUSS = 250.0  # grey 0 and 255 are -250 and 250 G: hvs_default_hmi.pro of jp2gen

JP2 = b"\0\0\0\x0cjP  \r\n\x87\n"
STAMP = re.compile(r"(\d{4})[_.]?(\d\d)[_.]?(\d\d)_{1,2}(\d\d)[_.]?(\d\d)[_.]?(\d\d)")
GONG_STAMP = re.compile(r"[a-z]{5}(\d\d)(\d\d)(\d\d)t(\d\d)(\d\d)")


def read_magnetogram(path: str | PathLike) -> xr.DataArray:
    """Read one magnetogram, full disk or cut-out; continuum pictures of the same kind too.

    Parameters
    ----------
    path : path-like
        FITS (also compressed, or ``.fits.gz``), JPEG 2000 with the FITS header in its XML box, PNG
        or JPEG; told apart by content, not by name.

    Returns
    -------
    DataArray (y, x), float32
        FITS: in the header's unit (Mx/cm^2 and Gauss become "G"), NaN where there is no
        measurement. JPEG 2000 of a magnetogram: G, from 8 bits between -250 and 250 G, so that
        stronger fields are cut off at 250; NaN off the disk. Other pictures: "grey", as they are.
        The coordinates `x` and `y` are the header's linear world coordinates (arcsec from the
        disk's centre, or degrees), or else pixels.

        Attributes, where the file tells: `units`, `time` (UT), `disk_x`, `disk_y`, `disk_radius`
        (pixels, centre of the top left pixel at 0, 0), `b0` and `l0` (latitude and Carrington
        longitude of the disk's centre, degrees), `region` (HARP number), `rotation` (degrees that
        solar north leans from up; files that are upside down are turned, no other angle is) and
        `header`, all its keywords. A picture's time is taken from its name.

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there; is of another format, cut short or corrupt; holds no picture, or one
        of more than 8192 x 8192 pixels.

    Notes
    -----
    JPEG 2000 is decoded by Pillow, whose wheels carry OpenJPEG: nothing else is to be installed.
    """
    path = Path(path)
    raw = read_bounded(path, LONGEST_FILE)
    if raw[:2] == b"\x1f\x8b":
        raw = gunzip_bounded(raw, LONGEST_FILE, path)
    if raw.startswith(b"SIMPLE  ="):
        values, header = _read_fits(raw, path)
        values = values[::-1]  # FITS begins with the lowest row
    elif raw.startswith(JP2):
        header = _jp2_header(raw, path)
        values = _read_picture(raw, path, "JPEG2000")
    elif raw.startswith(b"\x89PNG"):
        header, values = {}, _read_picture(raw, path, "PNG")
    elif raw.startswith(b"\xff\xd8\xff"):
        header, values = {}, _read_picture(raw, path, "JPEG")
    else:
        raise DataFileError("is no FITS, JPEG 2000, PNG or JPEG file.", path, AGAIN)
    with untrusted(path, "magnetogram"):
        data = _with_coordinates(values, header)
        data.attrs["units"] = _unit(header) if raw.startswith(b"SIMPLE") else "grey"
        if time := _time(header, path.name):
            data.attrs["time"] = time
        if raw.startswith(JP2) and header.get("CONTENT") == "MAGNETOGRAM":
            _grey_to_gauss(data)
    return data


def _read_fits(raw: bytes, path: Path) -> tuple[np.ndarray, dict]:
    """The first picture in a FITS file, and its header."""
    from astropy.io import fits

    with untrusted(path, "FITS file"), fits.open(BytesIO(raw), lazy_load_hdus=True) as hdus:
        for number in range(MOST_HDUS):
            try:
                hdu = hdus[number]
            except IndexError:
                break
            header = hdu.header
            if not isinstance(hdu, fits.PrimaryHDU | fits.ImageHDU | fits.CompImageHDU):
                continue
            if header.get("NAXIS") != 2:
                continue
            tile = getattr(hdu, "tile_shape", (1, 1))
            for height, width in ((header["NAXIS2"], header["NAXIS1"]), tile):
                if not 0 < height * width <= MOST_PIXELS or min(height, width) < 1:
                    raise DataFileError(f"claims {width} x {height} pixels.", path, AGAIN)
            return np.asarray(hdu.data, np.float32), _keywords(header)
    raise DataFileError("holds no picture.", path, AGAIN)


def _keywords(header) -> dict[str, str | int | float]:
    """Keywords with a value; real files have some that cannot be read, which are left out."""
    from astropy.io.fits import VerifyError

    words = {}
    for card in header.cards:
        try:
            key, value = card.keyword, card.value
        except VerifyError:
            continue
        if isinstance(value, str | int | float) and key not in ("", "COMMENT", "HISTORY"):
            words[key] = value
    return words


def _read_picture(raw: bytes, path: Path, kind: str) -> np.ndarray:
    """Grey values of a picture of 8 or 16 bits; a colour picture's brightness."""
    from PIL import Image

    with untrusted(path, f"{kind} picture"), Image.open(BytesIO(raw), formats=[kind]) as picture:
        if picture.size[0] * picture.size[1] > MOST_PIXELS:
            raise DataFileError(f"claims {picture.size} pixels.", path, AGAIN)
        grey = picture if picture.mode.startswith(("L", "I")) else picture.convert("L")
        return np.asarray(grey.convert("L") if grey.mode == "LA" else grey, np.float32)


def _jp2_header(raw: bytes, path: Path) -> dict[str, str | int | float]:
    """Keywords of the FITS header that Helioviewer keeps in the XML box; sizes are checked too.

    Source: ISO/IEC 15444-1, annexes A.5.1 (size in the codestream) and I.4 (boxes).
    """
    from defusedxml.ElementTree import fromstring

    at, xml, stream = 0, None, b""
    while at + 8 <= len(raw):
        length, kind, start = int.from_bytes(raw[at : at + 4]), raw[at + 4 : at + 8], at + 8
        if length == 1:
            length, start = int.from_bytes(raw[at + 8 : at + 16]), at + 16
        end = at + length if length else len(raw)
        if not start <= end <= len(raw):
            raise DataFileError("is cut short or corrupt.", path, AGAIN)
        if kind == b"xml " and xml is None and end - start <= LONGEST_XML:
            xml = raw[start:end]
        if kind == b"jp2c":
            stream = stream or raw[start : start + 42]
        at = end
    if len(stream) < 42 or not stream.startswith(b"\xff\x4f\xff\x51"):
        raise DataFileError("holds no JPEG 2000 picture.", path, AGAIN)
    width, height, tile_x, tile_y = (int.from_bytes(stream[i : i + 4]) for i in (8, 12, 24, 28))
    tiles = -(-width // max(tile_x, 1)) * -(-height // max(tile_y, 1))
    if width * height > MOST_PIXELS or tiles > MOST_TILES or int.from_bytes(stream[40:42]) > 4:
        raise DataFileError(f"claims {width} x {height} pixels, {tiles} tiles.", path, AGAIN)
    if xml is None:
        return {}
    with untrusted(path, "XML header"):
        fits = fromstring(xml.rstrip(b"\0"), forbid_dtd=True).find("fits")
        words = {} if fits is None else {e.tag: (e.text or "").strip() for e in fits}
    return {k: _number(v) for k, v in words.items() if k.lower() not in ("history", "comment")}


def _number(text: str) -> str | int | float:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    return text


def _with_coordinates(values: np.ndarray, header: dict) -> xr.DataArray:
    """Turn a picture north up if it is upside down; give it coordinates and attributes."""
    number = {
        key: float(value)
        for key, value in header.items()
        if isinstance(value, int | float) and np.isfinite(value)
    }
    height, width = values.shape
    # the reference pixel, where 0, 0 is the centre of the top left pixel
    x = number.get("CRPIX1", 1.0) - 1
    y = height - number.get("CRPIX2", float(height))
    turned = (number.get("CROTA2", 0.0) + 180) % 360 - 180
    if abs(turned) > 90:
        values, x, y = values[::-1, ::-1], width - 1 - x, height - 1 - y
        turned = turned % 360 - 180

    world = [number.get(f"{word}{axis}", 0.0) for word in ("CRVAL", "CDELT") for axis in (1, 2)]
    value_x, value_y, step_x, step_y = world
    unit = str(header.get("CUNIT1", ""))
    unit = "degree" if unit.startswith("deg") else unit
    if not (unit and step_x and step_y):
        x, y, value_x, value_y, step_x, step_y, unit = 0, 0, 0, 0, 1, -1, "pixel"
    across = value_x + (np.arange(width) - x) * step_x
    down = value_y - (np.arange(height) - y) * step_y

    attrs: dict = {"units": "", "rotation": turned}
    if unit == "arcsec" and number.get("RSUN_OBS", 0) > 0:
        attrs["disk_x"], attrs["disk_y"] = x - value_x / step_x, y + value_y / step_y
        attrs["disk_radius"] = number["RSUN_OBS"] / abs(step_x)
    names = {"b0": "CRLT_OBS", "l0": "CRLN_OBS", "region": "HARPNUM"}
    attrs |= {name: number[key] for name, key in names.items() if key in number}
    return xr.DataArray(
        np.ascontiguousarray(values, np.float32),
        {"y": ("y", down, {"units": unit}), "x": ("x", across, {"units": unit})},
        ("y", "x"),
        "magnetogram",
        attrs | {"header": header},
    )


def _unit(header: dict) -> str:
    text = str(header.get("BUNIT") or header.get("_BUNIT") or "unknown")  # both are seen
    return "G" if text.lower() in ("gauss", "g", "mx/cm^2") else text


def _time(header: dict, name: str) -> str:
    """Time of observation (UT, ISO 8601) from the header, else from the file's name, else ""."""
    stamp = STAMP.search(name)
    texts = [header.get("DATE-OBS"), header.get("DATE_OBS")]
    texts += ["{}-{}-{}T{}:{}:{}".format(*stamp.groups())] if stamp else []
    if gong := GONG_STAMP.match(name):
        texts.append("20{}-{}-{}T{}:{}:00".format(*gong.groups()))
    for text in texts:
        if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z?", str(text)):
            try:
                return str(np.datetime64(str(text).removesuffix("Z")[:23], "ms"))
            except ValueError:
                pass
    return ""


def _grey_to_gauss(data: xr.DataArray) -> None:
    """Undo Helioviewer's scaling, in place: grey to gauss, and NaN off the disk."""
    data.values *= 2 * HELIOVIEWER_GAUSS / 255
    data.values -= HELIOVIEWER_GAUSS
    data.attrs["units"] = "G"
    if "disk_radius" in data.attrs:
        height, width = data.shape
        x = np.arange(width, dtype=np.float32) - data.attrs["disk_x"]
        y = np.arange(height, dtype=np.float32)[:, None] - data.attrs["disk_y"]
        data.values[x**2 + y**2 >= data.attrs["disk_radius"] ** 2] = np.nan
