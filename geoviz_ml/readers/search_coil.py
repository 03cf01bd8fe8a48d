"""Search-coil magnetometers: hourly ASCII of an observatory, and the Sierra Nevada ELF station.

Two formats, told apart by the files' names:

* ``CH{1,2}_yyyy_mm_dd_hh.dat`` (Eskdalemuir; Marangio et al. 2020, section 2.1): an hour in UT,
  360 000 numbers in pT, one a line, 100 a second.
* ``smplGRTU1_sensor_{0,1}_YYMMDDhhmm`` (Sierra Nevada; Salinas et al. 2022): int16, little-endian,
  10 V for 2**15 counts; start, sampling period and number of samples are in ``..._info.txt``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from ..errors import DataFileError, MissingDataError, UsageError

HOUR = 360_000  # numbers in an observatory's file
LONGEST_LINE = 40  # bytes; a file with longer lines on average is not even opened
LONGEST_FILE = 86_400 * 10**9  # ns; nor is a binary file that claims more than a day
MOST_SAMPLES = 10**8  # of one call: 11 days at 100 Hz, 1.2 GB with the time coordinate
LARGEST = float(np.finfo(np.float32).max)
JOIN = 10**9  # ns; files that follow each other within a second are one record

OBSERVATORY = re.compile(r"CH([12])_(\d{4}_\d\d_\d\d_\d\d)\.dat")
SIERRA = re.compile(r"smpl\w*_sensor_([01])_(\d{10})")


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
        return self.start + self.count * self.period


@dataclass
class Grid:
    """Even sampling: index 0 lies at `origin`; the result holds `begin` to `stop`."""

    origin: int
    period: int
    begin: int
    stop: int

    def time(self, index: int) -> int:
        return self.origin + index * self.period

    def ceil(self, time: int) -> int:
        return -((self.origin - time) // self.period)


def read_search_coil(
    path: str | PathLike | list[Path],
    start: np.datetime64 | str | None = None,
    end: np.datetime64 | str | None = None,
    channel: int = 1,
    on_error: str = "raise",
) -> xr.DataArray:
    """Read a folder of search-coil files, or one file, as one even time series.

    Parameters
    ----------
    path : path-like or list of path-like
        A folder with files of one of the two formats, one such file, or several.
    start, end : datetime-like, optional
        UT; `end` is not included. Default: the first and last sample of the folder.
    channel : {1, 2}
        First or second coil (``CH1``, ``CH2``; ``sensor_0``, ``sensor_1``). A single file is read
        whatever its channel.
    on_error : {"raise", "gap"}
        A file that cannot be trusted stops the reading, or becomes a stated gap.

    Returns
    -------
    DataArray (time), float32
        In pT (observatory) or V (Sierra Nevada: see `sierra_nevada_response`). What is missing is
        NaN, never zero, and stands in ``attrs["gaps"]``, a list of ``{"start", "end", "reason"}``;
        an interval without any file is one gap from `start` to `end`. Other attributes: `units`,
        `station`, `channel`, `sampling_rate` (Hz) and `time_rounding` (s): files that follow each
        other within a second are joined end to end, and this is the largest distance between a
        file's stated start and its place on the even grid.

    Raises
    ------
    MissingDataError
        There is no such folder or file, or no file of that channel in it.
    DataFileError
        A file within the interval is cut short, too long, corrupt, without its description or
        overlaps another, and `on_error` is "raise".
    UsageError
        The arguments make no sense together, or ask for more than one call may hold in memory.
    """
    if channel not in (1, 2):
        raise UsageError(f"channel is 1 or 2, not {channel!r}.")
    if on_error not in ("raise", "gap"):
        raise UsageError(f"on_error is 'raise' or 'gap', not {on_error!r}.")
    pieces, observatory, channel = _find(path, channel)
    period = next((p.period for p in pieces if p.problem is None), pieces[0].period)
    first = pieces[0].start if start is None else _nanoseconds(start)
    last = max(p.stop for p in pieces) if end is None else _nanoseconds(end)
    if last - first < period:
        raise UsageError(
            f"there is not a sample between start {_text(first)} and end {_text(last)}.",
            path,
            "Where start or end is not given, it is that of the data.",
        )
    pieces = [p for p in pieces if p.start < last and p.stop > first]

    # Sample 0 of the grid is the first sample of the first file within the interval.
    grid = Grid(pieces[0].start if pieces else first, period, 0, 0)
    places = _places(pieces, grid)
    grid.begin = 0 if start is None else grid.ceil(first)
    ends = [at + p.count for at, p in zip(places, pieces, strict=True)]
    grid.stop = max(ends) if end is None else grid.ceil(last)
    if grid.stop - grid.begin > MOST_SAMPLES:
        raise UsageError(
            f"{grid.stop - grid.begin:,} samples are more than one call may hold "
            f"({MOST_SAMPLES:,}).",
            path,
            "Give start and end, and read a few days at a time.",
        )
    values, gaps = _fill(grid, pieces, places, observatory, on_error)
    time = np.arange(grid.begin, grid.stop, dtype=np.int64)
    time *= period
    time += grid.origin
    rounding = [
        abs(grid.time(at) - p.start) for p, at in zip(pieces, places, strict=True) if not p.problem
    ]
    return xr.DataArray(
        values,
        {"time": time.view("datetime64[ns]")},
        ("time",),
        "search_coil",
        {
            "units": "pT" if observatory else "V",
            "sampling_rate": 1e9 / period,
            "station": "not stated in the files" if observatory else "Sierra Nevada",
            "channel": channel,
            "time_rounding": max(rounding, default=0) / 1e9,
            "gaps": gaps,
        },
    )


def sierra_nevada_response(frequency: np.ndarray) -> np.ndarray:
    """Volts per pT of the Sierra Nevada coils: divide an amplitude in V by it.

    The coil is a resonant circuit (298 kH, 320 kOhm, 77.75 pF: resonance at 33 Hz) with an emf of
    1.9 uV/(pT Hz), amplified 2500 times. The station's authors use it from 6 to 25 Hz; below, it
    is proportional to frequency and not checked.

    Parameters
    ----------
    frequency : ndarray, Hz

    Returns
    -------
    ndarray, V/pT

    Notes
    -----
    Source: calibration constants published with Salinas et al. 2022, Schumann resonance data
    processing programs and four-year measurements from Sierra Nevada ELF station, Computers &
    Geosciences 165, doi:10.1016/j.cageo.2022.105148.
    """
    inductance, resistance, capacity = 298e3, 320e3, 77.75e-12  # H, ohm, F
    f = np.asarray(frequency, float)
    ratio = f * 2 * np.pi * np.sqrt(inductance * capacity)
    damping = resistance * np.sqrt(capacity / inductance)
    return 2500 * 1.9e6 * 1e-12 * f / np.hypot(1 - ratio**2, damping * ratio)


def _find(given: str | PathLike | list[Path], channel: int) -> tuple[list[Piece], bool, int]:
    """Files of one channel in order of time, whether they are an observatory's, and the channel."""
    several = isinstance(given, list | tuple)
    path = Path(given[0]).parent if several else Path(given)
    alone = not several and path.is_file()
    if not path.exists():
        raise MissingDataError("there is no such file or folder.", path)
    files = [*map(Path, given)] if several else [path] if alone else sorted(path.iterdir())
    ascii_files = [(p, m) for p in files if (m := OBSERVATORY.fullmatch(p.name))]
    binary_files = [(p, m) for p in files if (m := SIERRA.fullmatch(p.name))]
    if ascii_files and binary_files:
        raise DataFileError("holds files of two formats.", path, "Keep them in two folders.")
    found = ascii_files or binary_files
    offset = 0 if ascii_files else 1  # sensor_0 is channel 1
    if alone and found:
        channel = int(found[0][1][1]) + offset
    wanted = [(p, m) for p, m in found if int(m[1]) + offset == channel]
    if not wanted:
        what = f"no file of channel {channel}, only of the other." if found else "no such data."
        error = DataFileError if alone else MissingDataError
        raise error(
            f"{what} Search-coil files are called CH1_yyyy_mm_dd_hh.dat or "
            "smplGRTU1_sensor_0_YYMMDDhhmm.",
            path,
            "Give the folder that holds them, not the one above.",
        )
    describe = _describe_observatory if ascii_files else _describe_sierra
    pieces = [describe(p, m[2]) for p, m in wanted]
    return sorted(pieces, key=lambda p: p.start), bool(ascii_files), channel


