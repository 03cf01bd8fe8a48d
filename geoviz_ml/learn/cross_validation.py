"""k-fold cross-validation over blocks of time.

Blocks, because neighbours in time are alike: Roberts et al. 2017, Ecography 40, 913.
"""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from torch import nn

from ..errors import UsageError
from ..models.pictures import as_array
from .segmentation import segmentation_learner
from .training import fit


def block_of_time(n: int, k: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Split n items in order of time into k contiguous validation blocks: (train, valid) pairs.

    Each is an array of numbers of items, (m,). Neighbours in time look alike; a shuffled fold would
    put one in each half.

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
    seed: int = 0,
    folder: str | PathLike | None = None,
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
        Makes a network; called after seeding, once a fold.
    epochs : int
    seed : int
        Of the weights and of the training, the same in every fold.
    folder : path-like, optional
        Keeps a checkpoint a fold: a run that was killed goes on.
    **options
        Of `segmentation_learner`.

    Returns
    -------
    DataFrame
        One row a fold: ``fold``, and the last row of its history (train_loss, valid_loss,
        valid_iou and so on).

    Raises
    ------
    UsageError
        There are not as many masks as pictures, or k does not fit, see `block_of_time`.
    """
    pictures, masks = as_array(pictures), as_array(masks, "masks")
    if pictures.ndim == 0 or len(pictures) != len(masks):
        raise UsageError(f"pictures {pictures.shape} and masks {masks.shape} are not as many.")
    rows = []
    for fold, (train, valid) in enumerate(block_of_time(len(pictures), k), 1):
        learner = segmentation_learner(
            (pictures[train], masks[train]),
            (pictures[valid], masks[valid]),
            make_model,
            seed=seed,
            **options,
        )
        place = None if folder is None else Path(folder) / f"fold_{fold}_of_{k}"
        last = fit(learner, epochs, one_cycle=one_cycle, folder=place).iloc[-1]
        rows.append({"fold": fold, **last})
    return pd.DataFrame(rows).astype({"epoch": int})
