"""Checks of the alfven lab. Where an answer is a function, it is tried on random input."""

from __future__ import annotations

import numpy as np

from ..exercises import register
from ..scores.masks import iou

RNG = np.random.default_rng(2020)


@register("alfven-1", "Count the bins: the segment is 4096 samples long at 100 samples a second.")
def resolution(answer) -> bool:
    return abs(answer - 100 / 4096) < 1e-6


@register("alfven-2", "Overlapping segments start every 2048 samples, and each must fit in 10 000.")
def segments(answer) -> bool:
    return answer == 3


@register("alfven-3", "TP, FP and FN are those of the background: swap the classes in both masks.")
def background_iou(answer) -> bool:
    for _ in range(5):
        pred, truth = RNG.random((2, 12, 9)) > 0.7
        if abs(answer(pred, truth) - iou(pred, truth, positive=False)) > 1e-9:
            return False
    return True


@register("alfven-4", "If a part p of the pixels is IAR, what are TP, FP and FN of the background?")
def empty_score(answer) -> bool:
    return all(abs(answer(p) - (1 - p)) < 1e-9 for p in (0.05, 1 / 11, 0.3))


@register("alfven-5", "Only the validation nights may choose; look at what you compare with.")
def threshold_rule(answer) -> bool:
    truth = RNG.random((6, 16, 16)) > 0.8
    prob = np.clip(0.4 * truth + 0.6 * RNG.random(truth.shape), 0, 1)
    best = max(iou(prob, truth, threshold=t) for t in np.arange(0.05, 0.96, 0.05))
    return iou(prob, truth, threshold=answer(prob, truth)) > best - 0.02


@register("alfven-6", "A convolution of c channels to d has 9 c d weights and d biases.")
def parameters(answer) -> bool:
    return answer == 9 * 512 * 1024 + 1024 + 9 * 1024 * 1024 + 1024


@register("alfven-7", "np.polyfit(n, f, 1) fits a line; n counts the fringes.")
def comb(answer) -> bool:
    for _ in range(5):
        f_0, delta_f = RNG.uniform(0.3, 0.8), RNG.uniform(0.3, 0.9)
        f = f_0 + delta_f * np.arange(6) + RNG.normal(0, 0.01, 6)
        if abs(answer(f) - np.polyfit(np.arange(6), f, 1)[0]) > 1e-6:
            return False
    return True


@register("alfven-8", "delta f goes as one over the square root of the density: square the ratio.")
def density(answer) -> bool:
    return abs(answer(0.4, 0.8) - 0.25) < 1e-9 and abs(answer(0.6, 0.3) - 4) < 1e-9
