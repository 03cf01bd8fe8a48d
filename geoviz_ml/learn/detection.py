"""Train a detector on pictures and boxes, with fastai. Train it with `fit`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from fastai.callback.core import Callback
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.learner import Learner
from torch import nn

from ..boxes.encode import as_boxes, encode_boxes
from ..errors import UsageError
from .callbacks import EpochSeed
from .detection_loss import DetectNetLoss
from .training import choose_device, digest, make_learner

Sample = tuple[np.ndarray, Sequence[np.ndarray]]


def detection_learner(
    train: Sample,
    valid: Sample,
    model: nn.Module,
    *,
    batch_size: int = 10,
    lr: float = 2e-4,
    loss: nn.Module | None = None,
    optimizer: str = "adam",
    augment=None,
    score: Callable[[nn.Module], dict] | None = None,
    seed: int = 0,
    device: torch.device | str | None = None,
    mixed_precision: bool = True,
) -> Learner:
    """Make a fastai Learner that finds boxes in pictures given as arrays.

    Parameters
    ----------
    train, valid : (pictures, boxes)
        Pictures (N, H, W) float32 in 0..1; for each its boxes (k, 4) or a table, x1, y1, x2, y2 in
        pixels, none where there is none.
    model : nn.Module
        `DetectNet`, or a detector of torchvision that computes its own losses, such as
        `small_faster_rcnn`. Its weights are drawn by the caller, so seed before making it.
    batch_size, lr, optimizer
        As NVIDIA published DetectNet: 10, 2e-4, "adam".
    loss : nn.Module, optional
        Default for DetectNet: `DetectNetLoss`. Detectors of torchvision have their own.
    augment : callable, optional
        Changes (picture, boxes) of the training set; has a method ``seed``, and its ``str`` says
        what it does. Say `geoviz_ml.prepare.BoxCrops`. The paper has none.
    score : callable, optional
        Called with the model after each epoch; its dict of numbers joins the history.
    seed : int
        Of shuffling, dropout and augmentation.
    mixed_precision : bool
        As in `segmentation_learner`; a detector of torchvision stays in float32.

    Returns
    -------
    Learner
        With ``.history.rows``, one dict an epoch: loss for train and valid, for DetectNet its parts
        coverage and box. torchvision gives no validation loss: NaN.

    Raises
    ------
    UsageError
        Shapes that do not fit, NaN in a picture, boxes that are none, an empty set, or an unknown
        optimiser.
    """
    train, valid = (_checked(*part, name) for part, name in ((train, "train"), (valid, "valid")))
    device = choose_device(device)
    stride = getattr(model, "stride", None)  # of DetectNet's grid
    loader = partial(_loader, batch_size=batch_size, stride=stride, device=device)
    boxes = [np.concatenate(part[1]) for part in (train, valid)]
    counts = np.array([len(one) for part in (train, valid) for one in part[1]])
    return make_learner(
        DataLoaders(loader(*train, augment=augment, shuffle=True), loader(*valid), device=device),
        model,
        loss or (DetectNetLoss() if stride else OwnLosses()),
        lr=lr,
        optimizer=optimizer,
        callbacks=[EpochSeed(seed, augment), Losses(score)],
        mixed_precision=mixed_precision and bool(stride),
        recipe={
            "data": digest(train[0], valid[0], *boxes, counts),
            "batch_size": batch_size,
            "augment": str(augment),
            "seed": seed,
        },
    )


def _checked(pictures: np.ndarray, boxes: Sequence, name: str) -> Sample:
    pictures = np.asarray(pictures)
    if pictures.ndim != 3 or len(pictures) == 0 or len(pictures) != len(boxes):
        raise UsageError(
            f"the {name} set has pictures of shape {pictures.shape} and boxes of {len(boxes)}; "
            "pictures must be (N, H, W) with N of at least 1, and boxes a list of N."
        )
    if not np.isfinite(pictures).all():
        raise UsageError(f"a picture of the {name} set holds NaN.", advice="Fill gaps.")
    return pictures, [as_boxes(one) for one in boxes]


def _loader(
    pictures, boxes, *, batch_size, stride, device, augment=None, shuffle=False
) -> DataLoader:
    """Batches from the arrays: pictures and DetectNet's targets, or what torchvision wants."""

    def batch(numbers):
        chosen = [(pictures[i], boxes[i]) for i in numbers]
        if augment is not None:
            chosen = [augment(*one) for one in chosen]
        x = np.stack([picture for picture, _ in chosen]).astype(np.float32)
        x = torch.from_numpy(x)[:, None].to(device)
        if stride:
            y = np.stack([encode_boxes(b, x.shape[-2:], stride) for _, b in chosen])
            return x, torch.from_numpy(y).to(device)
        targets = [
            {
                "boxes": torch.from_numpy(b).float().to(device),
                "labels": torch.ones(len(b), dtype=torch.int64, device=device),
            }
            for _, b in chosen
        ]
        return x, targets, len(chosen)

    loader = DataLoader(
        range(len(pictures)), bs=batch_size, shuffle=shuffle, do_batch=batch, device=device
    )
    loader.n_inp = 1 if stride else 2  # torchvision's models take the targets too
    return loader


class OwnLosses(nn.Module):
    """The sum of the losses that a detector of torchvision computes while it trains."""

    def forward(self, output, count: int) -> torch.Tensor:
        self.parts = {k: v.detach() for k, v in output.items()} if isinstance(output, dict) else {}
        return sum(output.values()) if isinstance(output, dict) else torch.tensor(torch.nan)


class Losses(Callback):
    """Keeps one row an epoch: mean loss and its parts, training and validation, and scores."""

    order, name = 60, "history"  # where `Checkpoint` looks for it

    def __init__(self, score: Callable[[nn.Module], dict] | None = None):
        self.score, self.rows = score, []

    def before_epoch(self):
        self.row = {"epoch": self.epoch + 1}

    def _start(self):
        self.seen, self.pictures = [], 0

    before_train = before_validate = _start

    def after_batch(self):
        count = len(self.xb[0])
        parts = {"loss": self.loss.detach(), **self.loss_func.parts}
        self.seen.append({name: value * count for name, value in parts.items()})
        self.pictures += count

    def _finish(self, part: str):
        for name in self.seen[0]:
            total = torch.stack([one[name] for one in self.seen]).sum().item()
            self.row[f"{part}_{name.removeprefix('loss_')}"] = total / self.pictures

    def after_train(self):
        self._finish("train")

    def after_validate(self):
        self._finish("valid")

    def after_epoch(self):
        if "train_loss" not in self.row:  # done already
            return
        if self.score is not None:
            self.row.update({k: float(v) for k, v in self.score(self.model).items()})
        self.rows.append(self.row)
