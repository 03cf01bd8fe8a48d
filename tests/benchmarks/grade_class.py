"""A class of made-up submissions marked in one call: python -m tests.benchmarks.grade_class --n 200

Right, wrong, not a number, empty, cheating, hanging, forking, crashing, heavy, with odd names, and
what is no notebook at all. Each is made together with the points that it deserves. Told are wrong
rows, time, and the most memory that the grader, and all its processes together, had. The call is
repeated and stopped (SIGTERM) in the middle: the rows so far must be there, and right. Exits with 1
if anything is not as it should be.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
import numpy as np
from nbformat.v4 import new_code_cell, new_notebook

from geoviz_ml.exercises.attempt import walls_stand
from geoviz_ml.exercises.guard import descendants

ROOT = Path(__file__).resolve().parents[2]
CHAPTERS = ("arcs", "aurora", "nucleus", "sunspots")  # the lab of alfven trains, for longer
BEGIN = "import numpy as np\nfrom geoviz_ml.exercises import check"
GOOD = 'check("alfven-2", 3)'  # one point, in every submission that can get one
AFTER = 'check("alfven-1", 100 / 4096)'  # another, for who reaches what is out of reach


@dataclass(frozen=True)
class Submission:
    """What is handed in, and the points that it deserves (None: it cannot be marked)."""

    kind: str
    write: Callable[[Path], None]
    points: int | None


def notebook(*cells: str) -> Callable[[Path], None]:
    book = new_notebook(cells=[new_code_cell(cell) for cell in (BEGIN, *cells)])
    return lambda path: nbformat.write(book, path)


def content(raw: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(raw)


def solutions(chapter: str) -> list[str]:
    """The solution cells of a lab, handed in as one's own."""
    lab = nbformat.read(ROOT / "book" / chapter / f"{chapter}_lab.ipynb", 4)
    return [c.source for c in lab.cells if "solution" in c.metadata.get("tags", [])]


def imports(chapter: str) -> str:
    """What the lab imports outside of its solutions."""
    lab = nbformat.read(ROOT / "book" / chapter / f"{chapter}_lab.ipynb", 4)
    cells = [c for c in lab.cells if c.cell_type == "code"]
    shown = [c.source for c in cells if "solution" not in c.metadata.get("tags", [])]
    lines = [line for source in shown for line in source.splitlines()]
    return "\n".join(line for line in lines if line.startswith(("import ", "from ")))


