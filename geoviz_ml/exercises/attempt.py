"""The processes of one attempt at a notebook: its own, and the one that judges its answers."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from .guard import Order
from .walls import LIBRARY, WORK, holds_answers

PACKAGE = Path(__file__).resolve().parents[1]
LONGEST = 2**16  # bytes of a line from the judging process
KEPT = (
    "PATH LANG LC_ALL LC_CTYPE TZ LD_LIBRARY_PATH DYLD_LIBRARY_PATH OMP_NUM_THREADS "
    "OMP_WAIT_POLICY GOMP_SPINCOUNT OPENBLAS_NUM_THREADS MKL_NUM_THREADS"
).split()


class Line:
    """What the judging process says, a line a message, waited for until a given time."""

    def __init__(self, end: socket.socket, guard: subprocess.Popen, room: Path):
        self.end, self.guard, self.room, self.heard = end, guard, room, b""

    def send(self, message: dict) -> None:
        """Send a message, as one line of JSON; a process that is gone is no error here."""
        with contextlib.suppress(OSError):
            self.end.sendall(json.dumps(message).encode() + b"\n")

    def receive(self, until: float) -> list:
        """The next message.

        Raises
        ------
        TimeoutError, EOFError
            There was none until that time (seconds of `time.monotonic`); the process is gone.
        """
        while b"\n" not in self.heard:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.end.settimeout(left)
            try:
                more = self.end.recv(LONGEST)
            except ConnectionError:
                more = b""
            if not more or len(self.heard) > LONGEST:
                raise EOFError
            self.heard += more
        line, _, self.heard = self.heard.partition(b"\n")
        return json.loads(line)

    def ended(self) -> int | None:
        """Exit status of the guard, if the notebook's process has ended."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.guard.wait(2)
        return None

    def said(self) -> str:
        """The end of what the notebook's process said before the notebook began."""
        return (self.room / "said").read_text("utf-8", "replace")[-2000:].strip()


@contextlib.contextmanager
def attempt(path: Path, memory: float, walls: bool) -> Iterator[Line]:
    """Start the processes; at the end of the block nothing of them is left.

    Parameters
    ----------
    path : Path
        The notebook.
    memory : float
        GB for the notebook's process and all that it starts.
    walls : bool
        Build walls around it (see `walls_stand`).
    """
    with contextlib.ExitStack() as at_end:
        room = at_end.enter_context(_room())
        ends = {name: os.pipe() for name in ("answers", "verdicts", "control")}
        ours, theirs = socket.socketpair()
        control = at_end.enter_context(os.fdopen(ends["control"][1], "wb"))
        at_end.enter_context(ours)
        command = [sys.executable, "-m", "geoviz_ml.exercises.worker"]
        streams = {"stdin": ends["verdicts"][0], "stdout": ends["answers"][1]}
        try:
            guard = _guard(room, command, memory, walls, ends["control"][0], **streams)
            at_end.callback(_end, guard, control)
            judging = subprocess.Popen(
                [*_python("judging"), str(theirs.fileno()), os.path.abspath(path)],
                stdin=ends["answers"][0], stdout=ends["verdicts"][1], stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()], env=_environment(PACKAGE.parent, room),
                start_new_session=True,
            )  # fmt: skip
            at_end.callback(judging.wait)
            at_end.callback(judging.kill)
        finally:
            theirs.close()
            for end in (*ends["answers"], *ends["verdicts"], ends["control"][0]):
                os.close(end)
        yield Line(ours, guard, room)


@cache
def walls_stand() -> bool:
    """Tell whether this system lets us build walls; tried once, with what a notebook needs."""
    if sys.platform != "linux":
        return False
    need = "import IPython, numpy, geoviz_ml.exercises, tempfile; tempfile.TemporaryFile()"
    with _room() as room:
        reading, control = os.pipe()
        try:
            command = [sys.executable, "-c", need]
            streams = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL}
            guard = _guard(room, command, 2, True, reading, **streams)
            with contextlib.suppress(subprocess.TimeoutExpired):
                return guard.wait(60) == 0
            return False
        finally:
            os.close(control)
            os.close(reading)


@contextlib.contextmanager
def _room() -> Iterator[Path]:
    """A fresh folder with a copy of the library, without checks, and an empty folder to work in."""
    room = Path(tempfile.mkdtemp(prefix="geoviz-grade-")).resolve()
    try:
        for name in ("work", "root", "library"):
            (room / name).mkdir()
            (room / name).chmod(0o755)
        copy = room / "library" / PACKAGE.name
        shutil.copytree(
            PACKAGE, copy, ignore=lambda at, _: ["checks"] if at == str(PACKAGE) else ()
        )
        yield room
    finally:  # a folder may be too deep for Python to remove
        subprocess.run(["rm", "-rf", "--", str(room)], stderr=subprocess.DEVNULL, check=False)


def _guard(room: Path, command, memory, walls, control, **streams) -> subprocess.Popen:
    places = (LIBRARY, WORK) if walls else (room / "library", room / "work")
    order = Order(command, str(room), walls, memory, 1.0, control, _environment(*places))
    with open(room / "said", "wb") as said:
        return subprocess.Popen(
            [*_python("guard"), order.text()], stderr=said, pass_fds=[control], cwd=room,
            env=_environment(PACKAGE.parent, room), start_new_session=True, **streams,
        )  # fmt: skip


def _python(module: str) -> list[str]:
    """A module of this room as a command; the working folder is on no path."""
    return [sys.executable, "-P", "-m", f"{__package__}.{module}"]


def _environment(library: Path, home: Path) -> dict[str, str]:
    """Variables for a process: a few that programs need, no others; they may hold secrets."""
    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    paths = [str(library), *(p for p in given if p and not holds_answers(Path(p)))]
    folder = str(home)
    return kept | {
        "PYTHONPATH": os.pathsep.join(paths),
        "HOME": folder,
        "TMPDIR": folder,
        "USER": "student",
        "LOGNAME": "student",
        "MPLBACKEND": "Agg",
        "IPYTHONDIR": folder,
        "GEOVIZ_ML_RESULTS": folder,
    }


def _end(guard: subprocess.Popen, control) -> None:
    """Let the guard end everything, and itself; by force if it does not."""
    control.close()
    try:
        guard.wait(30)
    except subprocess.TimeoutExpired:
        guard.kill()
        guard.wait()
