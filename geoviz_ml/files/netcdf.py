"""Datasets of xarray as netCDF-4 files: written whole, read within bounds."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ..errors import DataFileError, MissingDataError
from .whole import atomic_path


def save_nc(dataset, path: str | os.PathLike) -> Path:
    """Write an xarray Dataset as compressed netCDF-4, whole or not at all; return the path.

    Attributes that netCDF cannot hold (lists of gaps, say) are kept as JSON text.
    """
    dataset = dataset.copy()
    for part in (dataset, *dataset.variables.values()):
        part.attrs = {
            name: json.dumps(value) if isinstance(value, list | dict) else value
            for name, value in part.attrs.items()
        }
    encoding = {name: {"zlib": True, "complevel": 1} for name in dataset.data_vars}
    with atomic_path(path) as tmp:
        dataset.to_netcdf(tmp, engine="h5netcdf", encoding=encoding)
    return Path(path)


def open_nc(path: str | os.PathLike):
    """Read a netCDF file written by `save_nc` into memory, as an xarray Dataset.

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there, or is not a whole netCDF-4 file.
    """
    import xarray as xr

    if not Path(path).is_file():
        raise MissingDataError("there is no such file.", path)
    try:
        with xr.open_dataset(path, engine="h5netcdf") as dataset:
            return dataset.load()
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise DataFileError(
            f"not a whole netCDF-4 file ({error}).", path, "Delete it and make it again."
        ) from error
