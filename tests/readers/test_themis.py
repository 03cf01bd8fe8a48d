"""read_themis and read_skymap, on simulated and on real files."""

import gzip
import os
import shutil
import tracemalloc

import numpy as np
import pytest

from geoviz_ml.errors import DataFileError, MissingDataError, UsageError
from geoviz_ml.readers import find_skymap, read_skymap, read_themis, skymap
from geoviz_ml.simulate.writers import write_themis

MINUTE = np.datetime64("2014-03-10T06:00:00.123456")


def frames(n=3, seed=0, shape=(8, 12)):
    return np.random.default_rng(seed).integers(0, 65536, (n, *shape), np.uint16)


def times(n=3, start=MINUTE):
    return start + np.arange(n) * np.timedelta64(3, "s")


def test_reader_returns_what_the_writer_wrote(tmp_path):
    path = write_themis(tmp_path, frames(), times(), "fsmi", "themis10", 59.984, -111.843)
    assert path.relative_to(tmp_path).as_posix() == (
        "2014/03/10/fsmi_themis10/ut06/20140310_0600_fsmi_themis10_full.pgm.gz"
    )
    data = read_themis(path)
    np.testing.assert_array_equal(data.values, frames())
    np.testing.assert_array_equal(data.time.values, times())
    assert data.dims == ("time", "y", "x")
    assert data.dtype == np.uint16
    wanted = {
        "units": "counts",
        "site": "fsmi",
        "imager": "themis10",
        "latitude": 59.984,
        "longitude": -111.843,
        "exposure": 1.0,
        "gaps": [],
        "problems": [],
    }
    assert {name: data.attrs[name] for name in wanted} == wanted


def test_same_frames_give_the_same_bytes(tmp_path):
    one, two = (write_themis(tmp_path / name, frames(), times()) for name in "ab")
    assert one.read_bytes() == two.read_bytes()


def test_folder_is_read_in_order_and_a_missing_minute_is_a_gap(tmp_path):
    for minute in (2, 0):
        write_themis(tmp_path, frames(seed=minute), times(start=MINUTE + minute * 60_000_000))
    data = read_themis(tmp_path)
    np.testing.assert_array_equal(data.values, np.concatenate([frames(seed=0), frames(seed=2)]))
    assert data.attrs["gaps"] == [
        {"start": "2014-03-10T06:00:06.123456000", "end": "2014-03-10T06:02:00.123456000"}
    ]


def test_uncompressed_file_is_read(tmp_path):
    packed = write_themis(tmp_path, frames(), times())
    plain = tmp_path / "a.pgm"
    plain.write_bytes(gzip.decompress(packed.read_bytes()))
    np.testing.assert_array_equal(read_themis(plain).values, frames())


def test_last_of_repeated_keys_counts(tmp_path):
    packed = write_themis(tmp_path, frames(1), times(1))
    raw = gzip.decompress(packed.read_bytes()).replace(b"P5\n", b'P5\n#"Site unique ID" other\n')
    (tmp_path / "a.pgm").write_bytes(raw)
    assert read_themis(tmp_path / "a.pgm").attrs["site"] == "gill"


def spoil(path, change):
    path.write_bytes(gzip.compress(change(gzip.decompress(path.read_bytes()))))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda raw: raw[:-1], "cut short in frame 3"),
        (lambda raw: raw + b"x", "no 16-bit PGM header where frame 4"),
        (lambda raw: raw.replace(b"12 8\n", b"99999 99999\n", 1), "claims|cut short"),
        (lambda raw: raw.replace(b"65535", b"255", 1), "up to 255"),
        (lambda raw: raw.replace(b":03.1", b":99.1"), "frame 2 has no time"),
        (lambda raw: raw.replace(b" 06:01:03.1", b" 05:01:03.1"), "frame 2 is not later"),
        (lambda raw: raw.replace(b"request", b"?", 1), "frame 1 has no time"),
        (lambda raw: b"", "empty"),
    ],
)
def test_damaged_file_is_named_or_left_out_and_told(tmp_path, change, problem):
    good = write_themis(tmp_path, frames(), times())
    bad = write_themis(tmp_path, frames(), times(start=MINUTE + 60_000_000))
    spoil(bad, change)
    with pytest.raises(DataFileError, match=problem) as error:
        read_themis(tmp_path)
    assert str(bad) in str(error.value)
    data = read_themis(tmp_path, on_error="gap")
    np.testing.assert_array_equal(data.values, read_themis(good).values)
    assert [entry["file"] for entry in data.attrs["problems"]] == [bad.name]


