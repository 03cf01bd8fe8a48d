"""The pipeline: regions where they are, files that fail named, stopped runs that go on."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from geoviz_ml.errors import DataFileError, GeovizError, MissingDataError, UsageError
from geoviz_ml.geometry import disk_position, rotate, sun_b0
from geoviz_ml.models import DetectNet, GoogLeNet
from geoviz_ml.prepare import regions_in_picture
from geoviz_ml.readers import read_magnetogram, read_srs
from geoviz_ml.simulate.writers_sun import write_magnetogram
from geoviz_ml.sunspots import (
    SunModels,
    annotated,
    find_regions,
    load_sun_models,
    process_folder,
    save_sun_models,
)
from geoviz_ml.sunspots.__main__ import main
from geoviz_ml.sunspots.folder import COLUMNS

TIME = "2014-05-01T12:00:00"
B0 = sun_b0(TIME)
DISK = (149.0, 151.0, 130.0)
NORTH_WEST, SOUTH_EAST = (20.0, 30.0), (-15.0, -40.0)


def sun(places=(NORTH_WEST, SOUTH_EAST), size=300, disk=DISK):
    """A disk with bipoles at these latitudes and longitudes, G."""
    rows, columns = np.mgrid[:size, :size]
    values = np.random.default_rng(0).normal(0, 5, (size, size))
    for latitude, longitude in places:
        x, y, _ = disk_position(latitude, longitude, B0, disk)
        for shift, strength in ((-5, -900), (5, 900)):
            values[np.hypot(columns - x - shift, rows - y) < 5] = strength
    return np.where(np.hypot(columns - disk[0], rows - disk[1]) < disk[2], values, np.nan)


def write(folder, name="20140501_120000_hmi.fits", values=None, disk=DISK):
    values = sun() if values is None else values
    return write_magnetogram(folder / name, values, TIME, disk, B0, 120.0)


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "in", "a.fits")
    return tmp_path / "in"


def places(table):
    return table.sort_values("longitude")[["latitude", "longitude"]].to_numpy()


def test_regions_are_found_at_their_heliographic_places(folder):
    found = find_regions(folder / "a.fits")
    np.testing.assert_allclose(places(found.table), [SOUTH_EAST, NORTH_WEST], atol=1)
    np.testing.assert_allclose(
        found.table.sort_values("longitude").carrington, [80, 150], atol=1
    )  # the disk's centre is at 120
    x, y, _ = disk_position(*NORTH_WEST, B0, DISK)
    box = found.table.sort_values("longitude").iloc[1]
    assert box.x1 < x - 9 < x + 9 < box.x2
    assert box.y1 < y < box.y2
    assert set(found.table["class"]) == {"not classified"}
    assert found.table.class_confidence.isna().all()
    assert (found.table.class_note == "No model was given.").all()


def test_classical_detector_finds_the_same_at_another_scale(folder):
    tables = [
        find_regions(folder / "a.fits", SunModels(size=size)).table for size in (256, 512, 1024)
    ]
    for table in tables:
        np.testing.assert_allclose(places(table), places(tables[1]), atol=0.7)
        np.testing.assert_allclose(
            table[["x1", "y1", "x2", "y2"]], tables[1][["x1", "y1", "x2", "y2"]], atol=3
        )


def test_picture_upside_down_gives_the_same_places(tmp_path):
    """As HMI's own files are: CROTA2 of about 180 degrees."""
    from astropy.io import fits

    path = write(tmp_path)
    upright = find_regions(path).table
    with fits.open(path, mode="update") as hdus:
        hdus[0].data = hdus[0].data[::-1, ::-1].copy()
        header = hdus[0].header
        header["CROTA2"] = 179.93
        header["CRPIX1"] = 301 - header["CRPIX1"]
        header["CRPIX2"] = 301 - header["CRPIX2"]
    turned = find_regions(path)
    np.testing.assert_allclose(places(turned.table), places(upright), atol=0.3)
    assert "Upside down" in turned.note


@pytest.mark.filterwarnings("ignore::astropy.wcs.FITSFixedWarning")
def test_north_that_leans_is_reckoned_with(tmp_path):
    """The spot turns with the picture, its place does not; astropy tells where it is then."""
    from astropy.io import fits
    from astropy.wcs import WCS

    path = write(tmp_path)
    with fits.open(path, mode="update") as hdus:
        header = hdus[0].header
        header["CROTA2"] = 20.0
        x, y, _ = disk_position(*NORTH_WEST, B0, DISK)
        degrees = np.array([x - DISK[0], DISK[1] - y]) * header["CDELT1"] / 3600
        column, row = WCS(header).wcs_world2pix(*degrees, 0)
        rows, columns = np.indices((300, 300))
        spot = np.hypot(columns - column, rows - row) < 6
        hdus[0].data = np.where(spot, 800, sun(())[::-1]).astype(np.float32)
    found = find_regions(path)
    np.testing.assert_allclose(places(found.table), [NORTH_WEST], atol=1)
    assert "leans by 20.0" in found.note


