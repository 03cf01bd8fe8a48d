"""The process in which a returned notebook runs. It holds no check: it sends answers only.

python -m geoviz_ml.exercises.worker < messages > messages
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import geoviz_ml.exercises

from ..errors import UsageError
from .wire import Wire

CELLS = 2**25  # bytes of all cells together, which the grader sends


def take_the_line() -> Wire:
    """Keep standard input and output for the grader; the notebook gets the empty device."""
    wire = Wire(os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb"), CELLS)
    for number, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        os.dup2(os.open(os.devnull, flags), number)
    return wire


def leave_the_book() -> None:
    """No way to a checkout: the library is the copy without checks that this file is of."""
    sys.path[:] = [p for p in sys.path if not (Path(p) / "book").is_dir()]
    sys.meta_path[:] = [f for f in sys.meta_path if "geoviz_ml" not in getattr(f, "__module__", "")]


def main() -> None:
    """Run the cells that come over the line, send their answers and errors, and end the process.

    Raises
    ------
    UsageError
        In the notebook only: its cell gives `check` the name of no exercise.
    """
    from IPython.core.interactiveshell import InteractiveShell

    leave_the_book()
    wire = take_the_line()

    def check(name: str, answer: object, number: object = None) -> None:
        """Send the answer to the grader, which judges it in its own process.

        The grader has its own list of numbers: what the notebook says is its own is not sent.
        """
        try:
            encoded, trouble = wire.encode(answer), ""
        except TypeError as error:
            encoded, trouble = None, str(error)
        wire.send("check", str(name), encoded, trouble)
        _, line, known = wire.receive()
        if not known:
            raise UsageError(line)
        print(line)

    geoviz_ml.exercises.check = check
    shell = InteractiveShell.instance()
    _, cells = wire.receive()
    for _, source in cells:
        wire.send("cell")
        result = shell.run_cell(source)
        error = result.error_before_exec or result.error_in_exec
        if error is not None:
            wire.send("error", f"{type(error).__name__}: {error}"[:500])
    wire.send("end")
    os._exit(0)  # threads that a notebook left behind hold nothing up


if __name__ == "__main__":
    main()
