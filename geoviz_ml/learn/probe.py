"""How much do features know? The same scores for every way to predict a label, split by split.

A predictor is a function of two arrays of row numbers, (train, test), that gives the labels of the
test rows. `linear_probe`, `ridge`, `forest`, `nearest_number` and `supervised` make predictors;
`score`, `compare` and `label_efficiency` of `geoviz_ml.learn.probe_scores` judge them.

Probes are fitted on the CPU, one after the other, wherever the features came from.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from ..errors import UsageError, unmasked
from ..prepare.splits import nearest_label
from .probe_scores import Predictor as Predictor
from .probe_scores import compare as compare
from .probe_scores import draw_labels as draw_labels
from .probe_scores import label_efficiency as label_efficiency
from .probe_scores import score as score


def probe(estimator: BaseEstimator, features: np.ndarray, labels: np.ndarray) -> Predictor:
    """Fit a copy of a scikit-learn classifier on features (N, F) of the training rows.

    Raises
    ------
    UsageError
        The features are not (N, F) with a label each, or hold NaN or masked values.
    """
    features, labels = np.asarray(unmasked(features, "features")), np.asarray(labels)
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
    """Logistic regression with an l2 penalty, the paper's; that features are standardised is ours.

    Features (N, F) and labels (N,) of all rows, as of `probe`; `C` is the inverse of the
    penalty, a factor on the loss.
    """
    return probe(standardised_logistic(C), features, labels)


def standardised_logistic(C: float) -> Pipeline:
    """What `linear_probe` fits; `C` is the inverse of the penalty, a factor on the loss."""
    return make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=2000))


def ridge(features: np.ndarray, labels: np.ndarray, alpha: float = 1.0) -> Predictor:
    """Ridge classifier, as Clausen and Nickisch 2018 put it on features of a frozen network.

    Features (N, F) and labels (N,) of all rows, as of `probe`; `alpha` is the penalty.
    """
    return probe(make_pipeline(StandardScaler(), RidgeClassifier(alpha)), features, labels)


def forest(features: np.ndarray, labels: np.ndarray, trees: int = 200, seed: int = 0) -> Predictor:
    """Random forest: for features that are not a line apart, such as textures.

    Features (N, F) and labels (N,) of all rows, as of `probe`.
    """
    return probe(RandomForestClassifier(trees, random_state=seed, n_jobs=-1), features, labels)


def nearest_number(labels: np.ndarray) -> Predictor:
    """The predictor that looks at no picture, only at labels (N,) of all rows.

    See `geoviz_ml.prepare.nearest_label`.
    """
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
    train: Callable | None = None,
    **options,
) -> Predictor:
    """Train a new network from scratch on the training rows.

    Parameters
    ----------
    pictures : ndarray (N, H, W) or (N, C, H, W)
    labels : ndarray (N,)
        Of all rows, see `classification_learner`.
    make_model : callable
        Gives a new network; it is called after seeding.
    steps : int
        At least so many optimiser steps (whole epochs, with a one-cycle rate), however few the
        labels: few labels must not mean little training.
    train : callable, optional
        ``train(learner, epochs)`` gives the learner, trained in one cycle. Default: `fit`.
    options
        Of `classification_learner`.
    """
    from .classification import classification_learner, classify
    from .training import fit

    def predict(known, test):
        learner = classification_learner(
            (pictures[known], labels[known]), None, make_model, seed=seed, **options
        )
        epochs = -(-steps // len(learner.dls.train))
        if train is None:
            fit(learner, epochs, one_cycle=True)
        else:
            learner = train(learner, epochs)
        return classify(learner, pictures[test]).argmax(1)

    return predict
