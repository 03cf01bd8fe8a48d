"""What a picture of the Sun shows: its magnetic field or its light.

A rule of our own: a header's words first, then limb darkening, which fields do not have.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..errors import UsageError
from ..geometry.sun import Disk
from ..geometry.sun_disk import disk_distance

KINDS = ("magnetogram", "continuum")
LIGHT = ("dn", "adu", "count", "ct", "electron", "photon")  # how units of brightness begin
DARKENED = 0.8  # of the light at the disk's centre; less than that is left near the limb
STANDS_OUT = 0.15  # of the scale of grey
ACTIVE = 0.4  # of the disk, which may stand out; more is neither light nor field
FEW = 8  # pixels that stand out; fewer tell nothing
ONE_SIDED = 0.05  # of the dark pixels; a picture with fewer bright ones shows spots
BOTH_SIDED = 0.2  # of the more frequent; a picture with more of the other shows polarities
MIDDLE = 0.02  # of the scale of grey, by which no field differs from middle grey at most

WHICH = (
    "it cannot be told whether this is a magnetogram or a continuum picture.",
    None,
    f"Give kind, one of {KINDS}.",
)


def kind_of_header(data: xr.DataArray) -> str | None:
    """The kind that header and unit tell, or None.

    Parameters
    ----------
    data : DataArray (y, x)
        From `geoviz_ml.readers.read_magnetogram`.
    """
    content = str(data.attrs.get("header", {}).get("CONTENT", "")).lower()
    for word in KINDS:
        if word in content:
            return word
    units = data.attrs.get("units", "")
    if units == "G":
        return "magnetogram"
    return "continuum" if units.lower().startswith(LIGHT) else None


def kind_of_disk(data: xr.DataArray, disk: Disk) -> str:
    """The kind that a picture of the whole disk shows.

    Light falls off toward the limb. Where that was taken off, spots are dark and nothing is bright;
    a magnetic field has both signs. Most of the disk is quiet.

    Parameters
    ----------
    data : DataArray (H, W)
        From `geoviz_ml.readers.read_magnetogram`: grey, or numbers without a unit.
    disk : (float, float, float)
        x and y of the centre and the radius, pixels.

    Raises
    ------
    UsageError
        It cannot be told; the message names `kind`.
    """
    values, units = np.asarray(data.values), data.attrs.get("units", "")
    away = disk_distance(values.shape, disk)
    inside = values[(away < 0.9) & np.isfinite(values)]
    limb, middle = values[(away > 0.93) & (away < 0.97)], values[away < 0.3]
    if units not in ("grey", "unknown", "") or not inside.size:
        raise UsageError(*WHICH)
    if (inside < 0).sum() >= FEW:
        return "magnetogram"  # light is never negative
    if np.nanmedian(limb) < DARKENED * np.nanmedian(middle):
        return "continuum"
    quiet, white = np.median(inside), white_of(values)
    step = STANDS_OUT * white
    dark, bright = int((inside < quiet - step).sum()), int((inside > quiet + step).sum())
    most = max(dark, bright)
    if units == "grey" and FEW <= most and dark + bright <= ACTIVE * inside.size:
        if min(dark, bright) >= BOTH_SIDED * most:
            return "magnetogram"
        if dark == most and bright <= ONE_SIDED * dark and abs(quiet - white / 2) > MIDDLE * white:
            return "continuum"
    raise UsageError(*WHICH)


def white_of(values: np.ndarray) -> float:
    """The grey value that is white: the largest of 8, 10, 12, 14 or 16 bits that `values` need.

    `values` have any shape; NaN does not count.
    """
    most = np.nanmax(values)
    return next((2.0**bits - 1 for bits in (8, 10, 12, 14) if most < 2**bits), 65535.0)
