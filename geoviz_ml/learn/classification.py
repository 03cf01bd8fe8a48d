"""Train a network to name what a picture shows, with fastai, and use it."""

from __future__ import annotations

import numpy as np
import torch
from fastai.callback.core import Callback
from fastai.learner import Learner
from torch import Tensor, nn

from ..errors import UsageError
from .batches import as_tensor, loaders
from .callbacks import EpochSeed
from .contrastive import answers
from .training import choose_device, digest, make_learner, plain_adam


def classification_learner(
    train: tuple[np.ndarray, np.ndarray],
    valid: tuple[np.ndarray, np.ndarray] | None,
    model: nn.Module,
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
        `valid` may be None.
    model : nn.Module
        Maps (B, C, H, W) to logits (B, classes). Its weights are drawn by the caller.
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
        Of shuffling, dropout and augmentation.
    mixed_precision : bool
        As in `segmentation_learner`.

    Returns
    -------
    Learner
        With ``.history.rows``, one dict an epoch: loss and accuracy for train and valid.

    Raises
    ------
    UsageError
        Pictures or labels are not what they should be, or not as many.
    """
    sets = [None if part is None else _tensors(*part) for part in (train, valid)]
    batch_size = min(batch_size, len(sets[0][0]))
    return make_learner(
        loaders(*sets, batch_size, choose_device(device)),
        model,
        loss or nn.CrossEntropyLoss(),
        lr=lr,
        optimizer=plain_adam,
        callbacks=[EpochSeed(seed, augment), Augment(augment), Accuracy()],
        mixed_precision=mixed_precision,
        recipe={
            "data": digest(*map(np.asarray, [*train, *(valid or ())])),
            "batch_size": batch_size,
            "augment": str(augment),
            "seed": seed,
        },
    )


def _tensors(pictures: np.ndarray, labels: np.ndarray) -> tuple[Tensor, Tensor]:
    tensor, labels = as_tensor(pictures), np.asarray(labels)
    if labels.shape != (len(tensor),) or labels.dtype.kind not in "iu" or labels.min() < 0:
        raise UsageError(
            f"labels of shape {labels.shape} and type {labels.dtype} for {len(tensor)} pictures.",
            advice="Give one whole number from 0 for each.",
        )
    return tensor, torch.from_numpy(labels.astype(np.int64))


class Augment(Callback):
    """Changes the pictures of a training batch, where they are."""

    order = 9  # before mixed precision

    def __init__(self, augment):
        self.augment = augment

    def before_batch(self):
        if self.training and self.augment is not None:
            self.learn.xb = (self.augment(*self.xb),)


class Accuracy(Callback):
    """Keeps one row an epoch: mean loss and accuracy, training and validation."""

    order, name = 60, "history"  # where `Checkpoint` looks for it

    def __init__(self):
        self.rows: list[dict] = []

    def _start(self):
        self.seen, self.pictures = [], 0

    before_train = before_validate = _start

    def after_batch(self):  # sums stay on the device: asking for a number would make it wait
        right = (self.pred.detach().argmax(1) == self.yb[0]).sum()
        self.seen.append(torch.stack([self.loss.detach() * len(self.yb[0]), right]))
        self.pictures += len(self.yb[0])

    def _finish(self) -> list[float]:
        return (torch.stack(self.seen).sum(0) / self.pictures).tolist()

    def after_train(self):
        loss, accuracy = self._finish()
        self.rows.append({"epoch": self.epoch + 1, "train_loss": loss, "train_accuracy": accuracy})

    def after_validate(self):
        if self.seen and self.rows and self.rows[-1]["epoch"] == self.epoch + 1:
            self.rows[-1]["valid_loss"], self.rows[-1]["valid_accuracy"] = self._finish()


def classify(model: Learner | nn.Module, pictures: np.ndarray, batch_size: int = 256) -> np.ndarray:
    """Probabilities (N, classes) float32 for pictures (N, H, W) or (N, C, H, W)."""
    logits = torch.from_numpy(answers(getattr(model, "model", model), pictures, batch_size))
    return logits.softmax(1).numpy()
