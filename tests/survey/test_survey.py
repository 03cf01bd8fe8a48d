"""Every item once, whatever does it; what is damaged is a row; nothing is done twice."""

import csv
import hashlib
import itertools
import os
import pickle
import shutil
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
import torch

from geoviz_ml.errors import DataFileError, GeovizError, MissingDataError, UsageError
from geoviz_ml.survey import file_stamp, survey, weights_key
from geoviz_ml.survey import run as module
from geoviz_ml.survey.work import Work, do

from .toy import COLUMNS, Roots, fill

N = 12


@pytest.fixture
def archive(tmp_path):
    return tmp_path / "archive", fill(tmp_path / "archive", N)


def run(archive, out, one=None, **options):
    folder, todo = archive
    options = {"columns": COLUMNS, "recipe": {"version": 1}, **options}
    return survey(todo, one or Roots(folder), out, **options)


def test_a_table_has_every_item_and_says_what_is_wrong(archive, tmp_path):
    made = run(archive, tmp_path / "out")
    table = made.read()
    assert list(dict.fromkeys(table.item)) == archive[1]
    status = table.groupby("item").status.first()
    assert status.value_counts().to_dict() == {
        "done": N - 3,
        "damaged": 1,
        "missing": 1,
        "failed": 1,
    }
    assert made.counts == {"rows": 2 * (N - 3) + 3, "done": N - 3, "damaged": 1, "missing": 1,
                           "failed": 1}  # fmt: skip
    notes = table[table.status != "done"].set_index("item").note
    assert "0002.txt: is cut short." in notes["0002.txt"]
    assert "ZeroDivisionError" in notes["0007.txt"]
    good = table[table.status == "done"]
    assert (good.root.abs() == good.n.astype(float) ** 0.5).all()
    assert good.even.tolist() == [n % 2 == 0 for n in good.n]
    assert good.when.isna().sum() == len(good) / 2
    assert good.day.iloc[0] == pd.Timestamp("2020-01-01")
    assert table[table.status != "done"][list(COLUMNS)].isna().all(axis=None)


def test_run_again_does_what_failed_and_nothing_else(archive, tmp_path):
    log = tmp_path / "log"
    one = Roots(archive[0], log)
    made = run(archive, tmp_path / "out", one)
    text, at = made.table.read_bytes(), made.table.stat().st_mtime_ns
    log.unlink()
    again = run(archive, tmp_path / "out", one)
    assert [line.split()[0] for line in log.read_text().splitlines()] == ["0007.txt"]
    assert again.table.read_bytes() == text
    assert again.counts == made.counts
    (archive[0] / "0007.txt").write_text("number 49\n")
    run(archive, tmp_path / "out", one)
    log.unlink()
    at = made.table.stat().st_mtime_ns
    assert run(archive, tmp_path / "out", one).done == 0
    assert not log.exists()
    assert made.table.stat().st_mtime_ns == at


def test_a_changed_file_or_recipe_is_another_part(archive, tmp_path):
    folder = archive[0]
    options = {"stamp": lambda item: file_stamp(folder / item)}
    run(archive, tmp_path / "out", **options)
    (folder / "0004.txt").write_text("number 16\n")
    made = run(archive, tmp_path / "out", **options)
    assert made.done == 2  # this one, and the one that has failed
    assert made.counts["done"] == N - 2
    other = run(archive, tmp_path / "out", recipe={"version": 2})
    assert other.done == N


@pytest.mark.parametrize("executor", [1, 2, "threads"])
def test_executors_make_the_table_of_the_serial_run(archive, tmp_path, executor):
    serial = run(archive, tmp_path / "serial").table.read_bytes()
    if executor == "threads":
        with ThreadPoolExecutor(3) as pool:
            made = run(archive, tmp_path / "out", executor=pool)
    else:
        made = run(archive, tmp_path / "out", executor=executor)
    assert made.table.read_bytes() == serial
    assert not list(made.parts.glob(".work*"))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3)))[::2])
def test_shards_in_any_order_then_merged_are_one_run(archive, tmp_path, order):
    serial = run(archive, tmp_path / "serial").table.read_bytes()
    log = tmp_path / "log"
    one = Roots(archive[0], log)
    for i in order:
        shard = run(archive, tmp_path / "out", one, shard=(i, 3))
        assert shard.table is None
        with pytest.raises(UsageError, match="no table"):
            shard.read()
    assert len(log.read_text().splitlines()) == N - 2
    merged = run(archive, tmp_path / "out", one)
    assert merged.table.read_bytes() == serial
    assert merged.done == 1  # what had failed


