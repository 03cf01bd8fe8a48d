"""Pictures of the sky as cameras with colour save them: PNG and JPEG, one frame a file.

Known names, which tell the time (UT); seen in published folders of these cameras:

* ``20211030_060500_149606_gill_rgb-04_320ms_burst.png`` (TREx RGB, with site, camera, exposure);
* ``20140218235440.jpg`` (Longyearbyen);
* ``LYR-Sony-211121_170751.jpg`` (Kjell Henriksen Observatory: day, month, year);
* ``W8446B185_2017-12-18_03-14-57.jpg`` and whatever else has a date and a time of day so written.
"""

from __future__ import annotations

import re
from os import PathLike
from pathlib import Path

import numpy as np
import xarray as xr

from ..errors import UsageError
from ..files import size_of
from .frames import UNKNOWN, Piece, join_frames
from .picture import read_picture
from .picture_file import SUFFIXES

CLOCK = r"(?P<hour>\d\d)[-:_]?(?P<minute>\d\d)[-:_]?(?P<second>\d\d)(?!\d)"
TREX = re.compile(r"\d{8}_\d{6}_(?P<micro>\d{6})_(?P<site>[a-z]{4})_(?P<imager>\w+-\d+)_(\d+)ms_.*")
TIMES = (
    re.compile(rf"^LYR-Sony-(?P<day>\d\d)(?P<month>\d\d)(?P<year>\d\d)_{CLOCK}"),
    re.compile(rf"(?<!\d)(?P<year>\d{{4}})(?P<month>\d\d)(?P<day>\d\d)[-_T]?{CLOCK}"),
    re.compile(rf"(?<!\d)(?P<year>\d{{4}})-(?P<month>\d\d)-(?P<day>\d\d)[-_T ]{CLOCK}"),
)


def read_sky_pictures(
    path: str | PathLike,
    channel: str | None = None,
    bits: int | None = None,
    shrink: int = 1,
    on_error: str = "raise",
) -> xr.DataArray:
    """Read one picture, or all of a folder and the folders in it, in the order of their names.

    Parameters
    ----------
    path : path-like
        A picture, or a folder of pictures of one camera: the same size.
    channel, bits
        As of `read_picture`: the brightness by default; "green" holds most of the aurora.
    shrink : int
        Average blocks of so many pixels a side: pictures of a large camera take much memory.
    on_error : {"raise", "gap"}
        A file that cannot be trusted stops the reading, or is left out and named in
        ``attrs["problems"]``.

    Returns
    -------
    DataArray (time, y, x), float32 in 0..1
        The dimensions of `read_themis`; rows and columns as a viewer shows the file. `time` (UT) is
        that of the name, taken as it stands, and not a time (NaT) where the name tells none.
        Attributes: `units`, `channel`, `orientation` (not known), `gaps` and `problems` as of
        `read_themis`, and where the name tells `site`, `imager` and `exposure` (s).

    Raises
    ------
    MissingDataError, DataFileError
        As of `read_picture`; no picture in the folder, pictures of two sizes or cameras, or two
        that differ at one time.
    UsageError
        As of `read_picture`, a `shrink` below 1, or more than one call may hold in memory.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from PIL import Image
    >>> from geoviz_ml.readers import read_sky_pictures
    >>> folder = Path(tempfile.mkdtemp())
    >>> for time in ("235440", "235450"):
    ...     Image.fromarray(np.full((4, 4), 51, np.uint8)).save(folder / f"20140218{time}.png")
    >>> data = read_sky_pictures(folder, shrink=2)
    >>> data.shape, round(float(data[0, 0, 0]), 2), str(data.time.values[1])[:19]
    ((2, 2, 2), 0.2, '2014-02-18T23:54:50')
    """
    if shrink < 1:
        raise UsageError(f"shrink is 1 or more, not {shrink}.")

    def read(file: Path) -> Piece:
        values = _averaged(read_picture(file, bits, channel), shrink)
        attrs = {
            "units": "brightness, 0 to 1",
            "channel": channel or "brightness",
            "orientation": UNKNOWN,
        }
        time, camera = time_of(file.name), ""
        if found := TREX.match(file.name):
            attrs |= {"site": found["site"], "imager": found["imager"]}
            attrs["exposure"] = int(found[4]) / 1000
            camera = f"{found['site']} {found['imager']}"
        return Piece(values[None], np.array([time]), camera, size_of(file), attrs)

    return join_frames(path, SUFFIXES, read, on_error)


def _averaged(values: np.ndarray, side: int) -> np.ndarray:
    """Means of whole blocks; what is left at the right and the bottom is cut off."""
    rows, columns = (size // side for size in values.shape)
    blocks = values[: rows * side, : columns * side].reshape(rows, side, columns, side)
    return blocks.mean((1, 3)) if side > 1 else values


def time_of(name: str) -> np.datetime64:
    """The time that a picture's name tells, to the nanosecond; not a time if it tells none."""
    for form in TIMES:
        if found := form.search(name):
            year = found["year"] if len(found["year"]) == 4 else f"20{found['year']}"
            date = f"{year}-{found['month']}-{found['day']}"
            clock = f"{found['hour']}:{found['minute']}:{found['second']}"
            trex = TREX.match(name)
            try:
                return np.datetime64(f"{date}T{clock}.{trex['micro'] if trex else 0}", "ns")
            except ValueError:
                continue
    return np.datetime64("NaT", "ns")
