"""Checks of the sunspots lab. Where an answer is a function, it is tried on random input."""

from __future__ import annotations

import numpy as np

from ..boxes.encode import encode_boxes
from ..exercises import register
from ..scores.detections import box_iou

RNG = np.random.default_rng(2025)


@register("sunspots-1", "RSUN_OBS arc seconds are 695.7 Mm; a pixel is CDELT1 arc seconds.")
def megametres(answer) -> bool:
    return np.isclose(answer, 0.504 / 945.4 * 695.7, rtol=0.01)


@register("sunspots-2", "Degrees over degrees a day. sin takes radians; the sine is squared.")
def days_in_sight(answer) -> bool:
    latitudes = RNG.uniform(-40, 40, 5)
    rate = 14.522 - 2.84 * np.sin(np.radians(latitudes)) ** 2 - 0.986
    return np.allclose([answer(latitude) for latitude in latitudes], 180 / rate)


@register("sunspots-3", "First cell floor(low / stride), last before ceil(high / stride).")
def cells(answer) -> bool:
    box, size = [[100, 100, 200, 180]], (256, 256)
    return tuple(answer) == tuple(int(encode_boxes(box, size, s)[0].sum()) for s in (16, 8))


@register("sunspots-4", "Where boxes do not overlap, width or height of the common part is 0.")
def overlap(answer) -> bool:
    low = RNG.uniform(0, 60, (2, 40, 2))
    one, other = np.concatenate([low, low + RNG.uniform(5, 60, low.shape)], axis=2)
    right = np.diag(box_iou(one, other))
    return np.allclose([answer(a, b) for a, b in zip(one, other, strict=True)], right)


@register("sunspots-5", "Common are (w - d) h pixels, in one or both (w + d) h. Solve for d.")
def shift(answer) -> bool:
    tries = [(w, u) for w in (12, 30, 77) for u in (0.5, 0.7, 0.9)]
    return all(np.isclose(answer(w, u), w * (1 - u) / (1 + u)) for w, u in tries)


@register("sunspots-6", "The mean of products is not the product of sums: a loop and a sum.")
def two_maps(answer) -> bool:
    batches = RNG.integers(1, 9, (6, 3))
    hits, wrong, missed = batches.sum(axis=0)
    h, w, m = batches.T
    right = (hits / (hits + wrong) * hits / (hits + missed), np.mean(h / (h + w) * h / (h + m)))
    return np.allclose(answer([tuple(int(n) for n in b) for b in batches]), right)


@register("sunspots-7", "All of one sign lie on one side of all of the other. Try both orders.")
def divides(answer) -> bool:
    tries = [
        ([0, 1, 5, 6], [1, 1, -1, -1], True),
        ([0, 1, 5, 6], [-1, -1, 1, 1], True),
        ([0, 3, 2, 6], [1, 1, -1, -1], False),
        ([0, 2, 4], [1, -1, 1], False),
        ([7, 2, 9, 1], [-1, 1, -1, 1], True),
    ]
    return all(bool(answer(np.array(x), np.array(s))) == right for x, s, right in tries)


@register("sunspots-8", "For each test cut-out: is its number among those of training?")
def leak(answer) -> bool:
    train, test = RNG.integers(0, 40, 30), RNG.integers(0, 40, 25)
    right = sum(number in set(train.tolist()) for number in test.tolist()) / len(test)
    return np.isclose(answer(train, test), right) and np.isclose(answer(train, train + 100), 0)
