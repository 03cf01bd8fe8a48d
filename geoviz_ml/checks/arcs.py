"""Checks of the arcs lab. Where an answer is a function, it is tried on random input."""

from __future__ import annotations

import numpy as np

from ..exercises import register
from ..exercises.compare import same


@register("arcs-1", "How many bytes has a pixel of 16 bits, and how many pixels all frames?")
def minute(answer) -> bool:
    """Ask for the exact number of bytes of 20 frames of 256 x 256 pixels in 16 bits."""
    return same(answer, 256 * 256 * 2 * 20, 0, 0)


@register(
    "arcs-2", "Take the braces as they stand: a sample that is taken as negative has the margin -g."
)
def bracket(answer, rng) -> bool:
    """Ask for a function of scores of positives (n,), unlabeled (m,) and the prior: the bracket."""

    def loss(m):
        return 1 / (1 + np.exp(m))

    plus, unlabeled, prior = rng.normal(1, 1, 30), rng.normal(0, 1, 50), rng.uniform(0.1, 0.9)
    right = loss(-unlabeled).mean() - prior * loss(-plus).mean()
    return same(answer(plus, unlabeled, prior), right)


@register(
    "arcs-3", "With these scores, what is l(-g) of a positive, and what of an unlabeled sample?"
)
def most_negative(answer, rng) -> bool:
    """Ask for a function of the prior: minus the prior, the bracket's lower limit."""
    return all(same(answer(prior), -prior) for prior in rng.uniform(0.1, 0.9, 3))


@register("arcs-4", "d_MU is linear in pi, d_MM quadratic: set the derivative to zero, then clip.")
def prior(answer, rng) -> bool:
    """Ask for a function of the five mean distances: the prior, kept between 0 and 1."""
    for wanted in (rng.uniform(0.1, 0.9), rng.uniform(-1, -0.1), rng.uniform(1.1, 2)):
        pn, (pp, nn), pu = rng.uniform(2, 3), rng.uniform(0.5, 1, 2), rng.uniform(9, 10)
        nu = wanted * (2 * pn - pp - nn) - pn + nn + pu
        if not same(answer(pn, pp, nn, nu, pu), np.clip(wanted, 0, 1), 1e-6, 1e-9):
            return False
    return True


@register("arcs-5", "The interval is of the differences of pairs, not of the two means.")
def paired(answer, rng) -> bool:
    """Ask for a function of errors a and b (n,): the 95 % interval of the mean of b - a, a pair."""
    from scipy.stats import t

    a = rng.normal(0.1, 0.02, 8)
    b = a - 0.01 + rng.normal(0, 0.003, 8)
    half = t.ppf(0.975, 7) * np.std(b - a, ddof=1) / np.sqrt(8)
    return same(answer(a, b), (np.mean(b - a) - half, np.mean(b - a) + half))


@register("arcs-6", "Two strides of 2 and kernels of 5: go through the layers from the picture on.")
def left(answer) -> bool:
    """Ask for the side in pixels of what a patch of 32 x 32 pixels leaves: exactly 1."""
    return same(answer, 1, 0, 0)


@register(
    "arcs-7",
    "The law of sines gives the angle at the light; the angle at the centre is the rest. Radians.",
)
def distance(answer, rng) -> bool:
    """Ask for a function of zenith angle (degrees) and height (km): the way on the ground (km)."""
    earth = 6371.0
    for zenith, height in zip(rng.uniform(5, 80, 3), rng.uniform(90, 200, 3), strict=True):
        z = np.radians(zenith)
        right = earth * (z - np.arcsin(earth * np.sin(z) / (earth + height)))
        if not same(answer(zenith, height), right, 1e-6):
            return False
    return True