@pytest.mark.parametrize("value", [0.0, 7.5])
def test_disk_without_a_region_has_none(tmp_path, value):
    values = np.where(np.isfinite(sun(())), value, np.nan)
    found = find_regions(write(tmp_path, values=values))
    assert len(found.table) == 0
    assert list(found.table) == COLUMNS[1:]


def test_noise_is_no_region(tmp_path):
    assert len(find_regions(write(tmp_path, values=sun(()))).table) == 0


def test_region_over_the_limb_stays_in_the_picture(tmp_path):
    found = find_regions(write(tmp_path, values=sun([(10.0, 84.0)])))
    assert len(found.table) == 1
    box = found.table.iloc[0]
    assert 0 <= box.x1 < box.x2 <= 300
    assert np.isnan(box.longitude) == ("limb" in box.place_note)
    edge = sun([(10.0, 84.0)], 300, (149.0, 151.0, 150.0))  # the limb is the picture's edge
    box = find_regions(write(tmp_path, values=edge, disk=(149.0, 151.0, 150.0))).table.iloc[0]
    assert box.x2 <= 300


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda p: p.write_bytes(p.read_bytes()[:9000]), "whole FITS"),
        (lambda p: p.write_bytes(b""), "no FITS"),
        (lambda p: write(p.parent, p.name, np.full((300, 300), np.nan)), "no measurement"),
        (lambda p: write(p.parent, p.name, np.zeros((12, 12)), (5.5, 5.5, 5)), "too small"),
    ],
)
def test_bad_file_gives_one_clear_error(folder, make, message):
    make(folder / "a.fits")
    with pytest.raises(DataFileError, match=message) as error:
        find_regions(folder / "a.fits")
    assert str(folder / "a.fits") in str(error.value)


def test_bad_file_is_named_and_does_not_stop_the_others(folder, tmp_path, capsys):
    write(folder, "c.png")
    (folder / "b.fits").write_bytes((folder / "a.fits").read_bytes()[:9000])
    (folder / "notes.txt").write_text("no picture")
    out = tmp_path / "out"
    assert main([str(folder), "--out", str(out)]) == 1
    pictures = pd.read_csv(out / "pictures.csv").set_index("file")
    assert pictures.status.to_dict() == {"a.fits": "done", "b.fits": "failed", "c.png": "done"}
    assert "b.fits" in pictures.note["b.fits"]
    assert "b.fits" in capsys.readouterr().err
    regions = pd.read_csv(out / "regions.csv")
    assert list(regions) == COLUMNS
    assert regions.file.value_counts().to_dict() == {"a.fits": 2, "c.png": 2}
    png = regions[regions.file == "c.png"]
    assert png.latitude.isna().all()
    assert png.place_note.str.startswith("No header").all()
    np.testing.assert_allclose(
        png[["x1", "y1", "x2", "y2"]], regions[regions.file == "a.fits"].iloc[:, 3:7], atol=3
    )
    (folder / "b.fits").unlink()
    assert main([str(folder), "--out", str(out)]) == 0


def test_crops_and_annotated_picture_show_the_regions(folder, tmp_path):
    process_folder(folder, tmp_path / "out")
    crops = sorted((tmp_path / "out" / "crops").glob("*.png"))
    assert [crop.name for crop in crops] == ["a.fits_01.png", "a.fits_02.png"]
    for crop in crops:
        grey = np.asarray(Image.open(crop))
        assert grey.min() < 10  # both polarities
        assert grey.max() > 245
    found = find_regions(folder / "a.fits")
    picture = np.asarray(Image.open(tmp_path / "out" / "annotated" / "a.fits.png"))
    np.testing.assert_array_equal(picture, annotated(found))
    colour = (picture == (0xE6, 0x9F, 0)).all(axis=2)
    x1, y1, x2, y2 = np.rint(2 * found.boxes[0]).astype(int)
    assert colour[y1, x1:x2].mean() > 0.9
    assert not colour[: y1 - 1].any() or len(found.boxes) > 1


