"""What a notebook can reach behind walls, and without: what the book says of it is what is here."""

import json
import os
import re
import socket
import threading
from pathlib import Path

import pytest

from geoviz_ml.exercises import RIGHT, guard, notebook
from geoviz_ml.exercises.grade import grade
from geoviz_ml.exercises.values import MOST
from geoviz_ml.exercises.walls import LIBRARY, WORK
from geoviz_ml.exercises.wire import LARGEST

from ..conftest import ROOT


def tells(lab, code: str) -> object:
    """What an expression is inside: it comes as the text of an error."""
    marks = grade(lab(f"import json\nraise ValueError('<' + json.dumps({code}) + '>')", *ASK), 60)
    (text,) = marks.errors.values()
    return json.loads(re.search("<(.*)>", text, re.S)[1])


ASK = ['check("alfven-2", ...)']


def test_its_environment_holds_a_few_variables_that_programs_need(lab, either, monkeypatch):
    monkeypatch.setenv("MY_TOKEN", "secret")
    monkeypatch.setenv("GEOVIZ_ML_DATA", "/data")
    names = tells(lab, "list(__import__('os').environ)")
    known = "PATH LANG LC_ALL LC_CTYPE TZ LD_LIBRARY_PATH OMP_NUM_THREADS OMP_WAIT_POLICY".split()
    known.append("GOMP_SPINCOUNT")
    known += "OPENBLAS_NUM_THREADS MKL_NUM_THREADS PYTHONPATH HOME TMPDIR USER LOGNAME".split()
    assert set(names) <= {*known, "MPLBACKEND", "IPYTHONDIR", "GEOVIZ_ML_RESULTS"}


def test_it_begins_in_an_empty_folder_of_its_own(lab, either):
    where, there = tells(lab, "(__import__('os').getcwd(), __import__('os').listdir())")
    assert Path(where) == WORK if either else Path(where).parent.name.startswith("geoviz-grade-")
    assert set(there) <= {"profile_default", "tmp", "shm"}  # of IPython; of the walls


def test_no_book_and_no_checks_are_on_its_path(lab, either):
    paths = tells(lab, "__import__('sys').path + [__import__('geoviz_ml').__file__]")
    assert not [path for path in paths if Path(path) in (ROOT, ROOT / "book", ROOT / "tests")]
    assert not [path for path in paths if (Path(path) / "geoviz_ml" / "checks").exists()]
    assert not tells(lab, "__import__('importlib').util.find_spec('geoviz_ml.checks') is not None")


def test_behind_walls_there_is_no_other_file_of_the_teacher(lab, walls, tmp_path):
    ours = [ROOT / name for name in ("book", "tests", ".git", "geoviz_ml/checks")]
    paths = [*map(str, ours), str(tmp_path), str(Path.home() / ".bashrc"), "/etc/passwd"]
    paths += "/etc/shadow /etc/ssl /var /sys /home /mnt /run".split()
    assert tells(lab, f"[p for p in {paths} if __import__('os').path.exists(p)]") == []
    found = "[p for t in __import__('os').walk('/') for p in t[2] if p.endswith(('lab.ipynb',))]"
    assert tells(lab, found) == []


def test_behind_walls_only_its_own_folder_can_be_written_to(lab, walls):
    code = """[path for path in ("/", "/usr", "/etc", "/dev", "/grading", GEOVIZ, PYTHON, "/proc",
        "/grading/work", "/tmp", "/dev/shm") if writes(path)]"""
    before = """
import json, os, sys, geoviz_ml
GEOVIZ, PYTHON = os.path.dirname(geoviz_ml.__file__), sys.prefix
def writes(folder):
    try: open(folder + "/written", "w").close()
    except OSError: return False
    return True
"""
    marks = grade(lab(before, f"raise ValueError(json.dumps({code}))", *ASK), 60)
    (text,) = marks.errors.values()
    written = json.loads(text.partition(": ")[2])
    assert str(WORK) in written
    assert set(written) <= {str(WORK), "/tmp", "/dev/shm"}  # no /tmp where Python itself lies there
    assert LIBRARY != WORK


def test_behind_walls_all_it_writes_together_has_a_limit(lab, walls):
    cell = """
for number in range(40):
    with open(f"{number}", "wb") as file: file.write(bytes(2**26))
check("alfven-1", 100 / 4096)"""
    marks = grade(lab(cell), 60)
    assert marks.points == 0
    assert "No space left" in marks.errors[1]


def test_behind_walls_there_is_no_network(lab, walls):
    with socket.create_server(("127.0.0.1", 0)) as server:
        heard = []
        threading.Thread(target=lambda: heard.append(server.accept()), daemon=True).start()
        address = server.getsockname()
        marks = grade(lab(f"import socket\nsocket.create_connection({address!r}, 3)", *ASK), 60)
        assert "OSError" in marks.errors[1] or "refused" in marks.errors[1]
        assert not heard
    assert tells(lab, "[n for _, n in __import__('socket').if_nameindex()]") in ([], ["lo"])


