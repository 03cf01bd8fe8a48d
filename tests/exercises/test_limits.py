"""Limits hold whatever a submission does or leaves running, and nothing of it lives on."""

import os
import subprocess
import time

import pytest

from geoviz_ml.exercises import RIGHT, WRONG
from geoviz_ml.exercises.grade import grade

from .test_command import alive

GOOD = 'check("alfven-2", 3)'


def sleeper() -> tuple[str, str]:
    """A command that nobody else has, and a Python list of its words."""
    number = str(10**9 + time.time_ns() % 10**9)
    return f"sleep {number}", f'["sleep", "{number}"]'


def said(marks, name):
    return next(v.trouble for v in marks.verdicts if v.name == name)


ESCAPES = {
    "a child of its own session with the inherited pipe": """
import subprocess
subprocess.Popen({words}, start_new_session=True, close_fds=False)""",
    "a child that holds every descriptor": """
import os, subprocess
for number in range(3, 64):
    try: os.set_inheritable(number, True)
    except OSError: pass
subprocess.Popen({words}, start_new_session=True, close_fds=False)""",
    "a daemon": """
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvp("sleep", {words})
    os._exit(0)""",
    "a daemon without an environment": """
import os
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execvpe("sleep", {words}, dict(PATH=os.environ["PATH"]))
    os._exit(0)""",
    "a child that ignores signals": """
import signal, subprocess
for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
    signal.signal(number, signal.SIG_IGN)
subprocess.Popen({words}, start_new_session=True)""",
}


@pytest.mark.parametrize("escape", ESCAPES.values(), ids=ESCAPES)
def test_nothing_that_a_notebook_started_lives_on(lab, escape, either):
    mark, words = sleeper()
    start = time.monotonic()
    marks = grade(lab(GOOD, escape.format(words=words), 'check("alfven-1", 1)'), limit=60)
    assert marks.points == 1, str(marks)
    assert time.monotonic() - start < 150
    assert not alive(mark)


def test_a_notebook_that_ends_and_leaves_a_child_with_the_pipe_is_not_waited_for(lab, either):
    mark, words = sleeper()
    cell = ESCAPES["a child that holds every descriptor"].format(words=words)
    start = time.monotonic()
    marks = grade(lab(GOOD, cell + "\nos._exit(0)", 'check("alfven-1", 1)'), 120, 60)
    assert time.monotonic() - start < 150
    assert marks.points == 1
    assert not alive(mark)


def test_a_notebook_that_hangs_with_children_is_stopped_in_time(lab, either):
    mark, words = sleeper()
    cell = f"import subprocess\nsubprocess.Popen({words})\nwhile True: pass"
    start = time.monotonic()
    marks = grade(lab(GOOD, cell, 'check("alfven-1", 1)'), limit=120, cell_limit=3)
    assert time.monotonic() - start < 150
    assert marks.points == 1
    assert not alive(mark)


def test_processes_without_end_are_ended(lab, either):
    mark, words = sleeper()
    cell = f"""
import subprocess, os
while True:
    try: subprocess.Popen({words}, start_new_session=True)
    except OSError: pass
check("alfven-1", 1)"""
    start = time.monotonic()
    marks = grade(lab(GOOD, cell), limit=60, cell_limit=30)
    assert time.monotonic() - start < 150
    assert marks.points == 1
    assert not alive(mark)


def test_processes_that_start_processes_are_ended(lab, either):
    if not either and os.geteuid() == 0:
        pytest.skip("the system does not limit the processes of root")
    cell = "import os, time\nend = time.time() + 40\nwhile time.time() < end: os.fork()"
    start = time.monotonic()
    marks = grade(lab(GOOD, cell), limit=60, cell_limit=20)
    assert time.monotonic() - start < 150
    assert marks.points == 1, str(marks)


def test_memory_of_one_process_has_a_limit(lab, either):
    marks = grade(lab('x = bytearray(2**31)\ncheck("alfven-1", x)'), memory=1)
    assert "MemoryError" in said(marks, "alfven-1")


SHARED = {
    "shared maps": """
import mmap, time
kept = []
for _ in range(40):
    kept.append(mmap.mmap(-1, 2**26))
    for at in range(0, 2**26, 4096): kept[-1][at] = 1""",
    "many processes": """
import os, time
for _ in range(20):
    if os.fork() == 0:
        x = bytearray(2**27)
        time.sleep(30)
        os._exit(0)
time.sleep(30)""",
}


