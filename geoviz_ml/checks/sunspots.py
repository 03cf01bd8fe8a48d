"""Checks of the sunspots lab. Where an answer is a function, it is tried on random input."""

from __future__ import annotations

import numpy as np

from ..boxes.encode import encode_boxes
from ..exercises import register
from ..exercises.compare import alike, exactly, truth
from ..scores.matching import box_iou

RIGHT_AND_WRONG = ((3, 3), (4, 5), (2, 6), (5, 1))  # boxes of the lists for average precision


@register("sunspots-1", "Degrees over degrees a day. sin takes radians; the sine is squared.")
def days_in_sight(answer, rng) -> bool:
    """Ask for a function of the latitude (degrees): the days from limb to limb."""

    def right(latitude):
        return 180 / (14.522 - 2.84 * np.sin(np.radians(latitude)) ** 2 - 0.986)

    return alike(answer, right, zip(rng.uniform((-40, 0, 20, 36), (-20, 20, 30, 40))))


@register(
    "sunspots-2",
    "Where does the coverage rectangle begin and end? In which cells are these edges?",
    right=(200, 210, 230, 250),
    bottom=(170, 180, 190, 220),
)
def cells(answer, right=200, bottom=180) -> bool:
    """Ask for a pair, the exact numbers of cells of 16 and of 8 pixels as `encode_boxes` counts.

    The box is (100, 100, `right`, `bottom`).
    """
    box, size = [[100, 100, right, bottom]], (256, 256)
    return exactly(answer, [encode_boxes(box, size, stride)[0].sum() for stride in (16, 8)])


@register("sunspots-3", "What are width and height of the common part where boxes do not overlap?")
def overlap(answer, rng) -> bool:
    """Ask for a function of two boxes (x1, y1, x2, y2), also of boxes apart: their IoU."""
    low = rng.uniform(0, 60, (2, 40, 2))
    one, other = np.concatenate([low, low + rng.uniform(5, 60, low.shape)], axis=2)
    other[0] = one[0] + np.tile(one[0, 2:] - one[0, :2] + 3, 2)  # beside it in x and in y
    return alike(answer, lambda a, b: box_iou(a[None], b[None])[0, 0], zip(one, other, strict=True))


@register("sunspots-4", "Draw both boxes: which pixels are common, and which in one or both?")
def shift(answer, rng) -> bool:
    """Ask for a function of a width w (pixels) and an IoU u: the largest shift (pixels) along w."""
    inputs = zip(rng.uniform(10, 80, 5), rng.uniform(0.3, 0.95, 5), strict=True)
    return alike(answer, lambda w, u: w * (1 - u) / (1 + u), inputs)


@register("sunspots-5", "From the surest down: how many of the boxes so far are right?")
def average_precision(answer, rng) -> bool:
    """Ask for a function of confidences (n,), right or not (n,) and how many true boxes there are.

    It gives the sum of the precisions at the right boxes, from the surest down, over the number of
    true boxes. Boxes come in any order, and some true ones are not found.
    """

    def right(confidence, hit, true):
        found, total = 0, 0.0
        for place, row in enumerate(sorted(range(len(hit)), key=lambda i: -confidence[i]), 1):
            found += hit[row]
            total += hit[row] * found / place
        return total / true

    hits = [rng.permutation([True] * good + [False] * wrong) for good, wrong in RIGHT_AND_WRONG]
    inputs = [
        (rng.permutation(len(h)) / 10 + 0.05, h, int(h.sum() + more))
        for h, more in zip(hits, (2, 0, 5, 1), strict=True)
    ]
    return alike(answer, right, inputs)


@register("sunspots-6", "The mean of products is not the product of sums: a loop and a sum.")
def two_maps(answer, rng) -> bool:
    """Ask for a function of batches (hits, wrong, missed) that returns precision times recall.

    Two numbers: that of all batches together, and the mean of the batches' own.
    """

    def right(batches):
        h, w, m = np.transpose(batches)
        hits, wrong, missed = h.sum(), w.sum(), m.sum()
        together = hits / (hits + wrong) * hits / (hits + missed)
        return together, np.mean(h / (h + w) * h / (h + m))

    draws = [np.vstack([rng.integers(1, 9, (n, 3)), [(12, 1, 2), (1, 6, 9)]]) for n in (4, 7, 2)]
    return alike(answer, right, [([tuple(map(int, batch)) for batch in d],) for d in draws])


@register("sunspots-7", "Sort by place: how often may the sign change from one to the next?")
def divides(answer, rng) -> bool:
    """Ask for a function of places and signs (n,): whether a point divides the two polarities."""
    for signs, right in [
        ([1, 1, -1, -1], True),
        ([-1, -1, 1, 1, 1], True),
        ([1, -1, 1], False),
        ([-1, 1, 1, -1], False),
        ([1, -1, 1, -1], False),
        ([1, 1, 1], True),  # nothing is to be divided
        ([-1], True),
    ] * 3:
        x, order = np.sort(rng.uniform(0, 100, len(signs))), rng.permutation(len(signs))
        if truth(answer(x[order], np.array(signs)[order])) != right:
            return False
    return True


@register(
    "sunspots-8", "Which cut-outs of training show the same region? Which is nearest in time?"
)
def copied(answer, rng) -> bool:
    """Ask for a function of number, day and class of training (n,), number and day of test (m,).

    It gives each test cut-out the class that its region has on the nearest day of training; -1
    where its region is not in training.
    """

    def right(number, day, kind, test_number, test_day):
        said = []
        for region, when in zip(test_number, test_day, strict=True):
            seen = [row for row in range(len(number)) if number[row] == region]
            said.append(kind[min(seen, key=lambda row: abs(day[row] - when))] if seen else -1)
        return said

    inputs = []
    for n, m in ((40, 15), (30, 20), (50, 12)):
        number, test_number = rng.integers(0, 7, n), rng.integers(0, 7, m)
        test_number[rng.permutation(m)[:3]] = 8  # in no training set
        days = [rng.uniform(0, 13, size) for size in (n, m)]
        inputs.append((number, days[0], rng.integers(0, 3, n), test_number, days[1]))
    return alike(answer, right, inputs, exactly)
