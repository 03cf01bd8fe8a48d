"""The command: a row for every file, whatever it is called and whatever is in it."""

import csv
import errno
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from geoviz_ml.exercises import RIGHT, WRONG, marking
from geoviz_ml.exercises.__main__ import main
from geoviz_ml.exercises.returned import returned, save

from ..conftest import ROOT

RIGHT_CELL, WRONG_CELL = 'check("alfven-2", 3)', 'check("alfven-2", 4)'


def table(path) -> list[dict]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_folder_gives_a_row_a_student(lab, tmp_path, capsys):
    folder = lab(RIGHT_CELL, name="ada.ipynb").parent
    lab(WRONG_CELL, name="bob.ipynb")
    (tmp_path / "cyd.ipynb").write_text("not a notebook")
    assert main(["grade", str(folder), "--out", str(tmp_path / "marks.csv")]) == 2
    out, err = capsys.readouterr()
    assert "ada.ipynb: 1 of 8 points" in out
    assert "cyd.ipynb: not a Jupyter notebook" in err
    ada, bob, cyd = table(tmp_path / "marks.csv")
    assert [(r["file"], r["points"], r["of"], r["alfven-2"]) for r in (ada, bob)] == [
        ("ada.ipynb", "1", "8", RIGHT),
        ("bob.ipynb", "0", "8", WRONG),
    ]
    assert (cyd["file"], cyd["points"]) == ("cyd.ipynb", "")
    assert "not a Jupyter notebook" in cyd["problem"]
    assert main(["grade", str(tmp_path / "ada.ipynb"), "--out", str(tmp_path / "m.json")]) == 1
    assert json.loads((tmp_path / "m.json").read_text())[0]["points"] == 1


