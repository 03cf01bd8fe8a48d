"""Folders made by several processes: the same bytes, whatever stops them half-way."""

import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from itertools import islice

import pandas as pd
import pytest

from geoviz_ml.errors import DataFileError, GeovizError, MissingDataError, UsageError
from geoviz_ml.readers import read_cses
from geoviz_ml.simulate import alfven, arcs, aurora, nucleus, parallel, sunspots
from geoviz_ml.simulate.parts import read_part, write_part

TINY = {  # five pieces of work each, or so
    "alfven": lambda folder, **k: alfven.make(folder, 5, seed=5, **k),
    "nucleus": lambda folder, **k: nucleus.make(folder, 5, seed=3, coarse=16, share=0.8, **k),
    "aurora": lambda folder, **k: aurora.make(folder, 9, seed=3, in_a_row=1, **k),
    "sunspots": lambda folder, **k: sunspots.make(folder, 5, seed=4, size=64, in_a_row=1, **k),
    "arcs": lambda folder, **k: arcs.make(folder, 5, seed=3, minutes=3, frames=1, **k),
}
MODULES = {"alfven": alfven, "nucleus": nucleus, "aurora": aurora, "sunspots": sunspots,
           "arcs": arcs}  # fmt: skip
SCRIPT = """
import sys
from geoviz_ml.simulate import nucleus
print("began", flush=True)
nucleus.make(sys.argv[1], 120, seed=3, coarse=8, processes=2)
"""


def content(folder):
    """All files but the temporary ones that a killed process leaves."""
    files = (p for p in folder.rglob("*") if p.is_file() and p.suffix != ".tmp")
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


@pytest.fixture(scope="module", params=TINY)
def whole(request, tmp_path_factory):
    """A simulator's name, and the folder that one process makes."""
    name = request.param
    return name, content(TINY[name](tmp_path_factory.mktemp(name), processes=1))


def test_two_processes_write_the_same_bytes_as_one(whole, tmp_path):
    name, expected = whole
    assert content(TINY[name](tmp_path, processes=2)) == expected


def test_an_interrupted_folder_goes_on_and_ends_with_the_same_bytes(whole, tmp_path, monkeypatch):
    name, expected = whole

    def stopped(jobs, function, processes):
        yield from islice(parallel.run(jobs, function, 1), 2)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(MODULES[name], "run", stopped)
        with pytest.raises(KeyboardInterrupt):
            TINY[name](tmp_path)
    before = {p: p.stat().st_ino for p in tmp_path.rglob("*") if p.suffix in KEPT[name]}
    assert before
    assert len(content(tmp_path).keys() & expected.keys()) < len(expected)
    TINY[name](tmp_path, processes=2)
    assert content(tmp_path) == expected
    assert {p: p.stat().st_ino for p in before} == before  # not written again


@pytest.mark.parametrize("name", TINY)
def test_a_damaged_recipe_is_named(tmp_path, name):
    (tmp_path / "simulation.json").write_text("{")
    with pytest.raises(DataFileError, match=r"simulation\.json: is not a whole recipe"):
        TINY[name](tmp_path)


def test_a_damaged_part_of_a_table_is_named(tmp_path):
    write_part(tmp_path / "a.npz", pd.DataFrame({"pixels": [3, 4]}))
    (tmp_path / "a.npz").write_bytes((tmp_path / "a.npz").read_bytes()[:90])
    with pytest.raises(DataFileError, match=r"a\.npz: is not a whole part of a table"):
        read_part(tmp_path / "a.npz")


def test_two_nights_of_the_same_minute_end_as_one_after_the_other(tmp_path, monkeypatch):
    table = arcs.timetable(3, 3, arcs.Physics(minutes=1))
    table.loc[2, ["site", "time"]] = table.loc[0, ["site", "time"]]
    monkeypatch.setattr(arcs, "timetable", lambda *_: table.copy())
    made = [arcs.make(tmp_path / str(k), 3, minutes=1, frames=1, processes=k) for k in (1, 2)]
    assert len(list(made[0].rglob("*.gz"))) == 2
    assert content(made[0]) == content(made[1])
    expected = content(made[0])
    (made[0] / "truth.csv").unlink()
    arcs.make(made[0], 3, minutes=1, frames=1, processes=1)
    assert content(made[0]) == expected


KEPT = {"alfven": [".nc"], "nucleus": [".h5"], "aurora": [".png"], "sunspots": [".png", ".fits"],
        "arcs": [".gz"]}  # fmt: skip


@pytest.fixture
def script(tmp_path):
    """A script without a guard, started in a session of its own."""
    file = tmp_path / "unguarded.py"
    file.write_text(SCRIPT)
    command = [sys.executable, str(file), str(tmp_path / "made")]
    heard = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # even where tests run with "&"
    with subprocess.Popen(command, text=True, start_new_session=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, preexec_fn=heard) as started:  # fmt: skip
        yield started


