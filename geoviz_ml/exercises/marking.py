"""A class is marked: file by file or several at once, with a row for each whatever happens."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..errors import GeovizError
from ..files import printable
from .class_list import ClassList
from .feedback import save_feedback
from .grade import Marks, grade
from .platforms import student
from .variants import number_in

PAUSE = 0.05  # seconds between two looks at the processes


@dataclass(frozen=True)
class Rules:
    """How a file is marked: `limit` and `cell` in seconds, `memory` in GB, points of exercises."""

    limit: float = 300
    cell: float = 60
    memory: float = 8
    weights: dict[str, float] = field(default_factory=dict)
    feedback: Path | None = None  # a folder for a page a file
    students: ClassList | None = None  # who has which number

    def number(self, name: str) -> int | None:
        """Of the notebook that is called `name`: the list's, or else the one in its name.

        Raises
        ------
        DataFileError
            There is a list, and the student is not in it.
        """
        return self.students.number(name) if self.students else number_in(name)

    def options(self) -> list[str]:
        """The same as options of the command."""
        said = ["--limit", str(self.limit), "--cell", str(self.cell), "--memory", str(self.memory)]
        for name, points in self.weights.items():
            said += ["--weight", f"{name}={points}"]
        said += ["--class", str(self.students.path)] if self.students else []
        return said + (["--feedback", str(self.feedback)] if self.feedback else [])


def one_row(name: str, file: Path | GeovizError, number: int, rules: Rules) -> dict:
    """Mark one file, tell it, and return its row of the table.

    Parameters
    ----------
    name : str
        What the file is called in the list.
    file : Path, or the error with which it was opened
    number : int
        Its place in the list, from 1.
    rules : Rules
    """
    row = _start(name)
    try:
        if isinstance(file, GeovizError):
            raise file
        of_student = rules.number(name)
        marks = grade(file, rules.limit, rules.cell, rules.memory, number=of_student)
        marks = replace(marks, label=name, weights=rules.weights)
    except Exception as error:  # whatever one file does, the others get their marks
        problem = error.problem if isinstance(error, GeovizError) else repr(error)
        print(f"{name}: {printable(problem)}", file=sys.stderr, flush=True)
        return row | {"problem": printable(problem)}
    print(marks, flush=True)
    if rules.feedback:
        _tell_student(marks, rules.feedback, number)
    row |= {} if of_student is None else {"number": of_student}
    return row | {key: value for key, value in marks.row().items() if key != "file"}


def _tell_student(marks: Marks, folder: Path, number: int) -> None:
    """Write the page of a file; where that cannot be, the marks count all the same."""
    try:
        save_feedback(marks, folder, number)
    except OSError as error:
        said = f"{marks.label}: its page is not written ({error.strerror})."
        print(printable(said), file=sys.stderr, flush=True)


def _start(name: str) -> dict:
    who = student(name)
    return {"file": name, "student": who.name, "id": who.number}


def rows(files: dict[str, Path | GeovizError], rules: Rules, jobs: int = 1) -> Iterator[list[dict]]:
    """The rows so far, in the order of the files, after each file that is done.

    Parameters
    ----------
    files : dict
        From `geoviz_ml.exercises.returned.opened`.
    rules : Rules
    jobs : int
        Files at once; each beyond the first has a grader in a process of its own.
    """
    done: dict[int, dict] = {}
    if jobs > 1:
        yield from _side_by_side(files, rules, jobs, done)
        return
    for number, (name, file) in enumerate(files.items(), 1):
        done[number] = one_row(name, file, number, rules)
        yield list(done.values())


def _side_by_side(files: dict, rules: Rules, jobs: int, done: dict) -> Iterator[list[dict]]:
    waiting = list(enumerate(files.items(), 1))
    running: dict[int, tuple[str, subprocess.Popen, Path]] = {}
    with tempfile.TemporaryDirectory() as folder:
        try:
            while waiting or running:
                while waiting and len(running) < jobs:
                    number, (name, file) = waiting.pop(0)
                    if isinstance(file, GeovizError):
                        done[number] = one_row(name, file, number, rules)
                    else:
                        place = Path(folder, f"{number}.json")
                        process = _grader(name, file, number, place, rules)
                        running[number] = name, process, place
                for number, (name, process, place) in list(running.items()):
                    if process.poll() is not None:
                        done[number] = _row_of(process, place, _start(name))
                        del running[number]
                        yield [done[n] for n in sorted(done)]
                time.sleep(PAUSE)
            yield [done[n] for n in sorted(done)]
        finally:
            for _, process, _ in running.values():
                process.terminate()
            for _, process, _ in running.values():
                process.wait()


def _grader(name: str, file: Path, number: int, place: Path, rules: Rules) -> subprocess.Popen:
    """A grader of one file in a process of its own, which writes its row to `place`."""
    command = [sys.executable, "-m", "geoviz_ml.exercises", "grade", *rules.options()]
    listed = [f"--out={place}", f"--label={name}", f"--number={number}"]
    return subprocess.Popen([*command, *listed, "--", str(file)])


def _row_of(process: subprocess.Popen, place: Path, start: dict) -> dict:
    """The row that a grader left, or one that says that it left none."""
    try:
        return json.loads(place.read_text(encoding="utf-8"))[0]
    except (OSError, ValueError, LookupError):
        problem = f"its grader ended with {process.returncode} and left no row."
        print(f"{start['file']}: {problem}", file=sys.stderr, flush=True)
        return start | {"problem": problem}
