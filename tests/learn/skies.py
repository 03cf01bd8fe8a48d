"""Easy all-sky pictures of three classes, in slowly drifting sequences: bands, blobs, nothing."""

import numpy as np


def skies(n: int = 96, size: int = 32, seed: int = 0, sequence: int = 8):
    """Pictures (n, size, size) uint8 with a black corner, and labels (n,) 0, 1 or 2."""
    rng = np.random.default_rng(seed)
    axis = np.linspace(-1, 1, size)
    y, x = axis[:, None], axis
    pictures, labels = [], []
    for first in range(0, n, sequence):
        label = first // sequence % 3
        place, turn = rng.uniform(-0.4, 0.4, 2), rng.uniform(-0.3, 0.3)
        for _ in range(min(sequence, n - first)):
            place = place + rng.normal(0, 0.02, 2)
            band = np.exp(-(((y - place[0] - turn * x) / 0.08) ** 2))
            blob = np.exp(-(((y - place[0]) ** 2 + (x - place[1]) ** 2) / 0.05))
            sky = 0.2 + 0.7 * [band, blob, 0 * band + 0 * blob][label]
            sky = sky + 0.08 * rng.normal(size=(size, size))
            pictures.append(np.where(np.hypot(y, x) <= 0.85, sky, 0))
            labels.append(label)
    return (np.clip(pictures, 0, 1) * 255).astype(np.uint8), np.array(labels)
