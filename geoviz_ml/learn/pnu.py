"""Train a classifier of patches from positives, negatives and unlabeled patches, with fastai."""

from __future__ import annotations

import math

import numpy as np
import torch
from fastai.callback.core import Callback
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.learner import Learner
from torch import Tensor, nn

from ..errors import UsageError
from .batches import as_floats, as_tensor
from .callbacks import EpochSeed
from .classification import Augment
from .contrastive import answers
from .eta import heuristic_eta, validation_risk
from .pnu_risk import PNURisk
from .strata import STRATA, StrataLoader
from .training import choose_device, digest, make_learner


def pnu_learner(
    train: tuple[np.ndarray, np.ndarray],
    valid: tuple[np.ndarray, np.ndarray],
    model: nn.Module,
    *,
    prior: float,
    eta: float | None = None,
    loss: str = "sigmoid",
    clamp: bool | str = "step",
    shares: tuple[int, int, int] = (16, 16, 64),
    steps: int | None = None,
    lr: float = 1e-4,
    optimizer: str = "adam",
    augment=None,
    seed: int = 0,
    device: torch.device | str | None = None,
    mixed_precision: bool = True,
) -> Learner:
    """Make a fastai Learner for PNU learning. Train it with `fit`.

    Parameters
    ----------
    train, valid : (patches, labels)
        Patches (N, H, W) of bytes or of floats in 0..1; labels (N,): +1, -1, 0 = unlabeled.
    model : nn.Module
        Maps (B, 1, H, W) to raw scores (B, 1), say `geoviz_ml.models.PatchResNet()`. Its weights
        are drawn by the caller, so seed before making it.
    prior : float
        Part of the positives among the unlabeled patches, see
        `geoviz_ml.analysis.energy_distance_prior`.
    eta, loss, clamp
        Of `PNURisk`. Default of eta: `heuristic_eta`. The authors' code clamps (True); see the
        notes of `PNURisk` on small batches.
    shares : (int, int, int)
        How many +1, -1 and 0 a batch holds. A stratum that eta leaves out of the risk (U for PN, N
        for PU, P for NU) is left out of the batches: batch norm would still learn from it.
    steps : int, optional
        Batches an epoch. Default: enough to see the whole training set, for any eta.
    lr, optimizer
        As in the authors' code: Adam, 1e-4. Others: "rmsprop", "sgd".
    augment : callable, optional
        Changes a batch of patches (B, 1, H, W) in 0..1; has a method ``seed``, and its ``str``
        says what it does; say ``Views(crop=None, flip_lr=0.5, radius=None)`` of
        `geoviz_ml.prepare.views`.
    seed : int
        Of the order and the augmentation.
    mixed_precision : bool
        As in `segmentation_learner`.

    Returns
    -------
    Learner
        With ``.history.rows``, one dict an epoch: `train_loss` (mean risk of the batches),
        `valid_loss` (the risk of the whole validation set), `valid_error` (error rate of its
        labels, weighted by the prior) and `valid_risk` (`validation_risk`).

    Raises
    ------
    UsageError
        Patches and labels that do not fit, or a stratum that is needed and empty.
    """
    train_x, train_y = _checked("training", *train)
    valid_x, valid_y = _checked("validation", *valid)
    counts = {y: int((train_y == y).sum()) for y in STRATA}
    if eta is None:
        eta = heuristic_eta(prior, counts[1], counts[-1])
    criterion = PNURisk(prior, eta, loss, clamp)
    if loss == "zero_one":
        raise UsageError("the zero-one loss has no gradient.", advice="Use another for training.")
    if steps is None:
        steps = max(math.ceil(counts[y] / n) for y, n in zip(STRATA, shares, strict=True) if n)
    left_out = {0: 0, 1: -1, -1: 1}.get(eta)
    shares = tuple(0 if y == left_out else n for y, n in zip(STRATA, shares, strict=True))
    device = choose_device(device)
    return make_learner(
        DataLoaders(
            StrataLoader(train_x, train_y, shares, steps, device),
            _in_order(valid_x, valid_y, device),
            device=device,
        ),
        model,
        criterion,
        lr=lr,
        optimizer=optimizer,
        callbacks=[EpochSeed(seed, augment), Augment(augment), RiskHistory()],
        mixed_precision=mixed_precision,
        recipe={
            "data": digest(*map(np.asarray, (*train, *valid))),
            "shares": shares,
            "steps": steps,
            "augment": str(augment),
            "seed": seed,
        },
    )


def _checked(name: str, patches: np.ndarray, labels: np.ndarray) -> tuple[Tensor, Tensor]:
    patches, labels = as_tensor(patches), np.asarray(labels)
    if labels.shape != (len(patches),):
        raise UsageError(
            f"the {name} set has {len(patches)} patches and labels of shape {labels.shape}."
        )
    if not np.isin(labels, STRATA).all():
        raise UsageError(
            f"a {name} label is none of +1, -1 and 0.", advice="Use 0 for unlabeled patches."
        )
    if name == "validation" and not {1, -1} <= set(labels.tolist()):
        raise UsageError("the validation set needs labels of both classes.")
    return patches, torch.from_numpy(labels.astype(np.int64))


def _in_order(patches: Tensor, labels: Tensor, device: torch.device) -> DataLoader:
    def batch(numbers):
        numbers = list(numbers)
        return as_floats(patches[numbers].to(device)), labels[numbers].to(device)

    return DataLoader(range(len(patches)), bs=256, do_batch=batch, device=device)


class RiskHistory(Callback):
    """Keeps one row an epoch, see `pnu_learner`."""

    order, name = 60, "history"  # where `Checkpoint` looks for it

    def __init__(self):
        self.rows: list[dict] = []

    def before_epoch(self):
        self.row = {"epoch": self.epoch + 1}

    def before_train(self):
        self.losses = []

    def before_validate(self):
        self.scores, self.labels = [], []

    def after_batch(self):  # numbers stay on the device: asking for one would make it wait
        if self.training:
            self.losses.append(self.loss.detach())
        else:
            self.scores.append(self.pred.detach().float().squeeze(1))
            self.labels.append(self.yb[0])

    def after_train(self):
        self.row["train_loss"] = torch.stack(self.losses).mean().item()

    def after_validate(self):
        scores, labels = torch.cat(self.scores).cpu(), torch.cat(self.labels).cpu()
        prior = self.loss_func.prior
        self.row["valid_loss"] = self.loss_func(scores, labels).item()
        self.row["valid_error"] = validation_risk(scores, labels, prior, eta=0)
        self.row["valid_risk"] = validation_risk(scores, labels, prior)

    def after_epoch(self):
        if "train_loss" in self.row:  # epochs that are done already are skipped
            self.rows.append(self.row)


def predict_scores(
    model: Learner | nn.Module, patches: np.ndarray, batch_size: int = 256
) -> np.ndarray:
    """Raw scores (N,) float32 of patches (N, H, W): positive where the class is.

    Raises
    ------
    UsageError
        The patches are neither bytes nor floats in 0..1, or not (N, H, W).
    """
    return answers(getattr(model, "model", model), patches, batch_size)[:, 0]
