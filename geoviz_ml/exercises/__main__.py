"""Mark returned labs: ``python -m geoviz_ml.exercises grade FILE_OR_FOLDER...``."""

from __future__ import annotations

import argparse
import csv
import json
import sys
from pathlib import Path

from ..errors import GeovizError
from ..files import atomic_path
from .grade import Marks, grade

EPILOG = """
One point an exercise. A cell that runs too long or ends its process is left out, the others count.
The exit status is 0 if every exercise of every file is right, 1 if not, 2 if a file cannot be
marked. The notebooks' code runs with your rights: mark the labs of strangers in a container.
"""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser("python -m geoviz_ml.exercises", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    marking = commands.add_parser("grade", help="mark returned labs", epilog=EPILOG)
    add = marking.add_argument
    add("paths", nargs="+", type=Path, metavar="FILE", help="a notebook, or a folder of them")
    add("--limit", type=float, default=300, metavar="SECONDS", help="a notebook (default 300)")
    add("--cell", type=float, default=60, metavar="SECONDS", help="a cell (default 60)")
    add("--memory", type=float, default=8, metavar="GB", help="a notebook (default 8)")
    add("--out", type=Path, metavar="TABLE", help="a row a notebook, as .csv or .json")
    return top


def save(marks: list[Marks], path: Path) -> None:
    """Write one row a notebook, whole or not at all."""
    rows = [m.row() for m in marks]
    columns = list(dict.fromkeys(key for row in rows for key in row))
    with atomic_path(path) as tmp, open(tmp, "w", newline="", encoding="utf-8") as file:
        if path.suffix == ".json":
            json.dump(rows, file, indent=1, ensure_ascii=False)
        else:
            table = csv.DictWriter(file, columns)
            table.writeheader()
            table.writerows(rows)


def main(arguments: list[str] | None = None) -> int:
    args = parser().parse_args(arguments)
    files = [f for p in args.paths for f in (sorted(p.glob("*.ipynb")) if p.is_dir() else [p])]
    if not files:
        print(f"{args.paths[0]}: there is no notebook in this folder.", file=sys.stderr)
        return 2
    marks, failed = [], 0
    for file in files:
        try:
            marks.append(grade(file, args.limit, args.cell, args.memory))
            print(marks[-1], flush=True)
        except GeovizError as error:
            failed += 1
            print(error, file=sys.stderr)
    if args.out:
        save(marks, args.out)
    return 2 if failed else int(any(m.points < len(m.verdicts) for m in marks))


if __name__ == "__main__":
    sys.exit(main())
