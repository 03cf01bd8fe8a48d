"""The files of a search coil: which there are, what each claims, and what is in it.

Two formats, told apart by the files' names: see `read_search_coil`.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import DataFileError, GeovizError, MissingDataError, UsageError
from ..files import listing, read_bounded
from ..files.text import text_of

HOUR = 360_000  # numbers in an observatory's file
LONGEST_LINE = 40  # bytes; a file with longer lines on average is not even opened
LONGEST_NOTE = 2**16  # bytes of a description; real ones have 186
LONGEST_RAW = 2**26  # bytes of a binary file; real ones have 1.8 MB
LONGEST_FILE = 86_400 * 10**9  # ns; nor is a binary file that claims more than a day
LARGEST = float(np.finfo(np.float32).max)

OBSERVATORY = re.compile(r"CH([12])_(\d{4}_\d\d_\d\d_\d\d)\.dat")
SIERRA = re.compile(r"smpl\w*_sensor_([01])_(\d{10})")


@dataclass(frozen=True)
class Named:
    """What a file's name tells; `start` in ns since 1970, None if it holds no date."""

    path: Path
    observatory: bool
    channel: int
    start: int | None


@dataclass
class Piece:
    """What a file claims: its place in time (ns since 1970), its length, or why it cannot say."""

    path: Path
    start: int
    period: int
    count: int
    problem: DataFileError | None = None

    @property
    def stop(self) -> int:
        """When the sample after the last would be taken, ns since 1970, UT."""
        return self.start + self.count * self.period


def named(path: Path) -> Named | None:
    """What the name of a search coil's file tells; None if it is no such file's."""
    if found := OBSERVATORY.fullmatch(path.name):
        observatory, first, form = True, 0, "%Y_%m_%d_%H"
    elif found := SIERRA.fullmatch(path.name):
        observatory, first, form = False, 1, "%y%m%d%H%M"  # sensor_0 is channel 1
    else:
        return None
    try:
        start = nanoseconds(datetime.strptime(found[2], form))
    except ValueError:
        start = None
    return Named(path, observatory, int(found[1]) + first, start)


def find_pieces(given: str | PathLike | list[Path], channel: int) -> tuple[list[Piece], bool, int]:
    """Files of one channel in order of time, whether they are an observatory's, and the channel.

    Parameters
    ----------
    given : path-like or list of path-like
        A folder, a file, or several files.
    channel : {1, 2}
        A single file is taken whatever its channel.

    Raises
    ------
    MissingDataError, DataFileError
        There is nothing, no file of that channel, or files of both formats.
    """
    several = isinstance(given, list | tuple)
    path = Path(given[0] if given else "").parent if several else Path(given)
    if not os.path.exists(path):
        raise MissingDataError("there is no such file or folder.", path)
    if several:
        files = [*map(Path, given)]
    else:
        files = listing(path) if os.path.isdir(path) else [path]
    alone = files == [path]
    found = [told for file in files if (told := named(file))]
    if len({told.observatory for told in found}) > 1:
        raise DataFileError("holds files of two formats.", path, "Keep them in two folders.")
    if alone and found:
        channel = found[0].channel
    wanted = [told for told in found if told.channel == channel]
    if not wanted:
        what = f"no file of channel {channel}, only of the other." if found else "no such data."
        error = DataFileError if alone else MissingDataError
        raise error(
            f"{what} Search-coil files are called CH1_yyyy_mm_dd_hh.dat or "
            "smplGRTU1_sensor_0_YYMMDDhhmm.",
            path,
            "Give the folder that holds them, not the one above.",
        )
    pieces = [_describe(told) for told in wanted]
    return sorted(pieces, key=lambda p: p.start), wanted[0].observatory, channel


