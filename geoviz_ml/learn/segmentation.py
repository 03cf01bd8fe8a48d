"""Train a segmentation network on arrays, with fastai, and use it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import torch
from fastai.callback.core import Callback
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.learner import Learner
from torch import Tensor, nn
from tqdm.auto import tqdm

from ..errors import UsageError
from .callbacks import EpochSeed, History
from .losses import BinaryCrossEntropy
from .training import choose_device, digest, make_learner


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
    drop_last: bool = False,
    callbacks: Sequence[Callback] = (),
) -> Learner:
    """Make a fastai Learner that finds one thing in pictures given as arrays.

    Parameters
    ----------
    train, valid : (pictures, masks)
        Pictures (N, H, W) float32 in 0..1, masks (N, H, W) with 1 = the thing sought.
    model : nn.Module
        Maps (B, 1, H, W) to logits (B, 1, H, W), or to (B, 2, H, W) of background and thing with
        a loss for classes. Its weights are drawn by the caller, so seed before making it.
    batch_size, lr, optimizer
        As published for the alfven chapter: 2, 1e-4, "adam"; also "rmsprop" and "sgd" (momentum
        0.9). Keras' defaults otherwise, no weight decay.
    loss : nn.Module, optional
        Default: binary cross-entropy. Has a method ``decodes``, see `geoviz_ml.learn.losses`.
    augment : callable, optional
        Changes (picture, mask) of the training set; has a method ``seed``, and its ``str`` says
        what it does (see `geoviz_ml.prepare.augment`).
    seed : int
        Of shuffling, dropout and augmentation.
    mixed_precision : bool
        Train in bfloat16 where the processor computes in it (half precision on older GPUs).
        Weights, loss and `predict` stay in float32.
    drop_last : bool
        Leave out the pictures that do not fill the last batch; every epoch draws others. Some
        networks cannot train on a batch of one picture.
    callbacks : sequence of Callback
        Such as ``[Temperature(), WarmRestarts()]``, see `geoviz_ml.learn.callbacks`. The ``repr``
        of each must say what it does: a checkpoint of other callbacks is refused.

    Returns
    -------
    Learner
        With ``.history.rows``, one dict an epoch. Train it with `fit`.

    Raises
    ------
    UsageError
        Shapes that do not fit, NaN in a picture, a mask beyond 0..1, an empty set, or an unknown
        optimiser.
    """
    for name, (pictures, masks) in {"training": train, "validation": valid}.items():
        if pictures.ndim != 3 or pictures.shape != masks.shape or len(pictures) == 0:
            raise UsageError(
                f"the {name} set has pictures of shape {pictures.shape} and masks of shape "
                f"{masks.shape}; both must be (N, H, W) with N of at least 1."
            )
        if not np.isfinite(pictures).all():
            raise UsageError(f"a {name} picture holds NaN.", advice="Fill gaps, say with 0.")
        if masks.min() < 0 or masks.max() > 1:
            raise UsageError(
                f"a {name} mask holds values from {masks.min()} to {masks.max()}.",
                advice="Use 1 for the thing sought and 0 for the rest.",
            )
    if drop_last and len(train[0]) < batch_size:
        raise UsageError(
            f"{len(train[0])} pictures do not fill one batch of {batch_size}.",
            advice="Take a smaller batch, or drop_last=False.",
        )
    device = choose_device(device)
    loader = partial(_loader, batch_size=batch_size, device=device)
    train_loader = loader(*train, augment=augment, shuffle=True, drop_last=drop_last)
    dls = DataLoaders(train_loader, loader(*valid), device=device)
    recipe = {
        "data": digest(*train, *valid),
        "batch_size": batch_size,
        "augment": str(augment),
        "seed": seed,
    }
    if drop_last:
        recipe["drop_last"] = True
    if callbacks:
        recipe["callbacks"] = str(list(callbacks))
    return make_learner(
        dls,
        model,
        loss or BinaryCrossEntropy(),
        lr=lr,
        optimizer=optimizer,
        callbacks=[EpochSeed(seed, augment), History(), *callbacks],
        mixed_precision=mixed_precision,
        recipe=recipe,
    )


def _loader(
    pictures, masks, *, batch_size, device, augment=None, shuffle=False, drop_last=False
) -> DataLoader:
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
        range(len(pictures)),
        bs=batch_size,
        shuffle=shuffle,
        drop_last=drop_last,
        do_batch=batch,
        device=device,
    )


def predict(
    model: Learner | nn.Module, pictures: np.ndarray, batch_size: int = 8, progress: bool = False
) -> np.ndarray:
    """Probabilities (N, H, W) float32 of the class sought for pictures (N, H, W).

    Raises
    ------
    UsageError
        `pictures` is not (N, H, W), or the network cannot take this size, or answers with more
        than two channels.
    """
    if np.ndim(pictures) != 3:
        raise UsageError(
            f"pictures must be (N, H, W), not {np.shape(pictures)}.",
            advice="For one picture use picture[None].",
        )
    model = getattr(model, "model", model)
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    out = []
    with torch.inference_mode():
        for i in tqdm(range(0, len(pictures), batch_size), "predicting", disable=not progress):
            x = torch.from_numpy(np.ascontiguousarray(pictures[i : i + batch_size], np.float32))
            out.append(_probability(model(x[:, None].to(device))).cpu().numpy())
    model.train(was_training)
    return np.concatenate(out) if out else np.zeros((0, *pictures.shape[1:]), np.float32)


def _probability(logits: Tensor) -> Tensor:
    """(B, H, W) of the class sought, from (B, 1, H, W), or (B, 2, H, W) with it as the second."""
    channels = logits.shape[1]
    if channels > 2:
        raise UsageError(f"the network answers with {channels} channels.", advice="Use 1 or 2.")
    logits = logits.float()
    return torch.sigmoid(logits)[:, 0] if channels == 1 else logits.softmax(1)[:, 1]
