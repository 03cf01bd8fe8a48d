"""Mark returned labs: ``python -m geoviz_ml.exercises grade FILE_OR_FOLDER...``."""

from __future__ import annotations

import argparse
import math
import signal
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from ..errors import GeovizError
from ..files import printable
from .attempt import walls_stand
from .class_list import ClassList
from .marking import Rules, one_row, rows
from .platforms import canvas, moodle
from .returned import opened, returned, save

EPILOG = """
One point an exercise. A cell that runs too long or ends its process is left out, the others count.
The table has a row for every file that was looked at so far, also for one that cannot be marked.
The exit status is 0 if every exercise of every file is right, 1 if not, 2 if a file cannot be
marked. What a notebook can reach on your machine stands in the book, "What a returned notebook can
reach": mark the labs of strangers in a container.
"""
NUMBERS = (
    "a .csv file with the columns student or id, and number: the notebooks' numbers, which decide "
    "the values asked about (default: the number in a file's name, as in arcs_lab_no017.ipynb)"
)
WALLS = {
    True: "Each notebook runs behind walls: without network, without your files.",
    False: "This system gives no walls: a notebook can do on this machine what you can do.",
}


def _parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser("python -m geoviz_ml.exercises", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True)
    marking = commands.add_parser("grade", help="mark returned labs", epilog=EPILOG)
    add = marking.add_argument
    add("paths", nargs="+", type=Path, metavar="FILE", help="a notebook, a zip or a folder of them")
    add("--limit", type=float, default=300, metavar="SECONDS", help="a notebook (default 300)")
    add("--cell", type=float, default=60, metavar="SECONDS", help="a cell (default 60)")
    add("--memory", type=float, default=8, metavar="GB", help="a notebook (default 8)")
    add("--out", type=_table, metavar="TABLE", help="a row a notebook, as .csv or .json")
    add("--jobs", type=int, default=1, metavar="N", help="so many notebooks at once")
    add("--weight", type=_weight, action="append", default=[], metavar="NAME=POINTS")
    add("--class", type=_class_list, dest="students", metavar="LIST", help=NUMBERS)
    add("--feedback", type=_folder, metavar="FOLDER", help="a page a notebook, for its student")
    add("--moodle", type=_table, metavar="TABLE", help="grades to upload to Moodle, .csv")
    add("--canvas", type=_table, metavar="TABLE", help="grades to import into Canvas, .csv")
    add("--assignment", default="Lab", help="its column in Canvas, as in 'Lab 1 (4711)'")
    add("--label", help=argparse.SUPPRESS)
    add("--number", type=int, default=1, help=argparse.SUPPRESS)
    return top


def _weight(text: str) -> tuple[str, float]:
    """The points of an exercise, as in alfven-8=3."""
    name, _, points = text.partition("=")
    try:
        if math.isfinite(float(points)) and float(points) >= 0 and name:
            return name, float(points)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{printable(text)} is not NAME=POINTS")


def _class_list(path: str) -> ClassList:
    try:
        return ClassList.read(path)
    except GeovizError as error:
        raise argparse.ArgumentTypeError(printable(error)) from error


def _table(name: str) -> Path:
    """A table that can be written: better known before a class is marked than after."""
    path = Path(name)
    if path.suffix not in (".csv", ".json"):
        raise argparse.ArgumentTypeError(f"{printable(name)} does not end with .csv or .json")
    _folder(path.parent)
    return path


def _folder(name: str | Path) -> Path:
    """A folder that can be written to, made if it is not there."""
    try:
        Path(name).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=name):
            return Path(name)
    except OSError as error:
        raise argparse.ArgumentTypeError(f"cannot be written ({error.strerror})") from error


def main(arguments: list[str] | None = None) -> int:
    """Mark the files that the arguments name, and return the exit status of the command."""
    args = _parser().parse_args(arguments)
    if args.jobs < 1:
        print("--jobs must be at least 1.", file=sys.stderr)
        return 2
    weights = dict(args.weight)
    rules = Rules(args.limit, args.cell, args.memory, weights, args.feedback, args.students)
    with tempfile.TemporaryDirectory() as folder:
        files = opened(returned(args.paths), Path(folder))
        if not files:
            print(f"{printable(args.paths[0])}: no notebook is in this folder.", file=sys.stderr)
            return 2
        if args.label is not None:
            table = [one_row(args.label, next(iter(files.values())), args.number, rules)]
            return int(not _saved(table, args.out))
        print(WALLS[walls_stand()], file=sys.stderr)
        lost, table = False, []
        for table in rows(files, rules, args.jobs):
            lost = not all(_saved(t, p) for p, t in _tables(args, table))
        if args.students:
            for who in args.students.without(files):
                print(f"{printable(who)}: handed in nothing that can be marked.")
    if lost or any("problem" in row for row in table):
        return 2
    return int(any(row["points"] < row["of"] for row in table))


def _tables(args: argparse.Namespace, table: list[dict]) -> Iterator[tuple[Path, list[dict]]]:
    """Every table that was asked for, with its rows as they are now."""
    if args.out:
        yield args.out, table
    if args.moodle:
        yield args.moodle, moodle(table)
    if args.canvas:
        yield args.canvas, canvas(table, args.assignment)


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
