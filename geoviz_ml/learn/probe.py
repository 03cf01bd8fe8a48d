"""How much do features know? The same scores for every way to predict a label, split by split.

A predictor is a function of two arrays of row numbers, (train, test), that gives the labels of the
test rows. `linear_probe`, `ridge`, `forest`, `nearest_number` and `supervised` make predictors;
`score` and `label_efficiency` judge them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import accuracy_score, confusion_matrix, precision_recall_fscore_support
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from ..errors import UsageError
from ..prepare.splits import Split, nearest_label

Predictor = Callable[[np.ndarray, np.ndarray], np.ndarray]
SCORES = ["accuracy", "precision", "recall", "f1"]


def probe(estimator: BaseEstimator, features: np.ndarray, labels: np.ndarray) -> Predictor:
    """Fit a copy of a scikit-learn classifier on features (N, F) of the training rows."""
    features, labels = np.asarray(features), np.asarray(labels)
    if features.ndim != 2 or len(features) != len(labels) or not np.isfinite(features).all():
        raise UsageError(
            f"features of shape {features.shape} do not fit {len(labels)} labels, or hold NaN."
        )

    def predict(train, test):
        known = labels[train]
        if (known == known[0]).all():  # logistic regression would refuse
            return np.repeat(known[:1], len(test))
        with threadpool_limits(1):  # so small a fit loses time when it is shared among threads
            return clone(estimator).fit(features[train], known).predict(features[test])

    return predict


def linear_probe(features: np.ndarray, labels: np.ndarray, C: float = 1.0) -> Predictor:
    """Logistic regression with an l2 penalty, on standardised features: the paper's probe."""
    return probe(
        make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=2000)), features, labels
    )


def ridge(features: np.ndarray, labels: np.ndarray, alpha: float = 1.0) -> Predictor:
    """Ridge classifier, as Clausen and Nickisch 2018 put it on features of a frozen network."""
    return probe(make_pipeline(StandardScaler(), RidgeClassifier(alpha)), features, labels)


def forest(features: np.ndarray, labels: np.ndarray, trees: int = 200, seed: int = 0) -> Predictor:
    """Random forest: for features that are not a line apart, such as textures."""
    return probe(RandomForestClassifier(trees, random_state=seed, n_jobs=-1), features, labels)


def nearest_number(labels: np.ndarray) -> Predictor:
    """The predictor that looks at no picture: see `geoviz_ml.prepare.nearest_label`."""
    return lambda train, test: nearest_label(labels, np.asarray(train), np.asarray(test))


def raw_pixels(pictures: np.ndarray, side: int = 32) -> np.ndarray:
    """Pictures (N, H, H) as features (N, side * side): means of squares of pixels.

    Raises
    ------
    UsageError
        H is not a multiple of `side`.
    """
    n, height, width = pictures.shape
    if height % side or width % side:
        raise UsageError(
            f"{height} x {width} pixels cannot be parted into {side} x {side} squares."
        )
    squares = pictures.reshape(n, side, height // side, side, width // side)
    return squares.mean((2, 4), dtype=np.float32).reshape(n, -1)


def supervised(
    pictures: np.ndarray,
    labels: np.ndarray,
    make_model: Callable[[], object],
    *,
    steps: int,
    seed: int = 0,
    **options,
) -> Predictor:
    """Train a new network from scratch on the training rows.

    Parameters
    ----------
    pictures, labels
        Of all rows, see `classification_learner`.
    make_model : callable
        Gives a new network; it is called after seeding.
    steps : int
        At least so many optimiser steps (whole epochs, with a one-cycle rate), however few the
        labels: few labels must not mean little training.
    options
        Of `classification_learner`.
    """
    from .classification import classification_learner, classify
    from .training import fit

    def predict(train, test):
        learner = classification_learner(
            (pictures[train], labels[train]), None, make_model, seed=seed, **options
        )
        fit(learner, -(-steps // len(learner.dls.train)), one_cycle=True)
        return classify(learner, pictures[test]).argmax(1)

    return predict


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
    """A row a predictor and kind of split, with the columns of `Scores.summary`."""
    return pd.DataFrame(
        [
            {"predictor": name, "splits": kind, **score(predictor, labels, each).summary()}
            for kind, each in splits.items()
            for name, predictor in predictors.items()
        ]
    )


def draw_labels(labels: np.ndarray, train: np.ndarray, share: float, seed: int = 0) -> np.ndarray:
    """Part of the training rows: of each class its share, and at least one.

    With the same seed, the rows of a smaller share are among those of a larger one.

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
