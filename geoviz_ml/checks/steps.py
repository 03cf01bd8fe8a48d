"""Checks of the lesson on steps."""

from __future__ import annotations

import numpy as np

from ..exercises import register
from ..exercises.compare import alike


@register("steps-1", "The gradient of (w x - t)^2 is 2 (w x - t) x; the second step has its own.")
def two_steps(answer, rng) -> bool:
    """Ask for a function of w, x, t and lr: the weight after two steps down (w x - t)^2."""

    def right(w, x, t, lr):
        return t / x + (w - t / x) * (1 - 2 * lr * x**2) ** 2

    return alike(answer, right, rng.uniform([-2, 0.5, -2, 0.01], [2, 2, 2, 0.2], (6, 4)))


@register("steps-2", "By which factor does one step change w's distance from the best w?")
def highest_rate(answer, rng) -> bool:
    """Ask for a function of inputs x (n,): the rate where steps on mean((w x - t)^2) grow."""
    inputs = [(rng.uniform(-2, 2, n),) for n in range(5, 10)]
    return alike(answer, lambda x: len(x) / (x**2).sum(), inputs)


@register("steps-3", "Which constant p is best? Set the derivative by p to zero.")
def weighted_floor(answer, rng) -> bool:
    """Ask for a function of share and weight: the least weighted cross-entropy of a constant.

    The loss is the mean of -weight y ln p - (1 - y) ln(1 - p).
    """
    p = (np.arange(200_000) + 0.5) / 200_000

    def right(share, weight):
        return (-weight * share * np.log(p) - (1 - share) * np.log(1 - p)).min()

    return alike(answer, right, rng.uniform([0.02, 0.5], [0.5, 20], (4, 2)))
