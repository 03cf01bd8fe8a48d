"""Search-coil magnetometers: hourly ASCII of an observatory, and the Sierra Nevada ELF station.

Two formats, told apart by the files' names:

* ``CH{1,2}_yyyy_mm_dd_hh.dat`` (Eskdalemuir; so the archive names its files): an hour in UT,
  360 000 numbers in pT, one a line, 100 a second.
* ``smplGRTU1_sensor_{0,1}_YYMMDDhhmm`` (Sierra Nevada; Salinas et al. 2022): int16, little-endian,
  10 V for 2**15 counts; start, sampling period and number of samples are in ``..._info.txt``.
"""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
import xarray as xr

from ..errors import DataFileError, UsageError
from ..files import memory_cap, size_of
from .search_coil_files import Piece, find_pieces, nanoseconds, read_piece

MOST_SAMPLES = 10**8  # of one call: 11 days at 100 Hz, 1.2 GB with the time coordinate
COST = 12  # bytes of memory a sample, with its time
JOIN = 10**9  # ns; files that follow each other within a second are one record


@dataclass
class Grid:
    """Even sampling: index 0 lies at `origin`; the result holds `begin` to `stop`."""

    origin: int
    period: int
    begin: int
    stop: int

    def time(self, index: int) -> int:
        """When a sample was taken, ns since 1970, UT."""
        return self.origin + index * self.period

    def ceil(self, time: int) -> int:
        """The number of the first sample at or after a time (ns since 1970, UT)."""
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

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from geoviz_ml.readers import read_search_coil
    >>> from geoviz_ml.simulate.writers_search_coil import write_search_coil_hour
    >>> path = write_search_coil_hour(tempfile.mkdtemp(), "2013-01-05T23", np.zeros(360_000))
    >>> data = read_search_coil(path.parent, "2013-01-05T22", "2013-01-06T00")
    >>> data.attrs["sampling_rate"], data.sizes["time"]  # Hz, two hours
    (100.0, 720000)
    >>> round(float(data.isnull().mean()), 2), len(data.attrs["gaps"])  # one hour is not there
    (0.5, 1)
    """
    if channel not in (1, 2):
        raise UsageError(f"channel is 1 or 2, not {channel!r}.")
    if on_error not in ("raise", "gap"):
        raise UsageError(f"on_error is 'raise' or 'gap', not {on_error!r}.")
    pieces, observatory, channel = find_pieces(path, channel)
    period = next((p.period for p in pieces if p.problem is None), pieces[0].period)
    first = pieces[0].start if start is None else nanoseconds(start)
    last = max(p.stop for p in pieces) if end is None else nanoseconds(end)
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
    most = MOST_SAMPLES
    if start is None or end is None:  # then files' names alone could ask for any memory
        most = min(most, memory_cap(sum(size_of(p.path) for p in pieces)) // COST)
    if grid.stop - grid.begin > most:
        raise UsageError(
            f"{grid.stop - grid.begin:,} samples are more than one call may hold ({most:,}).",
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
    frequency : ndarray of any shape, Hz

    Returns
    -------
    ndarray of its shape, V/pT

    Notes
    -----
    Source: calibration constants published with Salinas et al. 2022, Schumann resonance data
    processing programs and four-year measurements from Sierra Nevada ELF station, Computers &
    Geosciences 165, doi:10.1016/j.cageo.2022.105148.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.readers import sierra_nevada_response
    >>> frequency = np.arange(6, 50.5, 0.5)
    >>> response = sierra_nevada_response(frequency)
    >>> float(frequency[response.argmax()])  # Hz: the coil's resonance
    33.0
    >>> round(float(response[12] / response[0]), 1)  # at 12 Hz over that at 6
    2.2
    """
    inductance, resistance, capacity = 298e3, 320e3, 77.75e-12  # H, ohm, F
    f = np.asarray(frequency, float)
    ratio = f * 2 * np.pi * np.sqrt(inductance * capacity)
    damping = resistance * np.sqrt(capacity / inductance)
    return 2500 * 1.9e6 * 1e-12 * f / np.hypot(1 - ratio**2, damping * ratio)


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
            content = read_piece(piece, observatory)
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
