"""Train a network to name what a picture shows, with fastai, and use it."""

from __future__ import annotations

import numpy as np
import torch
from fastai.learner import Learner
from torch import Tensor, nn

from ..errors import UsageError
from ..models.pictures import as_tensor
from ..models.prediction import network_outputs, run_batches
from .batches import Batches, nothing
from .callbacks import Augment
from .epoch_history import History, total
from .learner import Maker, choose_device, digest, made, make_learner, plain_adam


def classification_learner(
    train: tuple[np.ndarray, np.ndarray],
    valid: tuple[np.ndarray, np.ndarray] | None,
    model: nn.Module | Maker,
    *,
    batch_size: int = 64,
    lr: float = 1e-3,
    loss: nn.Module | None = None,
    augment=None,
    seed: int = 0,
    device: torch.device | str | None = None,
    mixed_precision: bool = True,
) -> Learner:
    """Make a fastai Learner that classifies whole pictures. Train it with `fit`.

    Parameters
    ----------
    train, valid : (pictures, labels)
        Pictures (N, H, W) or (N, C, H, W), uint8 or float in 0..1; labels (N,), integers from 0.
        `valid` may be None. Arrays are not copied, see `segmentation_learner`.
    model : nn.Module or callable
        A network, or a function that makes one, called after seeding with `seed`. Maps (B, C, H, W)
        to logits (B, classes).
    batch_size : int
        Cut to the number of training pictures if they are fewer.
    lr : float
        Of Adam, without weight decay.
    loss : nn.Module, optional
        Default: cross-entropy, in float32.
    augment : callable, optional
        Changes a batch of training pictures (B, C, H, W); has a method ``seed``, and its ``str``
        says what it does. Say `geoviz_ml.prepare.Views`.
    seed : int
        Of shuffling, dropout and augmentation, and of the weights if `model` is a function. Then
        making it seeds the generators of Python, NumPy and torch, as `fit` does.
    mixed_precision : bool
        As in `segmentation_learner`.

    Returns
    -------
    Learner
        With ``.history.rows``, one dict an epoch: loss and accuracy for train and valid.

    Raises
    ------
    UsageError
        Pictures or labels are not what they should be, or not as many; or the network cannot take
        the pictures, or has fewer answers than there are classes.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.learn import classification_learner, fit
    >>> from geoviz_ml.models import GoogLeNet
    >>> bright, dark = np.ones((4, 32, 32)), np.zeros((4, 32, 32))
    >>> data = np.concatenate([bright, dark]), np.repeat([1, 0], 4)
    >>> learner = classification_learner(data, data, lambda: GoogLeNet(classes=2, width=0.125))
    >>> len(fit(learner, 2))  # a row an epoch
    2
    """
    first = _checked(*train)
    second = nothing(*first) if valid is None else _checked(*valid)
    place = {"device": choose_device(device), "batch_size": min(batch_size, len(first[0]))}
    learner = make_learner(
        Batches(*first, shuffle=True, drop_last=True, **place),
        Batches(*second, **place),
        made(model, seed),
        loss or nn.CrossEntropyLoss(),
        ClassHistory(),
        lr=lr,
        seed=seed,
        augment=augment,
        callbacks=[Augment(augment)],
        optimizer=plain_adam,
        mixed_precision=mixed_precision,
        recipe={
            "data": digest(*train, *(valid or ())),
            "batch_size": place["batch_size"],
            "augment": str(augment),
        },
    )
    _fitting(learner.model, first[0], int(torch.cat([first[1], second[1]]).max()))
    return learner


def _fitting(network: nn.Module, pictures: Tensor, highest: int) -> None:
    """Refuse labels that the network has no answer for: asked with one picture, before training."""
    (answer,) = run_batches(network, [pictures[:1]])
    shape = tuple(getattr(answer, "shape", ()))
    if len(shape) != 2 or shape[1] <= highest:
        raise UsageError(
            f"the network answers a picture with {shape}, and there are labels up to {highest}.",
            advice="It must answer with (1, classes), and labels go from 0 to classes - 1.",
        )


def _checked(pictures: np.ndarray, labels: np.ndarray) -> tuple[Tensor, Tensor]:
    tensor, labels = as_tensor(pictures), np.asarray(labels)
    if labels.shape != (len(tensor),) or labels.dtype.kind not in "iu" or labels.min() < 0:
        raise UsageError(
            f"labels of shape {labels.shape} and type {labels.dtype} for {len(tensor)} pictures.",
            advice="Give one whole number from 0 for each.",
        )
    return tensor, torch.from_numpy(labels.astype(np.int64))


class ClassHistory(History):
    """Mean loss and accuracy."""

    def measure(self) -> dict[str, Tensor]:
        right = (self.pred.argmax(1) == self.yb[0]).sum()
        return {"both": torch.stack([self.loss * len(self.yb[0]), right])}

    def summary(self, part: str, measured: dict[str, list[Tensor]]) -> dict[str, float]:
        loss, accuracy = (total(measured["both"]) / self.pictures).tolist()
        return {f"{part}_loss": loss, f"{part}_accuracy": accuracy}


def classify(model: Learner | nn.Module, pictures: np.ndarray, batch_size: int = 256) -> np.ndarray:
    """Probabilities (N, classes) float32 for pictures (N, H, W) or (N, C, H, W).

    Parameters
    ----------
    model : Learner or nn.Module
        Answers with logits (B, classes).
    pictures : ndarray
        Bytes, or floats in 0..1.
    batch_size : int

    Raises
    ------
    UsageError
        Pictures that are not what they should be.
    """
    logits = torch.from_numpy(network_outputs(model, pictures, batch_size))
    return logits.softmax(1).numpy()
