"""Marking of returned labs.

The notebook runs in a process of its own, under limits of time and memory. The checks do not:
answers travel to the grader's process as plain values, an answer that is a function is called over
there, and only the grader's own checks give points. So it is of no use to redefine `check` in a
notebook. This is no wall against harmful code, which runs with your rights: mark the labs of
strangers in a container.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import DataFileError, MissingDataError, UsageError
from . import EXERCISES, OPEN, RIGHT, WRONG, Verdict, judge, of_chapter
from .wire import LineCut, Wire

TOKEN = "GEOVIZ_ML_GRADING"
CALL = re.compile(r"""\bcheck\(\s*["']((\w+)-\d+)["']""")


@dataclass(frozen=True)
class Marks:
    """Verdicts on the exercises of one returned lab, in the order of the lab."""

    path: Path
    verdicts: list[Verdict]
    seconds: float
    errors: dict[int, str] = field(default_factory=dict)  # what the cells raised, by their number

    @property
    def points(self) -> int:
        return sum(v.state == RIGHT for v in self.verdicts)

    def row(self) -> dict:
        """One row of a table: file, points, seconds and the state of each exercise."""
        start = {"file": self.path.name, "points": self.points, "of": len(self.verdicts)}
        states = {v.name: v.state for v in self.verdicts}
        return {**start, "seconds": round(self.seconds), **states}

    def __str__(self) -> str:
        lines = [f"{self.path.name}: {self.points} of {len(self.verdicts)} points"]
        for v in self.verdicts:
            said = " ".join(filter(None, [v.trouble, v.hint and f"Hint: {v.hint}"]))
            said = "".join(c if c.isprintable() else " " for c in said)[:400]
            lines.append(f"  {int(v.state == RIGHT)}  {v.name}: {v.state}. {said}".rstrip())
        return "\n".join(lines)


@dataclass
class _Run:
    """What is known of a notebook so far."""

    verdicts: dict[str, Verdict] = field(default_factory=dict)
    errors: dict[int, str] = field(default_factory=dict)  # cell -> what it raised
    fatal: dict[int, str] = field(default_factory=dict)  # cell -> why it is left out from now on
    late: bool = True  # the end was not reached in time


def read_cells(path: str | os.PathLike) -> list[tuple[int, str]]:
    """The code cells of a notebook, numbered, without the solutions that came with the lab.

    Raises
    ------
    MissingDataError, DataFileError
        There is no such file, or it is no notebook of format 4.
    """
    try:
        cells = json.loads(Path(path).read_text(encoding="utf-8"))["cells"]
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
    except FileNotFoundError as error:
        raise MissingDataError("there is no such file.", path) from error
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        advice = "Ask for the .ipynb file as JupyterLab or Colab saves it."
        raise DataFileError(f"not a Jupyter notebook ({error!r}).", path, advice) from error


def grade(
    path: str | os.PathLike, limit: float = 300, cell_limit: float = 60, memory: float = 8
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
        GB for the notebook's process.

    Raises
    ------
    MissingDataError, DataFileError
        There is no such file, it is no notebook, or it checks no known exercise.
    """
    path = Path(path)
    cells = read_cells(path)
    chapters = dict.fromkeys(m[1] for _, source in cells for m in CALL.findall(source))
    names = [name for chapter in chapters for name in of_chapter(chapter)]
    if not names:
        advice = "Is it a lab of this course? Its cells call check(...)."
        raise DataFileError("the notebook checks no known exercise.", path, advice)
    start, run = time.monotonic(), _Run()
    while (left := start + limit - time.monotonic()) > 0:
        todo = [(i, source) for i, source in cells if i not in run.fatal]
        if _attempt(run, todo, left, cell_limit, memory):
            run.late = False
            break
    verdicts = [run.verdicts.get(n) or _missing(n, cells, run, limit) for n in names]
    return Marks(path, verdicts, time.monotonic() - start, run.errors)


def _attempt(run: _Run, cells: list, left: float, cell_limit: float, memory: float) -> bool:
    """Run `cells` in a fresh process; False if a cell was fatal, and is noted in `run`."""
    token, cell, clock, late = secrets.token_hex(16), None, None, threading.Event()
    end = time.monotonic() + left

    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        root = Path(__file__).resolve().parents[2]
        env = {
            **os.environ,
            TOKEN: token,
            "PYTHONPATH": os.pathsep.join(filter(None, [str(root), os.environ.get("PYTHONPATH")])),
            "MPLBACKEND": "Agg",
            "IPYTHONDIR": folder,
            "GEOVIZ_ML_RESULTS": folder,
        }
        worker = subprocess.Popen(
            [sys.executable, "-m", "geoviz_ml.exercises.worker", str(memory)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=folder, env=env,
            start_new_session=True,
        )  # fmt: skip
        wire = Wire(worker.stdout, worker.stdin)

        def stop() -> None:
            late.set()
            _kill(worker, token)

        try:
            clock = _start_clock(left, stop)
            wire.send("cells", cells)
            while True:
                match wire.receive():
                    case ["cell", int(number)]:
                        cell = number
                        clock.cancel()
                        clock = _start_clock(min(cell_limit, end - time.monotonic()), stop)
                    case ["error", str(text)]:
                        run.errors[cell] = text
                    case ["check", str(name), answer, str(trouble)]:
                        verdict = _judge(name, answer, trouble, wire)
                        known = isinstance(verdict, Verdict)
                        wire.send("verdict", str(verdict), known)
                        if known:
                            run.verdicts[name] = verdict
                    case ["end"]:
                        return True
                    case _:
                        raise LineCut("spoke out of turn")
        except LineCut as trouble:
            if cell is None and not late.is_set():
                raise UsageError("the process for the notebook could not start.") from trouble
            if time.monotonic() < end:
                run.fatal[cell] = (
                    f"stopped after {cell_limit:g} s" if late.is_set() else "it ended its process"
                )
            return False
        finally:
            clock.cancel()
            _kill(worker, token)
            worker.stdout.close()
            with contextlib.suppress(OSError):
                worker.stdin.close()
            worker.wait()


def _start_clock(seconds: float, stop) -> threading.Timer:
    clock = threading.Timer(max(seconds, 0), stop)
    clock.daemon = True
    clock.start()
    return clock


def _judge(name: str, answer: object, trouble: str, wire: Wire) -> Verdict | UsageError:
    """The verdict of our own check; the error if there is no such exercise."""
    if trouble and name in EXERCISES:
        return Verdict(name, WRONG, trouble, EXERCISES[name].hint)
    try:
        return judge(name, wire.decode(answer))
    except UsageError as error:
        return error
    except Exception as error:  # values made up to break us
        raise LineCut("not understood") from error


def _missing(name: str, cells: list, run: _Run, limit: float) -> Verdict:
    """The verdict on an exercise of which no answer came."""
    at = [i for i, source in cells if any(name == m[0] for m in CALL.findall(source))]
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


def _kill(worker: subprocess.Popen, token: str) -> None:
    """End the worker and what it started, also what left its process group (on Linux)."""
    if not hasattr(os, "killpg"):
        worker.kill()
        return
    with contextlib.suppress(OSError):
        os.killpg(worker.pid, signal.SIGKILL)
    mark = f"{TOKEN}={token}".encode()
    for _ in range(5):  # a process may start another while we look
        for environ in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if mark in environ.read_bytes():
                    os.kill(int(environ.parent.name), signal.SIGKILL)