@pytest.mark.skipif(not os.path.exists("/proc/self/smaps_rollup"), reason="needs Linux")
@pytest.mark.parametrize("cell", SHARED.values(), ids=SHARED)
def test_memory_of_all_processes_together_has_a_limit(lab, cell, either):
    cell += '\ncheck("alfven-1", 100 / 4096)'
    marks = grade(lab(GOOD, cell), limit=60, memory=1)
    assert marks.points == 1, str(marks)
    assert "more than 1 GB" in said(marks, "alfven-1")


def test_one_file_has_a_limit(lab, either):
    cell = """
import os
with open("big", "wb") as file:
    os.posix_fallocate(file.fileno(), 0, 3 * 2**30)
check("alfven-1", 100 / 4096)"""
    marks = grade(lab(GOOD, cell), limit=60)
    assert marks.points == 1
    assert "OSError" in said(marks, "alfven-1")


HEAVY = {  # answers made to cost the grader time or memory
    "a colliding set": "set(n * (2**61 - 1) for n in range(200_000))",
    "a colliding dictionary": "{n * (2**61 - 1): 0 for n in range(200_000)}",
    "items without size": "np.zeros(10**9, 'V0')",
    "a huge array": "np.zeros(10**8, 'u1')",
    "a huge text": "'x' * 10**8",
    "deep lists": "deep",
    "a huge number": "10**100_000",
    "a function that returns such": "lambda f: np.zeros(10**8, 'u1')",
    "a function that never returns": "lambda f: [0 for _ in iter(int, 1)]",
    "a function that calls itself": "again",
}
BEFORE = """
import numpy as np
deep = []
for _ in range(10**5): deep = [deep]
def again(f): return again(f)"""


@pytest.mark.parametrize("answer", HEAVY.values(), ids=HEAVY)
def test_an_answer_made_to_be_heavy_costs_its_exercise_only(lab, answer):
    start = time.monotonic()
    marks = grade(lab(GOOD, BEFORE, f'check("alfven-7", {answer})', GOOD), 60, 5)
    assert time.monotonic() - start < 150
    assert {v.name: v.state for v in marks.verdicts if v.name in ("alfven-2", "alfven-7")} == {
        "alfven-2": RIGHT,
        "alfven-7": WRONG,
    }


FORGED = {  # what is written on the line without the library
    "a long line": 'b"[" * 10**8',
    "a line without end": 'b"1" * 10**7',
    "dense lists": '(b"[" + b"[]," * 300_000 + b"0]\\n")',
    "colliding keys": """(b'["check","alfven-7",{"":"set","items":[' + b",".join(
        b"%d" % (n * (2**61 - 1)) for n in range(40_000)) + b']},""]\\n')""",
    "items without size": """(b'["check","alfven-7",{"":"array","dtype":"<U0","shape":'
        b'[1000000000],"data":""},""]\\n')""",
    "an old file of numpy": """b'["check","alfven-7",{"":"array","npy":"k05VTVBZAQA="},""]\\n'""",
    "no JSON": 'b"\\xff\\xfe\\n"',
    "an end before the end": """b'["end"]\\n'""",
    "cells that are not there": """b'["cell"]\\n' * 10""",
    "a function of the grader": """b'["call",0,[]]\\n'""",
    "verdicts": """b'["verdict","alfven-7","right","",""]\\n'""",
}


@pytest.mark.parametrize("line", FORGED.values(), ids=FORGED)
def test_what_is_forged_on_the_line_costs_its_exercise_only(lab, line):
    cell = f"""
import gc
from geoviz_ml.exercises.wire import Wire
wire = next(x for x in gc.get_objects() if isinstance(x, Wire))
wire.outgoing.write({line})
wire.outgoing.flush()
check("alfven-7", 1)"""
    start = time.monotonic()
    marks = grade(lab(GOOD, cell, GOOD), 60, 5)
    assert time.monotonic() - start < 150
    assert marks.points == 1, str(marks)


def test_the_grader_itself_stays_small_whatever_it_is_sent(lab, tmp_path):
    """Peak memory of the process that marks (its children counted one by one, not together)."""
    import resource

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    grade(lab(GOOD, "import numpy as np", f'check("alfven-7", {HEAVY["a huge array"]})'), 60, 5)
    grade(lab(GOOD, 'check("alfven-7", lambda f: "x" * 10**8)'), 60, 5)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 20 * 1024  # kB


@pytest.fixture
def temporary(tmp_path, monkeypatch):
    """A folder for temporary files; what is left in it goes, however deep it is."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    yield folder
    subprocess.run(["rm", "-rf", str(folder)], check=True)


def test_no_folder_is_left(lab, temporary, either):
    deep = """
import os
for _ in range(1500):
    os.mkdir("deep")
    os.chdir("deep")"""
    assert grade(lab(GOOD, deep)).points == 1
    assert not list(temporary.glob("geoviz-grade-*"))
