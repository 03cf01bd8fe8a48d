"""What teachers get: labs without solutions, and a key with all of them."""

import importlib
import json
import re

import nbformat
import pytest

from geoviz_ml.exercises import OPEN
from geoviz_ml.exercises.grade import grade

from .conftest import ROOT

LABS = sorted((ROOT / "book").glob("*/*_lab.ipynb"))


def name(path):
    return path.stem


@pytest.fixture
def teach(monkeypatch, tmp_path):
    """book/teach.py, which writes to a temporary folder."""
    pytest.importorskip("latex2mathml")
    monkeypatch.syspath_prepend(ROOT / "book")
    module = importlib.import_module("teach")
    monkeypatch.setattr(module, "BUILD", tmp_path / "_build")
    return module


def solutions(path) -> list[str]:
    """Lines of code and text which only the solutions of a lab have."""
    shown, hidden, inside = set(), [], False
    for cell in nbformat.read(path, 4).cells:
        for line in cell.source.splitlines():
            if "{solution-" in line:
                inside = "start" in line
            elif inside and len(line.strip()) > 12:
                hidden.append(line.strip())
            else:
                shown.add(line.strip())
    return [line for line in hidden if line not in shown]


@pytest.mark.parametrize("path", LABS, ids=name)
def test_no_line_of_a_solution_and_no_output_is_left_for_students(teach, path):
    notebook = teach.student(path)
    nbformat.validate(notebook)
    lines = {line.strip() for cell in notebook.cells for line in cell.source.splitlines()}
    assert len(solutions(path)) > 8
    assert not lines & set(solutions(path))
    text = "\n".join(cell.source for cell in notebook.cells)
    assert not re.search(r"solution|```\{|\{cite|\{numref|\{term", text, flags=re.I)
    assert all(not cell.get("outputs") for cell in notebook.cells)


@pytest.mark.parametrize("path", LABS, ids=name)
def test_a_student_notebook_keeps_every_exercise_and_runs_to_not_attempted(teach, path, tmp_path):
    nbformat.write(teach.student(path), tmp_path / path.name)
    marks = grade(tmp_path / path.name)
    assert len(marks.verdicts) >= 6
    assert {v.state for v in marks.verdicts} == {OPEN}, str(marks)
    assert not marks.errors, marks.errors
    labels = re.findall(r"\*\*Exercise (\S+)\.\*\*", (tmp_path / path.name).read_text())
    assert labels == [v.name for v in marks.verdicts]


@pytest.mark.parametrize("path", LABS, ids=name)
def test_each_exercise_of_a_student_notebook_is_known_to_nbgrader_once(teach, path):
    entries = [c.metadata.get("nbgrader") for c in teach.student(path).cells]
    ids = [entry["grade_id"] for entry in entries if entry]
    chapter = path.parent.name
    assert ids == [f"{chapter}-{n}" for n in range(1, len(ids) + 1)]
    assert len(ids) >= 6


def test_students_and_key_are_made_for_every_lab(teach):
    teach.students()
    teach.key()
    made = {p.name for p in (teach.BUILD / "students").iterdir()}
    assert made == {p.name for p in LABS}
    key = (teach.BUILD / "key" / "answer_key.html").read_text()
    text = re.sub(r"<[^>]+>", "", key)
    for path in LABS:
        labels = re.findall(r":label: (\S+?)\\n", path.read_text())
        assert len(labels) >= 6
        assert all(f"Exercise {label}." in text for label in labels)
        code = [c.source for c in nbformat.read(path, 4).cells if "solution" in str(c.metadata)]
        assert len(code) >= 6
        squeezed = re.sub(r"\s|&\w+;|['\"]|&#\d+;", "", text)
        for source in code:
            first = re.sub(r"\s|[<>&'\"]", "", source.splitlines()[0])
            assert first in re.sub(r"[<>&]", "", squeezed)


@pytest.mark.parametrize(
    ("myst", "markdown"),
    [
        ("{numref}`unet-shapes` tells", "The table tells"),
        ("{term}`the IoU <IoU>`", "the IoU"),
        ("[lab](lab.ipynb)", "[lab](https://github.com/geoviz-ml/geoviz-ml/blob/main/book/x/lab.ipynb)"),
        ("[away](https://example.org)", "[away](https://example.org)"),
        ("```{warning} Mind\n:class: tip\nthe gap\n```", "> **Mind**\n>\n> the gap"),
        ("::::{note} A\n:::{tip} B\nc\n:::\n::::", "> **A**\n>\n> > **B**\n> >\n> > c"),
    ],
)  # fmt: skip
def test_myst_becomes_plain_markdown(teach, myst, markdown):
    plain = importlib.import_module("plain")
    (block,) = plain.blocks(myst)
    assert plain.plain(block, "x/") == markdown


def test_citations_read_as_in_the_book(teach):
    plain = importlib.import_module("plain")
    (block,) = plain.blocks("{cite:t}`marangio2020` and {cite:p}`li2024`")
    assert re.fullmatch(r"Marangio et al\. \(2020\) and \(Li et al\., 2024\)", plain.plain(block))


def test_the_same_lab_makes_the_same_file(teach):
    assert json.dumps(teach.student(LABS[0])) == json.dumps(teach.student(LABS[0]))
