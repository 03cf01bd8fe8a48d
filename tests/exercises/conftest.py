"""Notebooks made in a line, and graders with and without walls."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from geoviz_ml.exercises import grade as grading
from geoviz_ml.exercises.attempt import walls_stand

IMPORT = "from geoviz_ml.exercises import check"


@pytest.fixture
def lab(tmp_path):
    """Writes a notebook of code cells (or ready cells) and returns its path."""

    def write(*cells, name="lab.ipynb"):
        cells = [new_code_cell(c) if isinstance(c, str) else c for c in (IMPORT, *cells)]
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(new_notebook(cells=cells), path)
        return path

    return write


@pytest.fixture(params=["behind walls", "without walls"])
def either(request, monkeypatch):
    """The test runs twice: behind walls, where the system gives them, and without."""
    walls = request.param == "behind walls"
    if walls and not walls_stand():
        pytest.skip("this system gives no walls")
    monkeypatch.setattr(grading, "walls_stand", lambda: walls)
    return walls


@pytest.fixture
def walls():
    """The test needs walls."""
    if not walls_stand():
        pytest.skip("this system gives no walls")


@pytest.fixture
def without(monkeypatch):
    """No walls."""
    monkeypatch.setattr(grading, "walls_stand", lambda: False)
