"""Values of one's own: the right answer for a number is right for it, and the book's is not."""

import re

import pytest

from geoviz_ml import exercises
from geoviz_ml.errors import UsageError
from geoviz_ml.exercises import RIGHT, judge
from geoviz_ml.exercises.variants import drawn, number_in, rewritten, written

from ..conftest import ROOT
from .conftest import lab, lab_of, solution_of, solutions

NAMES = [
    name
    for chapter in exercises.chapters()
    if lab_of(chapter).exists()
    for name in exercises.of_chapter(chapter)
]
VARIED = [name for name in NAMES if exercises.exercise(name).choices]
TRAINS = {"alfven-3"}


def numbers(name):
    return range(1, 3 if name in TRAINS else 25)


def text_and_code(name):
    """What stands of an exercise in its lab before its solution, and the hints beside it."""
    cells = "\n".join(cell.source for cell in lab(name.rpartition("-")[0]))
    return re.search(rf":label: {name}\n(.*?)\{{solution-start\}} {name}\n", cells, re.S)[1]


@pytest.mark.parametrize("name", VARIED)
def test_a_right_answer_of_a_numbered_notebook_is_right_there(name):
    for number in numbers(name):
        assert judge(name, solution_of(name, number), number=number).state == RIGHT, number


@pytest.mark.parametrize("name", VARIED)
def test_the_books_answer_is_wrong_for_numbers_with_other_values(name):
    right = solutions(name.rpartition("-")[0])[name]
    assert judge(name, right).state == RIGHT
    others = {
        number: judge(name, right, number=number).state == RIGHT
        for number in range(1, 25)
        if exercises.values_of(name, number) != exercises.exercise(name).of_book()
    }
    assert sum(others.values()) <= len(others) / 3  # two sets of values may have one answer


@pytest.mark.parametrize("name", VARIED)
def test_every_value_stands_in_the_text_or_the_code_of_its_exercise(name):
    for value in exercises.exercise(name).of_book().values():
        said = rewritten(text_and_code(name), {"it": value}, {"it": 77_777})
        assert re.search("77 777|77777|77_777", said), value


@pytest.mark.parametrize("name", VARIED)
def test_the_printed_hint_names_no_value_of_the_book(name):
    asked = exercises.exercise(name)
    for value in asked.of_book().values():
        assert not re.search(rf"(?<!\d)({value}|{written(value)})(?!\d)", asked.hint)


@pytest.mark.parametrize("name", VARIED)
def test_the_books_values_are_among_those_of_students_or_beside_them(name):
    asked = exercises.exercise(name)
    for value, of in asked.choices.items():
        assert len(set(of)) == len(of) >= 4 or value == "samples"
        assert all(type(one) is int and one > 0 for one in of)


def test_the_guide_for_instructors_lists_the_exercises_with_values_of_ones_own():
    text = (ROOT / "book" / "instructors.md").read_text("utf-8")
    rows = re.findall(r"^\| \[[^\]]*\]\((\w+)/\w+_lab\.ipynb\) \| ([\d, ]+) \|$", text, re.M)
    told = [f"{chapter}-{number}" for chapter, of in rows for number in of.split(", ")]
    assert sorted(told) == sorted(VARIED)


def test_the_same_number_draws_the_same_and_numbers_differ():
    choices = {"a": range(10), "b": range(10)}
    assert drawn("arcs-1", choices, 5) == drawn("arcs-1", choices, 5)
    assert len({tuple(drawn("arcs-1", choices, n).values()) for n in range(1, 31)}) > 15
    assert any(drawn("arcs-1", choices, n) != drawn("arcs-2", choices, n) for n in range(1, 5))


@pytest.mark.parametrize("number", [0, -1, 1.0, "1", True, 10**10])
def test_what_is_no_number_of_a_notebook_is_refused(number):
    with pytest.raises(UsageError, match="number"):
        judge("arcs-1", 1, number=number)


@pytest.mark.parametrize(
    ("file", "number"),
    [
        ("arcs_lab_no017.ipynb", 17),
        ("a/ada_1_2_arcs_lab_no3-1.ipynb", 3),
        ("arcs_lab_no3 (2).ipynb", 3),
        ("arcs_lab-2.ipynb", None),
        ("arcs_lab_no0.ipynb", None),
        ("arcs_lab_no5/other.ipynb", None),
    ],
)
def test_a_files_name_tells_its_number(file, number):
    assert number_in(file) == number


def test_values_are_exchanged_all_at_once_and_as_whole_numbers_only():
    old, new = {"a": 16, "b": 10_000}, {"a": 10_000, "b": 16}
    assert rewritten("16 of 10 000, 10_000, 160, 1.16, 16.5", old, new) == (
        "10000 of 16, 16, 160, 1.16, 16.5"
    )
    assert rewritten("4096 // 2 + 4096.", {"a": 4096}, {"a": 8}) == "8 // 2 + 8."