@pytest.mark.parametrize("change", [lambda raw: raw[:-9], lambda raw: raw[:-6] + b"......"])
def test_damaged_gzip_is_an_error(tmp_path, change):
    path = write_themis(tmp_path, frames(), times())
    path.write_bytes(change(path.read_bytes()))
    with pytest.raises(DataFileError, match="gzip"):
        read_themis(path)


def test_gzip_that_expands_without_bound_is_refused_in_little_memory(tmp_path):
    path = tmp_path / "a.pgm.gz"
    path.write_bytes(gzip.compress(bytes(2**28)))
    tracemalloc.start()
    with pytest.raises(DataFileError, match="expands to more"):
        read_themis(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**28


def test_folder_of_two_imagers_is_an_error(tmp_path):
    write_themis(tmp_path, frames(), times())
    write_themis(tmp_path, frames(), times(start=MINUTE + 60_000_000), "fsmi", "themis10")
    with pytest.raises(DataFileError, match="fsmi themis10"):
        read_themis(tmp_path)


def test_nothing_there_is_missing_data(tmp_path):
    for path in (tmp_path, tmp_path / "a.pgm.gz"):
        with pytest.raises(MissingDataError):
            read_themis(path)
    with pytest.raises(UsageError):
        read_themis(tmp_path, on_error="ignore")


def test_a_minute_that_is_there_twice_is_read_once(tmp_path):
    path = write_themis(tmp_path / "a", frames(), times())
    write_themis(tmp_path / "a", frames(seed=1), times(start=MINUTE + 60_000_000))
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
    data = read_themis(tmp_path)
    np.testing.assert_array_equal(data.values, np.concatenate([frames(seed=0), frames(seed=1)]))
    write_themis(tmp_path / "b", frames(seed=7), times())  # other frames of the same minute
    with pytest.raises(DataFileError, match="begins before the file before it ends"):
        read_themis(tmp_path)


def test_what_other_programs_leave_in_a_folder_is_no_minute(tmp_path):
    path = write_themis(tmp_path / "[night]", frames(), times())
    path.with_name(f"._{path.name}").write_bytes(b"\0\5\x16\7\0\2\0\0Mac OS X\xff")
    path.with_name(f"{path.name}.part").write_bytes(b"half")
    (tmp_path / "[night]" / "__MACOSX").mkdir()
    (tmp_path / "[night]" / "__MACOSX" / path.name).write_bytes(b"rubbish")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "[night]" / "20140310_0700_pipe_themis01_full.pgm.gz")
    assert len(read_themis(tmp_path / "[night]")) == 3


def test_many_small_files_that_expand_are_refused_in_bounded_memory(tmp_path):
    head = b'P5\n#"Image request start" 2014-03-10 %02d:%02d:00 UTC\n4000 4000\n65535\n'
    for minute in range(10):
        packed = gzip.compress(head % (6, minute) + bytes(2 * 4000 * 4000), 9)
        (tmp_path / f"20140310_06{minute:02d}_gill_themis01_full.pgm.gz").write_bytes(packed)
    assert sum(file.stat().st_size for file in tmp_path.iterdir()) < 2**20
    with pytest.raises(UsageError, match="more than one call may hold in memory"):
        read_themis(tmp_path)


@pytest.mark.data
def test_real_minutes_of_a_rainbow_camera_are_read(real_data):
    """Two minutes of ten frames; brightness and columns as numpy finds them in the bytes."""
    folder = real_data / "all_sky" / "rainbow_2013"
    data = read_themis(folder)
    assert data.shape == (20, 256, 512)
    assert (data.attrs["site"], data.attrs["imager"]) == ("rabb", "rainbow-08")
    assert data.attrs["exposure"] == 5
    assert data.attrs["pixel_aspect"] == pytest.approx(0.5122)
    assert "not known" in data.attrs["orientation"]
    raw = gzip.decompress(sorted(folder.iterdir())[0].read_bytes())
    first = np.frombuffer(raw, ">u2", 256 * 512, raw.index(b"65535\n") + 6).reshape(256, 512)
    np.testing.assert_array_equal(data.values[0], first)
    assert (
        np.diff(data.time.values[:10]).astype("timedelta64[s]").astype(int).tolist()
        == [pytest.approx(6, abs=1)] * 9
    )


def test_skymap_is_the_latest_at_or_before(tmp_path):
    for name in ("gill_20100101", "gill_20140310", "gill_20140311", "fsmi_20120101"):
        (tmp_path / f"themis_skymap_{name}-+_v02.sav").touch()
    assert find_skymap(tmp_path, "gill", "2014-03-10T06:00").name.endswith("20140310-+_v02.sav")
    with pytest.raises(MissingDataError, match="at or before 20091231"):
        find_skymap(tmp_path, "gill", "2009-12-31")


