"""Checks of the nucleus lab. Where an answer is a function, it is tried on random input."""

from __future__ import annotations

import numpy as np

from ..exercises import register
from ..exercises.compare import THREE_DIGITS, same
from ..prepare.augment import TABLE_1


@register("nucleus-1", "Each of the 4 kernels has out x in x height x width weights.")
def kernel_weights(answer) -> bool:
    """Ask for the exact number of weights of four kernels of 3 x 3 from 16 channels to 32."""
    return same(answer, 4 * 32 * 16 * 3 * 3, 0, 0)


@register("nucleus-2", "Divide by the temperature first; every row must sum to one.")
def attention(answer, rng) -> bool:
    """Ask for a function of logits (B, n) and a temperature: weights (B, n), each row's sum one."""
    from scipy.special import softmax

    logits, temperature = rng.normal(size=(3, 4)), rng.uniform(0.5, 30)
    return same(answer(logits, temperature), softmax(logits / temperature, axis=1))


@register("nucleus-3", "The variance of a product of independent numbers with mean 0 is a product.")
def product(answer, rng) -> bool:
    """Ask for a function of s and the number of levels L: s to the power L."""
    tries = zip(rng.uniform(0.4, 2, 3), (3, 4, 5), strict=True)
    return all(same(answer(s, n), s**n) for s, n in tries)


@register("nucleus-4", "IoU of the nucleus is 0; what is that of the background?")
def nothing(answer, rng) -> bool:
    """Ask for a function of the part p of nucleus pixels: (1 - p) / 2, an empty mask's mIoU."""
    return all(same(answer(p), (1 - p) / 2) for p in rng.uniform(0.001, 0.4, 3))


@register("nucleus-5", "The Dice loss is 1 - Dice. Printed: its logarithm; meant: that of Dice.")
def both_losses(answer, rng) -> bool:
    """Ask for a function of cross entropy and Dice loss: the printed and the meant loss, a pair."""
    ce, dice = rng.uniform(0, 2), rng.uniform(0.05, 0.45)
    return same(answer(ce, dice), (ce - np.log1p(-dice), ce - np.log(dice)))


@register("nucleus-6", "An ellipse with half axes a and b has the area pi a b.")
def corners(answer) -> bool:
    """Ask for the part of a rectangle that its inscribed ellipse leaves, to three digits."""
    return same(answer, 1 - np.pi / 4, THREE_DIGITS)


@register("nucleus-7", "A spectrum has no colour, and a second is no kilohertz.")
def impossible(answer) -> bool:
    """Ask for a set of names of Table 1: both impossible changes, no possible one."""
    could = {"Resize", "GaussNoise", "Blur", "RandomBrightnessContrast", "HorizontalFlip"}
    needed = {"ShiftScaleRotate", "HueSaturationValue"}
    return needed <= set(answer) <= set(TABLE_1) - could


@register("nucleus-8", "Expected are 453 / 4; the error of a count is its square root.")
def winter(answer) -> bool:
    """Ask for the standard deviations by which 58 lies below 453 / 4, to 0.2."""
    return same(answer, (453 / 4 - 58) / np.sqrt(453 / 4), 0, 0.2)


@register("nucleus-9", "Of all half-orbits, which part is flagged rightly, and which in vain?")
def flagged_rightly(answer, rng) -> bool:
    """Ask for a function of recall, false alarms and share: the precision by Bayes' rule."""
    tries = zip(*rng.uniform((0.3, 0.05, 0.01), (1, 0.6, 0.5), (3, 3)).T, strict=True)
    return all(same(answer(r, f, p), r * p / (r * p + f * (1 - p))) for r, f, p in tries)


@register("nucleus-10", "A gyrofrequency is e B / (2 pi m); take the root of the product of two.")
def lower_hybrid(answer) -> bool:
    """Ask for the lower-hybrid frequency of O+ in 42 microtesla in kHz, to 0.06."""
    e, tesla, electron, oxygen = 1.602e-19, 42e-6, 9.109e-31, 16 * 1.661e-27
    hertz = e * tesla / (2 * np.pi) / np.sqrt(electron * oxygen)
    return same(answer, hertz / 1000, 0, 0.06)
