"""The sunspots lab: wrong answers are noticed."""

from functools import partial

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from geoviz_ml.exercises import RIGHT, check, judge


def whole_overlap(a, b):
    """Forgets that boxes may not overlap: two negative sides make a positive area."""
    side = np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])
    area = side.prod()
    return area / ((a[2:] - a[:2]).prod() + (b[2:] - b[:2]).prod() - area)


def test_wrong_answers_are_noticed(capsys):
    wrong = {
        "sunspots-1": lambda latitude: 180 / (14.522 - 2.84 * np.sin(latitude) ** 2 - 0.986),
        "sunspots-2": (6, 24),
        "sunspots-3": whole_overlap,
        "sunspots-4": lambda w, u: w * (1 - u),
        "sunspots-5": lambda confidence, right, true: right.mean(),
        "sunspots-6": lambda batches: (0.5, 0.5),
        "sunspots-7": lambda x, s: (np.diff(np.asarray(s)[np.argsort(x)]) < 0).any(),
        "sunspots-8": lambda number, day, kind, *test: np.full(len(test[0]), kind[0]),
    }
    for name, answer in wrong.items():
        check(name, answer)
        assert "right." not in capsys.readouterr().out, name


def test_a_line_that_divides_is_asked_of_one_polarity_too(capsys):
    def once(x, sign):
        return (np.diff(sign[np.argsort(x)]) != 0).sum() <= 1

    def crashes(x, sign):
        plus, minus = x[sign > 0], x[sign < 0]
        return plus.max() < minus.min() or minus.max() < plus.min()

    check("sunspots-7", once)
    assert "right." in capsys.readouterr().out
    check("sunspots-7", crashes)
    assert "right." not in capsys.readouterr().out


def down_the_list(confidence, right, true, over=None):
    """Average precision as sums; over the right boxes, and not the true ones, if one asks so."""
    right = np.asarray(right)[np.argsort(-np.asarray(confidence))]
    precision = np.cumsum(right) / np.arange(1, len(right) + 1)
    return (precision * right).sum() / (right.sum() if over == "right" else true)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda c, r, t: down_the_list(c, r, t, over="right"),  # forgets what was not found
        lambda c, r, t: down_the_list(-np.arange(len(r)), r, t),  # takes the list as it comes
        lambda c, r, t: down_the_list(-c, r, t),  # the least sure first
        lambda c, r, t: r.sum() / len(r) * r.sum() / t,  # the product
        lambda c, r, t: np.mean(np.cumsum(r[np.argsort(-c)]) / np.arange(1, len(r) + 1)),
    ],
    ids=["over the right", "unsorted", "upside down", "product", "mean precision"],
)
def test_average_precision_is_asked_in_order_and_over_the_true_boxes(wrong):
    for seed in range(20):
        assert judge("sunspots-5", wrong, seed).state != RIGHT


def test_average_precision_of_scikit_learn_passes_where_the_missed_are_counted():
    def by_sklearn(confidence, right, true):
        return average_precision_score(right, confidence) * np.sum(right) / true

    def by_loop(confidence, right, true):
        rows = sorted(zip(confidence.tolist(), right.tolist(), strict=True), reverse=True)
        hits = [hit for _, hit in rows]
        return sum(np.mean(hits[: i + 1]) for i, hit in enumerate(hits) if hit) / true

    for seed in range(20):
        assert judge("sunspots-5", by_sklearn, seed).state == RIGHT
        assert judge("sunspots-5", by_loop, seed).state == RIGHT


def nearest(number, day, kind, test_number, test_day, *, same=True, unseen=True, later=True):
    """Copies the nearest day; or does without one of its conditions."""
    said = []
    for region, when in zip(test_number, test_day, strict=True):
        rows = [i for i in range(len(day)) if number[i] == region or not same]
        rows = [i for i in rows if later or day[i] <= when]
        known = not unseen or (number == region).any()
        rows = rows or list(range(len(day)))
        said.append(kind[min(rows, key=lambda i: abs(day[i] - when))] if known else -1)
    return said


def test_a_class_is_copied_from_the_nearest_day_of_the_same_region():
    def most_frequent(number, day, kind, test_number, test_day):
        counts = [np.bincount(kind[number == one], minlength=3) for one in test_number]
        return [c.argmax() if c.any() else -1 for c in counts]

    for seed in range(20):
        assert judge("sunspots-8", nearest, seed).state == RIGHT
        assert judge("sunspots-8", lambda *a: np.array(nearest(*a)), seed).state == RIGHT
        for missing in ("same", "unseen", "later"):
            wrong = partial(nearest, **{missing: False})
            assert judge("sunspots-8", wrong, seed).state != RIGHT, missing
        assert judge("sunspots-8", most_frequent, seed).state != RIGHT
