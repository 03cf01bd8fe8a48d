"""The journal of a search: torn anywhere it costs the trials of the torn lines, and no others."""

import errno
import json
import os
import signal
import subprocess
import sys
import textwrap
import warnings

import filelock
import optuna
import pytest

from geoviz_ml.errors import DataFileError, UsageError
from geoviz_ml.learn.search_journal import mend, open_journal, whole_trials

from ..conftest import ROOT
from .test_search import SMALL, run

RECIPE = {"space": {"lr": [1.0, 2.0]}, "seed": 0}


def tried(folder, n, epochs=2, recipe=RECIPE):
    """Tell of `n` more trials, as a search does, without training anything."""
    with open_journal(folder / "search.log", recipe) as study:
        for number in range(n):
            trial = study.ask()
            trial.set_user_attr("point", {"number": len(whole_trials(study))})
            for epoch in range(epochs):
                trial.report(1.0 / (1 + number + epoch), epoch + 1)
                trial.should_prune()
            study.tell(trial, 1.0 / (number + epochs))
        return whole_trials(study)


def lines_of(folder):
    return (folder / "search.log").read_bytes().splitlines(keepends=True)


def known(folder, recipe=RECIPE):
    with open_journal(folder / "search.log", recipe) as study:
        return [trial.user_attrs["point"]["number"] for trial in whole_trials(study)]


def test_a_search_goes_on_after_its_last_line_was_torn(tmp_path):
    first = run(tmp_path, 3, SMALL)
    journal = tmp_path / "search.log"
    whole = journal.read_bytes()
    journal.write_bytes(whole[:-20])
    with pytest.warns(UserWarning, match=r"search.log: 1 torn lines .* search.log.damaged-1 keeps"):
        second = run(tmp_path, 4, SMALL)
    assert (tmp_path / "search.log.damaged-1").read_bytes() == whole[:-20]
    assert len(second) == len(second[list(SMALL)].drop_duplicates()) == 4
    assert len(first.merge(second)) >= 2
    again = run(tmp_path, 4, SMALL)
    assert again.equals(second)


@pytest.mark.parametrize("cut", [1, 2, 30, 120, 250])
def test_a_torn_end_costs_at_most_one_trial(tmp_path, cut):
    tried(tmp_path, 4)
    journal = tmp_path / "search.log"
    journal.write_bytes(journal.read_bytes()[:-cut])
    if cut == 1:  # the line is all there, but for its end
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert known(tmp_path) == [0, 1, 2, 3]
    else:
        with pytest.warns(UserWarning, match="torn"):
            assert known(tmp_path) == [0, 1, 2]
    assert len(tried(tmp_path, 2)) in (5, 6)


