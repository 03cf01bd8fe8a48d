"""Each kind of data set, from a publisher of our own making to its reader."""

from __future__ import annotations

import datetime as dt
import functools
import gzip
import io
import json
import shutil
import tarfile
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pandas as pd
import pytest

from data_fetch import fetch, load, plan, take, verify
from data_fetch.transfer import Patience
from data_fetch.wanted import wanted
from geoviz_ml.errors import DataFileError, DownloadError, MissingDataError, UsageError
from geoviz_ml.readers import find_skymap, read_oath, read_search_coil
from geoviz_ml.simulate.writers import write_cses
from geoviz_ml.simulate.writers_oath import write_oath
from geoviz_ml.simulate.writers_search_coil import write_search_coil_hour
from geoviz_ml.simulate.writers_sun import write_magnetogram, write_srs

from .server import status, whole

HASTY = Patience(attempts=2, wait=0.01, connect=0.5, silence=2)
get = functools.partial(fetch, progress=False, patience=HASTY)


def names_in(folder, pattern="*"):
    return sorted(p.name for p in folder.rglob(pattern) if p.is_file())


# what is asked for


@pytest.mark.parametrize(
    ("name", "options", "match"),
    [
        ("themis", {}, "needs --site --start --end"),
        ("themis", {"site": "gillam", "start": "2014-03-10", "end": "2014-03-10"}, "four letters"),
        ("themis", {"site": "../x", "start": "2014-03-10", "end": "2014-03-10"}, "four letters"),
        ("themis", {"site": "gill", "start": "yesterday", "end": "2014-03-10"}, "no time"),
        ("themis", {"site": "gill", "start": "2014-02-30", "end": "2014-03-10"}, "no time"),
        (
            "themis",
            {"site": "gill", "start": "2014-03-11", "end": "2014-03-10"},
            "before the start",
        ),
        ("themis", {"site": "gill", "start": "0001-01-01", "end": "2014-03-10"}, "no data are of"),
        ("oath", {"site": "gill"}, "has no site"),
        ("magnetograms", {"start": "2014-01-01", "end": "2014-01-02", "cadence": "0d"}, "cadence"),
        (
            "magnetograms",
            {"start": "2014-01-01", "end": "2014-01-02", "cadence": "often"},
            "cadence",
        ),
        ("magnetograms", {"start": "2014-01-01", "end": "2014-01-02", "size": 10**6}, "pixels"),
    ],
)
def test_what_makes_no_sense_is_a_clear_error(name, options, match):
    with pytest.raises(UsageError, match=match):
        get(name, **options)


def test_a_date_alone_is_the_whole_day_and_zones_are_understood():
    asked = wanted(load("alfven"), start="2015-01-31", end="2015-02-01")
    assert (asked.start, asked.end) == (
        dt.datetime(2015, 1, 31),
        dt.datetime(2015, 2, 1, 23, 59, 59),
    )
    assert asked.days() == [dt.date(2015, 1, 31), dt.date(2015, 2, 1)]
    asked = wanted(load("alfven"), start="2015-01-31T01:00+02:00", end="2015-02-01T00:00Z")
    assert (asked.start, asked.end) == (dt.datetime(2015, 1, 30, 23), dt.datetime(2015, 2, 1))


def test_cadence_counts_from_the_start_to_the_end():
    asked = wanted(load("magnetograms"), start="2015-01-01", end="2015-01-01", cadence="6h")
    assert [time.hour for time in asked.times()] == [0, 6, 12, 18]


# themis


@pytest.fixture
def archive(tmp_path, monkeypatch):
    """THEMIS' archive in small, behind a web server with plain listings."""
    root = tmp_path / "archive"
    for site, hour, minutes in [("gill", 5, (58, 59)), ("gill", 6, (0, 1, 2)), ("atha", 6, (0,))]:
        folder = root / f"stream0/2014/03/10/{site}_themis19/ut{hour:02d}"
        folder.mkdir(parents=True, exist_ok=True)
        for minute in minutes:
            name = f"20140310_{hour:02d}{minute:02d}_{site}_themis19_full.pgm.gz"
            (folder / name).write_bytes(gzip.compress(name.encode()))
        (folder / f"20140310_{hour:02d}00_{site}_themis19_thumb.pgm.gz").write_bytes(b"no")
    for date in ("20120101", "20140301", "20140310", "20140311"):
        for version in ("02", "03"):
            folder = root / f"skymaps/gill/gill_{date}"
            folder.mkdir(parents=True, exist_ok=True)
            name = f"themis_skymap_gill_{date}-+_v{version}.sav"
            (folder / name).write_bytes(b"SR\x00\x04" + name.encode())
    handler = functools.partial(SimpleHTTPRequestHandler, directory=root)
    monkeypatch.setattr(SimpleHTTPRequestHandler, "log_message", lambda *arguments: None)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setitem(load("themis").extra, "base", address)
        yield root
        server.shutdown()


