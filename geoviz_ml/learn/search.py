"""All 3150 combinations of Table 3 (Marangio et al. 2020), searched by successive halving.

The paper could afford two partial grids of 88 hours' worth. Here every combination is a candidate:
each gets little training at first, and only those that do well among their peers get more
(asynchronous successive halving, Li et al. 2020). What is known is kept on disk after every epoch.
"""

from __future__ import annotations

from collections.abc import Callable
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
from torch import nn

from ..errors import UsageError
from ..settings import set_seed
from .cross_validation import block_of_time
from .segmentation import fit, segmentation_learner

# Keras' dropout as the paper lists it: a value of 1.0 means that none is applied.
TABLE_3 = {
    "batch_size": [2, 4, 8, 16, 32],
    "dropout": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0],
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
    folds: int = 2,
    space: dict[str, list] | None = None,
    seed: int = 0,
    **options,
) -> pd.DataFrame:
    """Search the hyperparameters of a segmentation network.

    Parameters
    ----------
    pictures, masks : ndarray (N, H, W)
        In order of time; the folds are blocks of time.
    make_model : callable
        ``make_model(dropout=..., init=...)`` gives a fresh network; dropout is the part dropped.
    folder : path-like
        Keeps the journal of the search. Calling again goes on: no combination is tried twice, one
        that was cut off is tried again.
    trials : int
        Combinations tried in all, counting those of earlier calls; at most the whole space.
    epochs : int
        Training of those that survive to the end.
    folds : int
        The score is the mean validation loss over the folds (the paper: 2).
    space : dict, optional
        Default: `TABLE_3`.
    **options
        Further options of `segmentation_learner`.

    Returns
    -------
    DataFrame
        One row a trial, best first: the parameters, score, epochs done, state.

    Raises
    ------
    UsageError
        More trials than the space has combinations.
    """
    import optuna
    from optuna.storages.journal import JournalFileBackend
    from optuna.trial import TrialState

    space = space or TABLE_3
    size = int(np.prod([len(values) for values in space.values()]))
    if trials > size:
        raise UsageError(f"the space has {size} combinations, fewer than {trials} trials.")
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    Path(folder).mkdir(parents=True, exist_ok=True)
    study = optuna.create_study(
        study_name="search",
        storage=optuna.storages.JournalStorage(
            JournalFileBackend(str(Path(folder) / "search.log"))
        ),
        sampler=optuna.samplers.GridSampler(space, seed=seed),
        pruner=optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=3),
        load_if_exists=True,
    )
    for cut_off in study.get_trials(states=(TrialState.RUNNING,)):  # by a kill
        study.tell(cut_off.number, state=TrialState.FAIL)
    known = [t.params for t in study.get_trials(states=(TrialState.COMPLETE, TrialState.PRUNED))]
    known += [
        t.system_attrs["fixed_params"] for t in study.get_trials(states=(TrialState.WAITING,))
    ]
    for failed in study.get_trials(states=(TrialState.FAIL,)):
        if failed.params and failed.params not in known:
            study.enqueue_trial(failed.params)
            known.append(failed.params)

    def objective(trial) -> float:
        chosen = {name: trial.suggest_categorical(name, values) for name, values in space.items()}
        model_options = {"init": chosen.pop("init"), "dropout": chosen.pop("dropout") % 1.0}
        learners = []
        for train, valid in block_of_time(len(pictures), folds):
            set_seed(seed)
            learners.append(
                segmentation_learner(
                    (pictures[train], masks[train]),
                    (pictures[valid], masks[valid]),
                    make_model(**model_options),
                    seed=seed,
                    **chosen,
                    **options,
                )
            )
        for epoch in range(epochs):
            losses = [
                fit(learner, epoch + 1, start=epoch).valid_loss.iloc[-1] for learner in learners
            ]
            score = float(np.nan_to_num(np.mean(losses), nan=1e9, posinf=1e9))  # diverged
            trial.report(score, epoch + 1)
            if epoch + 1 < epochs and trial.should_prune():
                raise optuna.TrialPruned
        return score

    done = len(study.get_trials(states=(TrialState.COMPLETE, TrialState.PRUNED)))
    if done < trials:
        study.optimize(objective, n_trials=trials - done)
    rows = [
        {
            **trial.params,
            "score": trial.value,
            "epochs": len(trial.intermediate_values),
            "state": trial.state.name.lower(),
        }
        for trial in study.get_trials(states=(TrialState.COMPLETE, TrialState.PRUNED))
    ]
    return pd.DataFrame(rows).sort_values(
        ["epochs", "score"], ascending=[False, True], ignore_index=True
    )
