<<<<<<< HEAD
"""THEMIS mosaics: all cameras of an instant on one map (HDF5 of the University of Calgary)."""
=======
"""Mosaics of many THEMIS imagers on one map: HDF5, a minute of frames every 3 s.

``YYYYMMDD_HHMM_110km_MOSv001_grid_themis-asi.h5`` holds ``data/grid`` (y, x, time), counts less the
level of the picture's corners, ``data/source_info/confidence`` (y, x, time), the elevation in
degrees at which the imager on top sees the cell, and ``data/timestamp``. Cells are even in latitude
and longitude, the first row is the north; -999 is nothing seen.
"""
>>>>>>> readers

from __future__ import annotations

from os import PathLike
<<<<<<< HEAD
from pathlib import Path
=======
>>>>>>> readers

import numpy as np
import xarray as xr

from ..errors import DataFileError, UsageError
<<<<<<< HEAD
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
=======
from ..files import open_hdf5
from .frames import gaps
from .untrusted import AGAIN

MOST_FRAMES = 1200
LIMITS = "min_latitude", "max_latitude", "min_longitude", "max_longitude"
ORIENTATION = "row 0 is north, column 0 is west: the Earth seen from above"


def read_mosaic(path: str | PathLike) -> xr.DataArray:
    """Read one mosaic, cut to the part of the map where something is seen.

    Returns
    -------
    DataArray (time, y, x), float32, counts
        The dimensions of `read_themis`, but a map: row 0 is north, column 0 west. NaN where nothing
        is seen. Coordinates: `time` (UT), `latitude` (y) and `longitude` (x) of the cells' middles
        (degrees), `elevation` (y, x), the highest at which a cell is seen in any frame (degrees).
        Attributes: `units`, `imager`, `altitude` (km, to which the pictures were projected), `cell`
        (degrees of a side), `orientation`, `gaps` as of `read_themis`, and `header`, the file's
        own attributes.
>>>>>>> readers

    Raises
    ------
    MissingDataError, DataFileError
<<<<<<< HEAD
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
=======
        The file is not there, is no whole HDF5 file of that kind, claims more than it can hold, or
        shows nothing.

    Notes
    -----
    The archive puts what has no place into the last cell of the first row, at the north pole: that
    cell is left out.
    """
    with open_hdf5(path) as found:
        header = dict(found.find("metadata/file").attrs)
        header = {key: str(value) for key, value in header.items()}
        times = found.texts(found.find("data/timestamp"), 40)
        grid, seen_at = found.find("data/grid"), found.find("data/source_info/confidence")
        if grid.ndim != 3 or grid.shape != seen_at.shape or grid.shape[2] != len(times):
            raise DataFileError(
                f"has frames of shape {grid.shape} and {len(times)} times.", path, AGAIN
            )
        if not 0 < len(times) <= MOST_FRAMES or min(grid.shape) < 1:
            raise DataFileError(f"has {len(times)} frames.", path, AGAIN)
        values = found.numbers(grid).astype(np.float32, copy=False)
        elevation = found.numbers(seen_at).astype(np.float32, copy=False)
        south, north, west, east = (float(header[name]) for name in LIMITS)
        cell = float(header["degrees_per_grid_cell"])
        fill, altitude = float(header["fill_value"]), float(header["altitude_km"])
        time = np.array([np.datetime64(t.removesuffix(" UTC"), "ns") for t in times])
    if not (np.diff(time) > np.timedelta64(0)).all() or np.isnat(time).any():
        raise DataFileError("its times are no dates or do not increase.", path, AGAIN)
    height, width, _ = values.shape
    span = np.array([[north - south, east - west], [height * cell, width * cell]])
    if not np.allclose(*span, rtol=1e-3) or not -90 <= south < north <= 90 or east - west > 361:
        raise DataFileError(f"its cells of {cell:g} degrees do not fill its map.", path, AGAIN)
    latitude = north - (np.arange(height) + 0.5) * cell
    longitude = west + (np.arange(width) + 0.5) * cell
    values[(values == fill) | ~np.isfinite(values)] = np.nan
    elevation[np.isnan(values) | ~((elevation >= 0) & (elevation <= 90))] = -1
    values[0, -1] = np.nan
    seen = np.isfinite(values).any(axis=2)
    if not seen.any():
        raise DataFileError("shows nothing: all is fill values.", path)
    rows, columns = (_span(seen.any(axis=axis)) for axis in (1, 0))
    best = elevation[rows, columns].max(axis=2)
    return xr.DataArray(
        np.ascontiguousarray(np.moveaxis(values[rows, columns], 2, 0)),
        {
            "time": time,
            "latitude": ("y", latitude[rows], {"units": "degree"}),
            "longitude": ("x", longitude[columns], {"units": "degree"}),
            "elevation": (("y", "x"), np.where(best < 0, np.nan, best), {"units": "degree"}),
        },
        ("time", "y", "x"),
        "mosaic",
        {
            "units": header.get("units", ""),
            "imager": header.get("source_name", ""),
            "altitude": altitude,
            "cell": cell,
            "orientation": ORIENTATION,
            "gaps": gaps(time),
            "header": header,
        },
    )


