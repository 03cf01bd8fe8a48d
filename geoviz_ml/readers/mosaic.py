"""Mosaics of many THEMIS imagers on one map: HDF5, a minute of frames every 3 s.

``YYYYMMDD_HHMM_110km_MOSv001_grid_themis-asi.h5`` holds ``data/grid`` (y, x, time), counts less the
level of the picture's corners, ``data/source_info/confidence`` (y, x, time), the elevation in
degrees at which the imager on top sees the cell, and ``data/timestamp``. Cells are even in latitude
and longitude, the first row is the north; -999 is nothing seen.
"""

from __future__ import annotations

from os import PathLike

import numpy as np
import xarray as xr

from ..errors import DataFileError, UsageError
from ..files import AGAIN, open_hdf5
from .frames import gaps
from .skymap import sky_dataset

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

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there, is no whole HDF5 file of that kind, claims more than it can hold, or
        shows nothing.

    Notes
    -----
    The archive puts what has no place into the last cell of the first row, at the north pole: that
    cell is left out.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import h5py
    >>> import numpy as np
    >>> from geoviz_ml.readers import read_mosaic
    >>> path = Path(tempfile.mkdtemp()) / "mosaic.h5"
    >>> header = {"min_latitude": 50, "max_latitude": 70, "degrees_per_grid_cell": 10}
    >>> header |= {"min_longitude": -100, "max_longitude": -80, "fill_value": -999}
    >>> header["altitude_km"] = 110
    >>> grid = np.array([[[5], [-999]], [[7], [-999]]], np.float32)  # (latitude, longitude, time)
    >>> with h5py.File(path, "w") as file:
    ...     file["data/grid"], file["data/source_info/confidence"] = grid, 0 * grid + 45
    ...     file["data/timestamp"] = ["2023-03-24 06:00:00 UTC"]
    ...     file.create_dataset("metadata/file", (0,), "f4").attrs.update(header)
    >>> mosaic = read_mosaic(path)
    >>> mosaic.values.tolist(), mosaic.latitude.values.tolist()  # what is seen
    ([[[5.0], [7.0]]], [65.0, 55.0])
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
    mosaic : DataArray (time, y, x)
        From `read_mosaic`.
    latitude, longitude : float, degrees, optional
        The place through which the meridian of a keogram goes. Default: the middle of what is seen.

    Returns
    -------
    Dataset
        As from `read_skymap`: `elevation` (y, x) and, of corners, `latitude` and `longitude`
        (1, y + 1, x + 1), degrees, at one altitude (km); `azimuth` is NaN, as each cell is seen
        from the imager nearest to it.

    Raises
    ------
    UsageError
        It is no mosaic.

    Examples
    --------
    >>> import xarray as xr
    >>> from geoviz_ml.readers import mosaic_skymap
    >>> places = {"latitude": ("y", [65.0, 55.0]), "longitude": ("x", [-95.0])}
    >>> places["elevation"] = ("y", "x"), [[45.0], [45.0]]
    >>> mosaic = xr.DataArray([[[5.0], [7.0]]], places, ("time", "y", "x"))
    >>> mosaic.attrs |= {"cell": 10.0, "altitude": 110.0, "imager": "themis", "orientation": ""}
    >>> mosaic_skymap(mosaic).latitude.values[0, :, 0].tolist()  # the edges of cells of 10 degrees
    [70.0, 60.0, 50.0]
    """
    if not {"latitude", "longitude", "elevation"} <= set(mosaic.coords):
        raise UsageError("this is no mosaic.", advice="Use read_mosaic(path).")
    high = mosaic.elevation.values
    rows, columns = np.nonzero(np.isfinite(high))
    lat, lon = mosaic.latitude.values, mosaic.longitude.values
    half = mosaic.attrs["cell"] / 2
    north, west = np.append(lat + half, lat[-1] - half), np.append(lon - half, lon[-1] + half)
    shape = (1, len(north), len(west))
    attrs = {
        "imager": mosaic.attrs["imager"],
        "site_latitude": float(lat[rows].mean() if latitude is None else latitude),
        "site_longitude": float(lon[columns].mean() if longitude is None else longitude),
        "valid_from": "",
        "orientation": mosaic.attrs["orientation"],
    }
    return sky_dataset(
        high,
        np.full_like(high, np.nan),
        np.broadcast_to(north[:, None], shape),
        np.broadcast_to(west, shape),
        [mosaic.attrs["altitude"]],
        attrs,
    )


def _span(used: np.ndarray) -> slice:
    """From the first to the last that is used."""
    first, last = np.flatnonzero(used)[[0, -1]]
    return slice(first, last + 1)
