"""Mosaics of many imagers: the cells are where the map says, what is missing is not a number."""

import h5py
import numpy as np
import pytest

from geoviz_ml.analysis import arc_table, keogram
from geoviz_ml.errors import DataFileError, MissingDataError, UsageError
from geoviz_ml.geometry import footprints
from geoviz_ml.geometry.earth import EARTH
from geoviz_ml.readers import mosaic_skymap, read_mosaic

HEADER = {
    "altitude_km": "110.0",
    "degrees_per_grid_cell": "5.0",
    "fill_value": "-999.0",
    "min_latitude": "-90.0",
    "max_latitude": "90.0",
    "min_longitude": "-180.0",
    "max_longitude": "180.0",
    "source_name": "asi-themis",
    "units": "data number",
}


def write(path, frames=3, **changes):
    """Cells of 5 degrees; from 50 to 70 N and 120 to 80 W each has a value of its own."""
    grid = np.full((36, 72, frames), -999, np.float32)
    seen = np.arange(4 * 8 * frames, dtype=np.float32).reshape(4, 8, frames)
    grid[4:8, 12:20] = seen
    grid[0, -1] = 7
    confidence = np.where(grid == -999, -999, 45).astype(np.float32)
    parts = {
        "data/grid": grid,
        "data/source_info/confidence": confidence,
        "data/timestamp": [f"2023-03-24 06:00:{3 * i:02d} UTC" for i in range(frames)],
        **{name: values for name, values in changes.items() if "/" in name},
    }
    with h5py.File(path, "w") as file:
        for name, values in parts.items():
            file[name] = values
        note = file.create_dataset("metadata/file", (0,), "f4")
        note.attrs.update(HEADER | {k: v for k, v in changes.items() if "/" not in k})
    return seen


def test_cells_are_where_the_map_says(tmp_path):
    seen = write(tmp_path / "a.h5")
    data = read_mosaic(tmp_path / "a.h5")
    assert data.dims == ("time", "y", "x")
    np.testing.assert_array_equal(data.values, np.moveaxis(seen, 2, 0))
    np.testing.assert_array_equal(data.latitude, [67.5, 62.5, 57.5, 52.5])
    np.testing.assert_array_equal(data.longitude, np.arange(-117.5, -80, 5))
    assert (data.elevation == 45).all()
    assert data.time.values[2] == np.datetime64("2023-03-24T06:00:06")
    assert data.attrs["altitude"] == 110
    assert data.attrs["gaps"] == []


def test_what_is_not_seen_is_not_a_number(tmp_path):
    grid = np.full((36, 72, 2), -999, np.float32)
    grid[5, 10] = 1, -999
    grid[6, 12] = np.inf, 3
    write(tmp_path / "a.h5", 2, **{"data/grid": grid})
    data = read_mosaic(tmp_path / "a.h5")
    assert data.shape == (2, 2, 3)
    assert np.isfinite(data.values).sum() == 2
    assert np.argwhere(np.isfinite(data.elevation.values)).tolist() == [[1, 2]]  # of the others
    assert data.elevation.values[1, 2] == 45  # the file does not tell


def test_places_have_the_area_of_their_zone(tmp_path):
    write(tmp_path / "a.h5")
    sky = mosaic_skymap(read_mosaic(tmp_path / "a.h5"))
    ground = footprints(sky)
    zone = np.sin(np.radians(70)) - np.sin(np.radians(50))
    area = np.radians(40) * zone * (EARTH + 110) ** 2
    assert ground.area.sum() == pytest.approx(area, rel=2e-3)  # sides of triangles are straight
    assert sky.attrs["site_latitude"] == 60
    assert sky.attrs["site_longitude"] == -100
    with pytest.raises(UsageError, match="no mosaic"):
        mosaic_skymap(read_mosaic(tmp_path / "a.h5").drop_vars("elevation"))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"degrees_per_grid_cell": "4.0"}, "do not fill its map"),
        ({"min_latitude": "-100.0"}, "do not fill its map"),
        ({"fill_value": "none"}, "could not convert"),
        ({"data/timestamp": ["2023-03-24 06:00:00 UTC"] * 3}, "do not increase"),
        ({"data/timestamp": ["noon"] * 3}, "not a whole HDF5"),
        ({"data/timestamp": ["2023-03-24 06:00:00 UTC"]}, "3. and 1 times"),
        ({"data/grid": np.full((36, 72, 3), -999, np.float32)}, "shows nothing"),
        ({"data/grid": np.zeros((36, 72), np.float32)}, "shape .36, 72. and 3 times"),
        ({"data/grid": np.full((36, 72, 3), b"x")}, "no numbers"),
    ],
)
def test_a_file_that_cannot_be_trusted_is_an_error(tmp_path, changes, problem):
    write(tmp_path / "a.h5", **changes)
    with pytest.raises(DataFileError, match=problem) as error:
        read_mosaic(tmp_path / "a.h5")
    assert "a.h5" in str(error.value)


def test_a_file_that_is_none_or_lacks_a_part_is_an_error(tmp_path):
    with pytest.raises(MissingDataError):
        read_mosaic(tmp_path / "a.h5")
    write(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "r+") as file:
        del file["data/source_info"]
    with pytest.raises(DataFileError, match="no dataset data/source_info/confidence"):
        read_mosaic(tmp_path / "a.h5")


SITES = {  # degrees, from the list of THEMIS's ground stations
    "inuv": (68.4, -133.8),
    "talo": (69.5, -93.6),
    "gako": (62.4, -145.2),
    "kapu": (49.4, -82.3),
    "tpas": (54.0, -100.9),
    "kuuj": (58.2, -68.5),
    "pina": (50.2, -96.1),
    "fsmi": (60.0, -111.9),
    "atha": (54.6, -113.6),
}


@pytest.mark.data
def test_the_real_mosaic_is_seen_from_the_sites_it_names(real_data):
    """What is seen near the zenith lies above a site, and for eight of the nine there is some."""
    path = next((real_data / "themis" / "mosaic").glob("*.h5"))
    data = read_mosaic(path)
    with h5py.File(path) as file:
        raw = file["data/grid"][()]
        named = file["metadata/frame/frame0"].attrs["sites_in_grid"]
    assert {name[:4] for name in named.split(",")} == set(SITES)
    assert data.shape[0] == 20
    stray = int((raw[0, -1] != -999).sum())
    assert int(np.isfinite(data.values).sum()) == int((raw != -999).sum()) - stray
    above = set()
    for row, column in np.argwhere(data.elevation.values > 75):
        lat, lon = data.latitude.values[row], data.longitude.values[column]
        near = {
            site
            for site, (y, x) in SITES.items()
            if abs(lat - y) < 0.6 and abs(lon - x) * np.cos(np.radians(y)) < 0.6
        }
        assert near
        above |= near
    assert above == set(SITES) - {"atha"}  # of which brighter neighbours' pictures lie on top


@pytest.mark.data
def test_the_real_mosaic_goes_to_the_end_of_the_street(real_data):
    data = read_mosaic(next((real_data / "themis" / "mosaic").glob("*.h5")))
    sky = mosaic_skymap(data, longitude=-113.6)
    night = keogram(data, sky, "magnetic")
    assert night.sizes["time"] == 20
    assert np.isfinite(night.values).any()
    bright = np.nan_to_num(data.values) > np.nanpercentile(data.values, 95)
    table = arc_table(bright, data, sky)
    assert (table.pixels > 0).all()
    assert (table.length > 100).all()
    assert table.latitude.between(45, 75).all()