def _describe_observatory(path: Path, stamp: str) -> Piece:
    return Piece(path, _stamp(path, stamp, "%Y_%m_%d_%H"), 10**7, HOUR)


def _describe_sierra(path: Path, stamp: str) -> Piece:
    """Start, period and length from the description beside the file, or the problem with it."""
    piece = Piece(path, _stamp(path, stamp, "%y%m%d%H%M"), 3_906_000, 921_600)
    info = path.with_name(path.name + "_info.txt")
    try:
        with info.open(errors="replace") as file:
            lines = file.read(4096).splitlines()
        entry = dict(line.partition(": ")[::2] for line in lines)
        begin = datetime.strptime(entry["1st sample timestamp"].strip(), "%d-%m-%Y %H:%M:%S.%f UTC")
        period = round(float(entry["sampling period (usec)"]) * 1000)
        count = int(entry["number of samples"])
        if period <= 0 or count <= 0 or period * count > LONGEST_FILE:
            raise ValueError(f"{count} samples, {period} ns apart")
        return Piece(path, _nanoseconds(begin), period, count)
    except FileNotFoundError:
        what = "its description is missing."
    except KeyError as error:
        what = f"its description has no {error}."
    except (ValueError, OverflowError) as error:
        what = f"its description makes no sense ({error})."
    piece.problem = DataFileError(
        what, path, f"Get {info.name} again from where the data are from."
    )
    return piece


