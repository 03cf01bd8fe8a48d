"""The alfven lab: wrong answers are noticed."""

import numpy as np

from geoviz_ml.exercises import RIGHT, judge
from geoviz_ml.scores import choose_threshold
from geoviz_ml.simulate.stripes import stripes

_, MASKS = stripes(4, 32, 8, np.random.default_rng(2015))


def test_wrong_answers_are_noticed():
    for name, answer in (
        ("alfven-2", 2),
        ("alfven-4", lambda p: 1 / (1 + p)),
        ("alfven-6", lambda block, spacing: 1 / block),
        ("alfven-6", lambda block, spacing: 1 / spacing),
        ("alfven-7", lambda f: np.diff(f).mean()),
        ("alfven-8", lambda prob, labels: (0.5, 0.0, 1.0)),
    ):
        assert judge(name, answer).state != RIGHT, name


def test_a_batch_that_is_not_known_by_heart_is_noticed():
    for answer in (
        MASKS,  # the labels themselves
        MASKS.astype(float),
        np.full(MASKS.shape, MASKS.mean()),  # a constant
        np.where(MASKS, 0.6, 0.4),  # the loss is still high
        1 - np.where(MASKS, 0.97, 0.03),  # the wrong way round
        np.where(MASKS, 0.97, 0.03)[:1],
    ):
        assert judge("alfven-3", answer).state != RIGHT
    assert judge("alfven-3", np.where(MASKS, 0.97, 0.03)).state == RIGHT


def test_a_threshold_that_forgets_the_quiet_nights_is_noticed():
    def best_iou(prob, labels):
        cut = choose_threshold(prob, labels, 1.0)
        quiet = ~labels.any((1, 2))
        return cut, (prob[quiet] >= cut).mean(), (prob >= cut)[labels].mean()

    assert judge("alfven-8", best_iou, seed=0).state != RIGHT
