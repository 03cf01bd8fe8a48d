"""Minutes that end early, pictures that are saturated, and skymaps that are not there."""

import gzip

import numpy as np
import pytest

from geoviz_ml.analysis import arc_table, keogram
from geoviz_ml.errors import DataFileError, MissingDataError
from geoviz_ml.geometry.earth import EARTH
from geoviz_ml.geometry.footprints import footprints
from geoviz_ml.prepare import oath_scale
from geoviz_ml.readers import find_skymap, read_skymap, read_themis
from geoviz_ml.simulate.all_sky import AllSkyCamera, ground_distance
from geoviz_ml.simulate.writers import write_themis
from geoviz_ml.simulate.writers_skymap import write_skymap

MINUTE = np.datetime64("2014-03-10T06:00:00", "us")
SITE = ("gill", "themis19", 56.354, -94.656)


def write_minute(folder, number=0, frames=20, size=16):
    values = np.random.default_rng(number).integers(3300, 9000, (frames, size, size), np.uint16)
    times = MINUTE + np.timedelta64(60 * number, "s") + np.arange(frames) * np.timedelta64(3, "s")
    return write_themis(folder, values, times)


def test_a_minute_that_ends_after_a_whole_frame_is_read_and_the_rest_is_a_gap(tmp_path):
    short = write_minute(tmp_path)
    write_minute(tmp_path, 1)
    raw = gzip.decompress(short.read_bytes())
    short.write_bytes(gzip.compress(b"P5\n".join(raw.split(b"P5\n")[:14])))  # 13 frames
    data = read_themis(tmp_path)
    assert len(data) == 13 + 20
    assert data.attrs["gaps"] == [
        {"start": "2014-03-10T06:00:36.000000000", "end": "2014-03-10T06:01:00.000000000"}
    ]
    assert keogram(data).sizes["time"] == 33


def test_a_minute_cut_within_a_frame_is_named_or_left_out_of_the_night(tmp_path):
    cut = write_minute(tmp_path)
    write_minute(tmp_path, 1)
    raw = gzip.decompress(cut.read_bytes())
    cut.write_bytes(gzip.compress(raw[: len(raw) // 2 - 7]))
    with pytest.raises(DataFileError, match="cut short in frame"):
        read_themis(tmp_path)
    data = read_themis(tmp_path, on_error="gap")
    assert len(arc_table(np.zeros(data.shape, bool), data)) == 20
    assert data.attrs["problems"][0]["file"] == cut.name


def test_a_download_that_broke_off_is_named(tmp_path):
    path = write_minute(tmp_path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(DataFileError, match="gzip"):
        read_themis(path)


def test_a_saturated_moon_stays_what_it_is_and_the_picture_is_finite(tmp_path):
    y, x = np.indices((64, 64))
    light = np.where(np.hypot(y - 20, x - 20) < 6, 65535, 3400)
    frame = np.random.default_rng(0).integers(0, 40, (1, 64, 64)) + light
    values = frame.clip(0, 65535).astype(np.uint16)
    data = read_themis(write_themis(tmp_path, values, [MINUTE]))
    np.testing.assert_array_equal(data.values, values)
    scaled = oath_scale(data)
    assert ((scaled >= 0) & (scaled <= 1)).all()
    assert (scaled.values[0][np.hypot(y - 20, x - 20) < 6] == 1).all()


@pytest.mark.parametrize("level", [0, 3300, 65535])
def test_a_picture_of_one_level_is_black_not_nan(level):
    assert (oath_scale(np.full((1, 32, 32), level, np.uint16)) == 0).all()


def test_a_skymap_that_is_not_there_is_missing_data(tmp_path):
    with pytest.raises(MissingDataError, match="no skymap of gill"):
        find_skymap(tmp_path, "gill", MINUTE)
    with pytest.raises(MissingDataError):
        find_skymap(tmp_path / "nowhere", "gill", MINUTE)
    with pytest.raises(MissingDataError):
        read_skymap(tmp_path / "a.sav")


def test_a_skymap_of_another_site_or_a_later_date_is_not_taken(tmp_path):
    camera = AllSkyCamera(16)
    write_skymap(tmp_path, camera, "atha", "themis02", 54.6, -113.6, "2013-01-01")
    write_skymap(tmp_path, camera, *SITE, "2014-03-11")
    with pytest.raises(MissingDataError, match="at or before 20140310"):
        find_skymap(tmp_path, "gill", MINUTE)
    path = write_skymap(tmp_path, camera, *SITE, "2014-03-10")
    assert find_skymap(tmp_path, "gill", MINUTE) == path


def test_a_skymap_cut_short_is_an_error_wherever_it_ends(tmp_path):
    path = write_skymap(tmp_path, AllSkyCamera(8), *SITE, "2014-03-10")
    whole = path.read_bytes()
    for end in range(0, len(whole) - 8, 97):
        path.write_bytes(whole[:end])
        with pytest.raises(DataFileError, match="skymap"):
            read_skymap(path)


def test_pixels_of_a_skymap_file_have_the_area_of_a_cap(tmp_path):
    path = write_skymap(tmp_path, AllSkyCamera(128), *SITE, "2014-03-10")
    for lowest in (10.0, 40.0):
        angle = ground_distance(90 - lowest, 110.0) / EARTH
        cap = 2 * np.pi * (EARTH + 110) ** 2 * (1 - np.cos(angle))
        area = footprints(read_skymap(path), min_elevation=lowest).area.sum()
        assert area == pytest.approx(cap, rel=0.02)