GILL = {"site": "gill", "start": "2014-03-10T05:59", "end": "2014-03-10T06:01"}


def test_themis_fetches_the_minutes_asked_for_and_the_skymap_that_holds(archive):
    folder = get("themis", **GILL)
    assert [name[9:13] for name in names_in(folder, "*.pgm.gz")] == ["0559", "0600", "0601"]
    assert not names_in(folder, "*atha*")
    assert names_in(folder, "*.sav") == ["themis_skymap_gill_20140310-+_v03.sav"]
    assert find_skymap(folder, "gill", "2014-03-10T06:00").name == names_in(folder, "*.sav")[0]
    assert (folder / "stream0/2014/03/10/gill_themis19/ut06").is_dir()


def test_themis_tells_count_and_bytes_and_fetches_nothing(archive):
    todo = plan("themis", patience=HASTY, **GILL)
    extra = load("themis").extra
    assert len(todo.missing) == 4
    assert todo.bytes == 3 * extra["minute"] + extra["skymap"]
    assert not todo.folder.exists()
    get("themis", **GILL)
    assert len(plan("themis", patience=HASTY, **GILL).there) == 4


def test_themis_takes_every_skymap_that_holds_on_one_of_the_days(archive):
    days = {"site": "gill", "start": "2014-03-09T23:00", "end": "2014-03-11T01:00"}
    names = names_in(get("themis", **days), "*.sav")
    assert [name[19:27] for name in names] == ["20140301", "20140310", "20140311"]


def test_themis_goes_on_without_a_skymap_and_says_so(archive, capsys):
    assert not names_in(get("themis", **(GILL | {"site": "atha"})), "*.sav")
    assert "No skymap of atha holds" in capsys.readouterr().err


@pytest.mark.parametrize(
    "change", [{"site": "none"}, {"start": "2013-03-10T05:59", "end": "2013-03-10"}]
)
def test_themis_says_when_there_is_nothing(archive, change):
    with pytest.raises(MissingDataError, match="has no picture of"):
        get("themis", **(GILL | change))


def test_themis_does_not_write_where_a_listing_would_lead(server, data, monkeypatch):
    listing = (
        b'<a href="../../../../evil.pgm.gz">x</a><a href="http://elsewhere/gill_themis19/">x</a>'
    )
    server.on("/stream0/2014/03/10/", status(200, listing))
    monkeypatch.setitem(load("themis").extra, "base", server.url)
    with pytest.raises(MissingDataError):
        get("themis", **GILL)
    assert [path for path, _ in server.seen] == ["/stream0/2014/03/10/"]


# alfven


def year_archive(path, days, hours=(0, 1)):
    """A year's archive with both channels, in a folder a month as a publisher may have it."""
    with tarfile.open(path, "w:gz") as packed:
        for day in days:
            for channel in (1, 2):
                for hour in hours:
                    content = f"{channel} {day} {hour}\n".encode()
                    info = tarfile.TarInfo(
                        f"2012/{day:%m}/CH{channel}_{day:%Y_%m_%d}_{hour:02d}.dat"
                    )
                    info.size = len(content)
                    packed.addfile(info, io.BytesIO(content))
    return path


DAYS = [dt.date(2012, 9, day) for day in range(1, 6)]
TWO = {"start": "2012-09-02", "end": "2012-09-03"}


@pytest.fixture
def year(tmp_path, server, monkeypatch):
    content = year_archive(tmp_path / "year.tgz", DAYS).read_bytes()
    monkeypatch.setitem(load("alfven").extra, "address", server.on("/get", whole(content)))
    return server


def test_alfven_unpacks_only_the_days_asked_for(year):
    folder = get("alfven", **TWO)
    assert {n[4:14] for n in names_in(folder, "CH*.dat")} == {"2012_09_02", "2012_09_03"}
    assert len(names_in(folder, "CH*.dat")) == 8
    assert (folder / "CH1_2012_09_02_00.dat").read_text() == "1 2012-09-02 0\n"
    assert verify("alfven") == {}