def _describe(told: Named) -> Piece:
    """Start, period and length: of a binary file from the description beside it, or its problem."""
    path = told.path
    if told.start is None:
        raise DataFileError("its name holds no date.", path, "Rename or remove it.")
    if told.observatory:
        return Piece(path, told.start, 10**7, HOUR)
    piece = Piece(path, told.start, 3_906_000, 921_600)
    info = path.with_name(path.name + "_info.txt")
    try:
        lines = text_of(read_bounded(info, LONGEST_NOTE), info).splitlines()
        entry = dict(line.partition(": ")[::2] for line in lines)
        begin = datetime.strptime(entry["1st sample timestamp"].strip(), "%d-%m-%Y %H:%M:%S.%f UTC")
        period = round(float(entry["sampling period (usec)"]) * 1000)
        count = int(entry["number of samples"])
        if period <= 0 or count <= 0 or period * count > LONGEST_FILE:
            raise ValueError(f"{count} samples, {period} ns apart")
        return Piece(path, nanoseconds(begin), period, count)
    except MissingDataError:
        what = "its description is missing."
    except GeovizError as error:
        what = f"its description cannot be read ({error.problem})."
    except KeyError as error:
        what = f"its description has no {error}."
    except (ValueError, OverflowError) as error:
        what = f"its description makes no sense ({error})."
    piece.problem = DataFileError(
        what, path, f"Get {info.name} again from where the data are from."
    )
    return piece


def nanoseconds(moment: object) -> int:
    """Nanoseconds since 1970, UT.

    Raises
    ------
    UsageError
        It is no time.
    """
    try:
        stamp = pd.Timestamp(moment)
        if pd.isna(stamp):
            raise ValueError("not a time")
        stamp = stamp.tz_convert(None) if stamp.tz else stamp
        return int(stamp.as_unit("ns").value)
    except (ValueError, TypeError, OverflowError):
        raise UsageError(f"{moment!r} is not a time.", advice="Try '2015-03-01T18:00'.") from None


def read_piece(piece: Piece, observatory: bool) -> np.ndarray:
    """All samples of a file, float32 (n,), in pT (an observatory's) or V.

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there, or cannot be trusted.
    """
    if piece.problem:
        raise piece.problem
    return _read_ascii(piece.path) if observatory else _read_int16(piece)


def _read_ascii(path: Path) -> np.ndarray:
    again = "Get the file again, or use on_error='gap'."
    raw = read_bounded(path, HOUR * LONGEST_LINE)
    try:
        if b"," in raw:  # a line of millions of columns would take minutes
            raise ValueError("commas")
        with np.errstate(over="ignore"):  # 1e99 becomes infinite, which is then refused
            table = pd.read_csv(BytesIO(raw), header=None, dtype=np.float32, na_filter=False)
        values = table.to_numpy()
        numeric = values.shape[1] == 1 and np.isfinite(values).all()
    except pd.errors.EmptyDataError:
        values, numeric = np.empty((0, 1)), True
    except (ValueError, OverflowError):  # a word, a binary file, two numbers a line
        numeric = False
    if not numeric:
        raise DataFileError(f"is not one number a line: {_first_bad_line(raw)}.", path, again)
    if len(values) != HOUR:
        raise DataFileError(f"holds {len(values):,} values, expected {HOUR:,}.", path, again)
    return values[:, 0]


def _first_bad_line(raw: bytes) -> str:
    for number, line in enumerate(BytesIO(raw), 1):
        try:
            bad = bool(line.strip()) and not abs(float(line)) <= LARGEST
        except ValueError:
            bad = True
        if number > HOUR:
            return f"it has more than {HOUR:,} lines"
        if bad:
            return f"line {number} is {line.rstrip()[:30].decode('ascii', 'backslashreplace')!r}"
    return "the text cannot be read"


def _read_int16(piece: Piece) -> np.ndarray:
    raw = read_bounded(piece.path, max(LONGEST_RAW, 2 * piece.count))
    size = len(raw)
    if size != 2 * piece.count:
        raise DataFileError(
            f"holds {size // 2:,} values{' and a half' if size % 2 else ''}, "
            f"expected {piece.count:,}.",
            piece.path,
            "Get the file and its description again, or use on_error='gap'.",
        )
    counts = np.frombuffer(raw, "<i2")
    return counts.astype(np.float32) * np.float32(10 / 2**15)  # cast first: int16 * 10 overflows
