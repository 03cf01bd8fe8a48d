"""Right answers by displays: what is counted is what scikit-learn scores."""

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, r2_score

from geoviz_ml.analysis.tallied import remembered, tally_answers, tally_r2
from geoviz_ml.errors import UsageError
from geoviz_ml.learn import probe
from geoviz_ml.prepare import block_folds, oath_splits
from geoviz_ml.scores import interval

RNG = np.random.default_rng(3)
LABELS = RNG.integers(0, 3, 60)
DISPLAYS = np.arange(60) // 4
BLIND = probe.nearest_number(LABELS)


def test_under_folds_the_score_is_the_accuracy_of_all_pictures():
    folds = block_folds(60, block=7)
    said = np.empty(60, int)
    for train, test in folds:
        said[test] = BLIND(train, test)
    found = tally_answers(BLIND, LABELS, folds, DISPLAYS)
    assert found.parts.shape == (1, 15)
    assert found.score == pytest.approx(accuracy_score(LABELS, said))


def test_a_picture_tested_in_several_shuffles_counts_in_each():
    splits = oath_splits(60)
    found = tally_answers([BLIND, BLIND], LABELS, splits, DISPLAYS)
    assert found.wholes.sum(1).tolist() == [sum(len(test) for _, test in splits)] * 2
    mean = probe.score(BLIND, LABELS, splits).table.accuracy.mean()  # tests of one size
    assert found.by_seed() == pytest.approx([mean, mean])


def test_displays_that_are_never_tested_are_left_out():
    one = [(np.arange(20, 60), np.arange(8))]
    assert tally_answers(BLIND, LABELS, one, DISPLAYS).parts.shape == (1, 2)


def test_labels_and_displays_of_other_lengths_are_refused():
    with pytest.raises(UsageError, match="60 labels, 59 groups"):
        tally_answers(BLIND, LABELS, block_folds(60, block=7), DISPLAYS[1:])


def test_a_remembered_predictor_answers_the_same_and_trains_once():
    calls = []

    def counting(train, test):
        calls.append(len(test))
        return BLIND(train, test)

    predict, folds = remembered(counting), block_folds(60, block=7)
    for _ in range(3):
        assert all((predict(*fold) == BLIND(*fold)).all() for fold in folds)
    assert len(calls) == len(folds)


def test_the_score_of_explained_squares_is_r_squared():
    truth = RNG.normal(size=60)
    said = truth + RNG.normal(0, 0.5, (2, 60))
    found = tally_r2(truth, said, DISPLAYS)
    assert found.by_seed() == pytest.approx([r2_score(truth, one) for one in said])
    assert interval(found).low < found.score < interval(found).high
    assert tally_r2(truth, np.full(60, truth.mean()), DISPLAYS).score == pytest.approx(0)
