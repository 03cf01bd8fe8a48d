"""Slanted stripes in noise: a toy of the fringes on which a network trains in seconds.

A toy of our own.
"""

from __future__ import annotations

import numpy as np


def stripes(
    n: int, side: int, spacing: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw pictures of lines one pixel wide that drift by a row every eight columns.

    Parameters
    ----------
    n, side : int
        Pictures, and pixels of each side.
    spacing : int
        Rows from line to line.
    rng : numpy.random.Generator

    Returns
    -------
    pictures : ndarray (n, side, side), float32 in 0..1
        Lines of 0.65 on 0.4, with noise of 0.1.
    masks : ndarray of bool (n, side, side)
        The lines.
    """
    rows, columns = np.mgrid[:side, :side]
    phases = rng.integers(0, spacing, n)[:, None, None]
    masks = (rows + columns // 8 - phases) % spacing == 0
    pictures = 0.4 + 0.25 * masks + 0.1 * rng.standard_normal(masks.shape)
    return pictures.clip(0, 1).astype(np.float32), masks
