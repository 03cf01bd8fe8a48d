"""Checks of the lesson on rates and curves."""

from __future__ import annotations

import numpy as np

from ..exercises import register
from ..exercises.compare import alike, exactly, word


@register("rates-1", "Each part is half a cosine: from its start to its end, flat at both.")
def one_cycle(answer, rng) -> bool:
    """Ask for a function of the part done (0 to 1) and the highest rate: the rate of one cycle.

    From a 25th of the highest up to it in the first quarter, then down to nothing.
    """

    def right(done, top):
        if done < 0.25:
            start, end, part = top / 25, top, done / 0.25
        else:
            start, end, part = top, 0, (done - 0.25) / 0.75
        return end + (start - end) * (1 + np.cos(np.pi * part)) / 2

    part_done = [*rng.uniform(0, 0.15, 4), *rng.uniform(0.25, 0.9, 4), 1.0]
    return alike(answer, right, zip(part_done, rng.uniform(1e-2, 1, 9), strict=True))


@register("rates-2", "Ask in the order of the text: training loss first, then validation loss.")
def diagnosis(answer, rng) -> bool:
    """Ask for a function of training losses, validation losses (epochs,) and floor: what is wrong.

    "rate too high", "underfit", "overfit" or "fine"; the curves of the check are clear cases.
    """
    epochs = np.arange(20)
    for floor in rng.uniform(0.2, 0.7, 3):
        noise = 0.01 * floor * rng.standard_normal((2, 20))
        fall = floor * (0.25 + 0.75 * np.exp(-epochs / rng.uniform(2, 4)))
        slow = floor * (1.3 - 0.3 * epochs / 19)
        wild = floor * (1.5 + rng.uniform(0, 2, 20))
        rise = fall + floor * 0.6 * np.maximum(0, epochs - 8) / 11
        dip = fall + floor * 0.3 * np.maximum(0, epochs - 8) / 11
        broken = np.where(epochs > rng.integers(3, 15), np.nan, wild)
        cases = [
            (fall, fall * 1.1, "fine"), (fall, fall * 4, "fine"),
            (slow, slow * 1.02, "underfit"), (fall, rise, "overfit"),
            (fall, dip, "overfit"),
            (wild, wild * 1.1, "rate too high"), (broken, broken, "rate too high"),
        ]  # fmt: skip
        for i in rng.permutation(len(cases)):
            train, valid, name = cases[i]
            if not word(answer(train + noise[0], valid + noise[1], floor), name):
                return False
    return True


@register("rates-3", "Count the windows that begin less than a width before, then those after.")
def twins(answer, rng) -> bool:
    """Ask for a function of width and stride: the other windows that share columns with one."""

    def right(width, stride):
        return 2 * sum(k * stride < width for k in range(1, 100))

    pairs = [(int(w), int(s)) for w, s in rng.integers(1, 60, (8, 2))] + [(64, 16), (10, 10)]
    return alike(answer, right, pairs, exactly)
