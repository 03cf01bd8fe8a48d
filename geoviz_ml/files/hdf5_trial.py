"""HDF5 files tried in a process of their own before they are opened in ours.

The library believes what a damaged file says of its texts of variable length and of the heaps that
hold them: it crashes, counts without end, or makes room for gigabytes. So another process reads all
attributes and all texts first, under limits; what it does not survive never comes to ours.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import subprocess
import sys
import threading
import time
from io import BytesIO
from math import ceil

MEMORY = 256 * 2**20  # bytes that a trial may take, and twice the file
SECONDS = 1  # of computing, to the next whole one, and one more for each of so many bytes
BYTES_A_SECOND = 2**26
LONGEST = 60  # seconds by the clock to begin, or for a trial, where computing cannot be limited
READY = b"ready\n"
LONGEST_REASON = 200  # characters
MOST_TEXTS = 2**14  # of a dataset; more are never read

_lock = threading.Lock()
_running: dict[int, subprocess.Popen] = {}  # our process id, which a fork changes -> the trial's


def try_out(raw: bytes) -> str:
    """Read a file's attributes and texts in another process.

    Parameters
    ----------
    raw : bytes
        The whole file.

    Returns
    -------
    str
        What is wrong with it; empty if nothing is.
    """
    with _lock:
        try:
            trial = _trial()
        except OSError as error:
            return f"it could not be tried in a process of its own: {error.strerror}"
        try:
            with _ended_after(trial, LONGEST + len(raw) / BYTES_A_SECOND):
                trial.stdin.write(len(raw).to_bytes(8))
                trial.stdin.write(raw)
                trial.stdin.flush()
                verdict = trial.stdout.readline()
        except OSError:
            verdict = b""
        except BaseException:  # stopped by the reader: its verdict must not be taken for the next
            _end()
            raise
        if verdict.endswith(b"\n"):
            return verdict.decode("utf-8", "replace").strip()
        _end()
        return "the HDF5 library does not survive it"


def _trial() -> subprocess.Popen:
    """The process for trials, started where there is none; it is kept for the next file."""
    trial = _running.get(os.getpid())
    if trial is None or trial.poll() is not None:
        paths = os.pathsep.join(path or os.getcwd() for path in sys.path)
        trial = _running[os.getpid()] = subprocess.Popen(
            [sys.executable, "-P", "-W", "ignore", "-c", f"from {__name__} import main; main()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONPATH": paths},
        )
        with _ended_after(trial, LONGEST):
            if trial.stdout.readline() != READY:
                _end()
                raise OSError(0, "it did not begin")
    return trial


@contextlib.contextmanager
def _ended_after(process: subprocess.Popen, seconds: float):
    """Kill the process if the block takes longer."""
    clock = threading.Timer(seconds, process.kill)
    clock.start()
    try:
        yield
    finally:
        clock.cancel()


@atexit.register
def _end() -> None:
    trial = _running.pop(os.getpid(), None)
    if trial is not None:
        trial.kill()
        trial.communicate()


def main() -> None:
    """Try files, each behind its length in eight bytes, and answer each by a line."""
    import h5py  # noqa: F401  so that no trial waits for it

    files, verdicts = sys.stdin.buffer, sys.stdout.buffer
    verdicts.write(READY)
    verdicts.flush()
    while length := files.read(8):
        raw = files.read(int.from_bytes(length))
        _limit(len(raw))
        try:
            _read_all(raw)
            reason = ""
        except Exception as error:
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        verdicts.write(reason[:LONGEST_REASON].encode("utf-8", "replace") + b"\n")
        verdicts.flush()


def _limit(size: int) -> None:
    """Let the system end this process when a file of `size` bytes costs too much."""
    with contextlib.suppress(ImportError, ValueError, OSError):  # not on Windows
        import resource

        seconds = ceil(time.process_time()) + SECONDS + size // BYTES_A_SECOND
        most = {"CORE": 0, "DATA": MEMORY + 2 * size, "CPU": seconds}
        for name, value in most.items():
            kind = getattr(resource, f"RLIMIT_{name}")
            resource.setrlimit(kind, (value, resource.getrlimit(kind)[1]))


def _read_all(raw: bytes) -> None:
    """Every attribute of every object, and every text of a dataset."""
    import h5py
    import numpy as np

    def look(name: str, thing) -> None:
        for key in thing.attrs:
            with contextlib.suppress(TypeError):  # a kind that numpy has not, and nobody reads
                thing.attrs[key]
        if isinstance(thing, h5py.Dataset) and not (thing.is_virtual or thing.external):
            with contextlib.suppress(TypeError):
                if h5py.check_string_dtype(thing.dtype) and 0 < thing.size <= MOST_TEXTS:
                    for index in np.ndindex(thing.shape):
                        thing[index]

    with h5py.File(BytesIO(raw), "r") as file:
        look("/", file)
        file.visititems(look)
