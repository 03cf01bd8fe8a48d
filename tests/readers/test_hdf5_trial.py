"""Damage that the HDF5 library does not survive costs a process of its own, not ours."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import h5py
import pytest

from geoviz_ml.errors import DataFileError
from geoviz_ml.files import hdf5_trial, open_hdf5, open_nc

from ..conftest import ROOT

posix = pytest.mark.skipif(os.name != "posix", reason="limits of POSIX")
NOTE = "a note of some length"


@pytest.fixture
def path(tmp_path):
    """A file with a text of variable length in an attribute and one in a dataset."""
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file["names"] = ["one", "two"]
        file["names"].attrs["note"] = NOTE
    return path


def replace(path, old: bytes, new: bytes):
    raw = path.read_bytes()
    assert raw.count(old) == 1
    at = raw.index(old)
    path.write_bytes(raw[:at] + new + raw[at + len(new) :])


def damage(path, kind: str) -> None:
    """What was found by damaging files at random; the offsets are those of the format."""
    raw = path.read_bytes()
    if kind == "neither a text nor a sequence":  # crashes
        at = raw.index(b"note\0") + 8
        assert raw[at : at + 2] == b"\x19\x01"  # variable length, text
        replace(path, raw[at - 8 : at + 2], raw[at - 8 : at + 1] + b"\3")
    elif kind == "an object without end":  # counts without end
        at = raw.index(NOTE.encode()) - 8  # of its size
        path.write_bytes(raw[:at] + b"\xf0" + b"\xff" * 7 + raw[at + 8 :])
    else:  # makes room for gigabytes
        size = len(NOTE).to_bytes(4, "little") if kind == "a long attribute" else b"\3\0\0\0"
        at = raw.index(size + raw.index(b"GCOL").to_bytes(8, "little"))
        path.write_bytes(raw[:at] + b"\xff\xff\xff\x7f" + raw[at + 4 :])


KINDS = "neither a text nor a sequence", "an object without end", "a long attribute", "a long text"


@posix
@pytest.mark.parametrize("kind", KINDS)
def test_what_the_library_does_not_survive_is_refused_in_little_memory(path, kind):
    damage(path, kind)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for opened in (open_hdf5, open_nc):
        with pytest.raises(DataFileError, match=r"a\.h5: is not a whole"):
            with opened(path):
                pass
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB


@posix
def test_the_next_file_is_read_after_one_that_was_not_survived(path, tmp_path):
    whole = path.read_bytes()
    damage(path, KINDS[0])
    for _ in range(2):
        assert "does not survive" in hdf5_trial.try_out(path.read_bytes())
        assert hdf5_trial.try_out(whole) == ""


def test_what_is_read_is_what_was_written(path):
    with open_hdf5(path) as found:
        names = found.find("names")
        assert names.attrs["note"] == NOTE
        assert found.texts(names, 10) == ["one", "two"]


STARTED = """
import os, sys
from geoviz_ml.files import hdf5_trial
raw, started, whole = open(sys.argv[1], "rb").read(), [], hdf5_trial.subprocess.Popen
hdf5_trial.subprocess.Popen = lambda *a, **k: started.append(whole(*a, **k)) or started[-1]
for _ in range(3): assert hdf5_trial.try_out(raw) == ""
(one,) = started
"""
FORKED = """
child = os.fork()
if not child:
    os._exit(hdf5_trial.try_out(raw) != "" or len(started) != 2)
assert os.waitpid(child, 0)[1] == 0
assert hdf5_trial.try_out(raw) == "" and started == [one]
"""
REFUSED = """
def refuse(*a, **k): raise OSError(12, "Cannot allocate memory")
hdf5_trial.subprocess.Popen = refuse
one.kill()
one.wait()
assert "Cannot allocate memory" in hdf5_trial.try_out(raw)
"""
INTERRUPTED = """
import signal
signal.signal(signal.SIGALRM, signal.default_int_handler)
signal.setitimer(signal.ITIMER_REAL, 0.2)
try: hdf5_trial.try_out(open(sys.argv[2], "rb").read())
except KeyboardInterrupt: print("stopped")
assert hdf5_trial.try_out(raw) == ""
"""


def run(path, code, *more):
    """Run code in a process of its own; what it prints."""
    command = [sys.executable, "-c", STARTED + code, str(path), *map(str, more)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_process_is_kept_for_the_next_file_and_ends_with_ours(path):
    number = run(path, "print(one.pid)")
    assert number.isdigit()
    assert not Path("/proc", number).exists()


@posix
def test_a_process_that_has_forked_has_a_trial_of_its_own(path):
    run(path, FORKED)


def test_a_process_that_cannot_be_started_is_told(path):
    run(path, REFUSED)


@posix
def test_a_reader_who_does_not_wait_does_not_get_the_verdict_on_the_file_before(path, tmp_path):
    endless = tmp_path / "endless.h5"
    endless.write_bytes(path.read_bytes())
    damage(endless, KINDS[1])
    assert run(path, INTERRUPTED, endless) == "stopped"
