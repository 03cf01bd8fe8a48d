"""One process at a time, on every disk; who waits is told, and nobody waits for the dead."""

import errno
import os
import subprocess
import sys
import threading

import filelock
import pytest

from geoviz_ml.errors import DiskError
from geoviz_ml.files import alone

HOLDER = """
import sys, time
from geoviz_ml.files import alone
with alone(sys.argv[1]):
    print("held", flush=True)
    time.sleep(300)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock."""
    command = [sys.executable, "-c", HOLDER, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_who_waits_is_told_and_goes_on_when_the_holder_is_killed(tmp_path, holder, capsys):
    with pytest.raises(filelock.Timeout), alone(tmp_path / "lock", wait=False):
        pass
    assert capsys.readouterr().err == ""
    threading.Timer(0.3, holder.kill).start()
    with alone(tmp_path / "lock"):
        told = capsys.readouterr().err
    assert told.startswith(f"Another process is at work in {tmp_path}: waiting for it.")
    assert f"delete {tmp_path / 'lock'}" in told


def test_a_lock_file_that_was_left_hinders_nobody(tmp_path):
    (tmp_path / "lock").write_text("")
    with alone(tmp_path / "lock", wait=False):
        pass


def failing(monkeypatch, number):
    def acquire(*_, **__):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(filelock.FileLock, "acquire", acquire)


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS])
def test_on_a_disk_without_locks_the_work_is_done_and_a_warning_says_so(
    tmp_path, monkeypatch, number
):
    failing(monkeypatch, number)
    ran = []
    with pytest.warns(UserWarning, match="lock: this disk knows no locks"):
        with alone(tmp_path / "lock"):
            ran.append(1)
    assert ran


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES])
def test_a_folder_that_may_only_be_read_needs_no_lock(tmp_path, monkeypatch, number):
    failing(monkeypatch, number)
    with alone(tmp_path / "lock"):
        pass


def test_another_fault_names_the_file(tmp_path, monkeypatch):
    failing(monkeypatch, errno.ENOSPC)
    with pytest.raises(DiskError, match="lock: cannot be written"), alone(tmp_path / "lock"):
        pass


def test_in_a_browser_there_is_nobody_else(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "filelock", None)
    with alone(tmp_path / "lock"):
        pass
    assert not (tmp_path / "lock").exists()
