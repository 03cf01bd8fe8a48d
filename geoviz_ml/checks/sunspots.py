"""Checks of the sunspots lab. Where an answer is a function, it is tried on random input."""

from __future__ import annotations

import numpy as np

from ..boxes.encode import encode_boxes
from ..exercises import register
from ..exercises.compare import same, truth
from ..scores.matching import box_iou


@register("sunspots-1", "RSUN_OBS arc seconds are 695.7 Mm; a pixel is CDELT1 arc seconds.")
def megametres(answer) -> bool:
    """Ask for the size of a pixel at the centre of the disk in megametres, to 1 %."""
    return same(answer, 0.504 / 945.4 * 695.7, 0.01, 0)


@register("sunspots-2", "Degrees over degrees a day. sin takes radians; the sine is squared.")
def days_in_sight(answer, rng) -> bool:
    """Ask for a function of the latitude (degrees): the days from limb to limb."""
    latitudes = rng.uniform(-40, 40, 5)
    rate = 14.522 - 2.84 * np.sin(np.radians(latitudes)) ** 2 - 0.986
    return all(same(answer(x), y) for x, y in zip(latitudes, 180 / rate, strict=True))


@register("sunspots-3", "First cell floor(low / stride), last before ceil(high / stride).")
def cells(answer) -> bool:
    """Ask for a pair, the exact numbers of cells of 16 and of 8 pixels as `encode_boxes` counts."""
    box, size = [[100, 100, 200, 180]], (256, 256)
    return same(answer, [encode_boxes(box, size, stride)[0].sum() for stride in (16, 8)], 0, 0)


@register("sunspots-4", "Where boxes do not overlap, width or height of the common part is 0.")
def overlap(answer, rng) -> bool:
    """Ask for a function of two boxes (x1, y1, x2, y2), also of boxes apart: their IoU."""
    low = rng.uniform(0, 60, (2, 40, 2))
    one, other = np.concatenate([low, low + rng.uniform(5, 60, low.shape)], axis=2)
    other[0] = one[0] + np.tile(one[0, 2:] - one[0, :2] + 3, 2)  # beside it in x and in y
    right = np.diag(box_iou(one, other))
    return all(same(answer(a, b), r) for a, b, r in zip(one, other, right, strict=True))


@register("sunspots-5", "Common are (w - d) h pixels, in one or both (w + d) h. Solve for d.")
def shift(answer, rng) -> bool:
    """Ask for a function of a width w (pixels) and an IoU u: the largest shift (pixels) along w."""
    tries = zip(rng.uniform(10, 80, 5), rng.uniform(0.3, 0.95, 5), strict=True)
    return all(same(answer(w, u), w * (1 - u) / (1 + u)) for w, u in tries)


@register("sunspots-6", "The mean of products is not the product of sums: a loop and a sum.")
def two_maps(answer, rng) -> bool:
    """Ask for a function of batches (hits, wrong, missed) that returns precision times recall.

    Two numbers: that of all batches together, and the mean of the batches' own.
    """
    batches = rng.integers(1, 9, (6, 3))
    hits, wrong, missed = batches.sum(axis=0)
    h, w, m = batches.T
    right = (hits / (hits + wrong) * hits / (hits + missed), np.mean(h / (h + w) * h / (h + m)))
    return same(answer([tuple(int(n) for n in b) for b in batches]), right)


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
    ]:
        x, order = np.sort(rng.uniform(0, 100, len(signs))), rng.permutation(len(signs))
        if truth(answer(x[order], np.array(signs)[order])) != right:
            return False
    return True


@register("sunspots-8", "For each test cut-out: is its number among those of training?")
def leak(answer, rng) -> bool:
    """Ask for a function of the region numbers of training (n,) and test (m,): the share leaked.

    It is the part of the test cut-outs whose region is in training too.
    """
    for _ in range(5):
        train, test = rng.integers(0, 40, 30), rng.integers(0, 40, 25)
        right = sum(number in set(train.tolist()) for number in test.tolist()) / len(test)
        if not same(answer(train, test), right):
            return False
    return same(answer(train, train + 100), 0)
