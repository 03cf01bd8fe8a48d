"""Marking: right answers get their points, nothing else does, and nothing hangs."""

import time

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell

from geoviz_ml.errors import DataFileError, MissingDataError
from geoviz_ml.exercises import OPEN, RIGHT, WRONG
from geoviz_ml.exercises.grade import grade

from ..conftest import ROOT

LABS = sorted((ROOT / "book").glob("*/*_lab.ipynb"))


def states(marks):
    return {v.name: v.state for v in marks.verdicts}


def said(marks, name):
    return next(v.trouble for v in marks.verdicts if v.name == name)


@pytest.mark.parametrize("path", LABS, ids=lambda p: p.stem)
def test_the_solutions_of_every_lab_get_full_marks(path, tmp_path):
    notebook = nbformat.read(path, 4)
    for cell in notebook.cells:  # hand in the solutions as one's own
        if "solution" in cell.metadata.get("tags", []):
            cell.metadata.tags = []
        if cell.cell_type == "markdown":
            cell.source = ""
    nbformat.write(notebook, tmp_path / "lab.ipynb")
    marks = grade(tmp_path / "lab.ipynb")
    assert marks.points == len(marks.verdicts) >= 6, str(marks)


def test_the_folded_solutions_of_an_untouched_lab_give_no_point():
    marks = grade(LABS[0])
    assert set(states(marks).values()) == {OPEN}, str(marks)


def test_wrong_answers_are_told_with_their_hint(lab):
    marks = grade(lab('check("alfven-1", 7)', 'check("alfven-6", "many")'))
    assert marks.points == 0
    assert states(marks)["alfven-1"] == states(marks)["alfven-6"] == WRONG
    assert states(marks)["alfven-2"] == OPEN
    assert "How many bins share the frequencies" in str(marks)
    assert len(marks.verdicts) == 8


def test_the_last_answer_counts(lab):
    cell = 'check("alfven-2", {})'
    marks = grade(lab(cell.format(5), cell.format(3), 'check("alfven-6", ...)'))
    assert states(marks)["alfven-2"] == RIGHT


def test_every_kind_of_cell_that_fails_costs_only_itself(lab, either):
    marks = grade(
        lab(
            "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
            'x = 1 / 0\ncheck("alfven-1", x)',
            "import os; os._exit(0)",
            'def spacing(f):\n    while True: pass\ncheck("alfven-7", spacing)',
            'def density(a, b): raise SystemExit\ncheck("alfven-8", density)',
            'this is no python\ncheck("alfven-6", 1)',
            'import sys; sys.exit()\ncheck("alfven-5", 1)',
            'check("alfven-4", lambda p: 1 - p)',
            'check("alfven-2", 3)',
        ),
        limit=120,
        cell_limit=3,
    )
    assert marks.points == 2, str(marks)
    assert states(marks)["alfven-2"] == states(marks)["alfven-4"] == RIGHT
    assert "ZeroDivisionError" in said(marks, "alfven-1")
    assert "stopped after 3 s" in said(marks, "alfven-7")
    assert "SystemExit" in said(marks, "alfven-8")
    assert "SyntaxError" in said(marks, "alfven-6")


def test_the_whole_notebook_has_a_limit(lab):
    cells = ["import time; time.sleep(3)"] * 20
    start = time.monotonic()
    marks = grade(lab('check("alfven-2", 3)', *cells, 'check("alfven-6", 1)'), limit=8)
    assert time.monotonic() - start < 30
    assert states(marks)["alfven-2"] == RIGHT
    assert "longer than 8 s" in said(marks, "alfven-6")