def test_alfven_fetches_a_year_once_and_unpacks_more_days_later(year):
    get("alfven", **TWO)
    folder = get("alfven", start="2012-09-05", end="2012-09-05")
    assert len(names_in(folder, "CH*.dat")) == 12
    assert len(year.seen) == 1


def test_alfven_archive_may_be_deleted_once_it_is_unpacked(year):
    folder = get("alfven", **TWO)
    (folder / "ESKINDCOIL_2012.tar.gz").unlink()
    get("alfven", **TWO)
    assert len(year.seen) == 1
    assert verify("alfven") == {}


def test_alfven_says_which_days_the_archive_does_not_hold(year, capsys):
    get("alfven", start="2012-09-05", end="2012-09-06")
    assert "holds nothing of 2012-09-06" in capsys.readouterr().err


def test_alfven_year_of_unknown_address_is_taken_from_the_readers_folder(tmp_path):
    asked = {"start": "2015-01-01", "end": "2015-01-01"}
    with pytest.raises(MissingDataError, match="ESKINDCOIL_2015.*by hand.*--from"):
        get("alfven", **asked)
    (tmp_path / "mine").mkdir()
    year_archive(tmp_path / "mine" / "ESKINDCOIL_2015.tar.gz", [dt.date(2015, 1, 1)])
    assert take("alfven", tmp_path / "mine") == ["ESKINDCOIL_2015.tar.gz"]
    assert len(names_in(get("alfven", **asked), "CH*")) == 4


def test_alfven_files_that_the_reader_has_are_found_by_the_library(tmp_path, data):
    (tmp_path / "mine" / "2013").mkdir(parents=True)
    field = np.random.default_rng(0).normal(size=360_000)
    write_search_coil_hour(tmp_path / "mine" / "2013", "2013-01-02T03", field, 1)
    assert take("alfven", tmp_path / "mine") == ["CH1_2013_01_02_03.dat"]
    assert read_search_coil(data / "alfven").sizes["time"] == 360_000


# magnetograms

DISK = (63.5, 63.5, 50.0)
TIMES = [dt.datetime(2014, 1, 1, 0, 0, 30), dt.datetime(2014, 1, 2, 0, 0, 30)]
REGION = {
    "number": 11944,
    "latitude": 10,
    "longitude": 20,
    "carrington": 100,
    "area": 500,
    "mcintosh": "Ekc",
    "extent": 12,
    "spots": 20,
    "mount_wilson": "Beta-Gamma",
}


@pytest.fixture
def sun(tmp_path, server, monkeypatch):
    """Helioviewer and NOAA in small: two pictures and three summaries."""
    y, x = np.mgrid[:128, :128]
    field = np.where(np.hypot(x - DISK[0], y - DISK[1]) < DISK[2], 0.0, np.nan)
    picture = write_magnetogram(tmp_path / "p.png", field, TIMES[0], DISK).read_bytes()

    def closest(handler):
        asked = parse_qs(urlsplit(handler.path).query)
        time = dt.datetime.strptime(asked["date"][0], "%Y-%m-%dT%H:%M:%SZ")
        assert asked["sourceId"] == ["19"]
        found = min(TIMES, key=lambda t: abs(t - time))
        status(200, json.dumps({"id": "1", "date": f"{found:%Y-%m-%d %H:%M:%S}"}).encode())(handler)

    server.on("/getClosestImage/", closest)
    server.on("/takeScreenshot/", whole(picture, etag=None))
    server.on("/getJP2Image/", whole(b"\x00\x00\x00\x0cjP  fake", etag=None))
    for day in (1, 2):
        path = write_srs(tmp_path, f"2014-01-{day:02d}", pd.DataFrame([REGION]))
        server.on(f"/srs/2014/01/{path.name}", whole(path.read_bytes()))
    monkeypatch.setitem(load("magnetograms").extra, "api", server.url)
    monkeypatch.setitem(load("magnetograms").extra, "srs", server.url + "/srs")
    return server


MAGNETOGRAMS = {"start": "2014-01-01", "end": "2014-01-02T00:00", "size": 128}
ONE_DAY = MAGNETOGRAMS | {"end": "2014-01-01T00:00"}


