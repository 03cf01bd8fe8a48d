"""Datasets of xarray as netCDF-4 files: written whole, read within bounds."""

from __future__ import annotations

import json
import os
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import DataFileError
from .hdf5 import Hdf5, open_hdf5
from .whole import atomic_path

if TYPE_CHECKING:
    import xarray as xr

AGAIN = "Delete it and make it again."
LONGEST_TEXT = 2**16  # bytes


def save_nc(dataset: xr.Dataset, path: str | os.PathLike) -> Path:
    """Write an xarray Dataset as compressed netCDF-4, whole or not at all; return the path.

    Attributes that netCDF cannot hold (lists of gaps, say) are kept as JSON text.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import xarray as xr
    >>> from geoviz_ml.files import open_nc, save_nc
    >>> path = save_nc(xr.Dataset({"b": ("time", [1.0, 2.0])}), Path(tempfile.mkdtemp()) / "b.nc")
    >>> open_nc(path).b.values.tolist()
    [1.0, 2.0]
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


def open_nc(path: str | os.PathLike) -> xr.Dataset:
    """Read a netCDF file written by `save_nc` into memory, as an xarray Dataset.

    The same checks hold as for any HDF5 file of a stranger, see `geoviz_ml.files.hdf5`: nothing is
    read from another file, and memory is bounded by the file's size.

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there, or is not a whole netCDF-4 file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import xarray as xr
    >>> from geoviz_ml.files import open_nc, save_nc
    >>> path = save_nc(xr.Dataset(attrs={"units": "nT"}), Path(tempfile.mkdtemp()) / "b.nc")
    >>> open_nc(path).attrs["units"]
    'nT'
    """
    import xarray as xr

    with open_hdf5(path, "netCDF-4 file", AGAIN) as found:
        for name in found.file:
            _check(found, name)
        with xr.open_dataset(BytesIO(found.raw), engine="h5netcdf") as dataset:
            return dataset.load()


def _check(found: Hdf5, name: str) -> None:
    """Numbers as they are, or scaled when read; texts."""
    data = found.find(name)
    kind, width = data.dtype.kind, data.dtype.itemsize
    if kind == "O":
        found.texts(data, LONGEST_TEXT)
    elif kind in "iufSb" and (width <= 8 or kind == "S"):
        grows = kind == "S" or {"scale_factor", "add_offset", "units"} & set(data.attrs)
        found.check(data, 8 if kind == "S" else 8 / width if grows else 1)
    else:
        raise DataFileError(f"{name} holds {data.dtype}, which is not read.", found.path, AGAIN)
