"""Checks of the alfven lab. Where an answer is a function, it is tried on random input."""

from __future__ import annotations

import numpy as np

from ..exercises import register
from ..exercises.compare import THREE_DIGITS, number, same
from ..scores.masks import iou


@register("alfven-1", "Count the bins: the segment is 4096 samples long at 100 samples a second.")
def resolution(answer) -> bool:
    """Ask for the width of a frequency bin in hertz, to three digits."""
    return same(answer, 100 / 4096, THREE_DIGITS)


@register("alfven-2", "Overlapping segments start every 2048 samples, and each must fit in 10 000.")
def segments(answer) -> bool:
    """Ask for the number of segments of 4096 samples, half overlapping, in 10 000: exactly 3."""
    return same(answer, 3, 0, 0)


@register("alfven-3", "TP, FP and FN are those of the background: swap the classes in both masks.")
def background_iou(answer, rng) -> bool:
    """Ask for a function of two masks (2, 12, 9), predicted and true: the background's IoU."""
    masks = [rng.random((2, 12, 9)) > 0.7 for _ in range(5)]
    return all(
        same(answer(pred, truth), iou(pred, truth, positive=False), 0, 1e-9)
        for pred, truth in masks
    )


@register("alfven-4", "If a part p of the pixels is IAR, what are TP, FP and FN of the background?")
def empty_score(answer, rng) -> bool:
    """Ask for a function of the part p of IAR pixels: the background IoU 1 - p of an empty mask."""
    return all(same(answer(p), 1 - p, 0, 1e-9) for p in rng.uniform(0.02, 0.5, 3))


@register("alfven-5", "Only the validation nights may choose; look at what you compare with.")
def threshold_rule(answer, rng) -> bool:
    """Ask for a function of probabilities and truth (n, H, W): a threshold of nearly the best IoU.

    The IoU may be up to 0.02 below the best of the thresholds 0.05, 0.1, ..., 0.95.
    """
    for power in (0.4, 1, 2.5):  # moves the best threshold: no single one serves all three
        truth = rng.random((6, 16, 16)) > 0.8
        prob = (0.4 * truth + 0.6 * rng.random(truth.shape)) ** power
        best = max(iou(prob, truth, threshold=t) for t in np.arange(0.05, 0.96, 0.05))
        chosen = number(answer(prob, truth))
        if not iou(prob, truth, threshold=chosen) > best - 0.02:
            return False
    return True


@register("alfven-6", "A convolution of c channels to d has 9 c d weights and d biases.")
def parameters(answer) -> bool:
    """Ask for the exact number of weights and biases of the two lowest convolutions of the U."""
    return same(answer, 9 * 512 * 1024 + 1024 + 9 * 1024 * 1024 + 1024, 0, 0)


@register("alfven-7", "np.polyfit(n, f, 1) fits a line; n counts the fringes.")
def comb(answer, rng) -> bool:
    """Ask for a function of six frequencies (Hz) of fringes: the slope (Hz) of the line fitted."""
    for _ in range(5):
        f_0, delta_f = rng.uniform(0.3, 0.8), rng.uniform(0.3, 0.9)
        f = f_0 + delta_f * np.arange(6) + rng.normal(0, 0.01, 6)
        if not same(answer(f), np.polyfit(np.arange(6), f, 1)[0], 0, 1e-6):
            return False
    return True


@register("alfven-8", "delta f goes as one over the square root of the density: square the ratio.")
def density(answer, rng) -> bool:
    """Ask for a function of the spacings (Hz) in the evening and at dawn: the ratio of densities.

    It is the density at dawn over that in the evening.
    """
    pairs = rng.uniform(0.3, 0.9, (4, 2))
    return all(same(answer(evening, dawn), (evening / dawn) ** 2) for evening, dawn in pairs)