WRONG = {
    "a wrong number": 'check("alfven-1", 1)',
    "not a number": 'check("alfven-7", lambda f: np.nan)\ncheck("alfven-3", lambda p, t: np.nan)',
    "not a number, single": 'check("alfven-1", float("nan"))\ncheck("alfven-6", float("nan"))',
    "empty": 'check("aurora-6", lambda c: np.empty((0, 6)))',
    "empty pairs": 'check("arcs-5", lambda a, b: np.empty((0, 2)))',
    "empty rows": 'check("nucleus-2", lambda x, t: np.empty((0, 3, 4)))',
    "misshapen": 'check("sunspots-1", lambda x: np.full((5, 1), 13.0))',
    "the truth as thresholds": 'check("alfven-5", lambda prob, truth: np.where(truth, 0, 2))',
    "nothing": 'check("alfven-4", ...)\ncheck("alfven-8", lambda a, b: None)',
    "an error": 'check("alfven-1", 1 / 0)',
    "no Python": 'this is no Python\ncheck("alfven-1", 1)',
}
CHEATS = {
    "a check of one's own": 'check = print\ncheck("alfven-1", 7)',
    "the registered check": """import geoviz_ml.exercises as e
e.EXERCISES["alfven-1"] = e.Exercise(lambda answer: True, "")
check("alfven-1", 7)""",
    "equals everything": """class Yes(float):
    __sub__ = __rsub__ = __abs__ = lambda *a: 0
    __eq__ = __lt__ = __le__ = lambda *a: True
check("alfven-1", Yes(7))""",
    "reads the checks": f"from geoviz_ml.checks import alfven\n{AFTER}",
    "verdicts on the line": """import gc
from geoviz_ml.exercises.wire import Wire
wire = next(x for x in gc.get_objects() if isinstance(x, Wire))
wire.send("verdict", "alfven-1", "right", "", "")
wire.send("end")""",
    "numpy in one's own way": """np.abs = lambda *a: 0.0
np.isfinite = np.allclose = lambda *a, **k: np.array(True)
check("alfven-7", lambda f: 0.0)""",
}
CRASHES = {
    "ends": "import os; os._exit(0)",
    "exits": "import sys; sys.exit()",
    "ends by a signal": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)",
    "a fault": "import ctypes; ctypes.string_at(0)",
    "aborts": "import os; os.abort()",
    "closes everything": "import os; os.closerange(0, 256)",
}
HANGS = {
    "an endless loop": "while True: pass",
    "sleeps": "import time; time.sleep(10**6)",
    "cannot be interrupted": """while True:
    try:
        while True: pass
    except BaseException: pass""",
    "an answer without end": 'check("alfven-7", lambda f: [0 for _ in iter(int, 1)])',
    "waits for input": "input()\nimport sys; sys.stdin.read()\nimport time; time.sleep(10**6)",
}
LEAVES = {
    "a child with the pipe": """import os, subprocess
for n in range(3, 64):
    try: os.set_inheritable(n, True)
    except OSError: pass
subprocess.Popen(["sleep", "MARK"], start_new_session=True, close_fds=False)""",
    "a daemon": """import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0: os.execvp("sleep", ["sleep", "MARK"])
    os._exit(0)""",
    "threads": """import threading, time
for _ in range(20): threading.Thread(target=time.sleep, args=(10**6,)).start()""",
    "a handler at its end": "import atexit, time; atexit.register(time.sleep, 10**6)",
}
HEAVY = {
    "a colliding set": 'check("alfven-7", set(n * (2**61 - 1) for n in range(10**5)))',
    "a huge array": 'check("alfven-7", lambda f: np.zeros(10**8, "u1"))',
    "items without size": 'check("alfven-7", np.zeros(10**9, "V0"))',
    "a huge number": 'check("alfven-7", 10**10**5)',
    "much output": 'print("x" * 10**8)',
}
GREEDY = {
    "much memory": "x = bytearray(2**36)",
    "memory of many": """import os, time
for _ in range(30):
    if os.fork() == 0:
        x = bytearray(2**27)
        time.sleep(10**6)
time.sleep(10**6)""",
    "many children": """import subprocess, time
while True:
    try: subprocess.Popen(["sleep", "MARK"], start_new_session=True)
    except OSError: time.sleep(0.1)""",
}
BEHIND_WALLS = {  # not tried without them: they would reach what is not ours
    "kills all it can": "import os, signal; os.kill(-1, signal.SIGKILL)",
    "kills the grader": "import os, signal\nfor n in range(2, 9): os.kill(os.getppid(), 9)",
    "forks without end": "import os\nwhile True: os.fork()",
    "reads the book": f"open({str(ROOT / 'book/alfven/alfven_lab.ipynb')!r}).read()\n{AFTER}",
    "looks for a book": f"""import os
if any(p.endswith("_lab.ipynb") for t in os.walk("/") for p in t[2]): {AFTER}""",
    "deletes everything": "import shutil; shutil.rmtree('/', ignore_errors=True)",
    "fills the disk": """for n in range(10**6):
    with open(str(n), "wb") as file: file.write(bytes(2**26))""",
}
NO_NOTEBOOKS = {
    "empty": content(b""),
    "text": content(b"I could not open the notebook, sorry"),
    "a picture": content(b"\x89PNG\r\n\x1a\n" + bytes(1000)),
    "another JSON": content(b'{"cells": 3}'),
    "deep": content(b"[" * 10**6),
    "dense": content(b'{"cells": [' + b"[]," * 5_000_000 + b"[]]}"),
    "huge": lambda path: (path.touch(), os.truncate(path, 2**40)),
    "a pipe": lambda path: os.mkfifo(path),
    "a folder": lambda path: path.mkdir(),
    "a link to nowhere": lambda path: path.symlink_to("nowhere"),
    "a device": lambda path: path.symlink_to("/dev/zero"),
    "no lab": notebook("print(1)"),
}
ODD = ["lab.ipynb", "=1+1.ipynb", "-rf.ipynb", "@x.ipynb", "a\nb.ipynb", "\x1b[31mred.ipynb",
       "caf\udce9.ipynb", "\u202ebypni.ipynb", "<script>.ipynb", "*.ipynb", "ä ö 日.ipynb",
       "+.ipynb", "x" * 240 + ".ipynb", "';drop.ipynb", "a,b;c\"d.ipynb"]  # fmt: skip


def kinds(mark: str) -> Iterator[Submission]:
    """One submission of every kind; `mark` is in the command line of what they leave running."""
    for chapter in CHAPTERS:
        cells = solutions(chapter)
        yield Submission(f"right: {chapter}", notebook(imports(chapter), *cells), len(cells))
    costs_itself = [("cheats", CHEATS), ("crashes", CRASHES), ("hangs", HANGS), ("leaves", LEAVES),
                    ("heavy", HEAVY), ("greedy", GREEDY)]  # fmt: skip
    if walls_stand():
        costs_itself.append(("attacks", BEHIND_WALLS))
    for name, cell in WRONG.items():
        yield Submission(f"wrong: {name}", notebook(GOOD, cell), 1)
    for group, cells in costs_itself:
        for name, cell in cells.items():
            cell = cell.replace("MARK", mark)
            yield Submission(f"{group}: {name}", notebook(GOOD, cell, GOOD), 1)
    for name, write in NO_NOTEBOOKS.items():
        yield Submission(f"no notebook: {name}", write, None)


