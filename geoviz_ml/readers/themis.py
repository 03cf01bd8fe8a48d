"""THEMIS all-sky imagers: raw "stream0" minutes; and other cameras' minutes in the same form.

A minute is ``YYYYMMDD_HHMM_<site>_themisNN_full.pgm.gz``: some 20 binary PGM pictures (P5, big
endian, 16 bits), one after the other, each with comment lines ``#"Key" value``. The Rainbow cameras
(``..._rainbow-NN_full.pgm.gz``) write ten a minute.
"""

from __future__ import annotations

import re
from os import PathLike
from pathlib import Path

import numpy as np
import xarray as xr

from ..errors import DataFileError
from ..files import AGAIN, read_bounded
from ..files.bounded import GZIP, gunzip_bounded
from .frames import NORTH_UP, UNKNOWN, Piece, join_frames

LONGEST_FILE = 64 * 2**20  # bytes, expanded; a minute has 2.6 MB
LONGEST_HEADER = 8192  # bytes of a frame; real ones have 1.5 kB
MOST_FRAMES = 1200  # of a file; a minute has 20

HEADER = re.compile(rb"P5\n((?:#[^\n]*\n)*)(\d{1,5}) (\d{1,5})\n(\d{1,5})\n")
COMMENT = re.compile(rb'#"([^"\n]*)"([^\n]*)\n')


def read_themis(path: str | PathLike, on_error: str = "raise") -> xr.DataArray:
    """Read one raw file, or all of a folder and the folders in it, in order of time.

    Parameters
    ----------
    path : path-like
        A ``.pgm`` or ``.pgm.gz`` file, or a folder that holds files of one imager. A minute that is
        there twice is read once.
    on_error : {"raise", "gap"}
        A file that cannot be trusted stops the reading, or is left out and named in
        ``attrs["problems"]``.

    Returns
    -------
    DataArray (time, y, x), uint16, counts
        As read out: no dark level or flat field is taken off, and row and column are those of
        the file and of the skymap (see ``attrs["orientation"]``). `time` (UT) is the request of
        the exposure. A Rainbow camera has a colour filter on each pixel, in blocks of 2 x 2:
        average them for a picture.

        Attributes: `units`, `site`, `imager`, `latitude` and `longitude` (geodetic, degrees),
        `exposure` (s), `pixel_aspect` (width over height), `orientation`, `gaps` (a list of
        ``{"start", "end"}``: the times of frames between which at least one is missing),
        `problems` (a list of ``{"file", "reason"}``) and `header`, the first frame's comments as
        text; where a key is repeated the last value counts. What the files do not say is absent.

    Raises
    ------
    MissingDataError
        There is no such file, or no such files in the folder.
    DataFileError
        A file is cut short, corrupt or of another format, frames are not in order of time, or the
        folder holds files of several imagers; with ``on_error="gap"``, if no file can be read.
    UsageError
        The folder holds more than one call may hold in memory.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from geoviz_ml.readers import read_themis
    >>> from geoviz_ml.simulate.writers import write_themis
    >>> times = [f"2014-02-18T04:10:{second:02d}" for second in (0, 3, 6, 12)]
    >>> path = write_themis(tempfile.mkdtemp(), np.full((4, 8, 8), 3000, np.uint16), times)
    >>> frames = read_themis(path)
    >>> frames.shape, frames.attrs["site"], len(frames.attrs["gaps"])  # the one at 9 s is missing
    ((4, 8, 8), 'gill', 1)
    """
    return join_frames(path, ("*.pgm", "*.pgm.gz"), _read_minute, on_error)


def _read_minute(path: Path) -> Piece:
    raw = read_bounded(path, LONGEST_FILE)
    size = len(raw)
    if raw.startswith(GZIP):
        raw = gunzip_bounded(raw, LONGEST_FILE, path)
    frames: list[np.ndarray] = []
    times: list[np.datetime64] = []
    header: dict[str, str] = {}
    at = 0
    while at < len(raw):
        number = len(frames) + 1
        found = HEADER.match(raw, at, at + LONGEST_HEADER)
        if not found or number > MOST_FRAMES:
            what = "no 16-bit PGM header" if not found else f"more than {MOST_FRAMES} frames"
            raise DataFileError(f"has {what} where frame {number} should begin.", path, AGAIN)
        width, height, largest = (int(found[i]) for i in (2, 3, 4))
        shape = frames[0].shape if frames else (height, width)
        if not 255 < largest < 65536 or not width * height or (height, width) != shape:
            raise DataFileError(
                f"frame {number} claims {width} x {height} pixels up to {largest}.", path, AGAIN
            )
        comments = {
            key.decode("ascii", "replace"): value.decode("ascii", "replace").strip()
            for key, value in COMMENT.findall(found[1])
        }
        times.append(_time(comments, number, path))
        if number > 1 and times[-1] <= times[-2]:
            raise DataFileError(f"frame {number} is not later than the one before.", path)
        header = header or comments
        at = found.end() + 2 * width * height
        if at > len(raw):
            raise DataFileError(f"is cut short in frame {number}.", path, AGAIN)
        frames.append(np.frombuffer(raw, ">u2", width * height, found.end()).reshape(shape))
    if not frames:
        raise DataFileError("is empty.", path, AGAIN)
    camera = f"{header.get('Site unique ID')} {header.get('Imager unique ID')}"
    attrs = {
        "units": "counts",
        **_typed(header),
        "orientation": NORTH_UP if " themis" in camera else UNKNOWN,
        "header": header,
    }
    values = np.stack(frames, dtype=np.uint16, casting="equiv")
    return Piece(values, np.array(times), camera, size, attrs)


def _time(comments: dict[str, str], number: int, path: Path) -> np.datetime64:
    text = comments.get("Image request start", "")
    try:
        if not re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d{1,9})?( UTC)?", text):
            raise ValueError
        return np.datetime64(text.removesuffix(" UTC"), "ns")
    except ValueError:
        raise DataFileError(
            f"frame {number} has no time: 'Image request start' is {text!r}.", path, AGAIN
        ) from None


def _typed(header: dict[str, str]) -> dict[str, str | float]:
    """The entries that later rooms use, as text or numbers; what is not there is left out."""
    wanted = {"site": "Site unique ID", "imager": "Imager unique ID"}
    numbers = {"latitude": "Geodetic latitude", "longitude": "Geodetic Longitude"}
    attrs: dict[str, str | float] = {k: header[v] for k, v in wanted.items() if v in header}
    for name, key in numbers.items():
        if re.fullmatch(r"-?\d{1,3}(\.\d*)?", header.get(key, "")):
            attrs[name] = float(header[key])
    if found := re.search(r"\bMSEC=(\d{1,6})\b", header.get("Exposure options", "")):
        attrs["exposure"] = int(found[1]) / 1000
    binned = re.search(r"\bXBIN=(\d) YBIN=(\d)\b", header.get("Exposure options", ""))
    if binned and re.fullmatch(r"\d(\.\d+)?", header.get("Pixel aspect ratio", "")):
        across, down = int(binned[1]), max(int(binned[2]), 1)
        attrs["pixel_aspect"] = float(header["Pixel aspect ratio"]) * across / down
    return attrs
