"""The toolbox's lessons: wrong answers are noticed, right ones in other words are right."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from fastai.callback.schedule import combined_cos
from torch import nn

from geoviz_ml.exercises import RIGHT, judge
from geoviz_ml.scores import lead, tally


def by_mean(scratch, pretrained):
    """Forgets the interval."""
    return "ahead" if np.mean(pretrained) > np.mean(scratch) else "behind"


def by_scatter(scratch, pretrained):
    """Takes the nights of the two for different ones."""
    both = np.std(scratch) + np.std(pretrained)
    difference = np.mean(pretrained) - np.mean(scratch)
    return "level" if abs(difference) < both else "ahead" if difference > 0 else "behind"


def by_last_epoch(train, valid, floor):
    """Compares ends only, and takes a gap for overfitting."""
    return "overfit" if valid[-1] > train[-1] else "fine"


def best_of_all(hits, union, choose, report):
    """Chooses on the nights that report."""
    return (hits[:, report].sum(1) / union[:, report].sum(1)).max()


def mean_of_nights(hits, union, choose, report):
    best = (hits[:, choose].sum(1) / union[:, choose].sum(1)).argmax()
    return (hits[best, report] / union[best, report]).mean()


WRONG = {
    "files-1": [
        lambda names: [*range(0, len(names), 4)],  # pieces, not nights
        lambda names: [i for i, n in enumerate(names) if n[:10] == names[0][:10]],  # one night
        lambda names: [*range(len(names))],
    ],
    "files-2": [
        lambda x, y: x.min() >= 0 and x.max() <= 1,
        lambda x, y: x.ndim == 4 and y.ndim == 3 and len(x) == len(y),
        lambda x, y: bool(np.isin(y, (0, 1)).all() and y.any() and not (x > 1).any()),
    ],
    "files-3": [lambda n, bs: (n // bs, n // bs + 1), lambda n, bs: (n // bs, n // bs)],
    "steps-1": [
        lambda w, x, t, lr: w - 2 * lr * 2 * (w * x - t) * x,  # one long step
        lambda w, x, t, lr: w - lr * 2 * (w * x - t) * x,
    ],
    "steps-2": [lambda x: 0.25, lambda x: 1 / np.mean(x) ** 2, lambda x: 2 / np.mean(x**2)],
    "steps-3": [
        lambda s, v: -v * s * np.log(s) - (1 - s) * np.log(1 - s),
        lambda s, v: -s * np.log(s) - (1 - s) * np.log(1 - s),
    ],
    "rates-1": [
        lambda done, top: top * (1 + np.cos(np.pi * done)) / 2,
        lambda done, top: top * min(done / 0.25, (1 - done) / 0.75),
    ],
    "rates-2": [by_last_epoch, lambda train, valid, floor: "fine"],
    "rates-3": [lambda w, s: 2 * (w // s), lambda w, s: w // s, lambda w, s: 2 * (w / s - 1)],
    "transfer-1": [
        lambda p, m, k: (np.roll(p, k, 1), np.roll(m, k, 1)),
        lambda p, m, k: (np.pad(p, ((0, 0), (k, 0)), "edge")[:, :-k], m),
        lambda p, m, k: (p, np.pad(m, ((0, 0), (k, 0)), "edge")[:, :-k]),
    ],
    "transfer-2": [lambda low, high, n: np.linspace(low, high, n)],
    "transfer-3": [by_mean, by_scatter],
    "toolbox-1": [{"safetensors"}, {"safetensors", "load_learner"}],
    "toolbox-2": [best_of_all, mean_of_nights],
    "toolbox-3": [lambda m: m, lambda m: np.sqrt(m - 1)],
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_answers_are_noticed(name):
    for answer in WRONG[name]:
        for seed in range(10):
            assert judge(name, answer, seed).state != RIGHT


def test_two_steps_are_those_of_torch():
    def by_torch(w, x, t, lr):
        weight = nn.Parameter(torch.tensor(w, dtype=torch.float64))
        optimiser = torch.optim.SGD([weight], lr)
        for _ in range(2):
            optimiser.zero_grad()
            ((weight * x - t) ** 2).backward()
            optimiser.step()
        return weight

    assert judge("steps-1", by_torch).state == RIGHT


def test_the_cycle_is_fastais():
    def by_fastai(done, top):
        return combined_cos(0.25, top / 25, top, 0)(done)

    assert judge("rates-1", by_fastai).state == RIGHT


def test_the_weighted_floor_is_that_of_a_constant_that_torch_trains():
    def by_torch(share, weight):
        logit = nn.Parameter(torch.zeros((), dtype=torch.float64))
        optimiser = torch.optim.LBFGS([logit], max_iter=100)

        def loss():
            optimiser.zero_grad()
            paid = -weight * share * F.logsigmoid(logit) - (1 - share) * F.logsigmoid(-logit)
            paid.backward()
            return paid

        optimiser.step(loss)
        return loss()

    assert judge("steps-3", by_torch).state == RIGHT


def test_the_verdict_is_that_of_lead():
    words = {"ahead of": "ahead", "behind": "behind", "level with": "level"}

    def by_lead(scratch, pretrained):
        return words[lead(tally(pretrained), tally(scratch), ("second", "first")).word]

    for seed in range(20):
        assert judge("transfer-3", by_lead, seed).state == RIGHT


def test_an_interval_that_forgets_stretches_is_too_narrow_by_that_factor():
    rng = np.random.default_rng(0)
    right = np.repeat(rng.random((4000, 30)) < 0.7, 16, axis=1)  # 30 stretches of 16 pictures
    real = right.mean(1).std()
    thought = np.sqrt(0.7 * 0.3 / right.shape[1])
    assert real / thought == pytest.approx(4, rel=0.05)
    assert judge("toolbox-3", lambda m: 4 * np.sqrt(m / 16)).state == RIGHT
