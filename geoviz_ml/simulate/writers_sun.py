"""Files about the Sun: region summaries, magnetograms and boxes, as the readers expect them.

Every function writes one file, whole or not at all; the same values give the same bytes.
"""

from __future__ import annotations

from os import PathLike
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pandas as pd

from ..files import atomic_path

MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


def write_srs(folder: str | PathLike, issued: np.datetime64 | str, regions: pd.DataFrame) -> Path:
    """Write a Solar Region Summary.

    Parameters
    ----------
    folder : path-like
    issued : datetime-like
        Day of issue; positions hold at its 00:00 UT.
    regions : DataFrame
        Regions with spots: `number`, `latitude`, `longitude` (degrees, north and west positive),
        `carrington`, `area`, `mcintosh`, `extent`, `spots`, `mount_wilson`.

    Returns
    -------
    pathlib.Path
        ``YYYYMMDDSRS.txt``.
    """
    day = np.datetime64(issued, "D").item()
    before = (np.datetime64(issued, "D") - 1).item()
    month, month_before = MONTHS[day.month - 1], MONTHS[before.month - 1]
    lines = [
        f":Product: {day:%m%d}SRS.txt",
        f":Issued: {day:%Y} {month} {day:%d} 0030 UTC",
        "# Simulated",
        "#",
        "Joint USAF/NOAA Solar Region Summary",
        f"SRS Number {day.timetuple().tm_yday} Issued at 0030Z on {day:%d} {month} {day:%Y}",
        f"Report compiled from data received at SWO on {before:%d} {month_before}",
        f"I.  Regions with Sunspots.  Locations Valid at {before:%d}/2400Z",
        "Nmbr Location  Lo  Area  Z   LL   NN Mag Type",
    ]
    for r in regions.itertuples():
        north, west = "N" if r.latitude >= 0 else "S", "W" if r.longitude >= 0 else "E"
        lines.append(
            f"{int(r.number) % 10000:04d} {north}{abs(round(r.latitude)):02d}"
            f"{west}{abs(round(r.longitude)):02d}   {round(r.carrington):03d}  {round(r.area):04d} "
            f"{r.mcintosh}  {round(r.extent):02d}   {round(r.spots):02d} {r.mount_wilson}"
        )
    lines += [] if len(regions) else ["None"]
    lines += [
        f"IA. H-alpha Plages without Spots.  Locations Valid at {before:%d}/2400Z {month_before}",
        "Nmbr  Location  Lo",
        "None",
        f"II. Regions Due to Return {day:%d} {month} to {day:%d} {month}",
        "Nmbr Lat    Lo",
        "None",
    ]
    return _write(Path(folder) / f"{day:%Y%m%d}SRS.txt", ("\n".join(lines) + "\n").encode("ascii"))


def write_magnetogram(
    path: str | PathLike,
    field: np.ndarray,
    time: np.datetime64 | str,
    disk: tuple[float, float, float],
    b0: float = 0.0,
    l0: float = 0.0,
    solar_radius: float = 960.0,
) -> Path:
    """Write a full-disk magnetogram as FITS, or as a picture if the name ends in ``.png``.

    Parameters
    ----------
    path : path-like
        Ending in ``.fits`` or ``.png``. A PNG holds -250 to 250 G as grey 0 to 255 and no header.
    field : ndarray (y, x), G
        Row 0 is north, column 0 is east; NaN off the disk (grey 0).
    time : datetime-like, UT
    disk : (float, float, float)
        x and y of the disk's centre and its radius, pixels; 0, 0 is the top left pixel's centre.
    b0, l0 : float, degrees
        Latitude and Carrington longitude of the disk's centre.
    solar_radius : float, arcsec
        Apparent radius of the Sun, which sets the scale.
    """
    field = np.asarray(field, np.float32)
    path = Path(path)
    if path.suffix == ".png":
        return write_grey(path, np.nan_to_num((field.clip(-250, 250) + 250) * 255 / 500, nan=0.0))
    from astropy.io import fits

    x, y, radius = disk
    hdu = fits.PrimaryHDU(field[::-1])
    hdu.header.update(
        {
            "DATE-OBS": str(np.datetime64(time, "ms")),
            "CONTENT": "MAGNETOGRAM",
            "BUNIT": "Gauss",
            "CTYPE1": "HPLN-TAN",
            "CTYPE2": "HPLT-TAN",
            "CRPIX1": x + 1,
            "CRPIX2": len(field) - y,
            "CRVAL1": 0.0,
            "CRVAL2": 0.0,
            "CDELT1": solar_radius / radius,
            "CDELT2": solar_radius / radius,
            "CUNIT1": "arcsec",
            "CUNIT2": "arcsec",
            "CROTA2": 0.0,
            "RSUN_OBS": solar_radius,
            "CRLT_OBS": b0,
            "CRLN_OBS": l0,
        }
    )
    with atomic_path(path) as tmp:
        hdu.writeto(tmp, overwrite=True)
    return path


def write_grey(path: str | PathLike, grey: np.ndarray) -> Path:
    """Write grey values (y, x) from 0 to 255 as an 8-bit PNG; return its path."""
    from PIL import Image

    with atomic_path(path) as tmp:
        Image.fromarray(np.round(grey).astype(np.uint8)).save(tmp, "PNG", compress_level=2)
    return Path(path)


def write_voc(path: str | PathLike, boxes: pd.DataFrame, image: str, size: tuple[int, int]) -> Path:
    """Write boxes as Pascal VOC XML; return its path.

    Columns `label`, `x1`, `y1`, `x2`, `y2`, edges in whole pixels. `image` is the picture's file
    name, `size` its height and width.
    """
    root = ElementTree.Element("annotation")
    ElementTree.SubElement(root, "filename").text = image
    _numbers(root, "size", {"width": size[1], "height": size[0], "depth": 1})
    for box in boxes.itertuples():
        thing = ElementTree.SubElement(root, "object")
        ElementTree.SubElement(thing, "name").text = str(box.label)
        corners = {"xmin": box.x1, "ymin": box.y1, "xmax": box.x2, "ymax": box.y2}
        _numbers(thing, "bndbox", {name: round(value) for name, value in corners.items()})
    ElementTree.indent(root)
    return _write(Path(path), ElementTree.tostring(root))


def _numbers(parent: ElementTree.Element, name: str, values: dict[str, int]) -> None:
    group = ElementTree.SubElement(parent, name)
    for key, value in values.items():
        ElementTree.SubElement(group, key).text = str(value)


def write_kitti(path: str | PathLike, boxes: pd.DataFrame) -> Path:
    """Write boxes as KITTI text of 16 columns; return its path.

    Columns `label`, `x1`, `y1`, `x2`, `y2`, edges in pixels.
    """
    lines = [
        f"{b.label} 0.0 0 0.0 {b.x1:.2f} {b.y1:.2f} {b.x2:.2f} {b.y2:.2f}" + " 0.0" * 8 + "\n"
        for b in boxes.itertuples()
    ]
    return _write(Path(path), "".join(lines).encode())


def _write(path: Path, content: bytes) -> Path:
    with atomic_path(path) as tmp:
        tmp.write_bytes(content)
    return path