@pytest.fixture(scope="module")
def half_orbits(tmp_path_factory):
    """What the script makes, made by one process."""
    folder = tmp_path_factory.mktemp("half_orbits")
    return content(nucleus.make(folder, 120, seed=3, coarse=8, processes=1))


def test_a_script_needs_no_guard(script, half_orbits, tmp_path):
    said, _ = script.communicate()
    assert (said, script.returncode) == ("began\n", 0)
    assert content(tmp_path / "made") == half_orbits


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGINT])
def test_a_stopped_script_leaves_what_the_next_call_completes(script, half_orbits, tmp_path, stop):
    made = tmp_path / "made"
    while not list(made.glob(".parts/*.npz")):
        assert script.poll() is None
        time.sleep(0.005)
    while script.poll() is None:  # an interrupt that falls into a destructor is lost
        os.killpg(script.pid, stop)
        time.sleep(0.02)
    script.communicate()
    assert script.returncode != 0
    assert 0 < len(list(made.glob(".parts/*.npz"))) < 120  # stopped in the middle
    nucleus.make(made, 120, seed=3, coarse=8, processes=1)
    assert content(made) == half_orbits


def test_results_come_in_the_order_of_the_jobs():
    jobs = [3, 1, 2, 5, 4]
    for processes in (None, 1, 2):
        assert list(parallel.run(jobs, lambda job: 10 * job, processes)) == [30, 10, 20, 50, 40]


def test_errors_are_those_of_the_job(tmp_path):
    for processes in (1, 2):
        with pytest.raises(ZeroDivisionError):
            list(parallel.run([1, 0, 1], lambda job: 1 / job, processes))
        lost = [tmp_path / "a.h5", tmp_path / "b.h5"]
        with pytest.raises(MissingDataError, match="no such file") as caught:
            list(parallel.run(lost, read_cses, processes))
        assert caught.value.path in lost  # the first to be tried, by whichever process


def test_a_killed_process_is_one_clear_error_and_the_next_call_works():
    def killed(asker):
        time.sleep(0.3)
        if os.getpid() != asker:
            os._exit(9)

    with pytest.raises(GeovizError, match="was killed.*Call again"):
        list(parallel.run([os.getpid()] * 9, killed, 2))
    assert list(parallel.run([1, 2], abs, 2)) == [1, 2]


def here(_):
    return os.getpid()


def test_few_quick_jobs_start_no_processes(monkeypatch):
    monkeypatch.setenv("GEOVIZ_ML_PROCESSES", "2")
    assert set(parallel.run(range(5), here)) == {os.getpid()}
    assert set(parallel.run([1], lambda _: os.getpid(), 2)) == {os.getpid()}


def test_long_ones_do_after_the_first_and_this_process_goes_on(monkeypatch):
    def slow(_):
        time.sleep(0.3)
        return os.getpid()

    monkeypatch.setenv("GEOVIZ_ML_PROCESSES", "2")
    monkeypatch.setattr(parallel, "START", 0.0)
    first, *others = parallel.run(range(9), slow)
    assert first == os.getpid()
    assert len({*others}) == 2
    assert os.getpid() in others
    monkeypatch.setenv("GEOVIZ_ML_PROCESSES", "1")
    assert set(parallel.run(range(5), here)) == {os.getpid()}


@pytest.mark.parametrize("processes", [1, 2])
def test_a_job_has_one_thread(processes):
    def threads(_):
        import scipy.linalg  # noqa: F401
        from threadpoolctl import threadpool_info

        return {one["num_threads"] for one in threadpool_info()}

    assert list(parallel.run(range(2), threads, processes)) == [{1}, {1}]


@pytest.mark.parametrize("wrong", [0, -1, "many"])
def test_a_number_of_processes_that_is_none_is_named(monkeypatch, wrong):
    with pytest.raises(UsageError, match="processes"):
        parallel.run([1], abs, wrong)
    monkeypatch.setenv("GEOVIZ_ML_PROCESSES", str(wrong))
    with pytest.raises(UsageError, match="GEOVIZ_ML_PROCESSES"):
        parallel.run([1], abs)


def test_who_is_done_with_a_folder_takes_nothing_from_another_who_fills_it(tmp_path, monkeypatch):
    expected = content(TINY["nucleus"](tmp_path / "alone", processes=1))
    at_it, done, real = threading.Event(), threading.Event(), nucleus.read_part

    def slowly(part):
        if threading.current_thread() is slow and part.stem == "0004":
            at_it.set()
            done.wait(2)  # if it can be done meanwhile
        return real(part)

    monkeypatch.setattr(nucleus, "read_part", slowly)
    made = []
    slow = threading.Thread(
        target=lambda: made.append(TINY["nucleus"](tmp_path / "both", processes=1))
    )
    slow.start()
    at_it.wait(60)
    TINY["nucleus"](tmp_path / "both", processes=1)
    done.set()
    slow.join()
    assert made == [tmp_path / "both"]
    assert content(tmp_path / "both") == expected
