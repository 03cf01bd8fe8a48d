"""k-fold cross-validation over blocks of time."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from torch import nn

from ..errors import UsageError
from .segmentation import fit, segmentation_learner


def block_of_time(n: int, k: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Split n items in order of time into k contiguous validation blocks: (train, valid) pairs.

    Neighbours in time look alike; a shuffled fold would put one in each half.

    Raises
    ------
    UsageError
        k is less than 2 or more than n.
    """
    if not 2 <= k <= n:
        raise UsageError(f"cannot make {k} folds of {n} items.")
    blocks = np.array_split(np.arange(n), k)
    return [(np.setdiff1d(np.arange(n), block), block) for block in blocks]


def cross_validate(
    pictures: np.ndarray,
    masks: np.ndarray,
    k: int,
    make_model: Callable[[], nn.Module],
    epochs: int,
    *,
    one_cycle: bool = False,
    **options,
) -> pd.DataFrame:
    """Train k networks, each without one block of time, and score each on its block.

    Parameters
    ----------
    pictures, masks : ndarray (N, H, W)
        In order of time.
    k : int
        Folds.
    make_model : callable
        Gives a fresh network.
    epochs : int
    **options
        Of `segmentation_learner`.

    Returns
    -------
    DataFrame
        One row a fold: the last row of its history, and ``fold``.
    """
    rows = []
    for fold, (train, valid) in enumerate(block_of_time(len(pictures), k), 1):
        learner = segmentation_learner(
            (pictures[train], masks[train]),
            (pictures[valid], masks[valid]),
            make_model(),
            **options,
        )
        rows.append({"fold": fold, **fit(learner, epochs, one_cycle=one_cycle).iloc[-1]})
    return pd.DataFrame(rows)