def test_every_single_line_but_the_first_two_may_be_lost_and_costs_at_most_one_trial(tmp_path):
    tried(tmp_path, 3)
    whole = lines_of(tmp_path)
    for lost in range(2, len(whole)):
        torn = whole[lost][: len(whole[lost]) // 2] + b"\n"
        (tmp_path / "search.log").write_bytes(b"".join([*whole[:lost], torn, *whole[lost + 1 :]]))
        with pytest.warns(UserWarning, match="1 torn lines"):
            left = known(tmp_path)
        assert len(left) >= 2, lost
        assert set(left) <= {0, 1, 2}
        assert known(tmp_path) == left  # mended for good


def test_what_is_left_after_a_hole_keeps_its_numbers(tmp_path):
    """A block of zeros over the whole of one trial and the beginning of the next."""
    tried(tmp_path, 4)
    whole = lines_of(tmp_path)
    of_trial = [json.loads(line).get("trial_id") for line in whole]
    first, last = of_trial.index(1), of_trial.index(2)  # from the first of 1 to the first of 2
    hole = bytes(sum(map(len, whole[first - 1 : last])))
    (tmp_path / "search.log").write_bytes(b"".join([*whole[: first - 1], hole, *whole[last:]]))
    with pytest.warns(UserWarning, match="torn"):
        left = known(tmp_path)
    assert set(left) >= {0, 3}
    assert 1 not in left


def test_a_line_that_was_appended_to_a_torn_one_is_lost_with_it(tmp_path):
    tried(tmp_path, 3)
    journal = tmp_path / "search.log"
    journal.write_bytes(journal.read_bytes()[:-20] + b'{"op_code":4,"worker_id":"x"}\n')
    with pytest.warns(UserWarning, match="torn"):
        assert known(tmp_path) == [0, 1]


def test_a_journal_torn_in_its_first_line_is_begun_anew(tmp_path):
    (tmp_path / "search.log").write_bytes(b'{"op_code":0,"worker_id":"9f')
    with pytest.warns(UserWarning, match="torn"):
        assert len(tried(tmp_path, 2)) == 2


def other_study(path):
    storage = optuna.storages.JournalStorage(optuna.storages.journal.JournalFileBackend(str(path)))
    optuna.create_study(study_name="mine", storage=storage)


@pytest.mark.parametrize(
    "write",
    [
        lambda path: path.write_text("hello"),
        lambda path: path.write_text('{"a": 1}\n{"b": 2}\n'),
        lambda path: path.write_text("[" * 100_000),
        lambda path: path.write_bytes(bytes(range(256))),
        lambda path: path.write_text('{"op_code":0,"study_name":"search"}\n'),
        lambda path: path.write_text(
            '{"op_code":0,"worker_id":"","study_name":"search","directions":[1]}\n'
            '{"op_code":4,"worker_id":"","study_id":0,"datetime_start":7}\n'
        ),
        lambda path: path.write_text(
            '{"op_code":0,"worker_id":"","study_name":"search","directions":[1]}\n'
            '{"op_code":99,"worker_id":""}\n'
        ),
        lambda path: path.write_text(
            '{"op_code":0,"worker_id":"","study_name":"search","directions":[1]}\n'
            '{"op_code":8,"worker_id":"","trial_id":999999999,"user_attr":{"a":1}}\n'
        ),
        other_study,
    ],
)
def test_a_file_of_another_program_is_named_and_left_alone(tmp_path, write):
    path = tmp_path / "search.log"
    write(path)
    before = path.read_bytes()
    with pytest.raises(DataFileError, match="search.log: not a journal of a search"):
        tried(tmp_path, 1)
    assert path.read_bytes().startswith(before)


def test_a_journal_that_lost_what_it_searches_is_refused(tmp_path):
    tried(tmp_path, 2)
    whole = lines_of(tmp_path)
    (tmp_path / "search.log").write_bytes(b"".join([whole[0], whole[1][:9] + b"\n", *whole[2:]]))
    with pytest.warns(UserWarning, match="torn"), pytest.raises(DataFileError):
        known(tmp_path)


def test_whole_journals_are_not_touched(tmp_path):
    tried(tmp_path, 2)
    before = (tmp_path / "search.log").stat()
    mend(tmp_path / "search.log")
    assert (tmp_path / "search.log").stat() == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["search.lock", "search.log"]


def test_a_second_process_is_refused_while_the_first_searches_and_not_after_its_death(tmp_path):
    script = textwrap.dedent("""
        import sys, time
        from pathlib import Path
        from tests.learn.test_search_journal import RECIPE, open_journal
        with open_journal(Path(sys.argv[1]) / "search.log", RECIPE):
            print("mine", flush=True)
            time.sleep(600)
    """)
    command = [sys.executable, "-W", "ignore", "-c", script, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as other:
        assert other.stdout.readline() == b"mine\n"
        with pytest.raises(UsageError, match="another process is searching here"):
            tried(tmp_path, 1)
        other.send_signal(signal.SIGKILL)
        other.wait()
    assert len(tried(tmp_path, 1)) == 1


def test_a_folder_that_cannot_be_written_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="journal cannot be kept"):
        tried(tmp_path / "file" / "folder", 1)
    (tmp_path / "search.log").mkdir()
    with pytest.raises(UsageError, match="search.log: the journal cannot be kept"):
        tried(tmp_path, 1)


def test_a_folder_that_may_only_be_read_is_one_clear_error(tmp_path, monkeypatch):
    def refused(*args, **kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(filelock.FileLock, "acquire", refused)
    monkeypatch.setattr(optuna.storages.journal.JournalFileBackend, "append_logs", refused)
    with pytest.raises(UsageError, match="cannot be kept .Permission denied"):
        tried(tmp_path / "other", 1)


def test_a_disk_without_locks_is_searched_on_with_a_warning(tmp_path, monkeypatch):
    def refused(*args, **kwargs):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(filelock.FileLock, "acquire", refused)
    with pytest.warns(UserWarning, match="search.lock: this disk knows no locks"):
        assert len(tried(tmp_path, 1)) == 1


def test_a_full_disk_is_named_and_nothing_of_before_is_lost(tmp_path, monkeypatch):
    tried(tmp_path, 2)
    real = os.fsync

    def full(handle):
        os.ftruncate(handle, os.fstat(handle).st_size - 20)  # half a line reaches the disk
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UsageError, match="No space left on device.*Make room"):
        tried(tmp_path, 1)
    monkeypatch.setattr(os, "fsync", real)
    with pytest.warns(UserWarning, match="torn"):
        assert known(tmp_path) == [0, 1]
