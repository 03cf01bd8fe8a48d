"""THEMIS mosaics: all cameras of an instant on one map (HDF5 of the University of Calgary)."""

from __future__ import annotations

from os import PathLike
from pathlib import Path

import numpy as np
import xarray as xr

from ..errors import DataFileError, UsageError
from ..files import read_bounded
from .untrusted import AGAIN, untrusted

LONGEST_FILE = 256 * 2**20  # bytes; a minute has 1.8 MB
MOST_BYTES = 512 * 2**20  # of the grid as it claims to be; a minute has 42 MB
MOST_CHUNK = 128 * 2**20
TOLD = {"cell": "degrees_per_grid_cell", "altitude": "altitude_km", "fill": "fill_value"}
TOLD |= {"min_elevation": "min_elevation_angle_deg"}


def read_mosaic(path: str | PathLike) -> xr.DataArray:
    """Read one mosaic, a minute of frames.

    Parameters
    ----------
    path : path-like
        Such as ``20230324_0600_110km_MOSv001_grid_themis-asi.h5``.

    Returns
    -------
    DataArray (time, y, x), float32, counts above the frames' corners
        NaN where no camera sees. Row 0 is north, column 0 is west, as on a map; the last cell of
        row 0 collects what fell off the map. Coordinates: `time` (UT), and the geographic
        `latitude` of each row and `longitude` of each column, degrees, of the middle of a cell.
        Attributes: `units`, `cell` and `min_elevation` (degrees), `altitude` (km, at which the
        light is placed).

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there, is no whole HDF5 file, holds no such grid or claims more than 512 MB.
    """
    import h5py

    path = Path(path)
    read_bounded(path, LONGEST_FILE)
    with untrusted(path, "HDF5 file of a mosaic"), h5py.File(path, "r") as file:
        about = file["metadata/file"].attrs
        told = {name: float(about[key]) for name, key in TOLD.items()}
        grid, times = (_own_dataset(file, name, path) for name in ("data/grid", "data/timestamp"))
        size, chunk = (4 * int(np.prod(n or (0,), dtype=float)) for n in (grid.shape, grid.chunks))
        if grid.ndim != 3 or grid.dtype != np.float32 or size > MOST_BYTES or chunk > MOST_CHUNK:
            raise DataFileError(f"its grid is {grid.dtype} {grid.shape}.", path, AGAIN)
        if times.shape != grid.shape[2:]:
            raise DataFileError(f"has {times.shape} times for {grid.shape[2]} frames.", path, AGAIN)
        stamps = [text.decode("ascii").removesuffix(" UTC") for text in times[()]]
        values, time = np.moveaxis(grid[()], 2, 0), np.array(stamps, "datetime64[ns]")
    rows, columns = values.shape[1:]
    cell, fill = told["cell"], np.float32(told.pop("fill"))
    if not np.allclose([180 / rows, 360 / columns], cell):
        raise DataFileError(f"{rows} x {columns} cells of {cell} degrees: no globe.", path, AGAIN)
    north, east = 90 - cell * (np.arange(rows) + 0.5), cell * (np.arange(columns) + 0.5) - 180
    return xr.DataArray(
        np.where(values == fill, np.float32(np.nan), values),
        {
            "time": time,
            "latitude": ("y", north, {"units": "degree"}),
            "longitude": ("x", east, {"units": "degree"}),
        },
        ("time", "y", "x"),
        "mosaic",
        {"units": "counts", **told},
    )


def _own_dataset(file, name: str, path: Path):
    """A dataset of the file itself: no link to another one."""
    import h5py

    link = file.get(name, getlink=True)
    data = file[name] if isinstance(link, h5py.HardLink) else None
    if not isinstance(data, h5py.Dataset) or data.is_virtual or data.external:
        raise DataFileError(f"has no dataset {name} of its own.", path, "Is it a mosaic's grid?")
    return data


def mosaic_skymap(frames: xr.DataArray) -> xr.Dataset:
    """Where the cells of a mosaic, or of a part of it, are: what `read_skymap` tells of a camera.

    Parameters
    ----------
    frames : DataArray (time, y, x)
        From `read_mosaic`, perhaps cut by ``isel``.

    Returns
    -------
    Dataset
        `elevation` (y, x), 90 degrees where something is seen in any frame and NaN elsewhere (the
        true one is not told), and `latitude` and `longitude` of the corners (altitude, y_corner,
        x_corner), degrees. `site_latitude` and `site_longitude` are the middle of the map.

    Raises
    ------
    UsageError
        `frames` is no mosaic.
    """
    if not {"latitude", "longitude"} <= set(frames.coords) or "cell" not in frames.attrs:
        raise UsageError("these frames are no mosaic.", advice="Use the array of read_mosaic.")
    half = frames.attrs["cell"] / 2
    north, east = frames.latitude.values, frames.longitude.values
    latitude = np.append(north + half, north[-1:] - half)
    longitude = np.append(east - half, east[-1:] + half)
    corners = np.meshgrid(latitude, longitude, indexing="ij")
    corner, units = ("altitude", "y_corner", "x_corner"), {"units": "degree"}
    elevation = np.where(np.isfinite(frames).any("time"), 90.0, np.nan)
    return xr.Dataset(
        {
            "elevation": (("y", "x"), elevation, units),
            "latitude": (corner, corners[0][None], units),
            "longitude": (corner, corners[1][None], units),
        },
        {"altitude": ("altitude", [frames.attrs["altitude"]], {"units": "km"})},
        {"site_latitude": float(north.mean()), "site_longitude": float(east.mean())},
    )