def test_magnetograms_come_with_their_summaries_joined_into_boxes(sun):
    folder = get("magnetograms", **MAGNETOGRAMS)
    assert len(names_in(folder / "magnetograms-128", "*.png")) == 2
    assert names_in(folder / "srs") == ["20140101SRS.txt", "20140102SRS.txt"]
    regions = pd.read_csv(folder / "regions.csv")
    assert list(regions.number) == [11944, 11944]
    assert set(regions.mount_wilson) == {"Beta-Gamma"}
    first = regions.iloc[0]
    assert first.x1 < first.x < first.x2
    assert first.y1 < first.y < first.y2
    # by hand, 30 s after the position's time: B0 of 1 January is -3.0 degrees
    latitude, longitude, b0 = np.radians([10, 20, -3.0])
    up = np.sin(latitude) * np.cos(b0) - np.cos(latitude) * np.cos(longitude) * np.sin(b0)
    assert first.x == pytest.approx(63.5 + 50 * np.cos(latitude) * np.sin(longitude), abs=0.3)
    assert first.y == pytest.approx(63.5 - 50 * up, abs=0.3)
    assert first.x2 - first.x1 == pytest.approx(50 * np.radians(12) * np.cos(longitude), rel=0.1)
    assert verify("magnetograms") == {}


def test_magnetograms_ask_for_the_size_and_the_layer(sun):
    get("magnetograms", **MAGNETOGRAMS)
    asked = next(parse_qs(urlsplit(p).query) for p, _ in sun.seen if "takeScreenshot" in p)
    assert (asked["width"], asked["height"], asked["layers"]) == (["128"], ["128"], ["[19,1,100]"])
    assert (asked["display"], asked["watermark"]) == (["true"], ["false"])
    assert float(asked["imageScale"][0]) * 128 == pytest.approx(4096 * 0.504, rel=1e-3)


def test_magnetograms_are_not_fetched_twice_for_two_times(sun, capsys):
    folder = get("magnetograms", **(MAGNETOGRAMS | {"cadence": "8h"}))
    assert len(names_in(folder, "*.png")) == 2
    assert "4 times were asked for" in capsys.readouterr().err


def test_magnetograms_of_a_day_without_summary_are_kept_and_said(sun, capsys):
    sun.on("/srs/2014/01/20140102SRS.txt", status(404))
    folder = get("magnetograms", **MAGNETOGRAMS)
    assert "There is no srs/20140103SRS.txt" in capsys.readouterr().err
    assert len(pd.read_csv(folder / "regions.csv")) == 2  # a day's rotation from the first


def test_magnetograms_summary_that_cannot_be_read_is_left_out_and_said(sun, capsys):
    sun.on("/srs/2014/01/20140102SRS.txt", status(200, b"service suspended"))
    get("magnetograms", **MAGNETOGRAMS)
    assert "Left out" in capsys.readouterr().err


@pytest.mark.parametrize("damage", ["", "picture\na.png\n", "no,table", "\0"])
def test_magnetograms_beside_a_damaged_table_are_one_clear_error(sun, damage):
    table = get("magnetograms", **MAGNETOGRAMS) / "pictures.csv"
    whole = table.read_text()
    table.write_text(damage or whole.rstrip() + "x\n")  # no number
    with pytest.raises(DataFileError, match=r"pictures\.csv: is not a whole table of pictures"):
        get("magnetograms", **MAGNETOGRAMS)
    table.unlink()
    get("magnetograms", **MAGNETOGRAMS)
    assert table.read_text() == whole


def test_magnetograms_far_from_the_time_asked_for_are_none(sun):
    with pytest.raises(MissingDataError, match="has no picture from"):
        get("magnetograms", start="2015-01-01", end="2015-01-02", size=128)


@pytest.mark.parametrize(
    "answer", [b"{}", b"[]", b"null", b"maintenance", b'{"date": "soon"}', b'{"date":' * 10**5]
)
def test_magnetograms_say_when_the_service_talks_nonsense(sun, answer):
    sun.on("/getClosestImage/", status(200, answer))
    with pytest.raises(DownloadError, match="answers something else"):
        get("magnetograms", **MAGNETOGRAMS)


