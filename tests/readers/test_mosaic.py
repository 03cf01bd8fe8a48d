"""Mosaics of THEMIS: places of cells, what is not seen, files that are none."""

import h5py
import numpy as np
import pytest
import xarray as xr

from geoviz_ml.errors import DataFileError, MissingDataError, UsageError
from geoviz_ml.geometry.footprints import footprints
from geoviz_ml.readers import mosaic_skymap, read_mosaic

SITES = {  # of the nine cameras that the real file names: latitude and longitude, degrees
    "inuv": (68.4, -133.8),
    "talo": (69.5, -93.6),
    "gako": (62.4, -145.2),
    "kapu": (49.4, -82.3),
    "tpas": (54.0, -100.9),
    "kuuj": (55.3, -77.8),
    "pina": (50.2, -96.1),
    "fsmi": (60.0, -111.9),
    "atha": (54.7, -113.3),
}


@pytest.fixture
def path(tmp_path):
    """A globe of 10 degrees a cell with one lit cell, at 65 N, 95 W, in the second frame."""
    path = tmp_path / "20230324_0600_110km_MOSv001_grid_themis-asi.h5"
    grid = np.full((18, 36, 2), -999, np.float32)
    grid[2, 8, 1] = 7
    with h5py.File(path, "w") as file:
        file["data/grid"] = grid
        file["data/timestamp"] = [b"2023-03-24 06:00:00 UTC", b"2023-03-24 06:00:03 UTC"]
        about = file.create_dataset("metadata/file", (0,), "f4").attrs
        about["degrees_per_grid_cell"], about["fill_value"] = "10", "-999.0"
        about["altitude_km"], about["min_elevation_angle_deg"] = "110.0", "5"
    return path


def test_a_lit_cell_is_where_it_should_be(path):
    frames = read_mosaic(path)
    assert frames.sizes == {"time": 2, "y": 18, "x": 36}
    (seen,) = np.argwhere(np.isfinite(frames.values))
    assert frames.time.values[seen[0]] == np.datetime64("2023-03-24T06:00:03")
    assert (float(frames.latitude[seen[1]]), float(frames.longitude[seen[2]])) == (65, -95)


def test_cells_have_the_area_of_their_part_of_a_sphere(path):
    ground = footprints(mosaic_skymap(read_mosaic(path)), 110)
    assert ground.seen.sum() == 1
    low, high = np.sin(np.radians([60, 70]))
    expected = np.radians(10) * (high - low) * 6481**2
    assert ground.area[ground.seen][0] == pytest.approx(expected, rel=0.02)  # two flat triangles


def test_files_that_are_no_mosaic_are_named(path, tmp_path):
    with pytest.raises(MissingDataError):
        read_mosaic(tmp_path / "no.h5")
    with h5py.File(path, "a") as file:
        del file["data/timestamp"]
        file["data/timestamp"] = h5py.SoftLink("/data/grid")
    with pytest.raises(DataFileError, match="timestamp"):
        read_mosaic(path)
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(DataFileError, match="not a whole HDF5"):
        read_mosaic(path)
    with pytest.raises(UsageError, match="no mosaic"):
        mosaic_skymap(xr.DataArray(np.zeros((1, 2, 2)), dims=("time", "y", "x")))


@pytest.mark.data
def test_every_camera_of_a_real_mosaic_sees_above_itself(real_data):
    frames = read_mosaic(next((real_data / "themis" / "mosaic").glob("*.h5")))
    assert frames.sizes["time"] == 20
    seen = frames.notnull().all("time")
    for latitude, longitude in SITES.values():
        row = int(np.abs(frames.latitude.values - latitude).argmin())
        column = int(np.abs(frames.longitude.values - longitude).argmin())
        assert seen[row, column]
    assert float(seen.mean()) < 0.05
