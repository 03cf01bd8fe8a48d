"""What all learners share: a fastai Learner that knows its recipe, and `fit`, which can go on."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from fastai.callback.core import Callback
from fastai.callback.fp16 import MixedPrecision
from fastai.callback.schedule import ParamScheduler, combined_cos
from fastai.data.core import DataLoaders
from fastai.learner import Learner
from fastai.optimizer import OptimWrapper
from torch import nn

from ..errors import UsageError
from .callbacks import Checkpoint, WarmRestarts

OPTIMISERS = {  # torch's own, with Keras' defaults; a fused step is several times quicker
    "adam": partial(OptimWrapper, opt=torch.optim.Adam, eps=1e-7, fused=True),
    "rmsprop": partial(OptimWrapper, opt=torch.optim.RMSprop, alpha=0.9, eps=1e-7),
    "sgd": partial(OptimWrapper, opt=torch.optim.SGD, momentum=0.9, fused=True),
}
plain_adam = partial(OptimWrapper, opt=torch.optim.Adam, fused=True)  # torch's own defaults


def make_learner(
    dls: DataLoaders,
    model: nn.Module,
    loss: nn.Module,
    *,
    lr: float,
    recipe: dict,
    callbacks: Sequence[Callback],
    optimizer: str | Callable = "adam",
    mixed_precision: bool = True,
) -> Learner:
    """A Learner on the device of its data, as quick as that allows.

    Parameters
    ----------
    dls : DataLoaders
        With the device that the training is to use.
    model, loss : nn.Module
    lr : float
    recipe : dict
        Whatever else makes two trainings differ, such as `digest` of the data and the seed. A
        checkpoint of another recipe is refused.
    callbacks : sequence of Callback
        One of them is called "history" and keeps ``rows``.
    optimizer : str or callable
        Of `OPTIMISERS`, or fastai's kind of function.
    mixed_precision : bool
        Train in bfloat16 where the processor computes in it (half precision on older GPUs).

    Raises
    ------
    UsageError
        Unknown optimiser.
    """
    if isinstance(optimizer, str):
        if optimizer not in OPTIMISERS:
            raise UsageError(f"no optimiser {optimizer!r}.", advice=f"Use one of {[*OPTIMISERS]}.")
        recipe = {**recipe, "optimizer": optimizer}
        optimizer = OPTIMISERS[optimizer]
    precision = quickest_precision(dls.device) if mixed_precision else "float32"
    if dls.device.type in ("cpu", "cuda"):  # a quarter quicker
        model = model.to(memory_format=torch.channels_last)
    half = [MixedPrecision()] if precision == "float16" else []
    learner = Learner(
        dls,
        model.to(dls.device),
        loss_func=loss,
        opt_func=optimizer,
        lr=lr,
        cbs=[*callbacks, *half],
    )
    learner.recipe = {
        "model": str(model),
        "lr": lr,
        "loss": str(loss),
        "precision": precision,
        **recipe,
    }
    return learner


def choose_device(device: torch.device | str | None = None) -> torch.device:
    """The device asked for; without a wish the GPU if there is one."""
    return torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))


def digest(*arrays: np.ndarray) -> str:
    """SHA-256 of arrays with their shapes and types: has a later call the same data?"""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.shape} {array.dtype}".encode())
        digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()


def quickest_precision(device: torch.device) -> str:
    """The quickest type of number that training can use on this device."""
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return "bfloat16" if native else "float16"
    native = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)()
    return "bfloat16" if device.type == "cpu" and native else "float32"


@contextmanager
def bfloat16(model: nn.Module) -> Iterator[None]:
    """Let `model` compute in bfloat16 within the block, whatever way the block is left.

    Autocast opens and closes around each forward pass. Left open, say by an interrupted cell, it
    would keep old copies of the weights, and later trainings would learn little.
    """
    forward = model.forward

    def cast(x):
        with torch.autocast(x.device.type, torch.bfloat16):
            return forward(x).float()

    model.forward = cast
    try:
        yield
    finally:
        del model.forward


def fit(
    learner: Learner,
    epochs: int,
    *,
    folder: str | PathLike | None = None,
    one_cycle: bool = False,
    start: int = 0,
) -> pd.DataFrame:
    """Train up to `epochs` epochs and return the history.

    Parameters
    ----------
    learner : Learner
        From a function of `geoviz_ml.learn`.
    epochs : int
    folder : path-like, optional
        Keeps a checkpoint an epoch. A run that was killed goes on after its last whole epoch and
        ends with the same weights: bit for bit on a CPU, up to rounding on a GPU. With a constant
        rate, a later call with more epochs trains on.
    one_cycle : bool
        Raise the rate to the learner's and let it fall, by cosines; otherwise it is constant.
    start : int
        Epochs that are done already.

    Returns
    -------
    DataFrame
        One row an epoch; the columns are the learner's.

    Raises
    ------
    DataFileError
        The checkpoint is damaged.
    UsageError
        It belongs to another configuration, or has more than `epochs` epochs; or two schedules
        would set the rate.
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
        with learner.no_bar(), learner.no_logging(), precision:
            learner.fit(epochs, cbs=cbs, start_epoch=start)
    return history(learner)


def history(learner: Learner) -> pd.DataFrame:
    """The learner's history, one row an epoch."""
    return pd.DataFrame(learner.history.rows)