def test_groups_and_batches_make_the_same_table_in_fewer_parts(archive, tmp_path):
    serial = run(archive, tmp_path / "serial").table.read_bytes()
    for batch in (1, 3):
        made = run(
            archive, tmp_path / f"out{batch}", group=lambda item: item[:3], batch=batch, readers=2
        )
        assert made.table.read_bytes() == serial
        assert len(list(made.parts.glob("*.csv"))) == 2


def test_a_killed_process_costs_nothing_but_time(archive, tmp_path):
    serial = run(archive, tmp_path / "serial").table.read_bytes()
    log = tmp_path / "log"

    def kill():
        while not log.exists() or len(log.read_text().splitlines()) < 3:
            time.sleep(0.01)
        os.kill(int(log.read_text().splitlines()[-1].split()[1]), signal.SIGKILL)

    killer = threading.Thread(target=kill)
    killer.start()
    made = run(archive, tmp_path / "out", Roots(archive[0], log, wait=0.05), executor=2)
    killer.join()
    assert made.table.read_bytes() == serial


def test_an_item_that_kills_its_process_is_a_row(archive, tmp_path):
    made = run(archive, tmp_path / "out", Roots(archive[0], poison="0005.txt"), executor=2)
    table = made.read().groupby("item").first()
    assert table.status["0005.txt"] == "failed"
    assert "killed" in table.note["0005.txt"]
    assert (table.status == "done").sum() == N - 4


def test_parquet_says_the_same(archive, tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet")
    made = run(archive, tmp_path / "out")
    rows = parquet.read_table(made.table.with_suffix(".parquet")).to_pylist()
    for row, line in zip(rows, made.read().to_dict("records"), strict=True):
        assert list(row) == list(line)
        for name, value in row.items():
            other = line[name]
            if value is None or pd.isna(value):
                assert pd.isna(other)
            else:
                assert (pd.Timestamp(value) if name in ("day", "when") else value) == other


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"shard": (3, 3)}, "no shard"),
        ({"columns": {"a": "integer"}}, "kind"),
        ({"executor": 0}, "processes"),
        ({"key": lambda item: "same"}, "twice"),
    ],
)
def test_what_makes_no_sense_is_refused(archive, tmp_path, options, match):
    with pytest.raises(UsageError, match=match):
        run(archive, tmp_path / "out", **options)


@pytest.mark.parametrize(
    "damage",
    [lambda raw: raw[:20], lambda raw: raw + b"a,b\n", lambda raw: raw + b"\xff" + raw[-9:]],
    ids=["cut", "a short row", "no text"],
)
def test_a_damaged_part_is_named(archive, tmp_path, damage):
    made = run(archive, tmp_path / "out")
    part = made.parts / "0003.txt.csv"
    part.write_bytes(damage(part.read_bytes()))
    made.table.unlink()
    with pytest.raises(DataFileError, match=r"0003\.txt\.csv: is no.* whole part"):
        run(archive, tmp_path / "out")


@pytest.mark.parametrize("damage", ["", "[]", '{"counts": 3}', "[" * 100_000])
def test_a_damaged_note_of_the_table_is_made_again(archive, tmp_path, damage):
    made = run(archive, tmp_path / "out")
    text = made.table.read_bytes()
    (made.parts / "table.json").write_text(damage)
    assert run(archive, tmp_path / "out").counts == made.counts
    assert made.table.read_bytes() == text


def test_an_executor_that_has_ended_is_said_and_the_next_call_does_the_rest(archive, tmp_path):
    class Ends(ThreadPoolExecutor):
        def submit(self, *args):
            future = super().submit(*args)
            if args[-1].items == ("0006.txt",):
                future = super().submit(lambda: (_ for _ in ()).throw(BrokenPipe("gone")))
            return future

    from concurrent.futures import BrokenExecutor as BrokenPipe

    with Ends(1) as pool, pytest.raises(GeovizError, match="has ended"):
        run(archive, tmp_path / "out", executor=pool)
    made = run(archive, tmp_path / "out")
    assert made.counts["done"] == N - 3


