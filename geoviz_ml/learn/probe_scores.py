"""Scores of predictors, split by split: what `geoviz_ml.learn.probe` and everybody judges with.

A predictor is a function of two arrays of row numbers, (train, test), that gives the labels of the
test rows.

Means and tables are over splits, as in Johnson et al. 2021 (arXiv 2109.13899); scores are
scikit-learn's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support

from ..errors import UsageError
from ..prepare.splits import Split

Predictor = Callable[[np.ndarray, np.ndarray], np.ndarray]
SCORES = ["accuracy", "precision", "recall", "f1"]


@dataclass
class Scores:
    """What `score` found.

    Attributes
    ----------
    table : DataFrame
        A row a split: accuracy; precision, recall and F1, each the plain mean over the classes.
    confusion : ndarray of int (splits, classes, classes)
        Rows are true, columns predicted.
    classes : list
        Labels in the order of `confusion`.
    """

    table: pd.DataFrame
    confusion: np.ndarray
    classes: list

    def summary(self) -> dict[str, float]:
        """Means over the splits, and `std` of the accuracy (of a sample: n - 1)."""
        return {**self.table[SCORES].mean(), "std": self.table.accuracy.std()}


def score(predictor: Predictor, labels: np.ndarray, splits: Sequence[Split]) -> Scores:
    """Judge a predictor on every split (train, test) of the rows.

    Parameters
    ----------
    predictor : callable
        See the head of this module.
    labels : ndarray (N,)
    splits : sequence of (train, test)
        Row numbers, from `oath_splits` or `block_folds`.

    Returns
    -------
    Scores

    Raises
    ------
    UsageError
        A split trains on what it tests.
    """
    labels = np.asarray(labels)
    classes = np.unique(labels)
    rows, confusion = [], []
    for number, (train, test) in enumerate(splits, 1):
        if np.intersect1d(train, test).size:
            raise UsageError(f"split {number} trains on pictures that it tests.")
        truth, said = labels[test], predictor(train, test)
        rest = precision_recall_fscore_support(
            truth, said, labels=classes, average="macro", zero_division=0
        )
        rows.append([number, accuracy_score(truth, said), *rest[:3]])
        confusion.append(confusion_matrix(truth, said, labels=classes))
    return Scores(
        pd.DataFrame(rows, columns=["split", *SCORES]), np.array(confusion), classes.tolist()
    )


def compare(
    predictors: dict[str, Predictor], labels: np.ndarray, splits: dict[str, Sequence[Split]]
) -> pd.DataFrame:
    """A row a predictor and kind of split, with the columns of `Scores.summary`.

    `labels` are (N,), splits as of `score`.
    """
    return pd.DataFrame(
        [
            {"predictor": name, "splits": kind, **score(predictor, labels, each).summary()}
            for kind, each in splits.items()
            for name, predictor in predictors.items()
        ]
    )


def draw_labels(labels: np.ndarray, train: np.ndarray, share: float, seed: int = 0) -> np.ndarray:
    """Part of the training rows: of each class its share, and at least one.

    `labels` are (N,), one a row; `train` (n,) are numbers of rows, and so is the result, of at most
    n. With the same seed, the rows of a smaller share are among those of a larger one.

    Raises
    ------
    UsageError
        `share` is not above 0 and at most 1.
    """
    if not 0 < share <= 1:
        raise UsageError(f"a share of {share} is not in 0..1.")
    order = np.random.default_rng(seed).permutation(train)
    known = np.asarray(labels)[order]
    of_class = (order[known == c] for c in np.unique(known))
    return np.concatenate([rows[: max(1, round(share * len(rows)))] for rows in of_class])


def label_efficiency(
    predictor: Predictor,
    labels: np.ndarray,
    splits: Sequence[Split],
    shares: Sequence[float] = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0),
    seed: int = 0,
) -> pd.DataFrame:
    """Scores with only part of the training labels known; the test rows stay the same.

    Parameters
    ----------
    predictor, labels, splits
        As of `score`: labels (N,).
    shares : sequence of float
        Parts of the training labels, above 0 and at most 1.
    seed : int
        Of the draw; every split has its own.

    Returns
    -------
    DataFrame
        A row a share and split: share, known (number of labels), split, and the scores.
    """
    rows = []
    for share in shares:
        few = [
            (draw_labels(labels, train, share, seed + i), test)
            for i, (train, test) in enumerate(splits)
        ]
        table = score(predictor, labels, few).table
        table.insert(0, "share", share)
        table.insert(1, "known", [len(train) for train, _ in few])
        rows.append(table)
    return pd.concat(rows, ignore_index=True)
