"""Mark returned labs: ``python -m geoviz_ml.exercises grade FILE_OR_FOLDER...``."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from ..errors import GeovizError
from ..files import printable
from .attempt import walls_stand
from .grade import grade
from .returned import returned, save

EPILOG = """
One point an exercise. A cell that runs too long or ends its process is left out, the others count.
The table has a row for every file that was looked at so far, also for one that cannot be marked.
The exit status is 0 if every exercise of every file is right, 1 if not, 2 if a file cannot be
marked. What a notebook can reach on your machine stands in the book, "What a returned notebook can
reach": mark the labs of strangers in a container.
"""
WALLS = {
    True: "Each notebook runs behind walls: without network, without your files.",
    False: "This system gives no walls: a notebook can do on this machine what you can do.",
}


def _parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser("python -m geoviz_ml.exercises", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    marking = commands.add_parser("grade", help="mark returned labs", epilog=EPILOG)
    add = marking.add_argument
    add("paths", nargs="+", type=Path, metavar="FILE", help="a notebook, or a folder of them")
    add("--limit", type=float, default=300, metavar="SECONDS", help="a notebook (default 300)")
    add("--cell", type=float, default=60, metavar="SECONDS", help="a cell (default 60)")
    add("--memory", type=float, default=8, metavar="GB", help="a notebook (default 8)")
    add("--out", type=_table, metavar="TABLE", help="a row a notebook, as .csv or .json")
    return top


def _table(name: str) -> Path:
    """A table that can be written: better known before a class is marked than after."""
    path = Path(name)
    if path.suffix not in (".csv", ".json"):
        raise argparse.ArgumentTypeError(f"{printable(name)} does not end with .csv or .json")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=path.parent):
            return path
    except OSError as error:
        raise argparse.ArgumentTypeError(f"cannot be written ({error.strerror})") from error


def main(arguments: list[str] | None = None) -> int:
    """Mark the files that the arguments name, and return the exit status of the command."""
    args = _parser().parse_args(arguments)
    files = returned(args.paths)
    if not files:
        print(f"{printable(args.paths[0])}: there is no notebook in this folder.", file=sys.stderr)
        return 2
    print(WALLS[walls_stand()], file=sys.stderr)
    rows: list[dict] = []
    lost = False
    for name, file in files.items():
        rows.append(_row(name, file, args))
        if args.out:
            lost = not _saved(rows, args.out)
    if lost or any("problem" in row for row in rows):
        return 2
    return int(any(row["points"] < row["of"] for row in rows))


def _row(name: str, file: Path, args: argparse.Namespace) -> dict:
    """Mark one file, tell it, and return its row of the table."""
    try:
        marks = replace(grade(file, args.limit, args.cell, args.memory), label=name)
    except Exception as error:  # whatever one file does, the others get their marks
        problem = error.problem if isinstance(error, GeovizError) else repr(error)
        print(f"{name}: {printable(problem)}", file=sys.stderr, flush=True)
        return {"file": name, "problem": printable(problem)}
    print(marks, flush=True)
    return marks.row()


def _saved(rows: list[dict], path: Path) -> bool:
    """Write the table as it is now; a full disk does not stop the marking."""
    try:
        save(rows, path)
    except OSError as error:
        print(f"{printable(path)}: is not written ({error.strerror}).", file=sys.stderr)
        return False
    return True


def _stop(number: int, frame: object) -> None:
    """End as an error does: what was started is ended, the table is kept."""
    sys.exit(128 + number)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, _stop)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="backslashreplace")  # a name may have any letter
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
