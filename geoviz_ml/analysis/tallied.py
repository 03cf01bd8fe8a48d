"""Which answers of a predictor were right, counted by what is independent: displays, nights.

Pictures of one display are nearly the same picture. What is counted is therefore kept a display at
a time, for `geoviz_ml.scores.interval` and `lead`.

Whole displays are drawn again, as in Efron and Tibshirani 1993, chapter 8.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from ..errors import UsageError
from ..learn.probe_scores import Predictor
from ..prepare.splits import Split
from ..scores.intervals import Tally, tally


def remembered(predictor: Predictor) -> Predictor:
    """The same predictor, that trains once a split and then knows its answers.

    Labels of test rows (m,) for two arrays of row numbers, (k,) and (m,), as it was given.
    """
    known: dict[tuple[bytes, bytes], np.ndarray] = {}

    def predict(train, test):
        key = np.asarray(train).tobytes(), np.asarray(test).tobytes()
        if key not in known:
            known[key] = np.asarray(predictor(train, test))
        return known[key]

    return predict


def tally_answers(
    predictors: Predictor | Iterable[Predictor],
    labels: np.ndarray,
    splits: Sequence[Split],
    groups: np.ndarray,
) -> Tally:
    """Count right answers in each group, over all splits.

    Parameters
    ----------
    predictors : callable, or one a seed
        See `geoviz_ml.learn.probe`.
    labels : ndarray (N,)
    splits : sequence of (train, test)
        Row numbers, from `oath_splits` or `block_folds`. A picture that is tested in several
        splits counts in each; groups of which none is tested are left out.
    groups : ndarray (N,)
        The display or the night of each picture.

    Returns
    -------
    Tally
        Of shape (seeds, groups). Where every picture is tested once its score is the accuracy of
        all pictures, which is near the mean of the splits' accuracies.

    Raises
    ------
    UsageError
        Labels and groups are not of one length, or nothing is tested.
    """
    labels, groups = np.asarray(labels), np.asarray(groups)
    if labels.shape != groups.shape or not len(splits):
        raise UsageError(f"{labels.size} labels, {groups.size} groups, {len(splits)} splits.")
    several = [predictors] if callable(predictors) else list(predictors)
    right = np.zeros((len(several), len(labels)))
    asked = np.zeros(len(labels))
    for train, test in splits:
        asked[test] += 1
        for row, predict in zip(right, several, strict=True):
            row[test] += predict(train, test) == labels[test]
    tested = asked > 0
    return tally(right[:, tested], asked[tested], groups[tested])


def tally_r2(truth: np.ndarray, said: np.ndarray, groups: np.ndarray) -> Tally:
    """Count what a prediction explains of a number, so that the score is R squared.

    Parameters
    ----------
    truth : ndarray (N,)
    said : ndarray (N,) or (seeds, N)
    groups : ndarray (N,)
        What is independent.

    Returns
    -------
    Tally
        Parts are (y - mean)^2 - (y - said)^2, wholes (y - mean)^2: the ratio of their sums is
        1 - SSE / SST. The mean is that of `truth`, whichever groups are drawn.
    """
    truth = np.asarray(truth, float)
    whole = (truth - truth.mean()) ** 2
    return tally(whole - (truth - np.atleast_2d(said)) ** 2, whole, groups)
