"""Checks of the alfven lab. Where an answer is a function, it is tried on random input."""

from __future__ import annotations

import numpy as np

from ..exercises import register
from ..exercises.compare import alike, exactly, number, numbers, same
from ..scores.floors import constant_cross_entropy
from ..scores.masks import iou
from ..scores.thresholds import choose_threshold
from ..simulate.stripes import stripes


@register(
    "alfven-1",
    "How many bins share the frequencies up to the sampling rate?",
    samples=(1024, 2048, 4096, 8192),
    rate=(60, 75, 100, 110, 125),
)
def resolution(answer, samples=4096, rate=100) -> bool:
    """Ask for the width in hertz of a bin of segments of `samples` at `rate` a second."""
    return same(answer, rate / samples)


@register(
    "alfven-2",
    "The next segment starts half a segment later, and the last must fit in the window.",
    samples=(1024, 2048, 4096),
    window=(10_000, 15_000, 20_000, 30_000),
)
def segments(answer, samples=4096, window=10_000) -> bool:
    """Ask for the exact number of segments of `samples`, half overlapping, in `window`."""
    return exactly(answer, (window - samples) // (samples // 2) + 1)


@register(
    "alfven-3",
    "Gradients add up until they are set to zero; and who takes the sigmoid?",
    seed=range(2001, 2100),
)
def by_heart(answer, seed=2015) -> bool:
    """Ask for probabilities (4, 32, 32) of the batch of `seed` from a network that knows it.

    Probabilities, not the masks themselves: their cross-entropy is between 1e-9 and a third of
    what a constant answer has, and cut at 0.5 they overlap with the masks by 0.9.
    """
    _, masks = stripes(4, 32, 8, np.random.default_rng(seed))
    if not same(answer, np.full(masks.shape, 0.5), 0, 0.5):
        return False
    prob = numbers(answer).astype(float).clip(1e-12, 1 - 1e-12)
    loss = -np.log(np.where(masks, prob, 1 - prob)).mean()
    floor = constant_cross_entropy(float(masks.mean()))
    return bool(1e-9 < loss < floor / 3 and iou(prob, masks) > 0.9)


@register("alfven-4", "If a part p of the pixels is IAR, what are TP, FP and FN of the background?")
def empty_score(answer, rng) -> bool:
    """Ask for a function of the part p of IAR pixels: the background IoU 1 - p of an empty mask."""
    return alike(answer, lambda p: 1 - p, zip(rng.uniform(0.2, 0.6, 3)))


@register(
    "alfven-5", "Score every threshold by the IoU of the IAR. Is it the threshold that you return?"
)
def threshold_rule(answer, rng) -> bool:
    """Ask for a function of probabilities and truth (n, H, W): a threshold of nearly the best IoU.

    The IoU may be up to 0.005 below the best of the thresholds 0.05, 0.1, ..., 0.95.
    """
    for shift in (-1.5, 0, 1.5):  # moves the best threshold: no single one serves all three
        truth = rng.random((6, 32, 32)) > 0.8
        prob = 1 / (1 + np.exp(-shift - truth - rng.normal(size=truth.shape)))
        best = max(iou(prob, truth, threshold=t) for t in np.arange(0.05, 0.96, 0.05))
        chosen = number(answer(prob, truth))
        if not iou(prob, truth, threshold=chosen) > best - 0.005:
            return False
    return True


@register("alfven-6", "A block is marked in whole or not at all; count the rows between two lines.")
def blocks(answer, rng) -> bool:
    """Ask for a function of block and spacing (powers of two): the best IoU for thin lines."""
    small, large = 2 ** rng.permutation([1, 2, 3]), 2 ** rng.integers(4, 7, 3)
    pairs = [(int(a), int(b)) for a, b in zip(small, large, strict=True)]
    inputs = pairs + [pair[::-1] for pair in pairs]
    return alike(answer, lambda block, spacing: 1 / min(block, spacing), inputs)


@register("alfven-7", "The spacing is a slope: of which line, through which points?")
def comb(answer, rng) -> bool:
    """Ask for a function of six frequencies (Hz) of fringes: the slope (Hz) of the line fitted."""
    fringes = np.arange(6)
    inputs = [  # they scatter so much that the mean of the differences is another number
        (f_0 + delta_f * fringes + rng.normal(0, 0.1, 6),)
        for f_0, delta_f in rng.uniform(0.3, 0.9, (6, 2))
    ]
    return alike(answer, lambda f: np.polyfit(fringes, f, 1)[0], inputs)


@register("alfven-8", "Quiet nights first: which thresholds are allowed? Of those, the best IoU.")
def defence(answer, rng) -> bool:
    """Ask for a function of probabilities and labels (n, H, W): threshold, flagged and recall.

    The threshold is the lowest of 0.05, 0.1, ..., 0.95 that has the best IoU among those that flag
    at most 1 % of the pixels of pictures without a label, 0.95 if none does; then the share flagged
    there, and the share found of the labelled pixels.
    """

    def right(prob, labels):
        cut = choose_threshold(prob, labels, 0.01)
        quiet = ~labels.any((1, 2))
        return cut, (prob[quiet] >= cut).mean(), (prob >= cut)[labels].mean()

    inputs = []
    for noise in (0.1, 0.02, 0.5):  # the limit decides; the IoU decides; none is allowed
        labels = rng.random((6, 16, 16)) > 0.7
        quiet = rng.permutation(6) < 2
        labels[quiet] = False
        found, other = rng.uniform(0.2, 1, labels.shape), rng.uniform(0, 0.4, labels.shape)
        prob = np.where(labels, found, other)
        prob[quiet] = rng.exponential(noise, (2, 16, 16)).clip(0, 1)
        inputs.append((prob, labels))
    prob, labels = inputs[1]
    inputs.append((np.floor(prob * 10) / 10 + 0.02, labels))  # two thresholds are equally good
    return alike(answer, right, inputs)
