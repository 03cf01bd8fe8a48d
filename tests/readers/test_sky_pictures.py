"""Pictures of colour cameras as frames: the time from the name, brightness from the file."""

import numpy as np
import pytest
from PIL import Image

from geoviz_ml.analysis import keogram
from geoviz_ml.errors import DataFileError, MissingDataError, UsageError
from geoviz_ml.readers import read_picture, read_sky_pictures
from geoviz_ml.readers.sky_pictures import time_of

RNG = np.random.default_rng(0)


def save(folder, name, size=(8, 12)):
    folder.mkdir(parents=True, exist_ok=True)
    values = RNG.integers(0, 256, (*size, 3), dtype=np.uint8)
    Image.fromarray(values).save(folder / name)
    return values


@pytest.mark.parametrize(
    ("name", "time"),
    [
        ("20211030_060500_149606_gill_rgb-04_320ms_burst.png", "2021-10-30T06:05:00.149606"),
        ("20140218235440.jpg", "2014-02-18T23:54:40"),
        ("LYR-Sony-211121_170751.jpg", "2021-11-21T17:07:51"),
        ("W8446B185_2017-12-18_03-14-57.jpg", "2017-12-18T03:14:57"),
        ("sky 2017-12-18T03:14:57 clear.png", "2017-12-18T03:14:57"),
        ("IMG_20200101_000000.JPG", "2020-01-01T00:00:00"),
        ("20141340235440.jpg", "NaT"),
        ("2014021823544000.jpg", "NaT"),
        ("night_12.png", "NaT"),
    ],
)
def test_names_tell_the_time(name, time):
    expected = np.datetime64(time, "ns")
    assert time_of(name) == expected or (np.isnat(expected) and np.isnat(time_of(name)))


def test_a_folder_becomes_frames_in_order_of_time(tmp_path):
    names = [f"2021103{d}_060500_149606_gill_rgb-04_320ms_burst.png" for d in (0, 1)]
    colours = [save(tmp_path / f"d{i}", name) for i, name in enumerate(names)]
    (tmp_path / "d0" / f"._{names[0]}").write_bytes(b"\0\5\x16\7")
    data = read_sky_pictures(tmp_path, channel="green")
    assert data.dims == ("time", "y", "x")
    np.testing.assert_allclose(data.values, [c[..., 1] / 255 for c in colours], rtol=1e-6)
    wanted = {"site": "gill", "imager": "rgb-04", "exposure": 0.32, "channel": "green"}
    assert {name: data.attrs[name] for name in wanted} == wanted
    assert keogram(data).shape == (8, 2)


def test_brightness_is_that_of_read_picture_and_may_be_averaged(tmp_path):
    save(tmp_path, "20140218235440.png", (9, 13))
    whole = read_picture(tmp_path / "20140218235440.png")
    np.testing.assert_array_equal(read_sky_pictures(tmp_path).values[0], whole)
    small = read_sky_pictures(tmp_path, shrink=4).values[0]
    assert small.shape == (2, 3)
    assert small[1, 2] == pytest.approx(whole[4:8, 8:12].mean())
    with pytest.raises(UsageError, match="shrink is 1 or more"):
        read_sky_pictures(tmp_path, shrink=0)


def test_names_without_a_time_give_frames_in_the_order_of_names(tmp_path):
    for name in ("b.png", "a.png"):
        save(tmp_path, name)
    data = read_sky_pictures(tmp_path)
    assert np.isnat(data.time.values).all()
    assert data.attrs["gaps"] == []
    np.testing.assert_array_equal(data.values[0], read_picture(tmp_path / "a.png"))


def test_what_does_not_fit_together_is_named_or_left_out(tmp_path):
    save(tmp_path, "20140218000000.png")
    save(tmp_path, "20140219000000.png", (5, 5))
    with pytest.raises(DataFileError, match="20140219000000.png: its pictures have another size"):
        read_sky_pictures(tmp_path)
    data = read_sky_pictures(tmp_path, on_error="gap")
    assert [p["file"] for p in data.attrs["problems"]] == ["20140219000000.png"]
    save(tmp_path, "20140219000000.png")
    save(tmp_path, "20140219000000.jpg")  # of the same time, but not the same picture
    with pytest.raises(DataFileError, match="begins before the file before it ends"):
        read_sky_pictures(tmp_path)
    with pytest.raises(MissingDataError):
        read_sky_pictures(tmp_path / "nowhere.png")


@pytest.mark.data
def test_real_pictures_of_three_cameras_become_frames(real_data):
    folder = real_data / "all_sky"
    data = read_sky_pictures(folder / "longyearbyen_2014", "green")
    assert data.shape == (8, 480, 720)
    assert (np.diff(data.time.values) > np.timedelta64(0)).all()
    assert data.time.values[0] == np.datetime64("2014-01-01T06:20:52")
    data = read_sky_pictures(folder / "trex_gill", "green")
    assert data.shape == (2, 480, 553)
    assert data.attrs["site"] == "gill"
    with Image.open(sorted((folder / "trex_gill").iterdir())[0]) as image:
        np.testing.assert_allclose(data.values[0], np.asarray(image)[..., 1] / 255, rtol=1e-6)
    data = read_sky_pictures(folder / "kho" / "LYR-Sony-211121_170751.jpg", shrink=4)
    assert data.shape == (1, 708, 708)
    assert data.time.values[0] == np.datetime64("2021-11-21T17:07:51")
