"""Starts the process of a notebook, watches it, and leaves nothing of it behind.

python -m geoviz_ml.exercises.guard SETTINGS < messages > messages

The guard ends all that the notebook has started when the notebook's process ends, when its memory
or its processes are too many, and when the other end of `control` is closed, by will or because
the grader is gone. On Linux orphans come to the guard (it is a "subreaper"), so that also what has
left its process group is found. Where there are walls the system itself ends them.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import select
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from . import walls

LINUX = sys.platform == "linux"
SUBREAPER = 36  # prctl(2)
GREEDY = 96  # exit status: too much memory, or too many processes
PROCESSES = 256  # of one notebook
GIGABYTE = 2**30


@dataclass(frozen=True)
class Order:
    """What to start, and its limits.

    Attributes
    ----------
    command : list of str
    room : str
        Folder with `work`, to work in, `library`, with the copy of this library, and `root`.
    walls : bool
        Start it inside walls; then `work` and `library` are other folders.
    memory, disk : float
        GB; what is written to one file (with walls: to all) counts for `disk`.
    control : int
        File descriptor: end everything when it can be read, or its other end is closed.
    """

    command: list[str]
    room: str
    walls: bool
    memory: float
    disk: float = 1.0
    control: int = -1
    environment: dict[str, str] = field(default_factory=dict)

    def text(self) -> str:
        """The order as JSON, which `main` reads."""
        return json.dumps(asdict(self))


def main(text: str) -> int:
    """Start what the text of an `Order` says, watch and end it, and return an exit status."""
    order = Order(**json.loads(text))
    if LINUX:
        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    child = os.fork()
    if not child:
        _start(order)
    os.closerange(0, 2)  # the pipes are the notebook's alone: they close when it ends
    try:
        return _watch(child, order)
    finally:
        end_all(child)


def _start(order: Order) -> None:
    """In a process of its own: become the notebook's process, or the one that waits for it."""
    status = walls.FAILED
    try:
        os.close(order.control)
        os.setsid()
        room, disk = Path(order.room), int(order.disk * GIGABYTE)
        if order.walls:
            status = walls.inside(room / "root", room / "library", disk, lambda: _become(order))
        else:
            os.chdir(room / "work")
            _become(order)
    except OSError as error:
        print(f"not started: {error}", file=sys.stderr, flush=True)
    finally:
        os._exit(status)


def _become(order: Order) -> None:
    for kind, most in (
        (resource.RLIMIT_DATA, int(order.memory * GIGABYTE)),
        (resource.RLIMIT_FSIZE, int(order.disk * GIGABYTE)),
        (resource.RLIMIT_NPROC, _threads_of_user() + 2 * PROCESSES),
        (resource.RLIMIT_CORE, 0),
    ):
        with contextlib.suppress(ValueError, OSError):  # not known, or less is allowed already
            resource.setrlimit(kind, (most, most))
    os.execve(order.command[0], order.command, order.environment)


def _watch(child: int, order: Order) -> int:
    """Wait for the end of the child, or for a reason to end it; return an exit status."""
    looked = time.monotonic()
    while True:
        if select.select([order.control], [], [], 0.05)[0]:
            return 0
        with contextlib.suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:  # orphans too
                if ended[0] == child:
                    return os.waitstatus_to_exitcode(ended[1]) % 256
        if LINUX and time.monotonic() - looked > 0.2:
            family = descendants(os.getpid())
            if len(family) > PROCESSES or sum(map(_memory, family)) > order.memory * GIGABYTE:
                return GREEDY
            looked = time.monotonic()


def end_all(child: int) -> None:
    """Stop, then kill, all that descends from this process, until the system says nothing does.

    One look that finds nothing is not enough: while a process ends, what it has started has no
    parent that could be seen. But orphans come to us, so that as long as anything is left, we have
    a child.
    """
    if not LINUX:  # only what has not left the process group is found
        with contextlib.suppress(OSError):
            os.killpg(child, signal.SIGKILL)
        return
    end = time.monotonic() + 20
    while time.monotonic() < end:
        for sign in (signal.SIGSTOP, signal.SIGKILL):  # a stopped process starts no other
            for pid in descendants(os.getpid()):
                with contextlib.suppress(OSError):
                    os.kill(pid, sign)
        try:
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass
        except ChildProcessError:
            return
        time.sleep(0.002)


def descendants(ancestor: int) -> list[int]:
    """Processes that descend from one, dead ones that nobody has asked for left out."""
    children: dict[int, list[int]] = {}
    for pid, state, parent in _processes():
        if state != "Z":
            children.setdefault(parent, []).append(pid)
    found, new = [], [ancestor]
    while new:
        new = [child for pid in new for child in children.get(pid, [])]
        found += new
    return found


def _processes() -> Iterator[tuple[int, str, int]]:
    """Number, state and parent of every process."""
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                text = Path("/proc", name, "stat").read_bytes().rpartition(b")")[2].split()
                yield int(name), text[0].decode(), int(text[1])


def _memory(pid: int) -> int:
    """Bytes that a process holds; what several share is divided among them."""
    with contextlib.suppress(OSError, ValueError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_bytes().splitlines():
            if line.startswith(b"Pss:"):
                return int(line.split()[1]) * 1024
    with contextlib.suppress(OSError, ValueError):
        pages = int(Path(f"/proc/{pid}/statm").read_bytes().split()[1])
        return pages * resource.getpagesize()
    return 0


def _threads_of_user() -> int:
    """Threads that this user has already: the system counts them all together."""
    total = 0
    for name in os.listdir("/proc") if LINUX else ():
        with contextlib.suppress(OSError):
            if name.isdigit() and os.stat(f"/proc/{name}").st_uid == os.getuid():
                total += len(os.listdir(f"/proc/{name}/task"))
    return total


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
