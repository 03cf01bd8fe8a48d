"""Many pictures: files that fail are named, stopped runs go on, names may be anything."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from geoviz_ml.errors import MissingDataError, UsageError
from geoviz_ml.sunspots import annotated, find_regions, process_folder
from geoviz_ml.sunspots.__main__ import main
from geoviz_ml.sunspots.folder import COLUMNS

from .drawn import NORTH_WEST, SOUTH_EAST, sun, write


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


def crops(out):
    return sorted(file.name for file in (out / "crops").iterdir())


def test_hidden_files_are_no_pictures(folder, tmp_path):
    (folder / "._a.fits").write_bytes(b"\0\5\x16\7Mac OS X")
    (folder / ".b.png").write_bytes(b"")
    _, pictures = process_folder(folder, tmp_path / "out")
    assert pictures.file.tolist() == ["a.fits"]


@pytest.mark.parametrize("name", ["*.png", "sun [1].png", "?.png", "a.png_01.png", "%s{}.png"])
def test_old_crops_are_removed_by_name_and_nobody_elses(tmp_path, name):
    folder, out = tmp_path / "in", tmp_path / "out"
    for picture in ("a.png", "sun 1.png", "*.fits", name):
        write(folder, picture)
    process_folder(folder, out)
    before = crops(out)
    assert len(before) == 8
    write(folder, name, sun([NORTH_WEST]))
    regions, _ = process_folder(folder, out)
    assert (regions.file == name).sum() == 1
    assert crops(out) == [crop for crop in before if crop != f"{name}_02.png"]


@pytest.mark.skipif(sys.platform != "linux", reason="names that only Linux allows")
def test_a_file_may_be_called_anything(tmp_path):
    folder, out = tmp_path / "in", tmp_path / "out"
    names = ["=cmd|'x'!A1.png", "<script>alert(1)<script>.png", "\x1b[31m.png", "a\nb.png"]
    names += [os.fsdecode(b"\xff.png"), "x" * 251 + ".png", "ä" * 125 + ".png", "-,;@1.png"]
    for name in names:
        write(tmp_path, "one.png").rename(tmp_path / "one")
        folder.mkdir(exist_ok=True)
        (tmp_path / "one").rename(folder / name)
    assert main([str(folder), "--out", str(out)]) == 0
    pictures = pd.read_csv(out / "pictures.csv")
    regions = pd.read_csv(out / "regions.csv")
    assert len(pictures) == len(names)
    assert set(pictures.status) == {"done"}
    assert regions.file.value_counts().eq(2).all()
    assert set(pictures.file) == set(regions.file)
    shown = {"'=cmd|'x'!A1.png", r"\x1b[31m.png", r"a\nb.png", r"\udcff.png", "'-,;'@1.png"}
    assert shown < set(pictures.file)
    assert len(crops(out)) == 2 * len(names)
    before = [file.stat().st_mtime_ns for file in (out / "done").iterdir()]
    assert main([str(folder), "--out", str(out)]) == 0
    assert [file.stat().st_mtime_ns for file in (out / "done").iterdir()] == before


def test_a_failed_file_of_an_odd_name_is_a_row_too(folder, tmp_path, capsys):
    name = "=a\x1b.png"
    (folder / name).write_bytes(b"no picture")
    _, pictures = process_folder(folder, tmp_path / "out")
    assert pictures.set_index("file").status.to_dict() == {
        r"=a\x1b.png": "failed",
        "a.fits": "done",
    }
    assert r"'=a\x1b.png" in (tmp_path / "out" / "pictures.csv").read_text()
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.skipif(os.name != "posix", reason="named pipes of POSIX")
def test_a_named_pipe_is_not_waited_for(folder, tmp_path):
    os.mkfifo(folder / "b.png")
    _, pictures = process_folder(folder, tmp_path / "out")
    assert pictures.file.tolist() == ["a.fits"]


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b"[" * 100_000,
        b'{"stamp": []}',
        {"regions": 1},
        {"regions": [1]},
        {"picture": [1]},
    ],
)
def test_a_damaged_note_costs_its_picture_only(folder, tmp_path, damage):
    out = tmp_path / "out"
    write(folder, "b.fits")
    process_folder(folder, out)
    text, note = (out / "regions.csv").read_text(), out / "done" / "a.fits.json"
    if isinstance(damage, dict):  # of the right kind, but for one entry
        damage = json.dumps(json.loads(note.read_text()) | damage).encode()
    note.write_bytes(damage)
    _, pictures = process_folder(folder, out)
    assert pictures.status.tolist() == ["done", "done"]
    assert (out / "regions.csv").read_text() == text


def test_other_models_mean_that_all_is_done_again(folder, tmp_path, models):
    first, _ = process_folder(folder, tmp_path / "out", models)
    again = replace(models, confidence=1e6)
    assert again.key != models.key
    second, _ = process_folder(folder, tmp_path / "out", again)
    assert len(first) > len(second) == 0


def test_a_place_that_cannot_be_written_to_is_one_clear_error(folder, tmp_path):
    (tmp_path / "out").write_text("a file")
    with pytest.raises(UsageError, match="no folder to write to") as error:
        process_folder(folder, tmp_path / "out")
    assert str(tmp_path / "out") in str(error.value)
