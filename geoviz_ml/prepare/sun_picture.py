"""Every picture of the Sun alike: same scale, same grey levels, north up.

What a detector learned on one kind of file then holds for the others: full-disk FITS of any size,
8-bit pictures, and cut-outs. Grey 0.5 is the quiet Sun.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import xarray as xr
from scipy.ndimage import gaussian_filter

from ..boxes.encode import as_boxes
from ..errors import UsageError
from ..geometry.sun import Disk
from ..geometry.sun_disk import disk_distance
from .crops import window
from .disk import flatten_disk, picture_disk
from .pictures import in_order
from .sun_kind import KINDS, MIDDLE, WHICH, kind_of_disk, kind_of_header, white_of

FIELD = 250.0  # G that is white; less that is black, as Helioviewer shows magnetograms
RADIUS = 0.46  # of the disk over the picture's side
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
    note : str
        What was taken for granted: the level of no field, the unit.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.prepare import SunPicture
    >>> field = np.array([[-900.0, -250.0, 0.0, 125.0]])  # G
    >>> sun = SunPicture(field, "magnetogram", 60.0, (128, 128, 120), 0.5, (0, 0), (256, 256))
    >>> sun.grey().tolist()  # middle grey is no field
    [[0.0, 0.0, 0.5, 0.75]]
    >>> sun.to_file([[10, 10, 20, 30]]).tolist()  # the file has twice as many pixels a side
    [[20.0, 20.0, 40.0, 60.0]]
    """

    values: np.ndarray
    kind: str
    radius: float
    disk: Disk | None
    scale: float
    corner: tuple[float, float]
    file_size: tuple[int, int]
    note: str = ""

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
    data : DataArray (y, x)
        From `read_magnetogram`: a full disk, or a cut-out whose header tells its scale.
    size : int
        Pixels of a side of the result of a full disk, whose disk lies in the middle. A cut-out in
        degrees gets the same scale, and as many pixels as that needs, in multiples of 16.
    kind : {"magnetogram", "continuum"}, optional
        By default as header and unit tell; of a grey picture without a header, limb darkening
        tells, or that spots are dark only and a field has both signs.
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

    Examples
    --------
    >>> import numpy as np
    >>> import xarray as xr
    >>> from geoviz_ml.geometry import disk_distance
    >>> from geoviz_ml.prepare import sun_picture
    >>> disk = (120.0, 110.0, 100.0)  # not in the middle
    >>> field = np.where(disk_distance((240, 240), disk) <= 1, 0.0, np.nan)
    >>> field[100:120, 110:130] = 500.0  # G, at the disk's centre
    >>> data = xr.DataArray(field, {"x": range(240), "y": range(240)}, ("y", "x"))
    >>> sun = sun_picture(data.assign_attrs(units="G"), size=128)
    >>> sun.kind, round(sun.radius, 1), round(float(sun.values[64, 64]))  # now in the middle
    ('magnetogram', 58.9, 500)
    """
    if kind not in (None, *KINDS):
        raise UsageError(f"no kind {kind!r}.", advice=f"Use one of {KINDS}.")
    data = in_order(data, "y", "x")
    values = np.asarray(data.values, np.float32)
    if not np.isfinite(values).any():
        raise UsageError("holds no measurement: all pixels are empty.")
    radius = RADIUS * size if radius is None else radius
    kind = kind or kind_of_header(data)
    if data.x.attrs.get("units") == "degree":  # a map's coordinates
        if kind is None:
            raise UsageError(*WHICH)
        if min(values.shape) < LEAST:
            raise UsageError(f"a cut-out of shape {values.shape} is too small for regions.")
        disk, scale = None, np.radians(abs(float(data.x[1] - data.x[0]))) * radius
        height, width = (int(np.ceil(n * scale / 16)) * 16 for n in values.shape)
        corner = (0.0, 0.0)
    else:
        disk = picture_disk(data)
        kind = kind or kind_of_disk(data, disk)
        scale, height, width = radius / disk[2], size, size
        corner = (disk[0] + 0.5 - size / 2 / scale, disk[1] + 0.5 - size / 2 / scale)
    values, note = _in_units(values, data, kind, disk)
    around = 1.0 if kind == "continuum" else 0.0
    values = _resample(values, scale, corner, (height, width), around)
    shape = (int(data.shape[0]), int(data.shape[1]))
    return SunPicture(values, kind, radius, disk, scale, corner, shape, note)


def _in_units(
    values: np.ndarray, data: xr.DataArray, kind: str, disk: Disk | None
) -> tuple[np.ndarray, str]:
    """Magnetograms in G, 0 where there is no measurement; continuum over that of the quiet Sun."""
    if kind == "continuum":
        return _flat(np.nan_to_num(values), disk), ""
    units, note = data.attrs.get("units", ""), ""
    if units == "grey":
        values, note = _gauss_of_grey(values, disk)
    elif units != "G":
        note = f"The unit is {units or 'unknown'}: taken as gauss."
    return np.nan_to_num(values, nan=0.0, posinf=0.0, neginf=0.0), note


def _gauss_of_grey(values: np.ndarray, disk: Disk) -> tuple[np.ndarray, str]:
    """Half of the scale of grey is 250 G; no field is its middle, or else the quiet Sun's grey."""
    away, white = disk_distance(values.shape, disk), white_of(values)
    quiet, zero, note = np.median(values[away < 0.9]), white / 2, ""
    if abs(quiet - zero) > MIDDLE * white:
        zero, note = quiet, f"The quiet Sun is grey {quiet:.0f} of {white:.0f}: taken as no field."
    return np.where(away < 1, (values - zero) * (2 * FIELD / white), 0), note


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
    if (last <= 0).any() or (first >= values.shape[::-1]).any():
        raise UsageError("its header puts the disk outside the picture.")
    columns, rows = (np.arange(a, b) for a, b in zip(first, last, strict=True))
    canvas = window(values, rows, columns, around)
    box = np.tile(np.subtract(corner, first), 2)
    box[2:] += np.array(shape[::-1]) / scale
    box = np.minimum(box, np.tile(canvas.shape[::-1], 2))
    picture = Image.fromarray(canvas.astype(np.float32))
    return np.asarray(picture.resize(shape[::-1], Image.Resampling.BILINEAR, tuple(box)))
