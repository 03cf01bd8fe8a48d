"""Easy pictures with known masks: bright bars on noise."""

import numpy as np


def bars(n: int = 8, size: tuple[int, int] = (32, 32), seed: int = 0):
    rng = np.random.default_rng(seed)
    masks = np.zeros((n, *size), bool)
    for mask in masks:
        row = rng.integers(2, size[0] - 6)
        mask[row : row + 4] = True
    pictures = 0.3 + 0.4 * masks + 0.1 * rng.normal(size=masks.shape)
    return pictures.clip(0, 1).astype(np.float32), masks
