"""A returned notebook as a file: its code cells, and the exercises that they check."""

from __future__ import annotations

import json
import os
import re

from ..errors import DataFileError
from ..files import read_bounded
from . import of_chapter

LARGEST = 20 * 2**20  # bytes of a notebook; ours have less than one MB with all outputs
CALL = re.compile(r"""\bcheck\(\s*["']((\w+)-\d+)["']""")
WANTED = "Ask for the .ipynb file as JupyterLab or Colab saves it."


def read_cells(path: str | os.PathLike) -> list[tuple[int, str]]:
    """The code cells of a notebook, numbered, without the solutions that came with the lab.

    Raises
    ------
    MissingDataError, DataFileError
        There is no such file, it is no regular file (a folder, a named pipe), it is larger than
        20 MiB, or it is no notebook of format 4.
    """
    raw = read_bounded(path, LARGEST)
    try:
        cells = json.loads(raw.decode("utf-8"))["cells"]
        found, inside = [], False
        for number, cell in enumerate(cells):
            source = "".join(cell["source"])
            if cell["cell_type"] == "markdown":
                marks = re.findall(r"\{solution-(start|end)\}", source)
                inside = marks[-1] == "start" if marks else inside
            elif cell["cell_type"] == "code" and not inside:
                if "solution" not in cell.get("metadata", {}).get("tags", []):
                    found.append((number, source))
        return found
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        reason = repr(error)[:200]
        raise DataFileError(f"not a Jupyter notebook ({reason}).", path, WANTED) from error
    except MemoryError as error:
        raise DataFileError("costs too much memory for a notebook.", path, WANTED) from error


def checked(cells: list[tuple[int, str]]) -> dict[str, list[int]]:
    """Exercise -> numbers of the cells that check it, for every exercise of the lab's chapter."""
    calls: dict[str, list[int]] = {}
    named: dict[str, None] = {}
    for number, source in cells:
        for name, chapter in CALL.findall(source):
            calls.setdefault(name, []).append(number)
            named[chapter] = None
    return {name: calls.get(name, []) for chapter in named for name in of_chapter(chapter)}
