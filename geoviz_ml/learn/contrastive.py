"""SimCLR: learn from pictures without labels (Chen et al. 2020; Johnson et al. 2021)."""

from __future__ import annotations

import numpy as np
import torch
from fastai.callback.core import Callback
from fastai.learner import Learner
from torch import Tensor, nn

from ..errors import UsageError
from ..models.simclr import SimCLR
from ..prepare.views import Views
from .batches import as_floats, as_tensor, loaders
from .callbacks import EpochSeed
from .losses import NTXent
from .training import choose_device, digest, make_learner, plain_adam


def simclr_learner(
    pictures: np.ndarray,
    encoder: nn.Module,
    *,
    views: Views | None = None,
    batch_size: int = 128,
    lr: float = 3e-4,
    temperature: float = 0.5,
    hidden: int | None = None,
    out: int = 128,
    seed: int = 0,
    device: torch.device | str | None = None,
    mixed_precision: bool = True,
) -> Learner:
    """Make a fastai Learner that trains `encoder` by SimCLR. Train it with `fit`.

    Parameters
    ----------
    pictures : ndarray (N, H, H)
        uint8, or float in 0..1. They are kept on the device.
    encoder : nn.Module
        Say `ResNet18()`. Its weights, and then the head's, are drawn from torch's generator: seed
        before making it.
    views : callable, optional
        Draws a view of each picture of a batch, has a method ``seed``, and its ``str`` says what
        it does. Default: `Views`, the paper's two.
    batch_size, lr, temperature
        As published: 128, 3e-4 (Adam without weight decay), 0.5.
    hidden, out : int
        Of the projection head, see `SimCLR`.
    seed : int
        Of shuffling and views.
    mixed_precision : bool
        As in `segmentation_learner`.

    Returns
    -------
    Learner
        With ``.history.rows``, one dict an epoch: loss, `alignment` and `uniformity` of the
        training views; ``.model.encoder`` is what the training is for.

    Raises
    ------
    UsageError
        Fewer pictures than a batch: every step needs as many strangers. Or pictures that are not
        what they should be.
    """
    tensor = as_tensor(pictures)
    if not 2 <= batch_size <= len(tensor):
        raise UsageError(
            f"{len(tensor)} pictures do not fill a batch of {batch_size}.",
            advice="Choose a smaller batch (at least 2) or give more pictures.",
        )
    views = Views() if views is None else views
    return make_learner(
        loaders((tensor, torch.arange(len(tensor))), None, batch_size, choose_device(device)),
        SimCLR(encoder, hidden, out),
        PairLoss(temperature),
        lr=lr,
        optimizer=plain_adam,
        callbacks=[EpochSeed(seed, views), TwoViews(views), ContrastiveHistory()],
        mixed_precision=mixed_precision,
        recipe={
            "data": digest(np.asarray(pictures)),
            "batch_size": batch_size,
            "views": str(views),
            "seed": seed,
        },
    )


class TwoViews(Callback):
    """Replaces a batch by two views of it: first those of B pictures, then B others of the same."""

    order = 9  # before mixed precision

    def __init__(self, views):
        self.views = views

    def before_batch(self):
        (pictures,) = self.xb
        self.learn.xb = (torch.cat([self.views(pictures), self.views(pictures)]),)


class PairLoss(NTXent):
    """`NTXent` of an answer (2B, F) to `TwoViews`; there is no other target."""

    def forward(self, z: Tensor, _=None) -> Tensor:
        return super().forward(*z.chunk(2))


def alignment(z1: Tensor, z2: Tensor) -> Tensor:
    """Mean squared distance of the partners on the sphere, 0 to 4; small is good.

    Wang and Isola 2020, equation 7 with alpha = 2.
    """
    z1, z2 = (nn.functional.normalize(z.float()) for z in (z1, z2))
    return (z1 - z2).square().sum(1).mean()


def uniformity(z: Tensor) -> Tensor:
    """Logarithm of the mean of exp(-2 d^2) over all pairs on the sphere; 0 if all look alike.

    The more evenly they spread, the lower; for points all over a sphere of many dimensions it is
    near -4. Wang and Isola 2020, equation 8 with t = 2.
    """
    return torch.pdist(nn.functional.normalize(z.float())).square().mul(-2).exp().mean().log()


class ContrastiveHistory(Callback):
    """Keeps one row an epoch: mean loss, alignment and uniformity of the training batches."""

    order, name = 60, "history"  # where `Checkpoint` looks for it

    def __init__(self):
        self.rows: list[dict] = []

    def before_train(self):
        self.seen = []

    def after_batch(self):  # numbers stay on the device: asking for one would make it wait
        z1, z2 = self.pred.detach().chunk(2)
        self.seen.append(torch.stack([self.loss.detach(), alignment(z1, z2), uniformity(z1)]))

    def after_train(self):
        loss, align, uniform = torch.stack(self.seen).mean(0).tolist()
        self.rows.append(
            {"epoch": self.epoch + 1, "loss": loss, "alignment": align, "uniformity": uniform}
        )


def features(model: Learner | nn.Module, pictures: np.ndarray, batch_size: int = 256) -> np.ndarray:
    """What the frozen encoder sees in pictures (N, H, W): (N, F) float32.

    Parameters
    ----------
    model : Learner or nn.Module
        A `simclr_learner`, a `SimCLR`, or an encoder.
    pictures : ndarray (N, H, W)
        uint8, or float in 0..1.
    """
    model = getattr(model, "model", model)
    encoder = getattr(model, "encoder", model)
    return answers(encoder, pictures, batch_size)


def answers(model: nn.Module, pictures: np.ndarray, batch_size: int = 256) -> np.ndarray:
    """The answers of a network, in float32 and without dropout, as an array."""
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    with torch.inference_mode():
        parts = [
            model(as_floats(part.to(device))).float().cpu()
            for part in as_tensor(pictures).split(batch_size)
        ]
    model.train(was_training)
    return torch.cat(parts).numpy()