def test_a_page_that_cannot_be_written_costs_no_marks(lab, tmp_path, capsys, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(marking, "save_feedback", full)
    given = [str(lab(RIGHT_CELL)), "--feedback", str(tmp_path / "back")]
    assert main(["grade", *given, "--out", str(tmp_path / "marks.csv")]) == 1
    assert [row["points"] for row in table(tmp_path / "marks.csv")] == ["1"]
    assert "its page is not written (No space left on device)" in capsys.readouterr().err


def test_a_folder_for_pages_that_cannot_be_is_told_before_anything_is_marked(lab, tmp_path, capsys):
    (tmp_path / "back").write_text("a file")
    with pytest.raises(SystemExit):
        main(["grade", str(lab(RIGHT_CELL)), "--feedback", str(tmp_path / "back")])
    assert "--feedback: cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize("stand", [True, False])
def test_the_first_line_says_whether_there_are_walls(lab, capsys, monkeypatch, stand):
    from geoviz_ml.exercises import __main__ as command

    monkeypatch.setattr(command, "walls_stand", lambda: stand)
    main(["grade", str(lab("check = 1"))])
    first = capsys.readouterr().err.splitlines()[0]
    assert ("behind walls" in first, "no walls" in first) == (stand, not stand)


def test_files_of_one_name_in_folders_of_two_students_are_told_apart(lab, tmp_path, capsys):
    ada, bob = lab(RIGHT_CELL, name="all/ada/lab.ipynb"), lab(WRONG_CELL, name="all/bob/lab.ipynb")
    lab(RIGHT_CELL, name="all/ada/.ipynb_checkpoints/lab-checkpoint.ipynb")
    lab(RIGHT_CELL, name="all/__MACOSX/ada/lab.ipynb")
    for given in ([tmp_path / "all"], [ada, bob], [ada.parent, bob.parent], [ada.parent, bob, ada]):
        assert list(returned(given)) == ["ada/lab.ipynb", "bob/lab.ipynb"]
    assert list(returned([ada])) == ["lab.ipynb"]
    assert main(["grade", str(tmp_path / "all"), "--out", str(tmp_path / "m.csv")]) == 1
    rows = [(row["file"], row["points"]) for row in table(tmp_path / "m.csv")]
    assert rows == [("ada/lab.ipynb", "1"), ("bob/lab.ipynb", "0")]
    assert "bob/lab.ipynb: 0 of 8 points" in capsys.readouterr().out


ODD = [b"caf\xe9.ipynb", b"a\nb.ipynb", b"\x1b[31mred.ipynb", "ä ö.ipynb".encode(), b"-rf.ipynb",
       b"=1+1.ipynb", b"<script>.ipynb", b"*.ipynb", "\u202etxt.ipynb".encode(), b"+x\ty.ipynb",
       b"@a;b,c\"d'e.ipynb", b"x" * 249 + b".ipynb"]  # fmt: skip


def test_every_odd_name_has_its_row_and_none_is_a_formula_or_a_control(lab, tmp_path, capsys):
    content = lab(RIGHT_CELL).read_bytes()
    folder = tmp_path / "all"
    folder.mkdir()
    for name in ODD:
        with open(os.fsencode(folder) + b"/" + name, "wb") as file:
            file.write(content)
    assert main(["grade", str(folder), "--out", str(tmp_path / "m.csv")]) == 1
    rows = table(tmp_path / "m.csv")
    assert len({row["file"] for row in rows}) == len(rows) == len(ODD)
    assert {row["points"] for row in rows} == {"1"}
    assert all(row["file"].isprintable() for row in rows)
    assert not any(row["file"].startswith(("=", "+", "-", "@", "\t", "\r")) for row in rows)
    said = "".join(capsys.readouterr())
    assert said.replace("\n", "").isprintable()


def test_names_that_look_alike_when_spelled_out_keep_a_row_each(tmp_path):
    for name in (b"a\x1b.ipynb", rb"a\x1b.ipynb"):
        with open(os.fsencode(tmp_path) + b"/" + name, "wb"):
            pass
    assert len(returned([tmp_path])) == 2


def test_what_is_called_like_a_notebook_and_is_none_has_its_row_at_once(tmp_path, lab):
    os.mkfifo(tmp_path / "a_pipe.ipynb")
    (tmp_path / "b_folder.ipynb").mkdir()
    (tmp_path / "c_gone.ipynb").symlink_to(tmp_path / "nowhere")
    (tmp_path / "d_endless.ipynb").symlink_to("/dev/zero")
    with open(tmp_path / "e_huge.ipynb", "wb") as file:
        file.truncate(2**40)
    (tmp_path / "f_dense.ipynb").write_text('{"cells": [' + "[]," * 6_000_000 + "[]]}")
    lab(RIGHT_CELL, name="g_good.ipynb")
    start = time.monotonic()
    assert main(["grade", str(tmp_path), "--out", str(tmp_path / "m.csv"), "--limit", "60"]) == 2
    assert time.monotonic() - start < 150
    rows = table(tmp_path / "m.csv")
    assert [row["file"][0] for row in rows] == list("abcdefg")
    assert all(row["problem"] for row in rows[:-1])
    assert rows[-1]["points"] == "1"


def test_an_error_of_our_own_costs_one_row_only(tmp_path, lab, monkeypatch):
    from geoviz_ml.exercises import marking as command

    lab(RIGHT_CELL, name="a.ipynb")
    lab(RIGHT_CELL, name="b.ipynb")
    true = command.grade
    broken = lambda path, *a, **k: 1 / 0 if path.name == "a.ipynb" else true(path, *a, **k)  # noqa: E731
    monkeypatch.setattr(command, "grade", broken)
    assert main(["grade", str(tmp_path), "--out", str(tmp_path / "m.csv")]) == 2
    a, b = table(tmp_path / "m.csv")
    assert "ZeroDivisionError" in a["problem"]
    assert b["points"] == "1"


def test_a_formula_in_a_table_is_text(tmp_path):
    save([{"file": '=HYPERLINK("http://x")', "points": -1, "problem": "-1+1"}], tmp_path / "m.csv")
    (row,) = table(tmp_path / "m.csv")
    assert row == {"file": '\'=HYPERLINK("http://x")', "points": "-1", "problem": "'-1+1"}


@pytest.mark.parametrize("out", ["m.xlsx", "file/m.csv", "m"])
def test_a_table_that_cannot_be_written_is_told_before_anything_is_marked(
    lab, tmp_path, capsys, out
):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(SystemExit) as caught:
        main(["grade", str(lab(RIGHT_CELL)), "--out", str(tmp_path / out)])
    assert caught.value.code == 2
    assert "cannot be written" in (told := capsys.readouterr().err) or "does not end" in told


def test_a_table_that_cannot_be_written_any_more_does_not_stop_the_marking(
    lab, tmp_path, capsys, monkeypatch
):
    from geoviz_ml.exercises import __main__ as command

    def full(rows, path):
        raise OSError(28, "No space left on device")

    lab(RIGHT_CELL, name="a.ipynb")
    lab(RIGHT_CELL, name="b.ipynb")
    monkeypatch.setattr(command, "save", full)
    assert main(["grade", str(tmp_path), "--out", str(tmp_path / "m.csv")]) == 2
    said = capsys.readouterr()
    assert "b.ipynb: 1 of 8 points" in said.out
    assert "No space left" in said.err


def command(*arguments, **options) -> subprocess.Popen:
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    line = [sys.executable, "-m", "geoviz_ml.exercises", "grade", *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(line, stdout=pipe, stderr=pipe, text=True, env=env, **options)


def test_the_command_marks_from_any_folder(lab, tmp_path):
    path = lab(RIGHT_CELL)
    done = command(path.name, "--limit", "60", cwd=tmp_path)
    out, err = done.communicate()
    assert done.returncode == 1, err
    assert "1  alfven-2: right." in out


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_a_grader_that_is_stopped_leaves_the_rows_so_far_and_no_process(lab, tmp_path, sign):
    lab(RIGHT_CELL, name="ada.ipynb")
    lab(WRONG_CELL, name="bob.ipynb")
    mark = f"sleep {time.time_ns() % 10**9 + 10**9}"
    lab(f"import os; os.system({mark!r})", 'check("alfven-2", 3)', name="cyd.ipynb")
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
    running = command(tmp_path, "--out", tmp_path / "m.csv")
    signal.signal(signal.SIGINT, before)
    wait_until(lambda: alive(mark))
    running.send_signal(sign)
    running.communicate(timeout=30)
    assert running.returncode != 0
    assert [(r["file"], r["points"]) for r in table(tmp_path / "m.csv")] == [
        ("ada.ipynb", "1"),
        ("bob.ipynb", "0"),
    ]
    wait_until(lambda: not alive(mark))
    assert not [p for p in tmp_path.iterdir() if p.suffix == ".tmp"]


def alive(mark: str) -> list[int]:
    """Processes whose command line ends with that."""
    done = subprocess.run(["ps", "-A", "-o", "pid=,stat=,args="], capture_output=True, text=True)
    lines = [line.split(None, 2) for line in done.stdout.splitlines()]
    return [int(p) for p, state, args in lines if args.endswith(mark) and not state.startswith("Z")]


def wait_until(condition, seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
