"""Checks of the nucleus lab. Where an answer is a function, it is tried on random input."""

from __future__ import annotations

import numpy as np

from ..exercises import register
from ..prepare.augment import TABLE_1

RNG = np.random.default_rng(2024)


@register("nucleus-1", "Each of the 4 kernels has out x in x height x width weights.")
def kernel_weights(answer) -> bool:
    return answer == 4 * 32 * 16 * 3 * 3


@register("nucleus-2", "Divide by the temperature first; every row must sum to one.")
def attention(answer) -> bool:
    import torch

    logits, temperature = RNG.normal(size=(3, 4)), RNG.uniform(0.5, 30)
    right = torch.softmax(torch.from_numpy(logits) / temperature, 1).numpy()
    return np.allclose(answer(logits, temperature), right)


@register("nucleus-3", "The variance of a product of independent numbers with mean 0 is a product.")
def product(answer) -> bool:
    return all(np.isclose(answer(s, n), s**n) for s, n in [(0.4, 5), (0.9, 3), (2.0, 4)])


@register("nucleus-4", "IoU of the nucleus is 0; what is that of the background?")
def nothing(answer) -> bool:
    return all(np.isclose(answer(p), (1 - p) / 2) for p in (0.001, 0.1, 0.4))


@register("nucleus-5", "The Dice loss is 1 - Dice. Printed: its logarithm; meant: that of Dice.")
def both_losses(answer) -> bool:
    ce, dice = RNG.uniform(0, 2), RNG.uniform(0.05, 0.95)
    return np.allclose(answer(ce, dice), (ce - np.log1p(-dice), ce - np.log(dice)))


@register("nucleus-6", "An ellipse with half axes a and b has the area pi a b.")
def corners(answer) -> bool:
    return np.isclose(answer, 1 - np.pi / 4)


@register("nucleus-7", "A spectrum has no colour, and a second is no kilohertz.")
def impossible(answer) -> bool:
    could = {"Resize", "GaussNoise", "Blur", "RandomBrightnessContrast", "HorizontalFlip"}
    needed = {"ShiftScaleRotate", "HueSaturationValue"}
    return needed <= set(answer) <= set(TABLE_1) - could


@register("nucleus-8", "Expected are 453 / 4; the error of a count is its square root.")
def winter(answer) -> bool:
    return np.isclose(answer, (453 / 4 - 58) / np.sqrt(453 / 4), atol=0.02)
