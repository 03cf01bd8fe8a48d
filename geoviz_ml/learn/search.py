"""All 3150 combinations of Table 3 (Marangio et al. 2020), searched by successive halving.

The paper could afford two partial grids of 88 hours' worth. Here every combination is a candidate:
each gets one epoch, and only those among the better third of their peers get three, then nine
(asynchronous successive halving, Li et al. 2020). What is known is kept on disk after every epoch.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from torch import nn
from tqdm.auto import tqdm

from ..errors import DataFileError, UsageError
from ..settings import set_seed
from .cross_validation import block_of_time
from .segmentation import segmentation_learner
from .training import digest, fit

TABLE_3 = {
    "batch_size": [2, 4, 8, 16, 32],
    # The part dropped. The paper prints 0.1 to 1.0 with 1.0 = none: whether its 0.3 drops or keeps
    # three tenths, the ten networks are these.
    "dropout": [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9],
    "lr": [1e-2, 1e-3, 1e-4],
    "optimizer": ["sgd", "rmsprop", "adam"],
    "init": [
        "lecun_uniform",
        "glorot_normal",
        "glorot_uniform",
        "he_normal",
        "lecun_normal",
        "he_uniform",
        "orthogonal",
    ],
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
        ``make_model(dropout=..., init=...)`` gives a fresh network.
    folder : path-like
        Keeps the journal of the search. Calling again goes on: no combination is tried twice, one
        that was cut off is tried again.
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
        More trials than the space has combinations, or the journal is of another search.
    DataFileError
        The journal is damaged.
    """
    from optuna.trial import TrialState

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
    study = _open(Path(folder) / "search.log", recipe)

    def finished() -> list:
        return study.get_trials(states=(TrialState.COMPLETE, TrialState.PRUNED))

    def learners(point: dict) -> list:
        model = {name: point[name] for name in ("dropout", "init")}
        training = {name: value for name, value in point.items() if name not in model}
        made = []
        for train, valid in block_of_time(len(pictures), folds):
            set_seed(seed)
            sets = (pictures[train], masks[train]), (pictures[valid], masks[valid])
            made.append(
                segmentation_learner(*sets, make_model(**model), seed=seed, **training, **options)
            )
        return made

    known = [trial.user_attrs["point"] for trial in finished()]
    todo = [point for point in points if point not in known][: max(trials - len(known), 0)]
    end = time.monotonic() + seconds
    for point in tqdm(todo, "searching", disable=not progress):
        if time.monotonic() > end:
            break
        trial = study.ask()
        trial.set_user_attr("point", point)
        pair = learners(point)
        for epoch in range(epochs):
            losses = [fit(one, epoch + 1, start=epoch).valid_loss.iloc[-1] for one in pair]
            score = float(np.nan_to_num(np.mean(losses), nan=1e9, posinf=1e9))  # 1e9: diverged
            trial.report(score, epoch + 1)
            if epoch + 1 < epochs and trial.should_prune():
                study.tell(trial, state=TrialState.PRUNED)
                break
        else:
            study.tell(trial, score)
    rows = [
        {
            **trial.user_attrs["point"],
            "score": trial.value,
            "epochs": len(trial.intermediate_values),
            "state": trial.state.name.lower(),
        }
        for trial in finished()
    ]
    table = pd.DataFrame(rows, columns=[*space, "score", "epochs", "state"])
    return table.sort_values(["epochs", "score"], ascending=[False, True], ignore_index=True)


def _open(path: Path, recipe: dict):
    """The optuna study kept in `path`, new or of the same recipe."""
    import optuna
    from optuna.storages.journal import JournalFileBackend

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        study = optuna.create_study(
            study_name="search",
            storage=optuna.storages.JournalStorage(JournalFileBackend(str(path))),
            pruner=optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=3),
            load_if_exists=True,
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DataFileError("not a journal of a search.", path, "Delete it.") from error
    kept = study.user_attrs.get("recipe", {})
    if not study.get_trials(deepcopy=False):
        study.set_user_attr("recipe", recipe)
    elif kept != recipe:
        other = [name for name in recipe if kept.get(name) != recipe[name]]
        raise UsageError(
            f"this search differs in {', '.join(other)}.",
            path,
            "Delete it or give another folder.",
        )
    return study
