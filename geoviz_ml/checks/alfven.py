"""Checks of the alfven lab. Where an answer is a function, it is tried on random input."""

from __future__ import annotations

import numpy as np

from ..exercises import register
from ..exercises.compare import THREE_DIGITS, number, same
from ..scores.floors import constant_cross_entropy
from ..scores.masks import iou
from ..scores.thresholds import choose_threshold
from ..simulate.stripes import stripes


@register("alfven-1", "Count the bins: the segment is 4096 samples long at 100 samples a second.")
def resolution(answer) -> bool:
    """Ask for the width of a frequency bin in hertz, to three digits."""
    return same(answer, 100 / 4096, THREE_DIGITS)


@register("alfven-2", "Overlapping segments start every 2048 samples, and each must fit in 10 000.")
def segments(answer) -> bool:
    """Ask for the number of segments of 4096 samples, half overlapping, in 10 000: exactly 3."""
    return same(answer, 3, 0, 0)


@register("alfven-3", "Gradients add up until they are set to zero; and who takes the sigmoid?")
def by_heart(answer) -> bool:
    """Ask for probabilities (4, 32, 32) of the batch of the exercise from a network that knows it.

    Probabilities, not the masks themselves: their cross-entropy is between 1e-9 and a third of
    what a constant answer has, and cut at 0.5 they overlap with the masks by 0.9.
    """
    _, masks = stripes(4, 32, 8, np.random.default_rng(3))
    if not same(answer, np.full(masks.shape, 0.5), 0, 0.5):
        return False
    prob = np.asarray(answer, float).clip(1e-12, 1 - 1e-12)
    loss = -np.log(np.where(masks, prob, 1 - prob)).mean()
    floor = constant_cross_entropy(float(masks.mean()))
    return bool(1e-9 < loss < floor / 3 and iou(prob, masks) > 0.9)


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


@register("alfven-6", "A block is marked in whole or not at all; count the rows between two lines.")
def blocks(answer, rng) -> bool:
    """Ask for a function of block and spacing (powers of two): the best IoU for thin lines."""
    pairs = 2 ** rng.integers(1, 6, (8, 2))
    return all(same(answer(int(b), int(s)), 1 / min(b, s), 0, 1e-9) for b, s in pairs)


@register("alfven-7", "np.polyfit(n, f, 1) fits a line; n counts the fringes.")
def comb(answer, rng) -> bool:
    """Ask for a function of six frequencies (Hz) of fringes: the slope (Hz) of the line fitted."""
    for _ in range(5):
        f_0, delta_f = rng.uniform(0.3, 0.8), rng.uniform(0.3, 0.9)
        f = f_0 + delta_f * np.arange(6) + rng.normal(0, 0.01, 6)
        if not same(answer(f), np.polyfit(np.arange(6), f, 1)[0], 0, 1e-6):
            return False
    return True


@register("alfven-8", "Quiet nights first: which thresholds are allowed? Of those, the best IoU.")
def defence(answer, rng) -> bool:
    """Ask for a function of probabilities and labels (n, H, W): threshold, flagged and recall.

    The threshold is the lowest of 0.05, 0.1, ..., 0.95 that has the best IoU among those that flag
    at most 1 % of the pixels of pictures without a label, 0.95 if none does; then the share flagged
    there, and the share found of the labelled pixels.
    """
    for power in (0.5, 1, 2):
        labels = rng.random((6, 16, 16)) > 0.7
        labels[:2] = False
        prob = (0.35 * labels + 0.65 * rng.random(labels.shape)) ** power
        cut = choose_threshold(prob, labels, 0.01)
        right = (cut, (prob[:2] >= cut).mean(), (prob >= cut)[labels].mean())
        if not same(answer(prob, labels), right, 0, 1e-6):
            return False
    return True