def mosaic_skymap(
    mosaic: xr.DataArray, latitude: float | None = None, longitude: float | None = None
) -> xr.Dataset:
    """The places of a mosaic's cells in the form of a skymap, for `keogram` and `arc_table`.

    Parameters
    ----------
    mosaic : DataArray
        From `read_mosaic`.
    latitude, longitude : float, degrees, optional
        The place through which the meridian of a keogram goes. Default: the middle of what is seen.
>>>>>>> readers

    Returns
    -------
    Dataset
<<<<<<< HEAD
        `elevation` (y, x), 90 degrees where something is seen in any frame and NaN elsewhere (the
        true one is not told), and `latitude` and `longitude` of the corners (altitude, y_corner,
        x_corner), degrees. `site_latitude` and `site_longitude` are the middle of the map.
=======
        As from `read_skymap`, with one altitude; `azimuth` is NaN, as each cell is seen from the
        imager nearest to it.
>>>>>>> readers

    Raises
    ------
    UsageError
<<<<<<< HEAD
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
=======
        It is no mosaic.
    """
    if not {"latitude", "longitude", "elevation"} <= set(mosaic.coords):
        raise UsageError("this is no mosaic.", advice="Use read_mosaic(path).")
    high = mosaic.elevation.values
    rows, columns = np.nonzero(np.isfinite(high))
    lat, lon = mosaic.latitude.values, mosaic.longitude.values
    half = mosaic.attrs["cell"] / 2
    north, west = np.append(lat + half, lat[-1] - half), np.append(lon - half, lon[-1] + half)
    corner = ("altitude", "y_corner", "x_corner")
    shape = (1, len(north), len(west))
    units = {"units": "degree"}
    return xr.Dataset(
        {
            "elevation": (("y", "x"), high, units),
            "azimuth": (("y", "x"), np.full_like(high, np.nan), units),
            "latitude": (corner, np.broadcast_to(north[:, None], shape), units),
            "longitude": (corner, np.broadcast_to(west, shape), units),
        },
        {"altitude": ("altitude", [mosaic.attrs["altitude"]], {"units": "km"})},
        {
            "imager": mosaic.attrs["imager"],
            "site_latitude": float(lat[rows].mean() if latitude is None else latitude),
            "site_longitude": float(lon[columns].mean() if longitude is None else longitude),
            "valid_from": "",
            "orientation": mosaic.attrs["orientation"],
        },
    )


def _span(used: np.ndarray) -> slice:
    """From the first to the last that is used."""
    first, last = np.flatnonzero(used)[[0, -1]]
    return slice(first, last + 1)
>>>>>>> readers