def _stamp(path: Path, text: str, form: str) -> int:
    try:
        return _nanoseconds(datetime.strptime(text, form))
    except ValueError:
        raise DataFileError(
            f"the name holds no date ({text}).", path, "Rename or remove it."
        ) from None


def _nanoseconds(moment: object) -> int:
    """Nanoseconds since 1970, UT."""
    try:
        stamp = pd.Timestamp(moment)
        if pd.isna(stamp):
            raise ValueError("not a time")
        stamp = stamp.tz_convert(None) if stamp.tz else stamp
        return int(stamp.as_unit("ns").value)
    except (ValueError, TypeError, OverflowError):
        raise UsageError(f"{moment!r} is not a time.", advice="Try '2015-03-01T18:00'.") from None


def _text(time: int) -> str:
    return str(np.datetime64(time, "ns"))


def _places(pieces: list[Piece], grid: Grid) -> list[int]:
    """Index of each file's first sample: joined to the file before, else by its stated start."""
    places: list[int] = []
    for i, piece in enumerate(pieces):
        before = pieces[i - 1]
        joined = i > 0 and piece.period == before.period and abs(piece.start - before.stop) <= JOIN
        by_start = round((piece.start - grid.origin) / grid.period)
        places.append(places[-1] + before.count if joined else by_start)
    return places


def _fill(
    grid: Grid, pieces: list[Piece], places: list[int], observatory: bool, on_error: str
) -> tuple[np.ndarray, list[dict[str, str]]]:
    """Samples of the grid, and the gaps in them with their reasons."""
    values = np.full(grid.stop - grid.begin, np.nan, np.float32)
    gaps: list[dict[str, str]] = []

    def state_gap(low: int, high: int, reason: str) -> None:
        if low < high:
            start, end = _text(grid.time(low)), _text(grid.time(high))
            gaps.append({"start": start, "end": end, "reason": reason})

    told = filled = grid.begin  # what lies before is filled or a stated gap; is filled
    for piece, at in zip(pieces, places, strict=True):
        low, high = max(at, grid.begin), min(at + piece.count, grid.stop)
        if low >= high:
            continue
        state_gap(told, low, "no file")
        try:
            if not piece.problem:
                piece.problem = _misfit(piece, grid, overlaps=low < filled)
            content = _read(piece, observatory)
            values[low - grid.begin : high - grid.begin] = content[low - at : high - at]
            filled = high
        except DataFileError as error:
            if on_error == "raise":
                raise
            piece.problem = error
            state_gap(max(low, told), high, f"{piece.path.name}: {error.problem}")
        told = max(told, high)
    state_gap(told, grid.stop, "no file")
    return values, gaps


def _misfit(piece: Piece, grid: Grid, overlaps: bool) -> DataFileError | None:
    if piece.period != grid.period:
        return DataFileError(
            f"has a sample every {piece.period / 1000:g} us, other files here every "
            f"{grid.period / 1000:g} us.",
            piece.path,
            "Keep the two records in two folders.",
        )
    if overlaps:
        return DataFileError("overlaps the file before it.", piece.path, "Keep one of the two.")
    return None


def _read(piece: Piece, observatory: bool) -> np.ndarray:
    """All samples of a file (float32, in pT or V), or a DataFileError that says why not."""
    if piece.problem:
        raise piece.problem
    return _read_ascii(piece.path) if observatory else _read_int16(piece)


def _read_ascii(path: Path) -> np.ndarray:
    again = "Get the file again, or use on_error='gap'."
    size = path.stat().st_size
    if size > HOUR * LONGEST_LINE:
        raise DataFileError(
            f"has {size:,} bytes; an hour of {HOUR:,} numbers, one a line, has less than "
            f"{HOUR * LONGEST_LINE:,}.",
            path,
            again,
        )
    raw = path.read_bytes()
    try:
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
    for number, line in enumerate(raw.split(b"\n"), 1):
        try:
            bad = bool(line.strip()) and not abs(float(line)) <= LARGEST
        except ValueError:
            bad = True
        if bad:
            return f"line {number} is {line[:30].decode('ascii', 'backslashreplace')!r}"
    return "the text cannot be read"


def _read_int16(piece: Piece) -> np.ndarray:
    size = piece.path.stat().st_size
    if size != 2 * piece.count:
        raise DataFileError(
            f"holds {size // 2:,} values{' and a half' if size % 2 else ''}, "
            f"expected {piece.count:,}.",
            piece.path,
            "Get the file and its description again, or use on_error='gap'.",
        )
    counts = np.fromfile(piece.path, "<i2")
    return counts.astype(np.float32) * np.float32(10 / 2**15)  # cast first: int16 * 10 overflows
