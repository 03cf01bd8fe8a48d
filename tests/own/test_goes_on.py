"""Work that was cut goes on, and what is done is not done again."""

import shutil

import numpy as np
import pandas as pd
import pytest

from geoviz_ml.experiments import Unfinished
from geoviz_ml.own import marking
from geoviz_ml.own.__main__ import main


@pytest.fixture
def folder(desk):
    for i in range(6):
        desk.pair(f"a{i}", f"a{i}.png", f"a{i}_mask.png" if i < 4 else None)
    return desk.folder


def contents(out):
    """Every file of results but the kept trainings and parts, with its bytes."""
    files = [*out.glob("masks/*"), *out.glob("*.csv"), *out.glob("*.txt"), *out.glob("*.png")]
    return {path.name: path.read_bytes() for path in files}


def test_what_is_done_is_not_done_again_and_what_was_taken_away_is(folder, marked, monkeypatch):
    found, _ = marked()
    before = contents(found.out)
    (found.out / "masks" / "a5.png").unlink()
    monkeypatch.setattr(
        marking.Trainings, "_train", lambda *args: pytest.fail("trained a second time")
    )
    again, _ = marked()
    assert contents(again.out) == before


def test_a_run_without_time_goes_on_and_ends_alike(folder, marked, tmp_path):
    whole, _ = marked(out=tmp_path / "whole")
    with pytest.raises(Unfinished, match="fold 1"):
        marked(out=tmp_path / "cut", minutes=0)
    assert not (tmp_path / "cut" / "masks").exists()
    later, _ = marked(out=tmp_path / "cut")
    one, other = contents(whole.out), contents(later.out)
    told = one.pop("report.txt"), other.pop("report.txt")
    assert one == other
    assert told[0].splitlines()[:5] == told[1].splitlines()[:5]


def test_a_run_that_was_stopped_in_a_training_ends_alike(folder, marked, tmp_path, monkeypatch):
    whole, _ = marked(out=tmp_path / "whole")
    epochs = iter(range(60))  # of three times forty: in the second training

    def stop_later(self):
        if next(epochs, None) is None:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(marking.Ticks, "after_epoch", stop_later)
        with pytest.raises(KeyboardInterrupt):
            marked(out=tmp_path / "cut")
    later, _ = marked(out=tmp_path / "cut")
    for path in whole.out.glob("masks/*.png"):
        assert path.read_bytes() == (later.out / "masks" / path.name).read_bytes()


def test_a_new_mask_makes_new_networks_and_new_masks(folder, desk, marked):
    found, _ = marked(steps=8)
    before = (found.out / "masks" / "a5.png").read_bytes()
    desk.save("a4_mask.png", desk.truth["a4"] * 255)
    again, _ = marked(steps=8)
    assert len(again.plan.items) == 5
    assert (again.out / "masks" / "a5.png").read_bytes() != before
    (desk.folder / "a4_mask.png").unlink()
    marked(steps=8)  # what was trained and counted before is kept: the masks are those of it again
    assert (again.out / "masks" / "a5.png").read_bytes() == before


def test_the_command_says_what_it_chose_and_writes_all_that_it_promises(folder, tmp_path, capsys):
    out = tmp_path / "results"
    assert main([str(folder), "--out", str(out), "--steps", "8", "--base", "2"]) == 0
    said = capsys.readouterr().out
    assert (out / "report.txt").read_text("utf-8") == said
    for line in ("nothing: 0.00", "everything: ", "brightness alone: ", "network: "):
        assert line in said
    assert {path.name for path in out.glob("masks/*")} == {f"a{i}.png" for i in range(6)}
    assert pd.read_csv(out / "check_first.csv")["item"].isin(["a4", "a5"]).all()
    assert len(pd.read_csv(out / "pictures.csv")) == 6
    assert (out / "check_first.png").stat().st_size > 0
    assert not [*out.rglob(".*.tmp")]


def test_a_file_in_the_way_of_the_results_is_named(folder, tmp_path, capsys):
    (tmp_path / "taken").write_text("")
    assert main([str(folder), "--out", str(tmp_path / "taken")]) == 1
    assert "taken: is no folder to write to" in capsys.readouterr().err


def test_the_same_pictures_give_the_same_masks_whatever_else_lies_beside(folder, marked, tmp_path):
    one, _ = marked(steps=8, out=tmp_path / "one")
    moved = shutil.copytree(folder, tmp_path / "other" / "mine")
    (moved / "notes.txt").write_text("seen by nobody")
    two = marking.mark_folder(moved, tmp_path / "two", steps=8, base=4)
    for path in one.out.glob("masks/*.png"):
        assert path.read_bytes() == (two.out / "masks" / path.name).read_bytes()
    np.testing.assert_array_equal(one.verdict.table["value"], two.verdict.table["value"])
