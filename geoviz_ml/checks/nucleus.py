"""Checks of the nucleus lab. Where an answer is a function, it is tried on random input."""

from __future__ import annotations

import numpy as np

from ..exercises import register
from ..exercises.compare import alike, exactly, same


@register(
    "nucleus-1",
    "How many weights has one kernel, from all channels that come to all that go?",
    channels=(12, 16, 24, 48),
    out=(32, 40, 64, 80),
)
def kernel_weights(answer, channels=16, out=32) -> bool:
    """Ask for the exact number of weights of four kernels of 3 x 3 from `channels` to `out`."""
    return exactly(answer, 4 * out * channels * 3 * 3)


@register("nucleus-2", "Divide by the temperature first; every row must sum to one.")
def attention(answer, rng) -> bool:
    """Ask for a function of logits (B, n) and a temperature: weights (B, n), each row's sum one."""
    from scipy.special import softmax

    inputs = [
        (rng.normal(size=(rows, 4)), rng.uniform(*of))
        for rows, of in ((3, (0.3, 1)), (5, (1.5, 4)), (2, (5, 30)))
    ]
    return alike(answer, lambda logits, t: softmax(logits / t, axis=1), inputs)


@register("nucleus-3", "What is the variance of a product of independent numbers with mean 0?")
def product(answer, rng) -> bool:
    """Ask for a function of s and the number of levels L: s to the power L."""
    return alike(answer, lambda s, n: s**n, zip(rng.uniform(0.4, 2, 3), (3, 4, 5), strict=True))


@register("nucleus-4", "IoU of the nucleus is 0; what is that of the background?")
def nothing(answer, rng) -> bool:
    """Ask for a function of the part p of nucleus pixels: (1 - p) / 2, an empty mask's mIoU."""
    return alike(answer, lambda p: (1 - p) / 2, zip(rng.uniform(0.05, 0.4, 3)))


@register("nucleus-5", "Put equation 2 into equation 4 as it stands: of what is the logarithm?")
def both_losses(answer, rng) -> bool:
    """Ask for a function of cross entropy and Dice loss: the printed and the meant loss, a pair."""

    def right(ce, dice):
        return ce - np.log1p(-dice), ce - np.log(dice)

    inputs = zip(rng.uniform(0, 2, 3), rng.uniform(0.05, 0.45, 3), strict=True)
    return alike(answer, right, inputs)


@register("nucleus-6", "Write both areas with the ellipse's half axes.")
def corners(answer) -> bool:
    """Ask for the part of a rectangle that its inscribed ellipse leaves, to three digits."""
    return same(answer, 1 - np.pi / 4)


@register("nucleus-7", "A spectrum has time and frequency as its axes, and one channel.")
def impossible(answer) -> bool:
    """Ask for a set of names of Table 1: both impossible changes, no possible one."""
    return set(answer) == {"ShiftScaleRotate", "HueSaturationValue"}


@register("nucleus-8", "What is expected, and how large is the error of a count?")
def winter(answer) -> bool:
    """Ask for the standard deviations by which 58 lies below 453 / 4, to 0.2."""
    return same(answer, (453 / 4 - 58) / np.sqrt(453 / 4), 0, 0.2)


@register("nucleus-9", "Of all half-orbits, which part is flagged rightly, and which in vain?")
def flagged_rightly(answer, rng) -> bool:
    """Ask for a function of recall, false alarms and share: the precision by Bayes' rule."""
    inputs = zip(*rng.uniform((0.3, 0.05, 0.01), (1, 0.6, 0.5), (3, 3)).T, strict=True)
    return alike(answer, lambda r, f, p: r * p / (r * p + f * (1 - p)), inputs)


@register(
    "nucleus-10",
    "Two gyrofrequencies, each with its own mass; and in what unit is the answer asked for?",
    field=(36, 38, 40, 42, 44, 46, 48),
)
def lower_hybrid(answer, field=42) -> bool:
    """Ask for the lower-hybrid frequency of O+ in a field in microtesla, in kHz, to 1 %."""
    e, tesla, electron, oxygen = 1.602e-19, field * 1e-6, 9.109e-31, 16 * 1.661e-27
    hertz = e * tesla / (2 * np.pi) / np.sqrt(electron * oxygen)
    return same(answer, hertz / 1000, 0.01)