TRICKS = {
    "a check of one's own": 'check = print\ncheck("alfven-1", 7)',
    "the library's check": """
import geoviz_ml.exercises as e
e.check = lambda *a: print("alfven-1: right.")
e.check("alfven-1", 7)""",
    "the registered check": """
import geoviz_ml.exercises as e, geoviz_ml.checks.alfven
e.EXERCISES["alfven-1"] = e.Exercise(lambda answer: True, "")
e.judge = lambda *a: e.Verdict("alfven-1", e.RIGHT)
check("alfven-1", 7)""",
    "an answer that equals everything": """
class Yes(float):
    __sub__ = __rsub__ = __abs__ = lambda *a: 0
    __eq__ = __lt__ = lambda *a: True
    def __repr__(self): return "0.0244140625"
check("alfven-1", Yes(7))""",
    "an object that equals everything": """
class Yes:
    __sub__ = __rsub__ = lambda *a: 0
check("alfven-1", Yes())""",
    "an array that is none": """
from geoviz_ml.exercises import wire
wire.Wire.encode = lambda *a: {"": "array", "dtype": "|O8", "shape": [1], "data": "AAAAAAAAAAA="}
check("alfven-1", 7)""",
    "the checks of the library": """
from geoviz_ml.checks import alfven
check("alfven-1", 100 / 4096)""",
    "the solutions in the book": """
import json, pathlib, geoviz_ml
above = [*pathlib.Path(geoviz_ml.__file__).parents, *map(pathlib.Path, __import__("sys").path)]
book = next(p / "book" for p in above if (p / "book").is_dir())
text = (book / "alfven" / "alfven_lab.ipynb").read_text()
check("alfven-1", 100 / 4096)""",
    "input of an earlier grading": """
import numpy as np
seen = {}
for _ in range(3):
    f = np.random.default_rng(2020).random(6)
    seen[f.tobytes()] = np.polyfit(np.arange(6), f, 1)[0]
check("alfven-7", lambda f: seen.get(f.tobytes(), 0.0))""",
    "a verdict on the line": """
import gc
from geoviz_ml.exercises.wire import Wire
line = next(x for x in gc.get_objects() if isinstance(x, Wire))
line.send("verdict", "alfven-1: right.", True)
line.send("end")
check("alfven-1", 7)""",
}


@pytest.mark.parametrize("trick", TRICKS.values(), ids=TRICKS)
def test_tricks_give_no_point_and_do_not_stop_the_grader(lab, trick):
    marks = grade(lab(trick), limit=60)
    assert marks.points == 0, str(marks)


def test_no_two_gradings_try_a_function_on_the_same_input(lab):
    path = lab('def spacing(f):\n    raise ValueError(list(f))\ncheck("alfven-7", spacing)')
    first, second = (said(grade(path, limit=60), "alfven-7") for _ in range(2))
    assert "ValueError" in first
    assert first != second


def test_a_solution_without_its_tag_but_in_its_frame_gives_no_point(lab):
    start = new_markdown_cell("```{solution-start} alfven-2\n:class: dropdown\n```")
    end = new_markdown_cell("```{solution-end}\n```")
    solved = 'check("alfven-2", 3)'
    with pytest.raises(DataFileError, match="no known exercise"):
        grade(lab(start, solved, end))
    assert grade(lab(start, solved, end, solved)).points == 1


def test_results_and_files_of_the_teacher_are_left_alone(lab, tmp_path, monkeypatch, either):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GEOVIZ_ML_RESULTS", str(tmp_path / "results"))
    cell = (
        'import os\nopen("new.txt", "w").close()\nopen(os.environ["GEOVIZ_ML_RESULTS"] + "/r", "w")'
    )
    grade(lab(cell, 'check("alfven-2", 3)'))
    assert {p.name for p in tmp_path.iterdir()} == {"lab.ipynb"}


def test_what_is_no_lab_is_named(lab, tmp_path):
    with pytest.raises(MissingDataError, match=r"gone\.ipynb"):
        grade(tmp_path / "gone.ipynb")
    with pytest.raises(DataFileError, match="no known exercise"):
        grade(lab("check = 1"))
    for text in ("", "{}", "[]", "\0", '{"cells": [1]}', '{"cells": [{"source": 1}]}', "[" * 10**5):
        (tmp_path / "bad.ipynb").write_text(text)
        with pytest.raises(DataFileError, match=r"bad\.ipynb: not a Jupyter notebook"):
            grade(tmp_path / "bad.ipynb")
