"""CSES-01 (Zhangheng-1): VLF power spectra of the electric field detector, HDF5, level 2.

``CSES_01_EFD_3_L02_A1_<orbit><0|1>_<start>_<end>_000.h5`` is half an orbit: 0 descending, 1
ascending. Each row is a spectrum, 2.048 s apart.
"""

from __future__ import annotations

import re
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from ..errors import DataFileError
from ..files import AGAIN, open_hdf5

if TYPE_CHECKING:
    from ..files.hdf5 import Hdf5

MOST_ROWS = 2**17  # spectra; half an orbit has some 1000
LEVEL = "Is it EFD level 2, VLF (EFD_3)?"
SPECTRA = {"x": "A131_P", "y": "A132_P", "z": "A133_P"}
ALONG = {  # coordinate along the orbit: dataset, unit
    "latitude": ("GEO_LAT", "degree"),
    "longitude": ("GEO_LON", "degree"),
    "mag_latitude": ("MAG_LAT", "degree"),
    "mag_longitude": ("MAG_LON", "degree"),
    "altitude": ("ALTITUDE", "km"),
    "workmode": ("WORKMODE", "1 survey, 2 burst"),
}
NAME = re.compile(r"CSES_01_EFD_3_L\w\w_A1_(\d{5})([01])_(\d{8}_\d{6})_(\d{8}_\d{6})_\d{3}\.h5")


def read_cses(path: str | PathLike) -> xr.Dataset:
    """Read half an orbit.

    Parameters
    ----------
    path : path-like
        An HDF5 file with one or more of `A131_P`, `A132_P`, `A133_P` (n, m), and `FREQ` (m),
        `UTC_TIME`, `GEO_LAT`, `GEO_LON`, `MAG_LAT`, `MAG_LON`, `ALTITUDE`, `WORKMODE` (n, 1);
        others are not looked at.

    Returns
    -------
    Dataset
        `x`, `y`, `z` (time, frequency), float32: power spectral density, in the unit of the file
        where it tells; what is not positive and finite is NaN, counted in ``attrs["missing"]``.
        A component that the file lacks is left out and named in ``attrs["absent"]``.
        Coordinates: `time` (UT), `frequency` (Hz, from `FREQ`: sources disagree on 24.4 or 25 Hz
        steps, the file decides), and along time `latitude`, `longitude`, `mag_latitude`,
        `mag_longitude` (degrees), `altitude` (km), `workmode`. Attributes: `missing`, and where
        the file's name tells `orbit` and `direction` ("ascending" or "descending").

    Raises
    ------
    MissingDataError
        There is no such file.
    DataFileError
        It is no HDF5 file, is cut short, lacks a dataset or all components, or a dataset has
        another shape than the rest, claims more than the file can hold, or points into other
        files.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.readers import read_cses
    >>> from geoviz_ml.simulate import nucleus
    >>> folder = nucleus.make(tempfile.mkdtemp(), 1, coarse=16, p_gap=0.0)  # 16 times coarser
    >>> data = read_cses(next(folder.glob("spectra/*.h5")))
    >>> data.z.shape, round(float(data.frequency.diff("frequency")[0]))  # Hz from one to the next
    ((63, 64), 391)
    """
    path = Path(path)
    with open_hdf5(path) as found:
        time = _utc(_numbers(found, "UTC_TIME").ravel())
        frequency = _numbers(found, "FREQ").ravel().astype(float)
        shape = time.size, frequency.size
        present = {name: key for name, key in SPECTRA.items() if key in found.file} or SPECTRA
        spectra = {name: _numbers(found, key, shape) for name, key in present.items()}
        along = {
            name: ("time", _numbers(found, key, (time.size,)), {"units": unit})
            for name, (key, unit) in ALONG.items()
        }
        unit = found.file[present[max(present)]].attrs.get("units", "")
    if np.isnat(time).any() or not (np.diff(time) > np.timedelta64(0)).all():
        raise DataFileError("its times are no dates or do not increase.", path, AGAIN)
    if not np.isfinite(frequency).all() or not (np.diff(frequency) > 0).all():
        raise DataFileError("its frequencies do not increase.", path, AGAIN)
    latitude, longitude = along["latitude"][1], along["longitude"][1]
    if not ((np.abs(latitude) <= 90) & (np.abs(longitude) <= 360)).all():
        raise DataFileError("it leaves the Earth: latitude or longitude is out of range.", path)
    missing = 0
    for name, values in spectra.items():
        values = values.astype(np.float32)
        bad = ~(values > 0) | ~np.isfinite(values)
        values[bad] = np.nan
        missing += int(bad.sum())
        spectra[name] = (("time", "frequency"), values, {"units": _text(unit)})
    attrs: dict[str, int | str] = {"missing": missing}
    if absent := sorted(SPECTRA.keys() - spectra.keys()):
        attrs["absent"] = ", ".join(absent)
    if found := NAME.fullmatch(path.name):
        attrs["orbit"] = int(found[1])
        attrs["direction"] = "ascending" if found[2] == "1" else "descending"
    coords = {"time": time, "frequency": ("frequency", frequency, {"units": "Hz"})}
    return xr.Dataset(spectra, coords | along, attrs)


def _numbers(found: Hdf5, name: str, shape: tuple[int, ...] | None = None) -> np.ndarray:
    """A dataset of numbers, its shape checked before it is read; without `shape` one long row."""
    data = found.find(name, LEVEL)
    if not 1 <= data.ndim <= 2 or not data.size:
        problem = f"{name} holds {data.dtype} in {data.ndim} dimensions."
    elif shape is None and not max(data.shape) == data.size <= MOST_ROWS:
        problem = f"{name} has shape {data.shape}, which does not fit."
    elif shape is not None and data.shape not in (shape, (*shape, 1)[:2]):
        problem = f"{name} has shape {data.shape}, which does not fit."
    else:
        values = found.numbers(data)
        return values.ravel() if shape and len(shape) == 1 else values
    raise DataFileError(problem, found.path, AGAIN)


def _utc(stamp: np.ndarray) -> np.ndarray:
    """Times of integers YYYYMMDDHHMMSSmmm; NaT where there is no such time."""
    stamp = stamp.astype(np.int64)
    parts = []
    for base in (1000, 100, 100, 100, 100, 100):
        stamp, part = np.divmod(stamp, base)
        parts.append(part)
    milli, second, minute, hour, day, month = parts
    good = (stamp > 1970) & (stamp < 2200) & (month >= 1) & (month <= 12) & (day >= 1)
    good &= (hour < 24) & (minute < 60) & (second < 61)
    months = np.where(good, (stamp - 1970) * 12 + month - 1, 0).astype("datetime64[M]")
    date = months.astype("datetime64[D]") + (np.where(good, day, 1) - 1)
    good &= date.astype("datetime64[M]") == months
    milli = milli + 1000 * (second + 60 * (minute + 60 * hour))
    time = date.astype("datetime64[ns]") + np.where(good, milli, 0).astype("timedelta64[ms]")
    return np.where(good, time, np.datetime64("NaT", "ns"))


def _text(value) -> str:
    return value.decode("ascii", "replace") if isinstance(value, bytes) else str(value)
