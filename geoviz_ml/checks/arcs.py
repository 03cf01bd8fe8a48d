"""Checks of the arcs lab. Where an answer is a function, it is tried on random input."""

from __future__ import annotations

import numpy as np

from ..exercises import register
from ..exercises.compare import alike, exactly, same


@register(
    "arcs-1",
    "How many bytes has a pixel of 16 bits, and how many pixels have all frames?",
    frames=(10, 12, 15, 20, 30),
)
def minute(answer, frames=20) -> bool:
    """Ask for the exact number of bytes of `frames` frames of 256 x 256 pixels in 16 bits."""
    return exactly(answer, 256 * 256 * 2 * frames)


@register("arcs-2", "What is the margin of a sample that is taken as negative?")
def bracket(answer, rng) -> bool:
    """Ask for a function of scores of positives (n,), unlabeled (m,) and the prior: the bracket."""

    def right(plus, unlabeled, prior):
        loss_plus, loss_unlabeled = (1 / (1 + np.exp(-g)) for g in (plus, unlabeled))
        return loss_unlabeled.mean() - prior * loss_plus.mean()

    inputs = [
        (rng.normal(1, 1, n), rng.normal(mean, 1, m), rng.uniform(0.5, 0.9))
        for n, m, mean in ((30, 50, 1), (12, 7, 0), (5, 80, -3))  # the last is below zero
    ]
    return alike(answer, right, inputs)


@register(
    "arcs-3", "With these scores, what is l(-g) of a positive, and what of an unlabeled sample?"
)
def most_negative(answer, rng) -> bool:
    """Ask for a function of the prior: minus the prior, the bracket's lower limit."""
    return alike(answer, lambda prior: -prior, zip(rng.uniform(0.1, 0.9, 3)))


@register("arcs-4", "Write the parabola down first. Where is its lowest point, and is it a share?")
def prior(answer, rng) -> bool:
    """Ask for a function of the five mean distances: the prior, kept between 0 and 1."""
    for wanted in (rng.uniform(0.1, 0.9), rng.uniform(-1, -0.1), rng.uniform(1.1, 2)):
        pn, (pp, nn), pu = rng.uniform(2, 3), rng.uniform(0.5, 1, 2), rng.uniform(9, 10)
        nu = wanted * (2 * pn - pp - nn) - pn + nn + pu
        if not same(answer(pn, pp, nn, nu, pu), np.clip(wanted, 0, 1), absolute=1e-3):
            return False
    return True


@register("arcs-5", "The interval is of the differences of pairs, not of the two means.")
def paired(answer, rng) -> bool:
    """Ask for a function of errors a and b (n,): the 95 % interval of the mean of b - a, a pair."""
    from scipy.stats import t

    def right(a, b):
        half = t.ppf(0.975, len(a) - 1) * np.std(b - a, ddof=1) / np.sqrt(len(a))
        return np.mean(b - a) - half, np.mean(b - a) + half

    errors = [rng.normal(0.1, 0.02, n) for n in (8, 5, 12)]
    return alike(answer, right, [(a, a - 0.01 + rng.normal(0, 0.003, a.shape)) for a in errors])


@register(
    "arcs-6",
    "How much does a kernel of 5 take from a side? Go through the layers from the picture on.",
    patch=(32, 36, 40, 44, 48, 52, 64),
)
def left(answer, patch=32) -> bool:
    """Ask for the exact side in pixels of what a patch of `patch` x `patch` pixels leaves."""
    return exactly(answer, ((patch - 4) // 2 - 4) // 2 - 4)


@register("arcs-7", "What angle is at the centre of the Earth? And sines take radians.")
def distance(answer, rng) -> bool:
    """Ask for a function of zenith angle (degrees) and height (km): the way on the ground (km)."""
    earth = 6371.0

    def right(zenith, height):
        z = np.radians(zenith)
        return earth * (z - np.arcsin(earth * np.sin(z) / (earth + height)))

    angles = rng.uniform((5, 40, 65), (40, 65, 80))
    return alike(answer, right, zip(angles, rng.uniform(90, 200, 3), strict=True))
