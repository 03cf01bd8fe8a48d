"""Minutes of all-sky cameras of a folder."""

import shutil

import numpy as np
import pytest
import xarray as xr
from PIL import Image

from geoviz_ml.datasets import load_arcs, read_truth
from geoviz_ml.errors import DataFileError, MissingDataError
from geoviz_ml.prepare.patches import to_picture
from geoviz_ml.prepare.sky_disk import SkyDisk, round_skymap
from geoviz_ml.readers import find_skymap, read_skymap
from geoviz_ml.simulate import arcs


def test_a_simulated_folder_is_read(tmp_path):
    arcs.make(tmp_path, 2, seed=1, frames=1, minutes=1)
    data = load_arcs(tmp_path)
    assert data.pictures.shape == data.masks.shape == (2, 256, 256)
    np.testing.assert_array_equal(data.pictures[1], to_picture(data.frame(1)[0]))
    some = data[data.table.night.values == 1]
    assert len(some) == 1
    np.testing.assert_array_equal(some.masks[0], data.masks[1])
    next((tmp_path / "stream0").rglob("*.gz")).unlink()
    with pytest.raises(MissingDataError):
        load_arcs(tmp_path)


def test_every_so_many_frames_are_taken_with_their_masks(tmp_path):
    arcs.make(tmp_path, 2, seed=1, frames=5, minutes=1)
    sky = load_arcs(tmp_path, every=2)
    assert sky.table.frame.tolist() == [0, 2, 4, 0, 2, 4]
    for i in (1, 5):
        frame, file = sky.table.frame[i], sky.table.file[i]
        np.testing.assert_array_equal(sky.pictures[i], to_picture(sky.frame(i)[frame]))
        np.testing.assert_array_equal(sky.masks[i], read_truth(tmp_path, file)[frame])
    assert sky.table.night.tolist() == [0, 0, 0, 1, 1, 1]


def test_a_skymap_is_found_beside_the_pictures_and_its_absence_said(tmp_path):
    arcs.make(tmp_path, 1, seed=1, frames=1, minutes=1)
    sky = load_arcs(tmp_path)
    expected = read_skymap(find_skymap(tmp_path, sky.table.place[0], sky.table.time[0]))
    xr.testing.assert_identical(sky.skymap(0), expected)
    shutil.rmtree(tmp_path / "skymaps")
    with pytest.raises(MissingDataError, match="no skymap"):
        sky.skymap(0)


def test_pictures_of_two_cameras_become_round_each_by_itself(tmp_path):
    y, x = np.indices((120, 160)) + 0.5
    for name, width, light in (("wide", 70, (20, 200, 90)), ("round", 45, (80, 100, 90))):
        (tmp_path / name).mkdir()
        sky = np.hypot((x - 80) / width, (y - 60) / 45) < 1
        arc = np.abs(y - 40) < 5
        for second in range(2):
            colour = np.where(sky[..., None], np.array(light) * (0.5 + 0.5 * arc[..., None]), 3)
            path = tmp_path / name / f"2014021823544{second}.png"
            Image.fromarray(colour.astype(np.uint8)).save(path)
            path.rename(path.with_name(f"{name}_{path.name}"))
    data = load_arcs(tmp_path, channel="green")
    assert data.table.camera.tolist() == ["round", "round", "wide", "wide"]
    np.testing.assert_allclose(data.table.sky_across, [45, 45, 70, 70], atol=2)
    assert str(data.table.time[3]) == "2014-02-18 23:54:41"
    assert data.masks is None
    row = (40 - 15) / 90 * 256  # of the arc, in a circle of 90 pixels across that begins at row 15
    for picture in data.pictures:
        assert np.abs(np.median(np.argwhere(picture > 240)[:, 0]) - row) < 4


def test_a_skymap_on_the_pixels_of_a_round_picture_keeps_its_places():
    corners, pixels = np.indices((41, 61)), np.indices((40, 60)) + 0.5
    skymap = xr.Dataset(
        {
            "elevation": (("y", "x"), pixels[0]),
            "azimuth": (("y", "x"), pixels[1]),
            "latitude": (("altitude", "y_corner", "x_corner"), corners[:1]),
            "longitude": (("altitude", "y_corner", "x_corner"), corners[1:]),
        },
        {"altitude": [110.0]},
        {"site": "here"},
    )
    small = round_skymap(skymap, SkyDisk(30, 20, 24, 16), 8)
    np.testing.assert_allclose(small.latitude[0, :, 0], 4 + 4 * np.arange(9))
    np.testing.assert_allclose(small.longitude[0, 0], 6 + 6 * np.arange(9))
    np.testing.assert_allclose(small.elevation[:, 0], 6 + 4 * np.arange(8), atol=0.51)
    assert small.attrs == {"site": "here"}
    assert np.isnan(round_skymap(skymap, SkyDisk(0, 20, 24, 16), 8).azimuth[:, 0]).all()


def test_a_picture_too_small_for_a_sky_is_named(tmp_path):
    Image.new("L", (12, 12), 9).save(tmp_path / "small.png")
    with pytest.raises(DataFileError, match="small.png: frames are"):
        load_arcs(tmp_path)
