"""Checks of the arcs lab. Where an answer is a function, it is tried on random input."""

from __future__ import annotations

import numpy as np

from ..exercises import register

RNG = np.random.default_rng(2020)


@register("arcs-1", "Volume: 256 x 256 pixels, 2 bytes each, 20 frames.")
def minute(answer) -> bool:
    return answer == 256 * 256 * 2 * 20


@register("arcs-2", "The bracket is E_U[l(-g)] - prior E_P[l(-g)], with l(m) = 1 / (1 + exp(m)).")
def bracket(answer) -> bool:
    def loss(m):
        return 1 / (1 + np.exp(m))

    plus, unlabeled, prior = RNG.normal(1, 1, 30), RNG.normal(0, 1, 50), RNG.uniform(0.1, 0.9)
    right = loss(-unlabeled).mean() - prior * loss(-plus).mean()
    return np.isclose(answer(plus, unlabeled, prior), right)


@register("arcs-3", "Scores of all positives are right, all unlabeled are called negative.")
def most_negative(answer) -> bool:
    return all(np.isclose(answer(prior), -prior) for prior in (0.1, 0.4))


@register("arcs-4", "Divide the difference of the numerators by 2 d_PN - d_PP - d_NN, then clip.")
def prior(answer) -> bool:
    for _ in range(3):
        pn, pp, nn, nu, pu = RNG.uniform(1, 2) + 1, *RNG.uniform(0.5, 1, 2), *RNG.uniform(1, 3, 2)
        right = np.clip((pn - nn + nu - pu) / (2 * pn - pp - nn), 0, 1)
        if not np.isclose(answer(pn, pp, nn, nu, pu), right):
            return False
    return True


@register("arcs-5", "The interval is of the differences of pairs, not of the two means.")
def paired(answer) -> bool:
    from scipy.stats import t

    a = RNG.normal(0.1, 0.02, 8)
    b = a - 0.01 + RNG.normal(0, 0.003, 8)
    half = t.ppf(0.975, 7) * np.std(b - a, ddof=1) / np.sqrt(8)
    return np.allclose(answer(a, b), (np.mean(b - a) - half, np.mean(b - a) + half))


@register("arcs-6", "Two strides of 2 and kernels of 5: go through the layers from the picture on.")
def left(answer) -> bool:
    return answer == 1 and not isinstance(answer, bool)


@register("arcs-7", "Zenith angle to radians first; R and h in kilometres.")
def distance(answer) -> bool:
    earth = 6371.0
    for zenith, height in ((10.0, 110.0), (60.0, 110.0), (75.0, 150.0)):
        z = np.radians(zenith)
        right = earth * (z - np.arcsin(earth * np.sin(z) / (earth + height)))
        if not np.isclose(answer(zenith, height), right, rtol=1e-6):
            return False
    return True
