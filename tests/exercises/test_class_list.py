"""A class with numbered notebooks: the grader's list says whose is which, not the notebook."""

import csv

import pytest

from geoviz_ml.errors import DataFileError, MissingDataError
from geoviz_ml.exercises import RIGHT, values_of
from geoviz_ml.exercises.__main__ import main
from geoviz_ml.exercises.class_list import ClassList
from geoviz_ml.exercises.grade import grade

LIST = "student,id,number\nAda Lovelace,1234567,4\nBob,12345,9\n"


def width(number):
    """The right answer to alfven-1 in the notebook of that number, or in the book."""
    asked = {"samples": 4096, "rate": 100} | (values_of("alfven-1", number) if number else {})
    return asked["rate"] / asked["samples"]


def cell(answer, says):
    lines = ["from geoviz_ml.exercises import numbered", f"check = numbered({says})"]
    return "\n".join([*lines, f'check("alfven-1", {answer!r})'])


@pytest.fixture
def listed(tmp_path):
    path = tmp_path / "class.csv"
    path.write_text(LIST, encoding="utf-8")
    return path


def table(path) -> dict[str, dict]:
    with open(path, encoding="utf-8", newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def test_the_three_notebooks_of_these_tests_have_different_answers():
    assert len({width(4), width(9), width(None)}) == 3


def test_the_number_that_counts_is_the_graders(lab):
    path = lab(cell(width(4), says=4))
    for number, right in ((4, True), (9, False), (None, False)):
        assert (grade(path, number=number).verdicts[0].state == RIGHT) == right
    assert grade(lab(cell(width(4), says=9)), number=4).verdicts[0].state == RIGHT


def test_a_list_decides_and_not_the_file_or_its_name(lab, listed, tmp_path):
    folder = tmp_path / "class"
    for name, number in {
        "Ada Lovelace_1234567_assignsubmission_file/alfven_lab_no004.ipynb": 4,
        "bob_12345_6_alfven_lab_no004.ipynb": 4,  # Ada's, handed in by Bob
        "carl_99_7_alfven_lab_no004.ipynb": 4,  # of nobody in the list
    }.items():
        source = lab(cell(width(number), number)).read_bytes()
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(source)
    for jobs in ("1", "2"):
        out = tmp_path / f"{jobs}.csv"
        options = ["--class", str(listed), "--out", str(out), "--jobs", jobs]
        assert main(["grade", str(folder), *options]) == 2
        ada, bob, carl = table(out).values()
        assert (ada["points"], ada["number"]) == ("1", "4")
        assert (bob["points"], bob["number"]) == ("0", "9")
        assert "has no student of this file's name (carl 99)" in carl["problem"]
        assert carl["points"] == ""


def test_who_handed_in_no_notebook_is_named(lab, listed, tmp_path, capsys):
    folder = tmp_path / "class"
    own = folder / "Ada Lovelace_1234567_assignsubmission_file" / "alfven_lab_no004.ipynb"
    own.parent.mkdir(parents=True)
    own.write_bytes(lab(cell(width(4), 4)).read_bytes())
    (folder / "Bob_12345_assignsubmission_file").mkdir()
    (folder / "Bob_12345_assignsubmission_file" / "answers.docx").write_bytes(b"PK")
    main(["grade", str(folder), "--class", str(listed)])
    said = capsys.readouterr().out
    assert "Bob: handed in nothing that can be marked." in said
    assert "Ada Lovelace: handed in" not in said


def test_without_a_list_the_name_of_the_file_tells_the_number(lab, tmp_path):
    own = lab(cell(width(9), 9), name="class/alfven_lab_no009-1.ipynb")
    lab(cell(width(9), 9), name="class/alfven_lab.ipynb")
    out = tmp_path / "marks.csv"
    assert main(["grade", str(own.parent), "--out", str(out)]) == 1
    points = {name: (row["points"], row["number"]) for name, row in table(out).items()}
    assert points == {"alfven_lab.ipynb": ("0", ""), "alfven_lab_no009-1.ipynb": ("1", "9")}


@pytest.mark.parametrize(
    ("file", "number"),
    [
        ("Ada Lovelace_1234567_assignsubmission_file/lab.ipynb", 4),
        ("lovelaceada_1234567_8_lab.ipynb", 4),
        ("ADA lovelace/lab.ipynb", 4),
        ("bob.ipynb", 9),
    ],
)
def test_a_student_is_found_by_id_or_else_by_name(listed, file, number):
    assert ClassList.read(listed).number(file) == number


def test_who_has_the_name_but_not_the_id_of_another_is_nobody(listed):
    with pytest.raises(DataFileError, match="has no student"):
        ClassList.read(listed).number("Bob_999_assignsubmission_file/lab.ipynb")


def test_two_of_one_name_are_told_apart_by_their_ids_only(tmp_path):
    path = tmp_path / "class.csv"
    path.write_text("id,student,number\n1,Ann,5\n2,Ann,6\n", encoding="utf-8")
    both = ClassList.read(path)
    assert both.number("Ann_2_assignsubmission_file/lab.ipynb") == 6
    with pytest.raises(DataFileError, match="has no student"):
        both.number("Ann/lab.ipynb")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no student"),
        ("student,number\n", "no student"),
        ("student\nAda\n", "line 2 has no number"),
        ("student,number\n,3\n", "line 2 has no number, or neither"),
        ("student,number\nAda,0\n", "line 2"),
        ("student,number\nAda,1.5\n", "line 2"),
        ("student,number\nAda,\n", "line 2"),
        ("student,number\nAda,99999999999999999999\n", "line 2"),
        ("student,number\nAda,1\nBob,1\n", "line 3 has a number or a student that was"),
        ("student,number\nAda,1\nAda,2\n", "line 3"),
        ("student,id,number\nAda,7,1\nBob,7,2\n", "line 3"),
        ('student,number\n"Ada,1', "is no CSV"),
    ],
)
def test_a_list_that_is_none_is_named_with_its_line(tmp_path, text, problem):
    path = tmp_path / "class.csv"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DataFileError, match=f"class.csv.*{problem}"):
        ClassList.read(path)


def test_a_list_that_is_no_text_or_not_there_is_named(tmp_path, capsys):
    (tmp_path / "class.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(DataFileError, match="class.csv"):
        ClassList.read(tmp_path / "class.csv")
    with pytest.raises(MissingDataError, match="none.csv"):
        ClassList.read(tmp_path / "none.csv")
    with pytest.raises(SystemExit):
        main(["grade", str(tmp_path), "--class", str(tmp_path / "none.csv")])
    assert "none.csv" in capsys.readouterr().err
