"""What teachers get: labs without solutions, and a key with all of them."""

import importlib
import json
import re

import nbformat
import pytest

from geoviz_ml.exercises import OPEN, RIGHT, exercise, of_chapter, values_of
from geoviz_ml.exercises.grade import grade
from geoviz_ml.exercises.variants import rewritten, written

from .conftest import ROOT

LABS = sorted((ROOT / "book").glob("*/*_lab.ipynb"))
LESSONS = sorted((ROOT / "book").glob("toolbox/*.ipynb"))


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


@pytest.mark.parametrize("path", LABS + LESSONS, ids=name)
def test_no_line_of_a_solution_and_no_output_is_left_for_students(teach, path):
    notebook = teach.student(path)
    nbformat.validate(notebook)
    lines = {line.strip() for cell in notebook.cells for line in cell.source.splitlines()}
    assert len(solutions(path)) > 8
    assert not lines & set(solutions(path))
    text = "\n".join(cell.source for cell in notebook.cells)
    assert not re.search(r"solution|```\{|\{cite|\{numref|\{term", text, flags=re.I)
    assert all(not cell.get("outputs") for cell in notebook.cells)


@pytest.mark.parametrize("path", LABS + LESSONS[:1], ids=name)
def test_a_student_notebook_keeps_every_exercise_and_runs_to_not_attempted(teach, path, tmp_path):
    nbformat.write(teach.student(path), tmp_path / path.name)
    marks = grade(tmp_path / path.name)
    assert len(marks.verdicts) >= (6 if path in LABS else 3)
    assert {v.state for v in marks.verdicts} == {OPEN}, str(marks)
    assert not marks.errors, marks.errors
    labels = re.findall(r"\*\*Exercise (\S+)\.\*\*", (tmp_path / path.name).read_text())
    assert labels == [v.name for v in marks.verdicts]


@pytest.mark.parametrize("path", LABS + LESSONS, ids=name)
def test_each_exercise_of_a_student_notebook_is_known_to_nbgrader_once(teach, path):
    entries = [c.metadata.get("nbgrader") for c in teach.student(path).cells]
    ids = [entry["grade_id"] for entry in entries if entry]
    of = path.stem.removesuffix("_lab")
    assert ids == [f"{of}-{n}" for n in range(1, len(ids) + 1)]
    assert ids == of_chapter(of)


def test_students_and_key_are_made_for_every_lab_and_lesson(teach):
    teach.students()
    teach.key()
    made = {p.name for p in (teach.BUILD / "students").iterdir()}
    assert made == {p.name for p in LABS + LESSONS}
    key = (teach.BUILD / "key" / "answer_key.html").read_text()
    text = re.sub(r"<[^>]+>", "", key)
    for path in LABS + LESSONS:
        labels = re.findall(r":label: (\S+?)\\n", path.read_text())
        assert len(labels) >= 3
        assert all(f"Exercise {label}." in text for label in labels)
        code = [c.source for c in nbformat.read(path, 4).cells if "solution" in str(c.metadata)]
        assert len(code) >= 3
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


@pytest.mark.parametrize("path", LABS + LESSONS, ids=name)
@pytest.mark.parametrize("hints", [0, 1, 2])
def test_every_exercise_has_two_hints_and_as_many_are_handed_out_as_asked(teach, path, hints):
    text = "\n".join(cell.source for cell in teach.student(path, hints=hints).cells)
    parts = re.split(r"\*\*Exercise \S+\*\*", text)[1:]
    assert len(parts) >= 3
    for part in parts:
        found = re.findall(r"<details><summary>(\w+ hint)</summary>\n\n(.+)\n\n</details>", part)
        assert [title for title, _ in found] == ["First hint", "Second hint"][:hints]
        assert all(len(said) > 20 for _, said in found)
    assert text.count("hint") == text.count("hint</summary>") or hints == 2


def all_text(notebook):
    return "\n".join(cell.source for cell in notebook.cells)


@pytest.mark.parametrize("path", LABS, ids=name)
def test_a_numbered_notebook_differs_in_its_values_and_the_number_only(teach, path):
    def words(number):
        return re.sub(r"\d[\d ]*", "#", all_text(teach.student(path, number))).splitlines()

    added = [line for line in words(12) if line not in words(None)]
    (told,) = (line for line in added if line.startswith("This is notebook number #"))
    own = any(values_of(label, 12) for label in of_chapter(path.parent.name))
    assert ("values in its exercises are its own" in told) == own
    rest = {"from geoviz_ml.exercises import numbered", "check = numbered(#)"}
    assert set(added) - {told} == rest
    assert len(added) == 3
    assert all_text(teach.student(path, 12)) != all_text(teach.student(path, 13))


