"""Hourly files of an observatory's search coil, as the reader of real files expects them."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import numpy as np

from ..errors import UsageError
from ..files import atomic_path

SAMPLES_PER_HOUR = 360_000  # at 100 Hz


def write_search_coil_hour(
    folder: str | PathLike, start: np.datetime64 | str, values: np.ndarray, channel: int = 1
) -> Path:
    """Write one hour of samples as ``CH<channel>_yyyy_mm_dd_hh.dat``: one number a line.

    Parameters
    ----------
    folder : path-like
        Made if it is not there.
    start : numpy.datetime64 or str
        The full hour in UT at which the file begins.
    values : ndarray (360000,), pT
        100 samples a second. Five decimals are kept: `read_search_coil` gives a float32 array back
        to within 1e-5 pT.
    channel : {1, 2}

    Returns
    -------
    pathlib.Path
        The file written, whole or not at all; the same values give the same bytes.

    Raises
    ------
    UsageError
        `start` is not a full hour, `channel` is not 1 or 2, there are not 360 000 values, or one
        is not finite (a gap is a missing file, never a number).
    """
    hour = np.datetime64(start, "h")
    values = np.asarray(values)
    if hour != np.datetime64(start):
        raise UsageError(f"a file starts at a full hour, not at {start}.")
    if channel not in (1, 2):
        raise UsageError(f"channel is 1 or 2, not {channel!r}.")
    if values.shape != (SAMPLES_PER_HOUR,):
        raise UsageError(f"an hour has shape ({SAMPLES_PER_HOUR},), not {values.shape}.")
    if not np.isfinite(values).all():
        raise UsageError(
            "some values are not finite.", advice="Leave the whole hour's file out to state a gap."
        )
    path = Path(folder) / hour.item().strftime(f"CH{channel}_%Y_%m_%d_%H.dat")
    with atomic_path(path) as tmp:
        tmp.write_bytes((b"%.5f\n" * values.size) % tuple(values.tolist()))
    return path
