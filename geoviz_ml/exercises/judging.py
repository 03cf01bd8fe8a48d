"""The process that reads a notebook, hears its answers and judges them, under limits of its own.

python -m geoviz_ml.exercises.judging DESCRIPTOR NOTEBOOK < answers > verdicts

It holds the checks; the notebook's process does not. Whatever a notebook or an answer is made of
costs this process only: the grader hears short lines from it over the socket DESCRIPTOR.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import socket
import sys

from ..errors import DataFileError, GeovizError, UsageError
from . import EXERCISES, WRONG, Verdict, judge
from .notebook import checked, read_cells
from .wire import LineCut, Wire

MEMORY = 2**30  # bytes


def main(descriptor: str, path: str) -> None:
    """Read the notebook, tell what it checks, and judge its answers to the end of its process.

    Parameters
    ----------
    descriptor : str
        Number of the socket to the grader.
    path : str
        The notebook. If it cannot be read, or checks no exercise, the grader is told so
        ("refused", and the kind of error, such as DataFileError); nothing is raised.
    """
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    talk = socket.socket(fileno=int(descriptor)).makefile("rwb")

    def tell(kind: str, *content) -> None:
        talk.write(json.dumps([kind, *content]).encode() + b"\n")
        talk.flush()

    order = json.loads(talk.readline())
    try:
        cells = read_cells(path)
        exercises = checked(cells)
        if not exercises:
            advice = "Is it a lab of this course? Its cells call check(...)."
            raise DataFileError("the notebook checks no known exercise.", path, advice)
    except GeovizError as error:
        tell("refused", type(error).__name__, error.problem, error.advice)
        return
    tell("lab", exercises)
    cells = [cell for cell in cells if cell[0] not in order["without"]]
    try:
        _hear(Wire(sys.stdin.buffer, sys.stdout.buffer), cells, order, tell)
    except LineCut as cut:
        tell("cut", str(cut))


def _hear(wire: Wire, cells: list[tuple[int, str]], order: dict, tell) -> None:
    """Send the cells to the notebook's process, judge what it sends, until its end."""
    coming = iter(cells)
    wire.send("cells", cells)
    while True:
        match wire.receive():
            case ["cell"]:  # the next one
                if (cell := next(coming, None)) is None:
                    raise LineCut("spoke out of turn")
                tell("cell", cell[0])
            case ["error", str(text)]:
                tell("error", text[:500])
            case ["check", str(name), answer, str(trouble)]:
                try:
                    verdict = _judged(name[:80], answer, trouble[:500], order, wire)
                except UsageError as error:
                    wire.send("verdict", str(error)[:1000], False)
                else:
                    wire.send("verdict", str(verdict), True)
                    tell("verdict", verdict.name, verdict.state, verdict.trouble, verdict.hint)
            case ["end"] if next(coming, None) is None:
                tell("end")
                return
            case _:
                raise LineCut("spoke out of turn")


def _judged(name: str, answer: object, trouble: str, order: dict, wire: Wire) -> Verdict:
    """The verdict of our own check."""
    if trouble and name in EXERCISES:
        return Verdict(name, WRONG, trouble, EXERCISES[name].hint)
    verdict = judge(name, wire.decode(answer), order["seed"], order["number"])
    return Verdict(verdict.name, verdict.state, verdict.trouble[:500], verdict.hint)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
    os._exit(0)