def test_work_that_was_changed_on_its_way_is_never_loaded(tmp_path):
    class Trap:
        def __reduce__(self):
            return (tmp_path / "sprung").touch, ()

    path = tmp_path / "work"
    path.write_bytes(pickle.dumps(Trap()))
    sent = Work(path, hashlib.sha256(b"what was sent").hexdigest(), ("", 0))
    with pytest.raises(UsageError, match="work: is not what was sent"):
        do(sent, 1)
    assert not (tmp_path / "sprung").exists()
    pickle.loads(path.read_bytes())
    assert (tmp_path / "sprung").exists()  # it would have


def test_a_formula_or_a_control_in_the_table_is_text(tmp_path):
    """In names of items, in what was found of them, and in what went wrong."""

    def one(item):
        if item == "-1":
            raise DataFileError("is cut\x1b[2J short.", item)
        return pd.DataFrame({"name": [item], "note": f"{item} @SUM(A1)"})

    items = ["=1+1", "a\x1b[2J", "-1", "b;=2", "plain"]
    made = survey(items, one, tmp_path, {}, columns={"name": "text"})
    cells = made.table.read_text(encoding="utf-8")
    assert "\x1b" not in cells
    rows = list(csv.DictReader(cells.splitlines()))
    assert [row["item"] for row in rows] == ["'=1+1", r"a\x1b[2J", "'-1", "b;'=2", "plain"]
    assert [row["name"] for row in rows] == ["'=1+1", r"a\x1b[2J", "", "b;'=2", "plain"]
    assert rows[0]["note"] == "'=1+1 @SUM(A1)"
    assert rows[2]["note"].startswith("'-1: is cut\\x1b[2J short.")


def test_names_may_be_anything(tmp_path):
    from geoviz_ml.survey.parts import part_name

    names = ["a/b.txt", "a_b.txt", "=1", "..", ".x", "x" * 300, "ä", "a\nb", "\udcff"]
    made = [part_name(name) for name in names]
    assert len(set(made)) == len(names)
    assert all(name.isascii() and "/" not in name and name[0] != "." for name in made)
    assert all(len(name) < 150 for name in made)


def test_a_part_that_another_process_mends_while_this_one_merges_is_taken(
    archive, tmp_path, monkeypatch
):
    real = module.merge

    def meanwhile(parts, *rest):
        parts = list(parts)
        for part in parts:
            if part.name.endswith(".failed.csv"):
                part.rename(part.with_name(part.name.replace(".failed.csv", ".csv")))
        return real(parts, *rest)

    monkeypatch.setattr(module, "merge", meanwhile)
    made = run(archive, tmp_path / "out")
    monkeypatch.undo()
    assert len(made.read().item.unique()) == N
    assert run(archive, tmp_path / "out").counts == made.counts


def test_a_folder_that_is_removed_while_it_is_used_is_told(archive, tmp_path, monkeypatch):
    out, real = tmp_path / "out", module.merge

    def removed(*rest):
        shutil.rmtree(out)
        return real(*rest)

    monkeypatch.setattr(module, "merge", removed)
    with pytest.raises(MissingDataError, match="0000.txt.csv: is not there any more. Call again"):
        run(archive, out)
    monkeypatch.undo()
    assert run(archive, out).counts["done"] == N - 3


def test_all_that_is_in_an_array_decides(tmp_path):
    columns, curve = {"twice": "whole"}, np.arange(3000)
    other = curve.copy()
    other[1500] = 0  # NumPy's text leaves it out

    def ask(option):
        return survey([1], twice, tmp_path, {"option": option}, columns=columns).done

    assert [ask(kind(curve)) for kind in (np.asarray, torch.from_numpy, pd.Series)] == [1, 0, 0]
    assert ask(other) == 1
    assert [ask(pd.DataFrame({"a": values})) for values in (curve, other, curve)] == [1, 1, 0]
    assert ask({"b", "a"}) == 1
    assert ask(["a", "b"]) == 0


def twice(item):
    return pd.DataFrame({"twice": [2 * item]})


def test_the_key_is_of_the_whole_network_and_of_any_kind_of_weights():
    wrapped = Wrapped(torch.nn.Linear(2, 1))
    before = weights_key(wrapped)
    wrapped.gain.data += 1
    assert weights_key(wrapped) != before
    half = torch.nn.Linear(2, 1).bfloat16()
    before = weights_key(half)
    half.weight.data += 1
    assert weights_key(half) != before


class Wrapped(torch.nn.Module):
    """Somebody's network, whose part is called ``model``."""

    def __init__(self, model):
        super().__init__()
        self.model, self.gain = model, torch.nn.Parameter(torch.zeros(1))
