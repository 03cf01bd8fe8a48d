"""Checks of the lesson on augmentation and pretrained networks."""

from __future__ import annotations

import numpy as np

from ..exercises import register
from ..exercises.compare import alike, exactly, same, word


@register("transfer-1", "What happens to the picture must happen to the mask, and to nothing else.")
def later(answer, rng) -> bool:
    """Ask for a function of picture, mask (H, W) and columns: both moved right, edges repeated."""
    for columns in rng.integers(1, 8, 5):
        picture = rng.random((6, 10))
        mask = rng.random((6, 10)) < 0.3
        moved, marked = answer(picture, mask, int(columns))
        source = np.maximum(np.arange(10) - columns, 0)
        if not same(moved, picture[:, source], 0, 1e-6) or not exactly(marked, mask[:, source]):
            return False
    return True


@register("transfer-2", "Neighbours have the same ratio, not the same difference.")
def group_rates(answer, rng) -> bool:
    """Ask for a function of lowest rate, highest rate and groups: a rate for each group."""

    def right(low, high, n):
        return low * (high / low) ** (np.arange(n) / (n - 1))

    inputs = [
        (low, low * factor, int(rng.integers(2, 7)))
        for low, factor in rng.uniform([1e-6, 3], [1e-3, 300], (5, 2))
    ]
    return alike(answer, right, inputs)


@register("transfer-3", "Draw whole nights again, both networks on the same ones.")
def verdict(answer, rng) -> bool:
    """Ask for a function of two networks' scores a night (nights,): is the second ahead?

    "ahead", "behind" or "level", by an interval over nights of the difference; clear cases.
    """
    for scale in (1, 0.15):  # no size of the mean tells: on calm nights a small lead is one
        nights = rng.uniform(0.2, 0.7, 16)
        small = scale * np.tile([-0.08, 0.08], 8)  # on some nights the one behind is better
        one = small / 4
        one[rng.integers(16)] += 0.25 * scale
        lead = 0.065 * scale
        cases = {"ahead": [lead + small], "behind": [-lead + small], "level": [small, one]}
        for right, differences in cases.items():
            for difference in differences:
                if not word(answer(nights, nights + rng.permutation(difference)), right):
                    return False
    return True