@pytest.mark.parametrize(
    "content", [b"", b"SR\0\4", b"SR\0\4" + bytes(16) * 5, b"SR\0\6" + bytes(99)]
)
def test_skymap_without_an_end_is_an_error_not_an_endless_loop(tmp_path, content):
    (tmp_path / "a.sav").write_bytes(content)
    with pytest.raises(DataFileError, match="IDL"):
        read_skymap(tmp_path / "a.sav")


def test_a_skymap_whose_pixels_have_corners_is_refused(tmp_path, monkeypatch):
    names = ("elevation", "azimuth", "map_latitude", "map_longitude")
    sky = {f"full_{name}": np.ones((3, 9, 9)) for name in names}
    sky |= {"full_map_altitude": [90e3, 110e3, 150e3], "site_uid": "gill", "imager_uid": "themis19"}
    sky |= {"site_map_latitude": 56.0, "site_map_longitude": 265.0}
    sky |= {"generation_info": {"valid_interval_start": "2013"}}
    monkeypatch.setattr(skymap, "read_variables", lambda raw: {"skymap": sky})
    path = tmp_path / "a.sav"
    path.touch()
    with pytest.raises(DataFileError, match="not a whole IDL save file of a skymap"):
        read_skymap(path)


# -- real files -----------------------------------------------------------------------------------


@pytest.mark.data
def test_real_frames_equal_the_official_reader(real_data):
    official = pytest.importorskip("themis_imager_readfile")
    files = sorted(str(p) for p in (real_data / "themis" / "stream0").rglob("*.gz"))
    images, metadata, problems = official.read(files, quiet=True)
    data = read_themis(real_data / "themis" / "stream0")
    assert len(data) == 80
    assert not problems
    np.testing.assert_array_equal(data.values, np.moveaxis(images, 2, 0))
    theirs = [np.datetime64(m["Image request start"].removesuffix(" UTC"), "ns") for m in metadata]
    np.testing.assert_array_equal(data.time.values, theirs)
    assert data.attrs["header"] == metadata[0]


@pytest.mark.data
def test_real_frames_are_the_bytes_of_the_files(real_data):
    """Independent of any reader: each picture is the 131 072 bytes after its header's last line."""
    data = read_themis(real_data / "themis" / "stream0")
    files = sorted((real_data / "themis" / "stream0").rglob("*.gz"), key=lambda p: p.name)
    pictures = [
        np.frombuffer(part, ">u2", 65536).reshape(256, 256)
        for file in files
        for part in gzip.decompress(file.read_bytes()).split(b"\n256 256\n65535\n")[1:]
    ]
    np.testing.assert_array_equal(data.values, pictures)
    assert data.attrs["gaps"] == []


@pytest.mark.data
def test_moon_is_in_the_west_of_the_real_frames_so_column_0_is_east(real_data):
    """At 06:00 UT the Moon stood at azimuth 259, elevation 28 degrees over Gillam (ephemeris)."""
    picture = read_themis(real_data / "themis" / "stream0")[0].values.astype(float)
    y, x = np.unravel_index(picture.argmax(), picture.shape)
    clockwise = np.degrees(np.arctan2(x - 127.5, 127.5 - y)) % 360  # in print, from up
    assert abs(360 - clockwise - 259.1) < 10  # as the sky is seen from below
    assert abs(clockwise - 259.1) > 90  # and not as a map


@pytest.mark.data
def test_real_skymap_looks_from_its_site(real_data):
    path = next((real_data / "themis" / "skymaps").glob("*.sav"))
    sky = read_skymap(path)
    assert sky.attrs["site"] == "atha"
    np.testing.assert_allclose(
        [sky.attrs["site_latitude"], sky.attrs["site_longitude"]], [54.603, -113.644], atol=1e-3
    )
    np.testing.assert_array_equal(sky.altitude, [90, 110, 150])
    y, x = np.unravel_index(np.nanargmax(sky.elevation), (256, 256))
    overhead = sky.sel(altitude=110).isel(y_corner=y, x_corner=x)
    assert abs(overhead.latitude - 54.603) < 0.05
    assert abs(overhead.longitude + 113.644) < 0.05
    north, east = sky.isel(y=40, x=128), sky.isel(y=128, x=40)  # row 0 north, column 0 east
    assert np.cos(np.radians(north.azimuth)) > 0.9
    assert np.sin(np.radians(east.azimuth)) > 0.9
    assert sky.latitude.isel(altitude=1, y_corner=40, x_corner=128) > 55
    assert sky.longitude.isel(altitude=1, y_corner=128, x_corner=40) > -113
