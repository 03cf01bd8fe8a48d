"""The right answers: those of the labs' solution cells."""

import contextlib
import io
from functools import cache

import nbformat
import pytest

from geoviz_ml import exercises

from ..conftest import ROOT


@cache
def solutions(chapter: str) -> dict[str, object]:
    """Exercise -> what its solution cell gives to `check`, from the lab of a chapter."""
    lab = nbformat.read(ROOT / "book" / chapter / f"{chapter}_lab.ipynb", 4)
    cells = [cell for cell in lab.cells if cell.cell_type == "code"]
    last = max(i for i, c in enumerate(cells) if "solution" in c.metadata.get("tags", []))
    found: dict[str, object] = {}
    names: dict[str, object] = {}
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(io.StringIO()):
        patch.setenv("MPLBACKEND", "Agg")
        patch.setattr(exercises, "check", lambda name, answer: found.update({name: answer}))
        for cell in cells[1 : last + 1]:  # the first installs
            exec(compile(cell.source, f"{chapter}_lab", "exec"), names)
    return found
