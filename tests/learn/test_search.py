"""The search: the whole space, no point twice, goes on after a kill."""

import itertools
import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch

from geoviz_ml.errors import DataFileError, UsageError
from geoviz_ml.learn.search import TABLE_3, search
from geoviz_ml.models import UNet

from ..conftest import ROOT
from .drawn import bars


def run(folder, trials, space=None, make_model=lambda **o: UNet(base=2, norm=True, **o), **limits):
    pictures, masks = bars(4, size=(16, 16))
    return search(
        pictures, masks, make_model, folder, trials=trials, epochs=2, space=space, **limits
    )


SMALL = {
    "batch_size": [2, 4], "dropout": [0.5, 0.0], "lr": [1e-2], "optimizer": ["adam"],
    "init": ["he_normal", "orthogonal"],
}  # fmt: skip


def test_table_3_has_3150_combinations():
    assert len(set(itertools.product(*TABLE_3.values()))) == 3150


def test_the_whole_space_is_tried_once(tmp_path):
    table = run(tmp_path, 8, SMALL)
    assert len(table[list(SMALL)].drop_duplicates()) == 8
    finished = table[table.state == "complete"]
    assert finished.score.is_monotonic_increasing
    assert (finished.epochs == 2).all()


def test_a_search_that_was_killed_goes_on_and_repeats_nothing(tmp_path):
    script = textwrap.dedent("""
        import itertools, os, signal, sys, torch
        from tests.learn.test_search import SMALL, UNet, run
        torch.set_num_threads(1)
        calls = itertools.count()

        def dies(**options):
            if next(calls) == 5:  # in the third trial: two folds each
                os.kill(os.getpid(), signal.SIGKILL)
            return UNet(base=2, norm=True, **options)

        run(sys.argv[1], 8, SMALL, dies)
    """)
    command = [sys.executable, "-W", "ignore", "-c", script, str(tmp_path)]
    assert subprocess.run(command, cwd=ROOT).returncode == -signal.SIGKILL
    before = run(tmp_path, 2, SMALL)
    assert len(before) == 2
    after = run(tmp_path, 8, SMALL)
    assert len(after) == len(after[list(SMALL)].drop_duplicates()) == 8
    assert len(before.merge(after)) == 2


def test_time_is_a_budget(tmp_path):
    assert len(run(tmp_path, 8, SMALL, seconds=-1)) == 0
    assert len(run(tmp_path, 1, SMALL)) == 1


def test_a_journal_of_another_search_is_refused(tmp_path):
    run(tmp_path, 1, SMALL)
    with pytest.raises(UsageError, match="differs in space"):
        run(tmp_path, 1, SMALL | {"lr": [1e-3]})


def test_a_damaged_journal_is_named(tmp_path):
    (tmp_path / "search.log").write_text("not a journal\nat all\n")
    with pytest.raises(DataFileError, match="search.log"):
        run(tmp_path, 1, SMALL)


def test_a_diverged_trial_gets_a_bad_score_and_not_the_end(tmp_path):
    space = {k: v[:1] for k, v in SMALL.items()} | {"lr": [1e12], "optimizer": ["sgd"]}
    table = run(tmp_path, 1, space)
    assert len(table) == 1
    assert not np.isnan(table.score[0])


class Huge(UNet):
    def forward(self, x):
        raise torch.cuda.OutOfMemoryError("CUDA out of memory.")


def test_a_trial_that_does_not_fit_into_memory_is_the_end_of_itself_alone(tmp_path):
    made = []

    def make_model(dropout, init):
        made.append(dropout)
        return (Huge if dropout else UNet)(base=2, norm=True, dropout=dropout, init=init)

    table = run(tmp_path, 8, SMALL, make_model)
    huge = table[table.dropout > 0]
    assert (len(huge), len(table)) == (4, 8)
    assert (huge.score == 1e9).all()
    assert (huge.state == "pruned").all()
    assert (table[table.dropout == 0].score < 1e9).all()
    before = len(made)
    assert run(tmp_path, 8, SMALL, make_model).equals(table)
    assert len(made) == before


def test_more_trials_than_combinations_are_refused(tmp_path):
    with pytest.raises(UsageError, match="8 combinations"):
        run(tmp_path, 9, SMALL)
