"""The right answers: those of the labs' and lessons' solution cells."""

import contextlib
import io
import re
from functools import cache

import nbformat
import pytest

from geoviz_ml import exercises
from geoviz_ml.exercises.variants import rewritten

from ..conftest import ROOT


@contextlib.contextmanager
def caught():
    """What cells give to `check` meanwhile, exercise -> answer."""
    found: dict[str, object] = {}
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()):
        patch.setenv("MPLBACKEND", "Agg")
        patch.setattr(exercises, "check", lambda name, answer: found.update({name: answer}))
        yield found


def lab_of(chapter: str):
    return ROOT / "book" / chapter / f"{chapter}_lab.ipynb"


def lab(chapter: str) -> list:
    """The cells of a lab after the first of code, which installs."""
    cells = nbformat.read(lab_of(chapter), 4).cells
    first = next(i for i, cell in enumerate(cells) if cell.cell_type == "code")
    return cells[first + 1 :]


def of_code(cells) -> list:
    return [cell for cell in cells if cell.cell_type == "code"]


def solves(cell) -> bool:
    return "solution" in cell.metadata.get("tags", [])


def needed(chapter: str) -> list:
    """The cells that give the answers of a lab or lesson, without those that install.

    Of a lab all up to the last solution. A lesson trains, and its solutions stand alone: of it the
    imports, which are hidden on the page, and the solutions.
    """
    if lab_of(chapter).exists():
        cells = of_code(lab(chapter))
        return cells[: 1 + max(i for i, cell in enumerate(cells) if solves(cell))]
    cells = of_code(nbformat.read(ROOT / "book" / "toolbox" / f"{chapter}.ipynb", 4).cells)
    imports = next(cell for cell in cells if "hide-input" in cell.metadata.get("tags", []))
    return [imports, *(cell for cell in cells if solves(cell))]


def run(cell, names: dict, chapter: str, change=lambda source: source):
    exec(compile(change(cell.source), chapter, "exec"), names)


@cache
def solutions(chapter: str) -> dict[str, object]:
    """Exercise -> what its solution cell gives to `check`, from a lab or lesson."""
    names: dict[str, object] = {}
    with caught() as found:
        for cell in needed(chapter):
            run(cell, names, chapter)
    return found


def solution_of(name: str, number: int) -> object:
    """What the solution of an exercise gives when it has the values of a student's notebook."""
    chapter = name.rpartition("-")[0]
    old, new = exercises.exercise(name).of_book(), exercises.values_of(name, number)
    cells = lab(chapter)
    at = [i for i, c in enumerate(cells) if re.search(rf":label: {name}$", c.source, re.M)][0]
    rest = cells[at + 1 :]
    after = next((i for i, c in enumerate(rest) if ":label: " in c.source), len(rest))
    names: dict[str, object] = {}
    with caught() as found:
        run(of_code(cells)[0], names, chapter)
        for cell in rest[:after]:
            if cell.cell_type == "code" and (solves(cell) or "check(" not in cell.source):
                run(cell, names, chapter, lambda source: rewritten(source, old, new))
    return found[name]