@pytest.mark.data
def test_magnetograms_real_regions_lie_where_the_field_is(real_data, tmp_path, monkeypatch):
    """The real picture with NOAA's real regions of that day, through a mirror of the reader's."""
    from geoviz_ml.readers import read_magnetogram, read_srs

    shutil.copytree(real_data / "solar" / "magnetograms", tmp_path / "mirror/solar/magnetograms")
    table = read_srs(real_data / "solar" / "srs" / "mount_wilson_1996_2026.csv")
    for day in ("2022-08-02", "2022-08-03"):
        write_srs(tmp_path / "mirror/solar/srs", day, table[table.date == day])
    monkeypatch.setenv("GEOVIZ_ML_MIRROR", str(tmp_path / "mirror"))
    folder = get("magnetograms", start="2022-08-02", end="2022-08-02", cadence="12h")
    field = abs(read_magnetogram(next(folder.rglob("*.jp2"))).values)
    regions = pd.read_csv(folder / "regions.csv")
    assert len(regions) == 2

    def strong(y):
        return np.nanmean(field[int(y[0]) : int(y[1]), int(box.x1) : int(box.x2)] > 100)

    for box in regions.itertuples():
        mirrored = 4095 - box.y2, 4095 - box.y1  # the other hemisphere, as near to the limb
        assert strong((box.y1, box.y2)) > 2 * strong(mirrored)


@pytest.mark.data
@pytest.mark.parametrize("size", [256, 512])
def test_disk_measured_in_a_picture_is_that_of_its_header(real_data, tmp_path, size):
    from PIL import Image

    from data_fetch.magnetograms import _disk

    path = next((real_data / "solar" / "magnetograms").glob("*.jp2"))
    truth = _disk(path.parent, path.name)
    with Image.open(path) as picture:
        picture.resize((size, size), Image.Resampling.BOX).save(tmp_path / f"{path.stem}.png")
    measured = _disk(tmp_path, f"{path.stem}.png")
    scale = 4096 / size
    assert measured["disk_radius"] * scale == pytest.approx(truth["disk_radius"], rel=1e-3)
    assert (measured["disk_x"] + 0.5) * scale - 0.5 == pytest.approx(truth["disk_x"], abs=1)
    assert measured["b0"] == pytest.approx(truth["b0"], abs=0.1)


# cses


def half_orbit(folder):
    n, m = 10, 32
    time = np.datetime64("2021-12-31T23:59:30") + np.arange(n) * np.timedelta64(2048, "ms")
    power = {c: np.ones((n, m)) for c in "xyz"}
    keys = "latitude longitude mag_latitude mag_longitude altitude workmode".split()
    along = {key: np.linspace(1, 2, n).round() for key in keys}
    return write_cses(folder, power, np.arange(m) * 24.4, time, along, 21333, False)


def test_cses_tells_the_steps():
    with pytest.raises(MissingDataError, match=r"(?s)by hand.*1\. Register.*--from FOLDER"):
        get("cses")


def test_cses_files_are_read_and_taken(tmp_path, data):
    path = half_orbit(tmp_path / "mine" / "deep")
    (tmp_path / "mine" / "notes.txt").write_text("not of the set")
    assert take("cses", tmp_path / "mine") == [f"deep/{path.name}"]
    assert get("cses") == data / "cses"
    assert verify("cses") == {}


@pytest.mark.parametrize("size", [0, 2000])
def test_cses_file_that_is_cut_is_not_taken(tmp_path, data, size):
    path = half_orbit(tmp_path / "mine")
    path.write_bytes(path.read_bytes()[:size])
    with pytest.raises(DataFileError, match="CSES_01"):
        take("cses", tmp_path / "mine")
    assert not names_in(data, "*.h5")


# oath: an archive


@pytest.fixture
def oath(tmp_path, server, monkeypatch):
    images = np.random.default_rng(0).integers(0, 256, (6, 16, 16), np.uint8)
    write_oath(tmp_path / "oath_v1.1", images, np.arange(6), np.arange(6) * 60)
    archive = tmp_path / "oath_v1.1_20181026.tgz"
    with tarfile.open(archive, "w:gz") as packed:
        packed.add(tmp_path / "oath_v1.1", "oath_v1.1")
        for name in ("._hidden", "hashes.json"):  # leftovers of a file manager; a trap
            packed.add(
                tmp_path / "oath_v1.1" / "images" / "cropped_scaled" / "00001.png",
                f"oath_v1.1/{name}",
            )
    mirror = server.on("/mirror", whole(archive.read_bytes()))
    gone = server.on("/main", status(503))
    monkeypatch.setitem(load("oath").extra["files"][0], "addresses", [gone, mirror])
    return archive