def hand_in(folder: Path, n: int, seed: int, every: list[Submission]) -> dict[str, Submission]:
    """Write `n` submissions into a folder a student; student -> what was handed in."""
    rng = np.random.default_rng(seed)
    chosen = [every[i % len(every)] for i in range(n)]
    order = rng.permutation(n)
    handed = {}
    for number, i in enumerate(order):
        student = f"student{number:03d}"
        (folder / student).mkdir(parents=True)
        chosen[i].write(folder / student / ODD[int(rng.integers(len(ODD)))])
        handed[student] = chosen[i]
    return handed


def wrong_rows(table: Path, handed: dict[str, Submission]) -> list[str]:
    """What is not as it should be in the rows that are there."""
    wrong = []
    with open(table, encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row, (student, submission) in zip(rows, handed.items(), strict=False):
        deserved = "" if submission.points is None else str(submission.points)
        if not row["file"].startswith(student) or row["points"] != deserved:
            got = row["points"] or row.get("problem")
            wrong.append(f"{student}, {submission.kind}: {got} instead of {deserved or 'none'}")
        if not all(str(cell).isprintable() for cell in row.values()):
            wrong.append(f"{student}: a cell that cannot be printed")
    return wrong


def rows_in(table: Path) -> int:
    try:
        with open(table, encoding="utf-8", newline="") as file:
            return sum(1 for _ in csv.DictReader(file))
    except FileNotFoundError:
        return 0


def memory(pids: list[int]) -> list[int]:
    """Bytes of each process; what several share counts once."""
    found = []
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
        except OSError:
            continue
        found += [int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")]
    return found


def alive(mark: str) -> int:
    """Processes with `mark` in their command line."""
    count = 0
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            count += mark.encode() in path.read_bytes().split(b"\0")
        except OSError:
            continue
    return count


def run(folder: Path, table: Path, limits: list[str], stop_after: int | None = None) -> dict:
    """Mark the class in one call, or until so many rows are there."""
    command = [sys.executable, "-m", "geoviz_ml.exercises", "grade", str(folder)]
    start, own, together = time.monotonic(), 0, 0
    with open(table.with_suffix(".log"), "wb") as log:
        marking = subprocess.Popen(
            [*command, "--out", str(table), *limits], cwd=ROOT, stdout=log, stderr=log
        )
        while marking.poll() is None:
            own = max([own, *memory([marking.pid])])
            together = max(together, sum(memory([marking.pid, *descendants(marking.pid)])))
            if stop_after is not None and rows_in(table) >= stop_after:
                marking.send_signal(signal.SIGTERM)
                marking.wait(60)
            time.sleep(0.2)
    return {
        "seconds": round(time.monotonic() - start, 1),
        "status": marking.returncode,
        "rows": rows_in(table),
        "grader_mb": round(own / 1e6),
        "together_mb": round(together / 1e6),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n", type=int, default=200, help="submissions")
    parser.add_argument("--limit", type=float, default=30, help="seconds for a notebook")
    parser.add_argument("--cell", type=float, default=5, help="seconds for a cell")
    parser.add_argument("--memory", type=float, default=1, help="GB for a notebook")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    limits = [f"--{name}={getattr(asked, name)}" for name in ("limit", "cell", "memory")]
    mark = str(10**9 + time.time_ns() % 10**9)
    failed = []
    with tempfile.TemporaryDirectory() as scratch:
        folder, table = Path(scratch, "class"), Path(scratch, "marks.csv")
        handed = hand_in(folder, asked.n, asked.seed, list(kinds(mark)))
        told = run(folder, table, limits) | {"left_running": alive(mark), "walls": walls_stand()}
        failed += wrong_rows(table, handed)
        failed += ["rows are missing"] * (told["rows"] != asked.n)
        failed += ["it took too long"] * (told["seconds"] > asked.limit * asked.n)
        failed += ["processes were left"] * (told["left_running"] > 0)
        stopped = Path(scratch, "stopped.csv")
        half = run(folder, stopped, limits, asked.n // 2) | {"left_running": alive(mark)}
        failed += wrong_rows(stopped, handed)
        failed += ["rows are missing after the stop"] * (half["rows"] < asked.n // 2)
        failed += ["processes were left after the stop"] * (half["left_running"] > 0)
    print(json.dumps({"whole": told, "stopped": half, "failed": failed}, indent=1))
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
