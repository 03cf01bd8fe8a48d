"""Train a classifier of patches from positives, negatives and unlabeled patches, with fastai."""

from __future__ import annotations

import math

import numpy as np
import torch
from fastai.learner import Learner
from torch import Tensor, nn

from ..errors import UsageError
from ..models.pictures import as_tensor
from ..models.prediction import network_outputs, one_score
from .batches import Batches
from .callbacks import Augment
from .epoch_history import History, total
from .learner import Maker, choose_device, digest, made, make_learner
from .pnu_risk import PNURisk
from .pnu_weight import heuristic_eta, validation_risk
from .strata import STRATA, StrataOrder


def pnu_learner(
    train: tuple[np.ndarray, np.ndarray],
    valid: tuple[np.ndarray, np.ndarray],
    model: nn.Module | Maker,
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
        Patches are not copied, see `segmentation_learner`.
    model : nn.Module or callable
        A network, or a function that makes one, called after seeding with `seed`. Maps (B, 1, H, W)
        to raw scores (B, 1), say `geoviz_ml.models.PatchResNet`.
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
        Of the order and the augmentation, and of the weights if `model` is a function. Then
        making it seeds the generators of Python, NumPy and torch, as `fit` does.
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
        Patches and labels that do not fit, a stratum that is needed and empty, or shares that
        make no batch.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.learn import fit, pnu_learner
    >>> from geoviz_ml.models import PatchNet
    >>> patches = np.random.default_rng(0).random((60, 32, 32), np.float32)
    >>> labels = np.repeat([1, -1, 0], [10, 10, 40])
    >>> valid = patches[:20], labels[:20]
    >>> how = {"prior": 0.3, "steps": 2}
    >>> learner = pnu_learner((patches, labels), valid, lambda: PatchNet(width=4), **how)
    >>> "valid_risk" in fit(learner, 1)
    True
    """
    if len(shares) != 3 or sum(shares) < 1 or min(shares) < 0:
        raise UsageError(
            f"shares of {shares} make no batch.", advice="Say how many +1, -1 and 0 it holds."
        )
    first, second = _checked("training", *train), _checked("validation", *valid)
    labels = first[1].numpy()
    counts = {y: int((labels == y).sum()) for y in STRATA}
    if eta is None:
        eta = heuristic_eta(prior, counts[1], counts[-1])
    criterion = PNURisk(prior, eta, loss, clamp)
    if loss == "zero_one":
        raise UsageError("the zero-one loss has no gradient.", advice="Use another for training.")
    if steps is None:
        steps = max(math.ceil(counts[y] / n) for y, n in zip(STRATA, shares, strict=True) if n)
    left_out = {0: 0, 1: -1, -1: 1}.get(eta)
    shares = tuple(0 if y == left_out else n for y, n in zip(STRATA, shares, strict=True))
    place = choose_device(device)
    return make_learner(
        Batches(*first, place, sum(shares), order=StrataOrder(labels, shares, steps)),
        Batches(*second, place, batch_size=256),
        made(model, seed),
        criterion,
        RiskHistory(),
        lr=lr,
        seed=seed,
        augment=augment,
        callbacks=[Augment(augment)],
        optimizer=optimizer,
        mixed_precision=mixed_precision,
        recipe={
            "data": digest(*train, *valid),
            "shares": shares,
            "steps": steps,
            "augment": str(augment),
        },
    )


def _checked(name: str, patches: np.ndarray, labels: np.ndarray) -> tuple[Tensor, Tensor]:
    patches, labels = as_tensor(patches, f"{name} patches"), np.asarray(labels)
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


class RiskHistory(History):
    """Mean risk of the training batches; risks of the whole validation set, see `pnu_learner`."""

    def measure(self) -> dict[str, Tensor]:
        if self.training:
            return {"loss": self.loss}
        return {"scores": self.pred.float().squeeze(1), "labels": self.yb[0]}

    def summary(self, part: str, measured: dict[str, list[Tensor]]) -> dict[str, float]:
        if part == "train":
            return {"train_loss": (total(measured["loss"]) / self.batches).item()}
        scores, labels = (torch.cat(measured[name]).cpu() for name in ("scores", "labels"))
        prior = self.loss_func.prior
        return {
            "valid_loss": self.loss_func(scores, labels).item(),
            "valid_error": validation_risk(scores, labels, prior, eta=0),
            "valid_risk": validation_risk(scores, labels, prior),
        }


def predict_scores(
    model: Learner | nn.Module, patches: np.ndarray, batch_size: int = 256
) -> np.ndarray:
    """Raw scores (N,) float32 of patches (N, H, W): positive where the class is.

    Parameters
    ----------
    model : Learner or nn.Module
        Answers with raw scores (B, 1).
    patches : ndarray (N, H, W)
        Bytes, or floats in 0..1.
    batch_size : int

    Raises
    ------
    UsageError
        The patches are neither bytes nor floats in 0..1, or not (N, H, W); or the network cannot
        take them, or answers with more than one score each.
    """
    return network_outputs(model, patches, batch_size, one_score)
