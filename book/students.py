"""A lab or lesson as a student gets it: without solutions and outputs, in plain Markdown, hints folded.

A lab that bears a number asks about values of its own where its exercises have such, see
`geoviz_ml.exercises.variants`. A lab for the browser installs what it needs there.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from plain import Block, blocks, plain

from geoviz_ml.exercises import exercise, values_of
from geoviz_ml.exercises.notebook import CALL
from geoviz_ml.exercises.variants import rewritten

FOLDED = re.compile(r"\s*[^.\n]*[Ss]olutions? (?:is|are) folded[^.\n]*\.")
HINTS = ("First hint", "Second hint")
HINTED = re.compile(r"\s*Two hints are folded[^.\n]*\.")
IMPORT = "from geoviz_ml.exercises import check"
OF_NUMBER = "from geoviz_ml.exercises import numbered"
INSTALL = 'find_spec("geoviz_ml")'
IN_BROWSER = """numpy scipy pandas xarray lazy-loader platformdirs""".split()


def parts(path: Path) -> Iterator[tuple[bool, Block | nbformat.NotebookNode]]:
    """Blocks of text and cells of code of a lab; with each, whether it is of a solution."""
    inside = False
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type == "code":
            yield inside or "solution" in cell.metadata.get("tags", []), cell
            continue
        for block in blocks(cell.source):
            if block.name == "solution-start":
                inside = True
            elif block.name == "solution-end":
                inside = False
            else:
                yield inside, block


def graded(cell: nbformat.NotebookNode) -> dict:
    """Metadata of a cell; those of nbgrader where it checks an exercise: one point, for a person."""
    found = CALL.search(cell.source)
    if not found:
        return cell.metadata
    entry = {
        "grade_id": found[1],
        "points": 1,
        "grade": True,
        "solution": True,
        "locked": False,
    }
    return {
        **cell.metadata,
        "nbgrader": {**entry, "task": False, "schema_version": 3},
    }


def numbered_parts(
    path: Path, number: int | None
) -> Iterator[Block | nbformat.NotebookNode]:
    """What is no solution, with the values of the notebook of this number."""
    old, new = {}, {}
    for solution, part in parts(path):
        if solution:
            continue
        if number is not None:
            if isinstance(part, Block) and part.name == "exercise":
                old = exercise(part.label).of_book()
                new = values_of(part.label, number)
            if isinstance(part, Block):
                part = replace(part, text=rewritten(part.text, old, new))
            else:
                source = rewritten(part.source, old, new)
                if IMPORT in source:
                    source = f"{source.replace(IMPORT, OF_NUMBER)}\n\ncheck = numbered({number})"
                part.source = source
        yield part


def folded(hint: Block, folder: str) -> str:
    """A hint as JupyterLab and Colab fold it."""
    text = plain(Block("paragraph", hint.text), folder)
    return f"<details><summary>{hint.title}</summary>\n\n{text}\n\n</details>"


def student(
    path: Path, number: int | None = None, hints: int = 2
) -> nbformat.NotebookNode:
    """A lab without solutions and outputs, with none, the first or both hints of an exercise."""
    cells, folder = [], f"{path.parent.name}/"
    for part in numbered_parts(path, number):
        if not isinstance(part, Block):
            cells.append(new_code_cell(part.source, metadata=graded(part)))
            continue
        if part.title in HINTS:
            if HINTS.index(part.title) >= hints:
                continue
            text = folded(part, folder)
        else:
            text = FOLDED.sub("", plain(part, folder))
            text = text if hints == len(HINTS) else HINTED.sub("", text)
        if cells and cells[-1].cell_type == "markdown":
            cells[-1].source += f"\n\n{text}"
        else:
            cells.append(new_markdown_cell(text))
    if number is not None:
        cells[0].source += f"\n\nThis is notebook number {number}."
        asked = [
            p.label for _, p in parts(path) if getattr(p, "name", "") == "exercise"
        ]
        if any(exercise(label).of_book() for label in asked):
            cells[0].source += (
                " Some of the values in its exercises are its own, so compare ways with others, "
                "not results."
            )
    for place, cell in enumerate(cells):
        cell.id = f"cell-{place}"  # the same source makes the same file
    kernel = nbformat.read(path, 4).metadata.kernelspec
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def trains(path: Path) -> bool:
    """Whether a lab needs torch, as its metadata say; a test holds them to it."""
    return nbformat.read(path, 4).metadata.geoviz_ml.torch


def in_browser(path: Path) -> nbformat.NotebookNode:
    """A lab as a student gets it, for JupyterLite: it installs what runs in a browser."""
    notebook = student(path)
    cell = next(cell for cell in notebook.cells if INSTALL in cell.source)
    cell.source = (
        "# torch and fastai do not run in a browser, and this lab does without them\n"
        f"%pip install -q {' '.join(IN_BROWSER)}\n"
        "%pip install -q --no-deps geoviz-ml"
    )
    return notebook
