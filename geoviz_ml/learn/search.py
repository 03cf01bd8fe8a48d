"""All 3150 combinations of Table 3 (Marangio et al. 2020), searched by successive halving.

All of them would have taken the paper about 88 hours, so it searched two parts of the grid. Here
every combination is a candidate: each gets one epoch, and only those among the better third of
their peers get three, then nine (asynchronous successive halving, Li et al. 2020). What is known is
kept on disk after every epoch.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from functools import partial
from os import PathLike
from pathlib import Path

import numpy as np
import optuna
import pandas as pd
import torch
from fastai.learner import Learner
from optuna.trial import TrialState
from torch import nn

from ..errors import UsageError
from ..models.initialise import INITIALISERS
from ..progress import progress as bar
from .cross_validation import block_of_time
from .learner import digest
from .search_journal import open_journal, whole_trials
from .segmentation import segmentation_learner
from .training import fit

TABLE_3 = {
    "batch_size": [2, 4, 8, 16, 32],
    # The part dropped. The paper prints 0.1 to 1.0 with 1.0 = none: whether its 0.3 drops or keeps
    # three tenths, the ten networks are these.
    "dropout": [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
    "lr": [1e-2, 1e-3, 1e-4],
    "optimizer": ["sgd", "rmsprop", "adam"],
    "init": [*INITIALISERS],
}


def search(
    pictures: np.ndarray,
    masks: np.ndarray,
    make_model: Callable[..., nn.Module],
    folder: str | PathLike,
    *,
    trials: int,
    epochs: int,
    seconds: float = np.inf,
    folds: int = 2,
    space: dict[str, list] | None = None,
    seed: int = 0,
    progress: bool = False,
    **options,
) -> pd.DataFrame:
    """Search the hyperparameters of a segmentation network.

    Parameters
    ----------
    pictures, masks : ndarray (N, H, W)
        In order of time; the folds are blocks of time.
    make_model : callable
        ``make_model(dropout=..., init=...)`` gives a network; called after seeding.
    folder : path-like
        Keeps the journal of the search, for one process at a time. Calling again goes on: no
        combination is tried twice, one that was cut off is tried again. One that does not fit into
        the memory of the GPU is pruned with the score 1e9, as of one that diverged. If lines of the
        journal are torn, only their trials are lost, and a warning says so.
    trials : int
        Combinations tried in all, counting those of earlier calls; at most the whole space.
    epochs : int
        Training of those that survive to the end.
    seconds : float
        No trial starts later than this after the call.
    folds : int
        The score is the mean validation loss over the folds (the paper: 2).
    space : dict, optional
        Default: `TABLE_3`.
    seed : int
        Of the order of the combinations and of every training.
    progress : bool
        Show a progress bar.
    **options
        Further options of `segmentation_learner`.

    Returns
    -------
    DataFrame
        One row a trial, best first: the parameters, score (the last one, for a pruned trial),
        epochs done, state (complete or pruned).

    Raises
    ------
    UsageError
        More trials than the space has combinations; the journal is of another search, or another
        process has it, or it cannot be written.
    DataFileError
        The file is no journal of a search.
    """
    space = space or TABLE_3
    points = [
        dict(zip(space, values, strict=True)) for values in itertools.product(*space.values())
    ]
    if trials > len(points):
        raise UsageError(f"the space has {len(points)} combinations, fewer than {trials} trials.")
    np.random.default_rng(seed).shuffle(points)
    recipe = {
        "data": digest(pictures, masks),
        "space": space,
        "epochs": epochs,
        "folds": folds,
        "seed": seed,
        "options": {name: str(value) for name, value in options.items()},
    }

    def learners(point: dict) -> list[Learner]:
        model = partial(make_model, **{name: point[name] for name in ("dropout", "init")})
        training = {name: value for name, value in point.items() if name not in model.keywords}
        return [
            segmentation_learner(
                (pictures[train], masks[train]),
                (pictures[valid], masks[valid]),
                model,
                seed=seed,
                **training,
                **options,
            )
            for train, valid in block_of_time(len(pictures), folds)
        ]

    with open_journal(Path(folder) / "search.log", recipe) as study:
        known = [trial.user_attrs["point"] for trial in whole_trials(study)]
        todo = [point for point in points if point not in known][: max(trials - len(known), 0)]
        end = time.monotonic() + seconds
        for point in bar(todo, "searching") if progress else todo:
            if time.monotonic() > end:
                break
            trial = study.ask()
            trial.set_user_attr("point", point)
            _try(study, trial, partial(learners, point), epochs)
        rows = [
            {
                **trial.user_attrs["point"],
                "score": trial.value,
                "epochs": len(trial.intermediate_values),
                "state": trial.state.name.lower(),
            }
            for trial in whole_trials(study)
        ]
    table = pd.DataFrame(rows, columns=[*space, "score", "epochs", "state"])
    return table.sort_values(["epochs", "score"], ascending=[False, True], ignore_index=True)


def _try(
    study: optuna.Study,
    trial: optuna.Trial,
    make_learners: Callable[[], list[Learner]],
    epochs: int,
) -> None:
    """Train the folds of one trial side by side, until it is done or falls behind its peers."""
    learners, fits = [], True
    for epoch in range(epochs):
        try:
            learners = learners or make_learners()
            losses = [fit(one, epoch + 1, start=epoch).valid_loss.iloc[-1] for one in learners]
        except torch.cuda.OutOfMemoryError:
            losses, fits = [np.inf], False
        score = float(np.nan_to_num(np.mean(losses), nan=1e9, posinf=1e9))  # 1e9: diverged
        trial.report(score, epoch + 1)
        if not fits or (epoch + 1 < epochs and trial.should_prune()):
            study.tell(trial, state=TrialState.PRUNED)
            return
    study.tell(trial, score)
