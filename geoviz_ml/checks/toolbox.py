"""Checks of the lesson on saving, metrics, splits, thresholds."""

from __future__ import annotations

import numpy as np

from ..exercises import register
from ..exercises.compare import alike


@register("toolbox-1", "Which of them can hold more than numbers and names?")
def safe_files(answer) -> bool:
    """Ask for the set of what may be opened though a stranger made it."""
    if not isinstance(answer, set | frozenset | list | tuple):
        raise TypeError("a set of texts is asked for")
    return sorted(answer) == ["safetensors", "torch.load, weights_only=True"]


@register("toolbox-2", "The nights that report must not take part in the choice.")
def chosen_elsewhere(answer, rng) -> bool:
    """Ask for a function of hits, unions (settings, nights) and two sets of nights: an honest IoU.

    The setting is the best on the first set of nights, the score is that setting's on the second.
    """

    def right(hits, union, choose, report):
        best = max(range(12), key=lambda k: hits[k, choose].sum() / union[k, choose].sum())
        return hits[best, report].sum() / union[best, report].sum()

    inputs = []
    for _ in range(5):
        union = rng.integers(5, 200, (12, 10)) * rng.choice([1, 10], 10)  # nights of two sizes
        hits = (union * rng.random(union.shape)).astype(int)
        inputs.append((hits, union, *np.split(rng.permutation(10), [5])))
    return alike(answer, right, inputs)


@register("toolbox-3", "How many independent answers are there, and how does a mean's error fall?")
def too_narrow(answer, rng) -> bool:
    """Ask for a function of the pictures of a stretch: by which factor an interval is too narrow.

    All pictures of a stretch are right, or all are wrong.
    """
    return alike(answer, np.sqrt, [(int(m),) for m in rng.integers(2, 40, 6)])
