"""What all learners share: a fastai Learner that knows its recipe."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from functools import partial
from operator import index

import numpy as np
import torch
from fastai.callback.core import Callback
from fastai.callback.fp16 import MixedPrecision
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.learner import Learner
from fastai.optimizer import OptimWrapper
from torch import nn

from ..errors import UsageError
from ..models.plain import as_plain
from ..settings import set_seed
from .callbacks import Clock, EpochSeed
from .epoch_history import History
from .precision import quickest_format, quickest_precision

OPTIMISERS = {  # torch's own, with Keras' defaults; a fused step is several times quicker
    "adam": partial(OptimWrapper, opt=torch.optim.Adam, eps=1e-7, fused=True),
    "rmsprop": partial(OptimWrapper, opt=torch.optim.RMSprop, alpha=0.9, eps=1e-7),
    "sgd": partial(OptimWrapper, opt=torch.optim.SGD, momentum=0.9, fused=True),
}
plain_adam = partial(OptimWrapper, opt=torch.optim.Adam, fused=True)  # torch's own defaults
Maker = Callable[[], nn.Module]


def made(model: nn.Module | Maker, seed: int) -> nn.Module:
    """The network given, or the one that a function makes, called after seeding.

    Raises
    ------
    UsageError
        It is, or makes, something else.
    """
    if not isinstance(model, nn.Module) and callable(model):
        set_seed(seed)
        model = model()
    if not isinstance(model, nn.Module):
        raise UsageError(
            f"the model is of type {type(model).__name__}.",
            advice="Give a network, or a function without arguments that makes one.",
        )
    return model


def make_learner(
    train: DataLoader,
    valid: DataLoader,
    model: nn.Module,
    loss: nn.Module,
    history: History,
    *,
    lr: float,
    seed: int,
    recipe: dict,
    augment=None,
    callbacks: Sequence[Callback] = (),
    optimizer: str | Callable = "adam",
    mixed_precision: bool = True,
) -> Learner:
    """A Learner on the device of its data, as quick as that allows.

    Parameters
    ----------
    train, valid : DataLoader
        With the device that the training is to use.
    model, loss : nn.Module
    history : History
        Measures every epoch.
    lr : float
        Learning rate of a step.
    seed : int
        Every epoch is seeded by it and by its number.
    recipe : dict
        Whatever else makes two trainings differ, such as `digest` of the data. A checkpoint of
        another recipe is refused.
    augment : optional
        Has a method ``seed``, which is called at the start of every epoch.
    callbacks : sequence of Callback
    optimizer : str or callable
        Of `OPTIMISERS`, or fastai's kind of function.
    mixed_precision : bool
        Train in bfloat16 where the processor computes in it (half precision on older GPUs).

    Returns
    -------
    Learner
        With ``.recipe``, ``.history.rows`` and ``.seconds``, the wall time of its epochs so far.

    Raises
    ------
    UsageError
        Unknown optimiser, or weights that are not float32.
    """
    if isinstance(optimizer, str):
        if optimizer not in OPTIMISERS:
            raise UsageError(f"no optimiser {optimizer!r}.", advice=f"Use one of {[*OPTIMISERS]}.")
        recipe = {**recipe, "optimizer": optimizer}
        optimizer = OPTIMISERS[optimizer]
    if kinds := {str(w.dtype) for w in model.parameters()} - {"torch.float32"}:
        raise UsageError(
            f"weights of {', '.join(sorted(kinds))} cannot be trained here.", advice="Use .float()."
        )
    lr, seed = as_plain(lr), index(seed)  # a checkpoint holds no numbers of NumPy
    device = train.device
    precision = quickest_precision(device) if mixed_precision else "float32"
    model = model.to(memory_format=quickest_format(device, model))
    half = [MixedPrecision()] if precision == "float16" else []
    learner = Learner(
        DataLoaders(train, valid, device=device),
        model.to(device),
        loss_func=loss,
        opt_func=optimizer,
        lr=lr,
        cbs=[EpochSeed(seed, augment), history, Clock(), *callbacks, *half],
    )
    learner.seconds = 0.0
    learner.recipe = {
        "model": str(model),
        "lr": lr,
        "loss": str(loss),
        "precision": precision,
        **recipe,
        "seed": seed,
    }
    return learner


def choose_device(device: torch.device | str | None = None) -> torch.device:
    """The device asked for; without a wish the GPU if there is one."""
    return torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))


def digest(*arrays: np.ndarray) -> str:
    """SHA-256 of arrays of any shape, with shapes and types: has a later call the same data?"""
    digest = hashlib.sha256()
    for array in map(np.asarray, arrays):
        digest.update(f"{array.shape} {array.dtype}".encode())
        digest.update(np.ascontiguousarray(array))
    return digest.hexdigest()