def test_done_pictures_are_not_done_again(folder, tmp_path, monkeypatch):
    import geoviz_ml.sunspots.find as module

    first, _ = process_folder(folder, tmp_path / "out")
    write(folder, "b.fits", sun([NORTH_WEST]))
    seen = []
    find = module.find_regions
    monkeypatch.setattr(module, "find_regions", lambda f, *a, **k: seen.append(f.name) or find(f))
    both, pictures = process_folder(folder, tmp_path / "out")
    assert seen == ["b.fits"]
    assert pictures.regions.tolist() == [2, 1]
    text = (tmp_path / "out" / "regions.csv").read_text()
    process_folder(folder, tmp_path / "out")
    assert seen == ["b.fits"]
    assert (tmp_path / "out" / "regions.csv").read_text() == text
    write(folder, "a.fits", sun([]))  # another picture under the old name
    _, pictures = process_folder(folder, tmp_path / "out")
    assert seen == ["b.fits", "a.fits"]
    assert pictures.regions.tolist() == [0, 1]
    assert not list((tmp_path / "out" / "crops").glob("a.fits*"))


def test_killed_half_way_nothing_is_lost(tmp_path):
    """Killed without warning, the next call does the rest, and the tables are those of one run."""
    folder, out = tmp_path / "in", tmp_path / "out"
    for i in range(12):
        write(folder, f"{i:02d}.fits", sun([NORTH_WEST, SOUTH_EAST][: 1 + i % 2]))
    command = [sys.executable, "-m", "geoviz_ml.sunspots", str(folder), "--out", str(out)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        end = time.monotonic() + 60
        while len(list((out / "done").glob("*.json"))) < 2 and time.monotonic() < end:
            time.sleep(0.005)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    done = sorted((out / "done").glob("*.json"))
    assert 2 <= len(done) < 12
    before = {file: file.stat().st_mtime_ns for file in done}
    assert all(json.loads(file.read_text())["regions"] for file in done)
    assert subprocess.run(command, capture_output=True).returncode == 0
    assert all(file.stat().st_mtime_ns == at for file, at in before.items())
    process_folder(folder, tmp_path / "whole")
    for name in ("regions.csv", "pictures.csv"):
        assert (out / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()


def test_folder_without_pictures_is_an_error(tmp_path, capsys):
    with pytest.raises(MissingDataError, match="no such folder"):
        process_folder(tmp_path / "none", tmp_path / "out")
    with pytest.raises(MissingDataError, match="no picture"):
        process_folder(tmp_path, tmp_path / "out")
    assert main([str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "no picture" in capsys.readouterr().err


@pytest.fixture(scope="module")
def models():
    """Small networks with random weights; the detector's head finds a box in the middle."""
    import torch

    torch.manual_seed(0)
    detector = DetectNet(width=0.125)
    with torch.no_grad():
        detector.coverage.weight.zero_()
        detector.coverage.bias.fill_(3)
        detector.corners.weight.zero_()
        detector.corners.bias.copy_(torch.tensor([-20.0, -20, 28, 28]))
    return SunModels(
        detector=detector.eval(),
        classifier=GoogLeNet(classes=3, width=0.125).eval(),
        built={
            "detector": ["DetectNet", {"width": 0.125}],
            "classifier": ["GoogLeNet", {"classes": 3, "width": 0.125}],
        },
        size=128,
        decoding={"coverage": 0.6, "threshold": 0},
        classes=["Alpha", "Beta", "Gamma"],
        side=32,
    )


def test_models_come_back_as_they_were(models, tmp_path):
    import torch

    loaded = load_sun_models(save_sun_models(tmp_path / "m.safetensors", models))
    x = torch.rand(2, 1, 64, 64)
    with torch.inference_mode():
        assert torch.equal(loaded.detector(x), models.detector(x))
        assert torch.equal(loaded.classifier(x), models.classifier(x))
    for name in ("kind", "size", "radius", "decoding", "confidence", "classes", "side", "built"):
        assert getattr(loaded, name) == getattr(models, name)
    assert loaded.key


def test_models_find_and_name_regions(models, folder, tmp_path):
    found = find_regions(folder / "a.fits", models)
    assert len(found.boxes) == 16 * 16  # every cell answers, nothing is grouped
    assert (found.boxes >= 0).all()
    assert (found.boxes <= 128).all()
    assert set(found.table["class"]) <= {"Alpha", "Beta", "Gamma"}
    assert found.table.class_confidence.between(1 / 3, 1).all()
    assert (found.table.detector == "DetectNet").all()
    off = found.table.latitude.isna()
    assert off.any()
    assert found.table.place_note[off].str.contains("limb").all()
    path = save_sun_models(tmp_path / "m.safetensors", models)
    assert main([str(folder), "--out", str(tmp_path / "out"), "--model", str(path)]) == 0
    table = pd.read_csv(tmp_path / "out" / "regions.csv", keep_default_na=False)
    assert table["class"].tolist() == found.table["class"].tolist()


def test_faster_rcnn_is_a_detector_too(folder, tmp_path):
    """With random weights it finds nothing of sense, but in the pixels of the file."""
    import torch

    from geoviz_ml.models import small_faster_rcnn

    torch.manual_seed(0)
    models = SunModels(
        small_faster_rcnn().eval(), built={"detector": ["small_faster_rcnn", {}]}, size=128
    )
    loaded = load_sun_models(save_sun_models(tmp_path / "m.safetensors", models))
    tables = [find_regions(folder / "a.fits", each).table for each in (models, loaded)]
    pd.testing.assert_frame_equal(*tables)
    assert set(tables[0].detector) == {"small_faster_rcnn"}
    assert (tables[0].class_note == "The model has no classifier.").all()
    assert tables[0][["x1", "y1", "x2", "y2"]].stack().between(0, 300).all()


def test_models_of_another_kind_of_picture_are_refused(models, folder):
    with pytest.raises(GeovizError, match="is a continuum, the models know a magnetogram"):
        find_regions(folder / "a.fits", models, kind="continuum")


@pytest.mark.parametrize("damage", ["short", "other", "network"])
def test_damaged_file_of_models_is_an_error(models, tmp_path, damage):
    path = save_sun_models(tmp_path / "m.safetensors", models)
    raw = path.read_bytes()
    changed = {
        "short": raw[:-100],
        "other": b"not a model",
        "network": raw.replace(b"DetectNet", b"WreckedNet"[:9]),
    }
    path.write_bytes(changed[damage])
    with pytest.raises(DataFileError, match=r"no whole file of models"):
        load_sun_models(path)
    with pytest.raises(MissingDataError):
        load_sun_models(tmp_path / "none")


def test_models_that_could_not_be_rebuilt_are_not_saved(models, tmp_path):
    wrong = SunModels(detector=models.detector, built={"detector": ["DetectNet", {"width": 0.5}]})
    with pytest.raises(UsageError, match="does not rebuild"):
        save_sun_models(tmp_path / "m.safetensors", wrong)
    assert not list(tmp_path.iterdir())


@pytest.fixture(scope="module")
def summaries(real_data):
    return read_srs(real_data / "solar" / "srs" / "mount_wilson_1996_2026.csv")


@pytest.mark.data
def test_region_with_spots_of_a_real_hmi_magnetogram_is_noaas(real_data, summaries):
    """2 August 2022: of NOAA's two groups that day the one with spots, in one box at its place."""
    path = next((real_data / "solar" / "magnetograms").glob("*.jp2"))
    found = find_regions(path)
    assert found.picture.kind == "magnetogram"
    placed = regions_in_picture(summaries, found.time, found.picture.disk)
    today = placed[placed.date >= np.datetime64("2022-08-02")]
    assert today.number.tolist() == [13068, 13070]
    assert today.area.tolist() == [120, 0]
    region = today.iloc[0]
    boxes = found.table[
        found.table.x1.lt(region.x) & found.table.x2.gt(region.x)
        & found.table.y1.lt(region.y) & found.table.y2.gt(region.y)
    ]  # fmt: skip
    assert len(boxes) == 1
    days = (np.datetime64(found.time) - np.datetime64(region.date)) / np.timedelta64(1, "D")
    longitude = rotate(region.longitude, region.latitude, days)
    assert boxes.latitude.iloc[0] == pytest.approx(region.latitude, abs=4)
    assert boxes.longitude.iloc[0] == pytest.approx(longitude, abs=6)
    assert len(found.table) <= 4


@pytest.mark.data
def test_real_sharps_hold_their_region_and_a_bitmap_is_named(real_data, summaries, tmp_path):
    """Six cut-outs as field and light; the header names NOAA's region, the summary its place."""
    folder = real_data / "solar" / "sharp"
    regions, pictures = process_folder(folder, tmp_path / "out")
    assert pictures.groupby("status").size().to_dict() == {"done": 12, "failed": 1}
    failed = pictures[pictures.status == "failed"].iloc[0]
    assert "bitmap" in failed.file
    assert "magnetogram or a continuum" in failed.note
    for file in sorted(folder.glob("*.magnetogram.fits")):
        data = read_magnetogram(file)
        rows = summaries[summaries.number == data.attrs["header"]["NOAA_AR"]]
        days = (np.datetime64(data.attrs["time"]) - rows.date.to_numpy()) / np.timedelta64(1, "D")
        nearest = int(np.abs(days).argmin())
        region = rows.iloc[nearest]
        longitude = rotate(region.longitude, region.latitude, days[nearest])
        found = regions[regions.file == file.name]
        away = np.hypot(found.latitude - region.latitude, found.longitude - longitude)
        assert away.min() < 6
    light = pictures[pictures.file.str.contains("continuum.fits")].set_index("file").regions
    assert light[[name for name in light.index if ".377." in name]].iloc[0] == 1