@pytest.mark.parametrize("path", LABS, ids=name)
def test_a_numbered_notebook_asks_about_the_values_that_its_number_draws(teach, path):
    text = all_text(teach.student(path, 12))
    for label in of_chapter(path.parent.name):
        asked = re.search(rf"\*\*Exercise {label}\.\*\*.*?(?=\*\*Exercise |\Z)", text, re.S)[0]
        for value in values_of(label, 12).values():
            assert re.search(rf"(?<!\d)({value}|{written(value)})(?!\d)", asked), (label, value)


def test_a_solved_notebook_is_right_for_its_own_number_and_not_for_others(teach, tmp_path):
    path = ROOT / "book" / "arcs" / "arcs_lab.ipynb"
    solved = {}
    for solution, part in teach.parts(path):
        found = re.search(r'check\("(\S+)"', getattr(part, "source", "")) if solution else None
        if found:
            old, new = exercise(found[1]).of_book(), values_of(found[1], 12)
            solved[found[1]] = rewritten(part.source, old, new)
    notebook = teach.student(path, 12)
    for cell in notebook.cells:
        if found := re.search(r'check\("(\S+)"', cell.source):
            cell.source += "\n\n" + solved[found[1]]
    nbformat.write(notebook, tmp_path / path.name)
    assert {v.state for v in grade(tmp_path / path.name, number=12).verdicts} == {RIGHT}
    wrong = [v.name for v in grade(tmp_path / path.name).verdicts if v.state != RIGHT]
    assert wrong == ["arcs-1", "arcs-6"]


def test_a_class_gets_a_folder_a_student(teach, tmp_path, monkeypatch):
    listed = tmp_path / "class.csv"
    listed.write_text("student,number\nAda,3\nBob,1\n", encoding="utf-8")
    monkeypatch.setattr("sys.argv", ["teach.py", "students", "--class", str(listed), "--number=7"])
    teach.main()
    folder = teach.BUILD / "students"
    made = {p.name for p in folder.iterdir()}
    assert made == {"no001", "no003", "no007"} | {p.name for p in LESSONS}
    assert {p.name for p in (folder / "no003").iterdir()} == {f"{p.stem}_no003.ipynb" for p in LABS}


def test_the_labs_to_download_are_those_that_students_get(teach, tmp_path, monkeypatch):
    monkeypatch.setattr("sys.argv", ["teach.py", "students", "--out", str(tmp_path / "there")])
    teach.main()
    assert {p.name for p in (tmp_path / "there").iterdir()} == {p.name for p in LABS + LESSONS}
    guide = (ROOT / "book" / "instructors.md").read_text("utf-8")
    assert sorted(re.findall(r'href="students/([^"]+)"', guide)) == [p.name for p in LABS]
    recipes = (ROOT / "Makefile").read_text("utf-8")
    assert recipes.count("teach.py students --out _build/html/students") == 2  # book, html


def test_a_class_list_that_is_none_ends_the_command_with_one_message(
    teach, tmp_path, monkeypatch, capsys
):
    monkeypatch.setattr("sys.argv", ["teach.py", "students", "--class", str(tmp_path / "no.csv")])
    with pytest.raises(SystemExit) as end:
        teach.main()
    assert end.value.code == 2
    assert "no.csv" in capsys.readouterr().err


@pytest.mark.parametrize("number", [0, -3])
def test_what_is_no_number_ends_the_command_with_one_message(teach, number, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["teach.py", "students", f"--number={number}"])
    with pytest.raises(SystemExit):
        teach.main()
    assert "number" in capsys.readouterr().err


def test_the_browsers_labs_are_made_beside_the_others(teach):
    teach.lite()
    made = {p.name for p in (teach.BUILD / "lite").iterdir()}
    assert made == {p.name for p in LABS if not teach.trains(p)}
    assert made


def test_the_same_lab_makes_the_same_file(teach):
    assert json.dumps(teach.student(LABS[0])) == json.dumps(teach.student(LABS[0]))
