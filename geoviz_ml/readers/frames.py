"""Frames of an all-sky camera, from one file or many, as one array in order of time.

Pieces are joined by the rule of the caller; for the formats, THEMIS and others, see the readers.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import numpy as np
import xarray as xr

from ..errors import DataFileError, MissingDataError, UsageError
from ..files import listing, memory_cap

MOST_BYTES = 2 * 2**30  # of one call: 13 hours of one THEMIS imager
NORTH_UP = "row 0 is north (magnetic, roughly), column 0 is east: the sky seen from below"
UNKNOWN = "not known: the files do not tell"


@dataclass
class Piece:
    """What one file holds.

    Attributes
    ----------
    values : ndarray (n, y, x)
    time : ndarray (n,) of datetime64[ns]
        Not a time where the file does not tell.
    camera : str
        Site and imager: those of all files of a call must be one.
    size : int
        Bytes of the file.
    attrs : dict
        Of the result, if this is the first file.
    """

    values: np.ndarray
    time: np.ndarray
    camera: str
    size: int
    attrs: dict = field(default_factory=dict)


def frame_files(path: str | PathLike, patterns: Sequence[str]) -> list[Path]:
    """The file itself, or those of a folder and the folders in it whose names fit.

    Raises
    ------
    MissingDataError, DataFileError
        The folder holds none, or may not be read.
    """
    if not os.path.isdir(path):
        return [Path(path)]
    files = listing(path, patterns, deep=True)
    if not files:
        raise MissingDataError(f"holds no {' or '.join(patterns)}.", path)
    return files


def join_frames(
    path: str | PathLike,
    patterns: Sequence[str],
    read: Callable[[Path], Piece],
    on_error: str,
) -> xr.DataArray:
    """Read a file, or those of a folder in the order of their names, and join their frames.

    A file with the same times and frames as the one before it is left out: it is there twice.

    Parameters
    ----------
    path, patterns
        As of `frame_files`.
    read : callable
        Path -> `Piece`.
    on_error : {"raise", "gap"}
        A file that cannot be trusted stops the reading, or is left out and named in
        ``attrs["problems"]``.

    Returns
    -------
    DataArray (time, y, x)
        With the first file's attributes, and `gaps` and `problems` as of `read_themis`.

    Raises
    ------
    MissingDataError, DataFileError
        As `read` does; pictures of two sizes or cameras, or not in order of time; with
        ``on_error="gap"``, if no file can be read.
    UsageError
        `on_error` is something else, or the frames are more than one call may hold in memory:
        2 GiB, and a third of `memory_cap` for all files together, as joining takes them twice.
    """
    if on_error not in ("raise", "gap"):
        raise UsageError(f"on_error is 'raise' or 'gap', not {on_error!r}.")
    pieces: list[Piece] = []
    problems: list[dict[str, str]] = []
    first_error: DataFileError | None = None
    held = size = 0
    for file in frame_files(path, patterns):
        try:
            piece = read(file)
            if pieces and _same(piece, pieces[-1]):
                continue
            if pieces:
                _check(piece, pieces[-1], file)
        except DataFileError as error:
            if on_error == "raise":
                raise
            first_error = first_error or error
            problems.append({"file": file.name, "reason": error.problem})
            continue
        pieces.append(piece)
        held, size = held + piece.values.nbytes, size + piece.size
        if held > min(MOST_BYTES, memory_cap(size) // 3):
            raise UsageError(
                f"holds more than one call may hold in memory ({held:,} bytes).",
                path,
                "Give an hour's folder at a time.",
            )
    if not pieces:
        raise first_error
    stacks = [piece.values for piece in pieces]
    time = np.concatenate([piece.time for piece in pieces])
    return xr.DataArray(
        np.concatenate(stacks) if len(stacks) > 1 else stacks[0],
        {"time": time},
        ("time", "y", "x"),
        "all_sky",
        {**pieces[0].attrs, "gaps": gaps(time), "problems": problems},
    )


def _same(one: Piece, other: Piece) -> bool:
    return np.array_equal(one.time, other.time) and np.array_equal(one.values, other.values)


def _check(piece: Piece, before: Piece, file: Path) -> None:
    if piece.values.shape[1:] != before.values.shape[1:]:
        raise DataFileError("its pictures have another size.", file)
    if piece.camera != before.camera:
        raise DataFileError(
            f"is of {piece.camera}, files before it of {before.camera}.",
            file,
            "Give the folder of one imager.",
        )
    if piece.time[0] <= before.time[-1]:  # False where one is not a time
        raise DataFileError("begins before the file before it ends.", file)


def gaps(time: np.ndarray) -> list[dict[str, str]]:
    """Times of frames between which at least one is missing: `start` and `end` of each gap, UT.

    `time` is datetime64 (n,). A gap is a step longer than 1.5 times the median one.
    """
    step = np.diff(time)
    if not len(step) or np.isnat(step).any():
        return []
    late = np.flatnonzero(step > 1.5 * np.median(step))
    return [{"start": str(time[i]), "end": str(time[i + 1])} for i in late]
