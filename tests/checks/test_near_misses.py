"""Answers that a student would write and that are wrong for a reason are not called right."""

from collections import Counter

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from geoviz_ml.exercises import RIGHT, judge
from geoviz_ml.scores import THRESHOLDS, iou, mean_iou

SEEDS = range(200)


def sigmoid(values):
    return 1 / (1 + np.exp(-np.asarray(values)))


def best(score):
    return lambda prob, truth: max(THRESHOLDS, key=lambda cut: score(prob >= cut, truth))


def defended(prob, labels, *, limit=0.01, look=True, turned=1, spare=(0.95,), share=None):
    quiet = ~labels.any((1, 2))
    allowed = [t for t in THRESHOLDS if (prob[quiet] >= t).mean() <= limit] or list(spare)
    cut = max(allowed[::turned], key=lambda t: iou(prob, labels, threshold=t) if look else 0)
    found = (prob >= cut)[labels].mean() if share is None else share(prob, labels, cut)
    return cut, (prob[quiet] >= cut).mean(), found


def per_display(clusters, displays):
    shares = []
    for one in np.unique(displays):
        of_it = clusters[displays == one].tolist()
        shares.append(Counter(of_it).most_common(1)[0][1] / len(of_it))
    return np.mean(shares)


NEAR = {
    "alfven-5": {
        "the mean IoU of both classes": best(mean_iou),
        "the pixels that are right": best(lambda mask, truth: (mask == truth).mean()),
        "the background": best(lambda mask, truth: iou(mask, truth, positive=False)),
    },
    "alfven-6": {"one half, whatever is asked": lambda block, spacing: 0.5},
    "alfven-8": {
        "never looks at the IoU": lambda p, y: defended(p, y, look=False),
        "the highest of equals": lambda p, y: defended(p, y, turned=-1),
        "none allowed is not foreseen": lambda p, y: defended(p, y, spare=()),
        "nothing is allowed": lambda p, y: defended(p, y, limit=0),
        "the IoU in place of the share": lambda p, y: defended(
            p, y, share=lambda p, y, cut: iou(p, y, threshold=cut)
        ),
    },
    "nucleus-7": {
        "one too many": {"ShiftScaleRotate", "HueSaturationValue", "CLAHE"},
        "one of two": {"ShiftScaleRotate"},
    },
    "aurora-3": {"n for n - 1": lambda batch, n, m: 2 * (batch - 1) * (m - 1) / n},
    "aurora-6": {
        "classes always missed left out": lambda c: (r := c.diagonal() / np.maximum(c.sum(1), 1))[
            r > 0
        ].mean()
    },
    "aurora-8": {"the mean over displays": per_display},
    "arcs-2": {
        "clipped at zero": lambda p, u, prior: max(0, sigmoid(u).mean() - prior * sigmoid(p).mean())
    },
    "steps-2": {"always seven": lambda x: 7 / np.sum(np.asarray(x) ** 2)},
    "transfer-3": {
        "the mean alone": lambda a, b: (
            "level" if abs(d := (b - a).mean()) < 0.02 else "ahead" if d > 0 else "behind"
        ),
        "every night or level": lambda a, b: (
            "ahead" if (b > a).all() else "behind" if (b < a).all() else "level"
        ),
    },
}
CASES = [(name, what) for name, of in NEAR.items() for what in of]


@pytest.mark.parametrize(("name", "what"), CASES)
def test_what_is_nearly_right_is_not_right(name, what):
    assert not any(judge(name, NEAR[name][what], seed).state == RIGHT for seed in SEEDS)


def test_a_minimum_found_by_search_is_right():
    def energy(prior, pn, pp, nn, nu, pu):
        return 2 * (prior * pu + (1 - prior) * nu - prior * (1 - prior) * pn) - (
            prior**2 * pp + (1 - prior) ** 2 * nn
        )

    def searched(*distances):
        return minimize_scalar(energy, bounds=(0, 1), method="bounded", args=distances).x

    assert all(judge("arcs-4", searched, seed).state == RIGHT for seed in SEEDS)
