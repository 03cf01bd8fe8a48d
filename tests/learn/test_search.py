"""The search: the whole space, no point twice, goes on after a kill."""

import itertools

import numpy as np
import pytest

from geoviz_ml.errors import UsageError
from geoviz_ml.learn.search import TABLE_3, search
from geoviz_ml.models import UNet

from .drawn import bars


def run(folder, trials, space=None, make_model=lambda **o: UNet(base=2, norm=True, **o)):
    pictures, masks = bars(4, size=(16, 16))
    return search(pictures, masks, make_model, folder, trials=trials, epochs=2, space=space)


SMALL = {
    "batch_size": [2, 4], "dropout": [0.5, 1.0], "lr": [1e-2], "optimizer": ["adam"],
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


def test_a_search_that_was_cut_goes_on_and_repeats_nothing(tmp_path):
    calls = itertools.count()

    def dies(**options):
        if next(calls) == 5:  # in the third trial: two folds each
            raise KeyboardInterrupt
        return UNet(base=2, norm=True, **options)

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, 8, SMALL, dies)
    table = run(tmp_path, 8, SMALL)
    assert len(table) == 8
    assert len(table[list(SMALL)].drop_duplicates()) == 8


def test_dropout_of_one_means_none(tmp_path):
    seen = []

    def note(dropout, init):
        seen.append(dropout)
        return UNet(base=2, norm=True, dropout=dropout, init=init)

    run(tmp_path, 1, {k: [v[-1]] for k, v in TABLE_3.items()} | {"batch_size": [2]}, note)
    assert set(seen) == {0.0}


def test_a_diverged_trial_gets_a_bad_score_and_not_the_end(tmp_path):
    space = {k: v[:1] for k, v in SMALL.items()} | {"lr": [1e12], "optimizer": ["sgd"]}
    table = run(tmp_path, 1, space)
    assert len(table) == 1
    assert not np.isnan(table.score[0])


def test_more_trials_than_combinations_are_refused(tmp_path):
    with pytest.raises(UsageError, match="8 combinations"):
        run(tmp_path, 9, SMALL)
