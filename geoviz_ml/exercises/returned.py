"""A class's returned notebooks: found, told apart by their names, and listed in a table."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from ..errors import DataFileError
from ..files import atomic_path, printable, safe_cell
from ..files.folder import is_foreign
from .zipped import unzip

SUFFIX = ".ipynb"
SUFFIXES = (SUFFIX, ".zip")


def returned(paths: Iterable[Path]) -> dict[str, Path]:
    """Notebooks and zips among `paths` and in folders among them, also in folders below.

    Hidden files and folders are left out (Jupyter keeps old versions in one); what is called like
    a notebook and is none is kept, so that it gets its row.

    Returns
    -------
    dict
        Name -> path, in order. A name is the path below what all have in common, so that
        ``ada/lab.ipynb`` and ``bob/lab.ipynb`` are told apart; it can be printed.
    """
    found: dict[str, Path] = {}  # absolute path -> path as it was given
    tops = []
    paths = [*paths]
    for path in paths:
        files = sorted(_below(path)) if path.is_dir() and path.suffix not in SUFFIXES else [path]
        tops.append(os.path.abspath(path if files != [path] else path.parent))
        found |= {os.path.abspath(file): file for file in files}
    if len(paths) == 1 and [*found.values()] == paths:  # a link that is given by name is meant
        found = {where: Path(os.path.realpath(where)) for where in found}
    named: dict[str, Path] = {}
    for where, file in found.items():
        name = printable(os.path.relpath(where, os.path.commonpath(tops)))
        while name in named:  # two names may look alike when they are spelled out
            name += " (another)"
        named[name] = file
    return named


def _below(folder: Path) -> Iterator[Path]:
    for here, below, names in os.walk(folder):
        for n in (*names, *below):
            if n.endswith(SUFFIXES) and not is_foreign(n):
                yield Path(here, n)
        below[:] = [n for n in below if not is_foreign(n) and not n.endswith(SUFFIXES)]


def opened(files: dict[str, Path], folder: Path) -> dict[str, Path | DataFileError]:
    """The same with each zip replaced by the notebooks in it, written into a folder.

    Parameters
    ----------
    files : dict
        From `returned`.
    folder : Path
        For what is unpacked.

    Returns
    -------
    dict
        Name -> path, or a `DataFileError`, which gets its row: of a zip that is damaged or has no
        notebook, and of a link, which can lead to another student's work or to the solutions.
        Names of notebooks in a zip begin with the zip's, unless it is the only file.
    """
    found: dict[str, Path | DataFileError] = {}
    for number, (name, file) in enumerate(files.items()):
        if file.is_symlink():
            found[name] = DataFileError("is a link, not a file.", file, "Ask for the file itself.")
            continue
        if file.suffix != ".zip" or not file.is_file():
            found[name] = file
            continue
        try:
            inside = unzip(file, folder / str(number))
            if not inside:
                raise DataFileError("has no notebook in it.", file)
            start = f"{name}/" if len(files) > 1 else ""
            found |= {f"{start}{inner}": path for inner, path in inside.items()}
        except DataFileError as error:
            found[name] = error
    return found


def save(rows: list[dict], path: Path) -> None:
    """Write one row a notebook as .json or .csv, whole or not at all.

    No cell of a .csv file is taken for a formula by a spreadsheet.
    """
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with atomic_path(path) as tmp, open(tmp, "w", newline="", encoding="utf-8") as file:
        if path.suffix == ".json":
            json.dump(rows, file, indent=1, ensure_ascii=False)
        else:
            table = csv.DictWriter(file, columns)
            table.writeheader()
            table.writerows({key: safe_cell(v) for key, v in row.items()} for row in rows)