def test_behind_walls_there_is_no_other_process(lab, walls):
    seen = tells(lab, "[p for p in __import__('os').listdir('/proc') if p.isdigit()]")
    assert seen == ["1", "2"]
    for number in (os.getpid(), os.getppid()):
        assert not tells(lab, f"__import__('os').path.exists('/proc/{number}/environ')")


def test_behind_walls_no_other_process_can_be_ended(lab, walls):
    ends = f"import os, signal\nos.kill({os.getpid()}, signal.SIGUSR1)"  # would end this test
    marks = grade(lab(ends, *ASK), 60)
    assert "ProcessLookupError" in marks.errors[1]


def test_behind_walls_it_has_no_privilege_and_gets_none(lab, walls):
    status = dict(
        line.split(":\t", 1)
        for line in tells(lab, "[s for s in open('/proc/self/status') if s[:3] in ('Cap', 'NoN')]")
    )
    assert int(status["CapEff"], 16) == int(status["CapPrm"], 16) == int(status["CapAmb"], 16) == 0
    assert int(status["NoNewPrivs"]) == 1
    assert tells(lab, "__import__('os').getuid()") != 0


def test_behind_walls_hidden_folders_cannot_be_laid_bare(lab, walls):
    """Not in a namespace of its own either, where it would be its own administrator."""
    cell = """
import ctypes, os
libc = ctypes.CDLL(None)
user, group = os.getuid(), os.getgid()
libc.unshare(0x10000000 | 0x20000)
try:
    open("/proc/self/setgroups", "w").write("deny")
    open("/proc/self/uid_map", "w").write(f"0 {user} 1")
except OSError: pass
for path in (b"/", b"/grading/work", b"/proc", b"/dev/shm"): libc.umount2(path, 2)
raise ValueError(sorted(os.listdir("/")))"""
    marks = grade(lab(cell, *ASK), 60)
    assert "'grading'" in marks.errors[1]
    assert "'home'" not in marks.errors[1]


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_without_walls_it_can_do_what_its_user_can(lab, without, tmp_path):
    """The book says so: this is no promise that it stays possible."""
    solution = ROOT / "book" / "alfven" / "alfven_lab.ipynb"
    assert tells(lab, f"open({str(solution)!r}).readable()")
    assert tells(lab, f"open({str(tmp_path / 'new')!r}, 'w').write('x')") == 1
    assert (tmp_path / "new").exists()
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        assert tells(lab, f"__import__('socket').create_connection({address!r}, 3).fileno()") > 0
    assert tells(lab, f"len(open('/proc/{os.getpid()}/environ', 'rb').read())") > 0
    assert tells(lab, f"__import__('os').kill({os.getpid()}, 0)") is None  # it may be sent a signal


def test_every_grading_is_alone(lab, either):
    """Nothing that one notebook leaves in its folder or in the library is there for the next."""
    spoil = """
import geoviz_ml.exercises.wire as wire
try: open(wire.__file__, "a").write("raise SystemExit")
except OSError: pass
open("left", "w").close()"""
    grade(lab(spoil, *ASK), 60)
    marks = grade(lab('import os\ncheck("alfven-2", 3 - os.path.exists("left"))'), 60)
    assert next(v.state for v in marks.verdicts if v.name == "alfven-2") == RIGHT


def test_where_walls_cannot_be_built_they_are_not_claimed(monkeypatch):
    from geoviz_ml.exercises import attempt

    attempt.walls_stand.cache_clear()
    monkeypatch.setattr(attempt, "KEPT", [])
    monkeypatch.setattr(attempt, "LIBRARY", Path("/nowhere"))
    try:
        assert not attempt.walls_stand()
    finally:
        attempt.walls_stand.cache_clear()


def test_the_page_tells_the_limits_that_hold():
    page = " ".join((ROOT / "book" / "marking.md").read_text("utf-8").split())
    assert (LARGEST, MOST, notebook.LARGEST) == (2**20, 20_000, 20 * 2**20)
    assert "at most 1 MB and 20 000 items, a notebook 20 MiB" in page
    assert guard.PROCESSES == 256
    assert "start more than 256 processes" in page
    assert guard.Order([], "", True, 1).disk == 1
    assert "1 GB, kept in memory | 1 GB a file" in page


def test_the_page_about_it_is_in_the_book():
    assert (ROOT / "book" / "marking.md").is_file()
    assert "file: marking" in (ROOT / "book" / "_toc.yml").read_text("utf-8")
    assert "(marking.md)" in (ROOT / "book" / "instructors.md").read_text("utf-8")
