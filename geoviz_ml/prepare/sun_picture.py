"""Every picture of the Sun alike: same scale, same grey levels, north up.

What a detector learned on one kind of file then holds for the others: full-disk FITS of any size,
8-bit pictures, and cut-outs. Grey 0.5 is the quiet Sun.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from scipy.ndimage import gaussian_filter

from ..boxes.encode import as_boxes
from ..errors import UsageError
from ..geometry.sun import Disk
from .crops import box_places
from .disk import disk_distance, find_disk, flatten_disk

KINDS = ("magnetogram", "continuum")
FIELD = 250.0  # G that is white; less that is black, as Helioviewer shows magnetograms
RADIUS = 0.46  # of the disk over the picture's side
SMALLEST = 32  # pixels of radius in the file; a region of 5 degrees then has 3
LEAST = 8  # pixels of a side of a cut-out
LARGEST = 9216  # pixels of a side that are looked at; HMI has 4096
MM = 696.0  # solar radius
LIMB = 0.998  # radii; farther out a continuum picture shows the quiet Sun
SMOOTH = 6.0  # Mm over which the strength of the field is averaged


@dataclass(frozen=True)
class SunPicture:
    """What `sun_picture` makes.

    Attributes
    ----------
    values : ndarray (H, W) float32
        Magnetogram: G, 0 where nothing is measured. Continuum: intensity over that of the quiet
        Sun, 1 off the disk.
    kind : {"magnetogram", "continuum"}
    radius : float
        Of the Sun, in pixels of `values`.
    disk : (float, float, float) or None
        x and y of the disk's centre and its radius in pixels of the **file**; None for a cut-out
        with a map's coordinates.
    scale : float
        Pixels of `values` to a pixel of the file.
    corner : (float, float)
        x and y of the top left edge of `values`, in pixels of the file.
    file_size : (int, int)
        Height and width of the file's picture.
    """

    values: np.ndarray
    kind: str
    radius: float
    disk: Disk | None
    scale: float
    corner: tuple[float, float]
    file_size: tuple[int, int]

    def grey(self) -> np.ndarray:
        """What networks see, (H, W) float32 in 0..1.

        Magnetogram: -250 to 250 G. Continuum: 0 where a quarter of the light is gone, 1 where it is
        a quarter more.
        """
        if self.kind == "magnetogram":
            return (self.values.clip(-FIELD, FIELD) + FIELD) / (2 * FIELD)
        return np.clip(2 * self.values - 1.5, 0, 1)

    def signal(self) -> np.ndarray:
        """What `geoviz_ml.classical.find_active_regions` takes, (H, W) float32.

        Magnetogram: strength of the field up to 250 G, averaged over 6 Mm, as part of 250 G.
        Continuum: the part of the light that is missing.
        """
        if self.kind == "magnetogram":
            strength = np.abs(self.values).clip(0, FIELD) / FIELD
            return gaussian_filter(strength, SMOOTH * self.radius / MM)
        return 1 - self.values

    def to_file(self, boxes) -> np.ndarray:
        """Boxes x1, y1, x2, y2 (k, 4) of `values` in pixels of the file, cut at its edges."""
        height, width = self.file_size
        boxes = as_boxes(boxes) / self.scale + np.tile(self.corner, 2)
        return boxes.clip(0, (width, height, width, height))

    def from_file(self, boxes) -> np.ndarray:
        """Boxes of the file in pixels of `values`, (k, 4): the way back."""
        return (as_boxes(boxes) - np.tile(self.corner, 2)) * self.scale


def sun_picture(
    data: xr.DataArray, size: int = 512, kind: str | None = None, radius: float | None = None
) -> SunPicture:
    """Bring a picture of the Sun to the scale and the grey levels that all others have.

    Parameters
    ----------
    data : DataArray
        From `read_magnetogram`: a full disk, or a cut-out whose header tells its scale.
    size : int
        Pixels of a side of the result of a full disk, whose disk lies in the middle. A cut-out in
        degrees gets the same scale, and as many pixels as that needs, in multiples of 16.
    kind : {"magnetogram", "continuum"}, optional
        By default as header and unit tell; of a grey picture without a header, limb darkening
        tells.
    radius : float, optional
        Of the disk in the result, pixels; default 0.46 `size`.

    Returns
    -------
    SunPicture

    Raises
    ------
    UsageError
        There is no measurement or no disk, the Sun is too small (radius below 32 pixels), or the
        kind cannot be told.
    """
    if kind not in (None, *KINDS):
        raise UsageError(f"no kind {kind!r}.", advice=f"Use one of {KINDS}.")
    values = np.asarray(data.values, np.float32)
    if not np.isfinite(values).any():
        raise UsageError("holds no measurement: all pixels are empty.")
    radius = RADIUS * size if radius is None else radius
    kind = kind or _kind_of_header(data)
    if data.x.attrs.get("units") == "degree":  # a map's coordinates
        if kind is None:
            raise UsageError(*WHICH)
        if min(values.shape) < LEAST:
            raise UsageError(f"a cut-out of shape {values.shape} is too small for regions.")
        disk, scale = None, np.radians(abs(float(data.x[1] - data.x[0]))) * radius
        height, width = (int(np.ceil(n * scale / 16)) * 16 for n in values.shape)
        corner = (0.0, 0.0)
    else:
        disk = _disk(data)
        kind = kind or _kind_of_limb(values, disk)
        scale, height, width = radius / disk[2], size, size
        corner = (disk[0] + 0.5 - size / 2 / scale, disk[1] + 0.5 - size / 2 / scale)
    values = _in_units(values, data, kind, disk)
    around = 1.0 if kind == "continuum" else 0.0
    values = _resample(values, scale, corner, (height, width), around)
    shape = (int(data.shape[0]), int(data.shape[1]))
    return SunPicture(values, kind, radius, disk, scale, corner, shape)


WHICH = (
    "it cannot be told whether this is a magnetogram or a continuum picture.",
    None,
    f"Give kind, one of {KINDS}.",
)


def _kind_of_header(data: xr.DataArray) -> str | None:
    content = str(data.attrs.get("header", {}).get("CONTENT", "")).lower()
    for word in KINDS:
        if word in content:
            return word
    units = data.attrs.get("units", "")
    return "magnetogram" if units == "G" else "continuum" if units.startswith("DN") else None


def _kind_of_limb(values: np.ndarray, disk: Disk) -> str:
    """Near the limb the Sun has less than 0.7 of its light, and a magnetogram the same grey."""
    away = disk_distance(values.shape, disk)
    limb, middle = (np.median(values[w]) for w in ((away > 0.93) & (away < 0.97), away < 0.3))
    return "continuum" if limb < 0.8 * middle else "magnetogram"


def _disk(data: xr.DataArray) -> Disk:
    """Where the header has it, or where it is seen."""
    a = data.attrs
    if "disk_radius" in a:
        disk = a["disk_x"], a["disk_y"], a["disk_radius"]
    elif np.isnan(data.values).any():
        disk = find_disk(np.isfinite(data.values))
    else:
        disk = find_disk(data.values)
    if not SMALLEST <= disk[2] <= LARGEST * RADIUS:
        raise UsageError(
            f"shows a Sun of radius {disk[2]:.1f} pixels, too small or too large for regions.",
            advice=f"Give one of {SMALLEST} to {LARGEST * RADIUS:.0f} pixels.",
        )
    return disk


def _in_units(values: np.ndarray, data: xr.DataArray, kind: str, disk: Disk | None) -> np.ndarray:
    """Magnetograms in G, 0 where there is no measurement; continuum over that of the quiet Sun."""
    if kind == "continuum":
        return _flat(np.nan_to_num(values), disk)
    if data.attrs.get("units") == "grey":
        full = 255 if np.nanmax(values) <= 255 else 65535
        values = values * (2 * FIELD / full) - FIELD
        values = np.where(disk_distance(values.shape, disk) < 1, values, 0)
    return np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0)


def _flat(values: np.ndarray, disk: Disk | None) -> np.ndarray:
    """Intensity over that of the quiet Sun; of a cut-out without a disk, over the median."""
    lit = values > 0
    if not lit.any():
        raise UsageError("is dark everywhere.")
    if disk:
        return flatten_disk(values, disk, LIMB)
    return np.where(lit, values / np.median(values[lit]), 1).astype(np.float32)


def _resample(
    values: np.ndarray,
    scale: float,
    corner: tuple[float, float],
    shape: tuple[int, int],
    around: float,
) -> np.ndarray:
    """The part of a picture from `corner` on, `scale` times as large; `around` beside it."""
    from PIL import Image

    first = np.floor(corner).astype(int)
    last = np.ceil(np.add(corner, np.array(shape[::-1]) / scale)).astype(int)
    if max(*(last - first), *shape) > LARGEST:
        raise UsageError(f"would become a picture of {shape[1]} x {shape[0]} pixels.")
    axes = zip(first[::-1], last[::-1], values.shape, strict=True)
    wanted, valid = zip(*((np.arange(a, b), n) for a, b, n in axes), strict=True)
    there = [(index >= 0) & (index < n) for index, n in zip(wanted, valid, strict=True)]
    if not all(part.any() for part in there):
        raise UsageError("its header puts the disk outside the picture.")
    canvas = values[np.ix_(*(i.clip(0, n - 1) for i, n in zip(wanted, valid, strict=True)))]
    canvas = np.where(np.outer(*there), canvas, around)
    box = np.tile(np.subtract(corner, first), 2)
    box[2:] += np.array(shape[::-1]) / scale
    box = np.minimum(box, np.tile(canvas.shape[::-1], 2))
    picture = Image.fromarray(canvas.astype(np.float32))
    return np.asarray(picture.resize(shape[::-1], Image.Resampling.BILINEAR, tuple(box)))


def place_boxes(boxes: pd.DataFrame, data: xr.DataArray, north_up: bool = False) -> pd.DataFrame:
    """Add the heliographic (Stonyhurst) position of boxes, or say why there is none.

    Parameters
    ----------
    boxes : DataFrame
        `x1`, `y1`, `x2`, `y2` in pixels of the file.
    data : DataArray
        From `read_magnetogram`.
    north_up : bool
        Trust that a picture without a header shows the whole disk with north up; its time is taken
        from its name.

    Returns
    -------
    DataFrame
        The boxes with `latitude`, `longitude` (degrees from the central meridian, west positive),
        `carrington` (degrees; NaN where the header does not tell the longitude of the disk's
        centre) and `place_note`, why a position is missing or how good it is.
    """
    a = data.attrs
    if data.x.attrs.get("units") == "degree":
        placed = _map_places(boxes, data)
        note = "" if "l0" in a else "The header has no longitude of the disk's centre (CRLN_OBS)."
    elif "disk_radius" in a:
        placed = box_places(boxes, data)
        note = "" if "b0" in a or a.get("time") else NO_TIME
    elif north_up:
        placed = box_places(boxes, data, _disk(data))
        note = "No header: disk found in the picture, north taken to be up. "
        note = (note + ("" if a.get("time") else NO_TIME)).strip()
    else:
        placed = boxes.assign(latitude=np.nan, longitude=np.nan)
        note = "No header tells where the disk is and which way is north."
    if "carrington" not in placed:
        placed["carrington"] = np.nan
    off = placed.latitude.isna() & (not note.startswith("No header tells"))
    return placed.assign(place_note=np.where(off, "The box's centre is beyond the limb.", note))


NO_TIME = "No time: latitude of the disk's centre taken as 0, an error of up to 7 degrees."


def _map_places(boxes: pd.DataFrame, data: xr.DataArray) -> pd.DataFrame:
    """Positions in a cut-out in Carrington longitude and latitude, of any projection."""
    from astropy.io.fits import Header
    from astropy.wcs import WCS

    words = ("CTYPE", "CUNIT", "CRPIX", "CRVAL", "CDELT")
    header = data.attrs["header"]
    keys = [f"{word}{axis}" for word in words for axis in (1, 2)]
    header = Header({key: header[key] for key in keys if key in header})
    header["CUNIT1"] = header["CUNIT2"] = "deg"
    x, y = (boxes.x1 + boxes.x2) / 2 - 0.5, (boxes.y1 + boxes.y2) / 2 - 0.5
    carrington, latitude = WCS(header).wcs_pix2world(x, data.shape[0] - 1 - y, 0)
    longitude = (carrington - data.attrs.get("l0", np.nan) + 180) % 360 - 180
    return boxes.assign(latitude=latitude, longitude=longitude, carrington=carrington % 360)
