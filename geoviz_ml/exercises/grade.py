"""Marking of returned labs.

Three processes and the grader take part. The notebook runs in one, without the checks, under
limits of time, memory and files. Another reads the notebook, hears the answers as plain values and
judges them, under limits of its own; an answer that is a function is called over there. A third
ends whatever the notebook has started. The grader hears short lines only, and waits for none
longer than it should. Only the grader's own checks give points: it is of no use to redefine
`check` in a notebook. What a notebook can reach, and what not, stands in the book on the page "What
a returned notebook can reach".
"""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import DataFileError, GeovizError, MissingDataError, UsageError
from ..files import printable
from . import OPEN, RIGHT, WRONG, Verdict
from .attempt import Line, attempt, walls_stand
from .guard import GREEDY, PROCESSES
from .notebook import WANTED

REFUSED = {error.__name__: error for error in (DataFileError, MissingDataError)}


@dataclass(frozen=True)
class Marks:
    """Verdicts on the exercises of one returned lab, in the order of the lab, after `seconds` s."""

    path: Path
    verdicts: list[Verdict]
    seconds: float
    errors: dict[int, str] = field(default_factory=dict)  # what the cells raised, by their number
    label: str = ""  # what the file is called in a list of several
    weights: dict[str, float] = field(default_factory=dict)  # points of an exercise; else one

    @property
    def name(self) -> str:
        """What the file is called: its label, or else the printable name of its path."""
        return self.label or printable(self.path.name)

    def weight(self, exercise: str) -> float:
        """Points of an exercise: one, if `weights` says nothing else."""
        return self.weights.get(exercise, 1)

    @property
    def points(self) -> float:
        """Points of the exercises that are right."""
        return sum(self.weight(v.name) for v in self.verdicts if v.state == RIGHT)

    @property
    def most(self) -> float:
        """Points of all exercises."""
        return sum(self.weight(v.name) for v in self.verdicts)

    def row(self) -> dict:
        """One row of a table: file, points, seconds and the state of each exercise."""
        start = {"file": self.name, "points": self.points, "of": self.most}
        states = {v.name: v.state for v in self.verdicts}
        return {**start, "seconds": round(self.seconds), **states}

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.points:g} of {self.most:g} points"]
        for v in self.verdicts:
            said = " ".join(filter(None, [v.trouble, v.hint and f"Hint: {v.hint}"]))
            said = printable(" ".join(said.split()))[:400]
            got = self.weight(v.name) * (v.state == RIGHT)
            lines.append(f"  {got:g}  {v.name}: {v.state}. {said}".rstrip())
        return "\n".join(lines)


@dataclass
class _Run:
    """What is known of a notebook so far."""

    checked: dict[str, list[int]] = field(default_factory=dict)  # exercise -> cells that check it
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    errors: dict[int, str] = field(default_factory=dict)  # cell -> what it raised
    fatal: dict[int, str] = field(default_factory=dict)  # cell -> why it is left out from now on
    late: bool = True  # the end was not reached in time


def grade(
    path: str | os.PathLike,
    limit: float = 300,
    cell_limit: float = 60,
    memory: float = 8,
    number: int | None = None,
) -> Marks:
    """Run a returned lab and mark it, one point an exercise.

    A cell that takes longer than `cell_limit`, or that ends its process, is left out, and the
    notebook starts again without it; so one such cell costs no other exercise. An error in a cell
    does not stop the cells after it. Of several answers to one exercise the last counts.

    Parameters
    ----------
    path : path-like
        The notebook.
    limit, cell_limit : float
        Seconds for the whole notebook and for one cell.
    memory : float
        GB for the notebook's process and all that it starts.
    number : int, optional
        Of the student, which decides the values that the exercises ask about; by default the
        book's. What the notebook says of its number is not heard.

    Raises
    ------
    MissingDataError, DataFileError
        There is no such file, it is no notebook, or it checks no known exercise.
    UsageError
        The processes could not be started.
    """
    path, start, run = Path(path), time.monotonic(), _Run()
    order = {"seed": secrets.randbits(64), "number": number}
    end = start + limit
    while time.monotonic() < end:
        with attempt(path, memory, walls_stand()) as line:
            line.send(order | {"without": list(run.fatal)})
            if _follow(run, line, path, end, cell_limit, memory):
                run.late = False
                break
    verdicts = [run.verdicts.get(name) or _missing(name, run, limit) for name in run.checked]
    if not verdicts:
        raise DataFileError(f"could not be read in {limit:g} s.", path, WANTED)
    return Marks(path, verdicts, time.monotonic() - start, run.errors)


def _follow(
    run: _Run, line: Line, path: Path, end: float, cell_limit: float, memory: float
) -> bool:
    """Note in `run` what happens; False if a cell was fatal, or time is up."""
    cell, until = None, end
    try:
        while True:
            match line.receive(until):
                case ["lab", dict(checked)]:
                    run.checked = checked
                case ["refused", str(kind), str(problem), advice]:
                    raise REFUSED.get(kind, GeovizError)(problem, path, advice)
                case ["cell", int(cell)]:
                    until = min(end, time.monotonic() + cell_limit)
                case ["error", str(text)]:
                    run.errors[cell] = text
                case ["verdict", str(name), *rest]:
                    run.verdicts[name] = Verdict(name, *rest)
                case ["end"]:
                    return True
                case ["cut", str(why)]:
                    why = _why_cut(line, memory, why)
                    break
    except TimeoutError:
        why = f"stopped after {cell_limit:g} s"
    except EOFError:
        why = "its answer was too much for the grader"
    if not run.checked:
        if time.monotonic() < end:
            raise DataFileError("costs too much to read.", path, WANTED)
    elif cell is not None:
        if time.monotonic() < end:
            run.fatal[cell] = why
    elif time.monotonic() < end:
        raise UsageError(f"the process for the notebook could not start. {line.said()}".strip())
    return False


def _why_cut(line: Line, memory: float, why: str) -> str:
    status = line.ended()
    if status is None:
        return f"its answer was refused: {why}"
    if status == GREEDY:
        return f"it used more than {memory:g} GB or {PROCESSES} processes"
    return "it ended its process"


def _missing(name: str, run: _Run, limit: float) -> Verdict:
    """The verdict on an exercise of which no answer came."""
    at = run.checked[name]
    if not at:
        return Verdict(name, OPEN, "The notebook does not check it.")
    for i in at:
        if i in run.fatal:
            return Verdict(name, WRONG, f"Its cell was left out: {run.fatal[i]}.")
        if i in run.errors:
            return Verdict(name, WRONG, f"Its cell raised {run.errors[i]}")
    if run.late:
        return Verdict(name, WRONG, f"The notebook took longer than {limit:g} s.")
    return Verdict(name, WRONG, "No answer came: the check called was not ours.")
