"""The right answers: those of the labs' and lessons' solution cells."""

import contextlib
import io
from functools import cache

import nbformat
import pytest

from geoviz_ml import exercises

from ..conftest import ROOT


def code_cells(path) -> list:
    return [cell for cell in nbformat.read(path, 4).cells if cell.cell_type == "code"]


def solves(cell) -> bool:
    return "solution" in cell.metadata.get("tags", [])


def needed(chapter: str) -> list[list]:
    """The cells that give the answers, notebook by notebook, without those that install.

    Of a lab all up to the last solution. The lessons train, and their solutions stand alone: of
    them the imports, which are hidden on the page, and the solutions.
    """
    lab = ROOT / "book" / chapter / f"{chapter}_lab.ipynb"
    if lab.exists():
        cells = code_cells(lab)
        return [cells[1 : 1 + max(i for i, cell in enumerate(cells) if solves(cell))]]
    lessons = [code_cells(path) for path in sorted(lab.parent.glob("*.ipynb"))]
    return [
        [c for c in lesson if solves(c) or "hide-input" in str(c.metadata)] for lesson in lessons
    ]


@cache
def solutions(chapter: str) -> dict[str, object]:
    """Exercise -> what its solution cell gives to `check`, from the lab or lessons of a chapter."""
    found: dict[str, object] = {}
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()):
        patch.setenv("MPLBACKEND", "Agg")
        patch.setattr(exercises, "check", lambda name, answer: found.update({name: answer}))
        for cells in needed(chapter):
            names: dict[str, object] = {}
            for cell in cells:
                exec(compile(cell.source, chapter, "exec"), names)
    return found
