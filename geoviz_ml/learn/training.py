"""Train a learner, and go on where an earlier run was stopped.

One cycle is fastai's `fit_one_cycle`, after Smith 2018 (arXiv 1803.09820).
"""

from __future__ import annotations

from contextlib import nullcontext
from os import PathLike
from pathlib import Path

import pandas as pd
from fastai.callback.schedule import ParamScheduler, combined_cos
from fastai.learner import Learner, Recorder

from ..errors import UsageError
from .callbacks import WarmRestarts
from .captured import captured
from .checkpoint import Checkpoint
from .precision import bfloat16


def fit(
    learner: Learner,
    epochs: int,
    *,
    folder: str | PathLike | None = None,
    one_cycle: bool = False,
    start: int = 0,
    capture: bool = False,
) -> pd.DataFrame:
    """Train for `epochs` epochs and return the history.

    With a `folder`, epochs that are in it count: ``fit(learner, 3, folder=f)`` after two trains one
    more. Without one, every call trains all its epochs: two and then three make five.

    Parameters
    ----------
    learner : Learner
        From a function of `geoviz_ml.learn`.
    epochs : int
        1 or more.
    folder : path-like, optional
        Keeps a checkpoint an epoch. A run that was killed goes on after its last whole epoch and
        ends with the same weights: bit for bit on a CPU, up to rounding on a GPU. With a constant
        rate, a later call with more epochs trains on.
    one_cycle : bool
        Raise the rate to the learner's and let it fall, by cosines; otherwise it is constant.
    start : int
        Epochs that are done already.
    capture : bool
        On a CUDA device, replay the network's pass as a graph, see `captured`.

    Returns
    -------
    DataFrame
        One row an epoch, those of earlier calls of this learner too; the columns are the learner's.
        ``learner.seconds`` is the wall time of all these epochs, earlier runs counted in.

    Notes
    -----
    Every epoch seeds the generators of Python, NumPy and torch anew, from the learner's seed and
    the epoch's number, so that it is the same whenever it runs. What you draw from them after a
    training does therefore not depend on a seed that you set before it: seed again, or use a
    generator of your own, such as ``numpy.random.default_rng``.

    Raises
    ------
    DataFileError
        The checkpoint is damaged.
    UsageError
        It belongs to another configuration, or has more than `epochs` epochs; or two schedules
        would set the rate.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from geoviz_ml.learn import fit, segmentation_learner
    >>> from geoviz_ml.models import UNet
    >>> masks = np.zeros((4, 32, 32), bool)
    >>> masks[:, 8:16, 8:16] = True
    >>> data, folder = (masks.astype(np.float32), masks), tempfile.mkdtemp()
    >>> def learner():
    ...     return segmentation_learner(data, data, lambda: UNet(base=4))
    >>> _ = fit(learner(), 1, folder=folder)  # cut here, say
    >>> len(fit(learner(), 3, folder=folder))  # goes on after the first epoch
    3
    """
    if one_cycle and any(isinstance(cb, WarmRestarts) for cb in learner.cbs):
        raise UsageError("one_cycle and WarmRestarts both set the rate.", advice="Choose one.")
    cbs = []
    if folder is not None:
        recipe = {**learner.recipe, "one_cycle": one_cycle and epochs}
        checkpoint = Checkpoint(Path(folder) / "checkpoint.pt", recipe)
        start = checkpoint.resume(learner)
        cbs.append(checkpoint)
        if start > epochs:
            raise UsageError(
                f"{start} epochs are done, more than the {epochs} asked for.",
                checkpoint.path,
                "Ask for more or give another folder.",
            )
    if one_cycle:
        cbs.append(
            ParamScheduler(
                {"lr": combined_cos(0.25, learner.lr / 25, learner.lr, learner.lr / 1e4)}
            )
        )
    if start < epochs:
        bf16 = learner.recipe["precision"] == "bfloat16"
        precision = bfloat16(learner.model) if bf16 else nullcontext()
        spare = [cb for cb in learner.cbs if isinstance(cb, Recorder)]  # waits at every step
        train = learner.dls.train
        shape = next(iter(train))[0].shape if capture else ()
        graph = captured(learner.model, shape, train.device) if capture else nullcontext()
        with learner.no_bar(), learner.removed_cbs(spare), precision, graph:
            learner.fit(epochs, cbs=cbs, start_epoch=start)
    return history(learner)


def history(learner: Learner) -> pd.DataFrame:
    """The learner's history, one row an epoch.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.learn import history, segmentation_learner
    >>> from geoviz_ml.models import UNet
    >>> masks = np.zeros((2, 32, 32), bool)
    >>> data = masks.astype(np.float32), masks
    >>> len(history(segmentation_learner(data, data, lambda: UNet(base=4))))  # not trained yet
    0
    """
    return pd.DataFrame(learner.history.rows)
