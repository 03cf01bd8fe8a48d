"""Train a segmentation network on arrays, with fastai, and use it."""

from __future__ import annotations

import hashlib
from functools import partial
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from fastai.callback.fp16 import MixedPrecision
from fastai.callback.schedule import ParamScheduler, combined_cos
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.learner import Learner
from fastai.optimizer import SGD, Adam, RMSProp
from torch import nn
from tqdm.auto import tqdm

from ..errors import UsageError
from .callbacks import BFloat16, Checkpoint, EpochSeed, History
from .losses import BinaryCrossEntropy

OPTIMISERS = {
    "adam": partial(Adam, mom=0.9, sqr_mom=0.999, eps=1e-7, wd=0.0),
    "rmsprop": partial(RMSProp, sqr_mom=0.9, mom=0.0, eps=1e-7, wd=0.0),
    "sgd": partial(SGD, mom=0.9, wd=0.0),
}


def segmentation_learner(
    train: tuple[np.ndarray, np.ndarray],
    valid: tuple[np.ndarray, np.ndarray],
    model: nn.Module,
    *,
    batch_size: int = 2,
    lr: float = 1e-4,
    loss: nn.Module | None = None,
    optimizer: str = "adam",
    augment=None,
    seed: int = 0,
    device: torch.device | str | None = None,
    mixed_precision: bool = True,
) -> Learner:
    """Make a fastai Learner for binary segmentation of arrays.

    Parameters
    ----------
    train, valid : (pictures, masks)
        Pictures (N, H, W) float32 in 0..1, masks (N, H, W) with 1 = the thing sought.
    model : nn.Module
        Maps (B, 1, H, W) to logits (B, 1, H, W). Its weights are drawn by the caller, so seed
        before making it.
    batch_size, lr, optimizer
        As published for the alfven chapter: 2, 1e-4, "adam"; also "rmsprop" and "sgd" (momentum
        0.9). Keras' defaults otherwise, no weight decay.
    loss : nn.Module, optional
        Default: binary cross-entropy.
    augment : callable, optional
        Changes (picture, mask) of the training set; has a method ``seed``.
    seed : int
        Of shuffling, dropout and augmentation.
    mixed_precision : bool
        bfloat16 where the processor computes in it (half precision on older GPUs).

    Returns
    -------
    Learner
        With ``.history.rows``, one dict an epoch. Train it with `fit`.

    Raises
    ------
    UsageError
        Shapes that do not fit, NaN in a picture, an empty set, or an unknown optimiser.
    """
    if optimizer not in OPTIMISERS:
        raise UsageError(f"no optimiser {optimizer!r}.", advice=f"Use one of {[*OPTIMISERS]}.")
    for name, (pictures, masks) in {"training": train, "validation": valid}.items():
        if pictures.ndim != 3 or pictures.shape != masks.shape or len(pictures) == 0:
            raise UsageError(
                f"the {name} set has pictures of shape {pictures.shape} and masks of shape "
                f"{masks.shape}; both must be (N, H, W) with N of at least 1."
            )
        if not np.isfinite(pictures).all():
            raise UsageError(f"a {name} picture holds NaN.", advice="Fill gaps, say with 0.")
    device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    loader = partial(_loader, batch_size=batch_size, device=device)
    dls = DataLoaders(loader(*train, augment=augment, shuffle=True), loader(*valid), device=device)
    learner = Learner(
        dls,
        model.to(device),
        loss_func=loss or BinaryCrossEntropy(),
        opt_func=OPTIMISERS[optimizer],
        lr=lr,
        cbs=[EpochSeed(seed, augment), History(), *_precision(device, mixed_precision)],
    )
    data = hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in (*train, *valid)))
    learner.recipe = {
        "batch_size": batch_size,
        "lr": lr,
        "optimizer": optimizer,
        "seed": seed,
        "augment": augment is not None,
        "data": data.hexdigest(),
        "model": hashlib.sha256(str(model).encode()).hexdigest(),
    }
    return learner


def _loader(pictures, masks, *, batch_size, device, augment=None, shuffle=False) -> DataLoader:
    """Batches straight from the arrays: at batch 2 the network is quicker than usual collation."""

    def batch(numbers):
        numbers = list(numbers)
        chosen, drawn = pictures[numbers], masks[numbers]
        if augment is not None:
            both = [augment(p, m) for p, m in zip(chosen, drawn, strict=True)]
            chosen, drawn = (np.stack(part) for part in zip(*both, strict=True))
        x = torch.from_numpy(np.ascontiguousarray(chosen, np.float32))[:, None]
        y = torch.from_numpy(np.ascontiguousarray(drawn, np.float32))[:, None]
        return x.to(device, non_blocking=True), y.to(device, non_blocking=True)

    return DataLoader(
        range(len(pictures)), bs=batch_size, shuffle=shuffle, do_batch=batch, device=device
    )


def _precision(device: torch.device, wanted: bool) -> list:
    if not wanted:
        return []
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return [BFloat16()] if native else [MixedPrecision()]
    native = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)()
    return [BFloat16()] if device.type == "cpu" and native else []


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
        From `segmentation_learner`.
    epochs : int
    folder : path-like, optional
        Keeps a checkpoint an epoch. A run that was killed goes on after its last whole epoch and
        ends with the same weights.
    one_cycle : bool
        Raise the rate to the learner's and let it fall, by cosines; otherwise it is constant.
    start : int
        Epochs that are done already.

    Returns
    -------
    DataFrame
        One row an epoch: epoch; loss, iou and iou_background for train and valid.
    """
    cbs = []
    if folder is not None:
        recipe = {**learner.recipe, "epochs": epochs, "one_cycle": one_cycle}
        checkpoint = Checkpoint(Path(folder) / "checkpoint.pt", recipe)
        start = checkpoint.resume(learner)
        cbs.append(checkpoint)
    if one_cycle:
        cbs.append(
            ParamScheduler(
                {"lr": combined_cos(0.25, learner.lr / 25, learner.lr, learner.lr / 1e4)}
            )
        )
    if start < epochs:
        with learner.no_bar(), learner.no_logging():
            learner.fit(epochs, cbs=cbs, start_epoch=start)
    return history(learner)


def history(learner: Learner) -> pd.DataFrame:
    """The learner's history, one row an epoch."""
    return pd.DataFrame(learner.history.rows)


def predict(
    model: Learner | nn.Module, pictures: np.ndarray, batch_size: int = 8, progress: bool = False
) -> np.ndarray:
    """Probabilities (N, H, W) float32 of the class sought for pictures (N, H, W)."""
    model = getattr(model, "model", model)
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    out = []
    with torch.inference_mode():
        for i in tqdm(range(0, len(pictures), batch_size), "predicting", disable=not progress):
            x = torch.from_numpy(np.ascontiguousarray(pictures[i : i + batch_size], np.float32))
            out.append(torch.sigmoid(model(x[:, None].to(device)).float())[:, 0].cpu().numpy())
    model.train(was_training)
    return np.concatenate(out) if out else np.zeros((0, *pictures.shape[1:]), np.float32)