def test_oath_comes_from_the_mirror_and_is_unpacked_for_its_reader(oath):
    folder = get("oath")
    assert read_oath(folder).sizes["picture"] == 6
    assert not (folder / "._hidden").exists()
    assert verify("oath") == {}


def test_oath_is_not_fetched_or_unpacked_again(oath, server):
    folder = get("oath")
    count, before = (
        len(server.seen),
        (folder / "images/cropped_scaled/00001.png").stat().st_mtime_ns,
    )
    get("oath")
    assert len(server.seen) == count
    assert (folder / "images/cropped_scaled/00001.png").stat().st_mtime_ns == before


def test_oath_picture_that_was_damaged_is_unpacked_again(oath):
    picture = get("oath") / "images/cropped_scaled/00003.png"
    good = picture.read_bytes()
    picture.write_bytes(good[:-10])
    assert list(verify("oath")) == ["images/cropped_scaled/00003.png"]
    get("oath")
    assert picture.read_bytes() == good


def test_oath_archive_that_the_reader_has_is_taken_and_unpacked(oath, tmp_path, data, server):
    (tmp_path / "mine").mkdir()
    shutil.copy(oath, tmp_path / "mine")
    assert take("oath", tmp_path / "mine") == ["oath_v1.1_20181026.tgz"]
    assert read_oath(get("oath")).sizes["picture"] == 6
    assert not server.seen


def test_hostile_archive_is_kept_out(oath, server, tmp_path, monkeypatch, data):
    with tarfile.open(tmp_path / "bad.tgz", "w:gz") as packed:
        info = tarfile.TarInfo("../../evil")
        info.size = 1
        packed.addfile(info, io.BytesIO(b"x"))
    address = server.on("/bad", whole((tmp_path / "bad.tgz").read_bytes()))
    monkeypatch.setitem(load("oath").extra["files"][0], "addresses", [address])
    with pytest.raises(DataFileError, match="leads out of the folder"):
        get("oath")
    assert names_in(data / "oath") == [".lock", "hashes.json", "oath_v1.1_20181026.tgz"]


# taking and checking


def test_sample_that_the_reader_has_in_any_folder_is_taken(tmp_path, data):
    entry = load("oath-tables")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "classifications.csv").write_text("another version")
    with pytest.raises(DataFileError, match="instead of|another SHA-256"):
        take("oath-tables", tmp_path / "mine")
    assert {f.name for f in entry.files()} == {"classifications.csv", "train_test_split.csv"}
    assert not names_in(data, "*.csv")


@pytest.mark.parametrize("name", ["cses", "oath", "themis"])
def test_folder_without_a_file_of_the_set_is_a_clear_error(tmp_path, name):
    (tmp_path / "mine").mkdir()
    with pytest.raises(MissingDataError, match=f"holds no file of {name}"):
        take(name, tmp_path / "mine")
    with pytest.raises(MissingDataError, match="no such folder"):
        take(name, tmp_path / "not there")


def test_what_was_never_fetched_cannot_be_verified():
    with pytest.raises(MissingDataError, match=r"nothing was fetched yet.*data_fetch oath"):
        verify("oath")


def test_missing_and_changed_files_are_told(year):
    folder = get("alfven", **TWO)
    (folder / "CH1_2012_09_02_00.dat").unlink()
    (folder / "CH2_2012_09_02_00.dat").write_text("2 2012-09-02 9\n")
    problems = verify("alfven")
    assert problems["CH1_2012_09_02_00.dat"] == "is missing"
    assert "SHA-256" in problems["CH2_2012_09_02_00.dat"]
    assert len(problems) == 2


def test_bar_shows_bytes_and_rate(year, capsys, monkeypatch):
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    fetch("alfven", **TWO, patience=HASTY)
    assert "B/s" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "options", "server_of"),
    [("oath", {}, "oath"), ("alfven", TWO, "year"), ("magnetograms", ONE_DAY, "sun")],
)
def test_a_whole_set_that_somebody_else_shares_need_only_be_read(
    name, options, server_of, request, monkeypatch
):
    request.getfixturevalue(server_of)
    folder = get(name, **options)
    (folder / ".lock").unlink()
    there = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    monkeypatch.setattr("os.access", lambda path, mode: False)  # root may write everywhere
    assert get(name, **options) == folder
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == there
