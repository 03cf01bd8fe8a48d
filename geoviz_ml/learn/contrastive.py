"""SimCLR: learn from pictures without labels (Chen et al. 2020; Johnson et al. 2021)."""

from __future__ import annotations

import numpy as np
import torch
from fastai.callback.core import Callback
from fastai.learner import Learner
from torch import Tensor, nn

from ..errors import UsageError
from ..models.pictures import as_tensor
from ..models.prediction import network_of, network_outputs
from ..models.simclr import SimCLR
from ..prepare.views import Views
from .batches import Batches, nothing
from .epoch_history import History, total
from .learner import Maker, choose_device, digest, made, make_learner, plain_adam
from .losses import NTXent


def simclr_learner(
    pictures: np.ndarray,
    encoder: nn.Module | Maker,
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
        uint8, or float in 0..1. They are kept on the device; on a CPU they are not copied, see
        `segmentation_learner`.
    encoder : nn.Module or callable
        A network, say `ResNet18()`, or a function that makes one, called after seeding with `seed`.
        After its weights, the head's are drawn from torch's generator.
    views : callable, optional
        Draws a view of each picture of a batch, has a method ``seed``, and its ``str`` says what
        it does. Default: `Views`, the paper's two.
    batch_size, lr, temperature
        As published: 128, 3e-4 (Adam without weight decay), 0.5.
    hidden, out : int
        Of the projection head, see `SimCLR`.
    seed : int
        Of shuffling and views, and of the weights if `encoder` is a function. Then making it seeds
        the generators of Python, NumPy and torch, as `fit` does.
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

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.learn import features, fit, simclr_learner
    >>> from geoviz_ml.models import ResNet18
    >>> pictures = np.random.default_rng(0).integers(0, 256, (8, 32, 32), np.uint8)
    >>> learner = simclr_learner(pictures, lambda: ResNet18(width=4), batch_size=4)
    >>> len(fit(learner, 1)), features(learner, pictures).shape
    (1, (8, 32))
    """
    tensor = as_tensor(pictures)
    if not 2 <= batch_size <= len(tensor):
        raise UsageError(
            f"{len(tensor)} pictures do not fill a batch of {batch_size}.",
            advice="Choose a smaller batch (at least 2) or give more pictures.",
        )
    views = Views() if views is None else views
    first = tensor, torch.arange(len(tensor))
    place = {"device": choose_device(device), "batch_size": batch_size}
    return make_learner(
        Batches(*first, shuffle=True, drop_last=True, **place),
        Batches(*nothing(*first), **place),
        SimCLR(made(encoder, seed), hidden, out),
        PairLoss(temperature),
        ContrastiveHistory(),
        lr=lr,
        seed=seed,
        augment=views,
        callbacks=[TwoViews(views)],
        optimizer=plain_adam,
        mixed_precision=mixed_precision,
        recipe={"data": digest(pictures), "batch_size": batch_size, "views": str(views)},
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

    `z1` and `z2` are (B, F), row i of both of one picture; the result is a scalar. Wang and Isola
    2020, equation 7 with alpha = 2.
    """
    z1, z2 = (nn.functional.normalize(z.float()) for z in (z1, z2))
    return (z1 - z2).square().sum(1).mean()


def uniformity(z: Tensor) -> Tensor:
    """Logarithm of the mean of exp(-2 d^2) over all pairs on the sphere; 0 if all look alike.

    `z` is (B, F), the result a scalar. The more evenly they spread, the lower; for points all over
    a sphere of many dimensions it is near -4. Wang and Isola 2020, equation 8 with t = 2.
    """
    return torch.pdist(nn.functional.normalize(z.float())).square().mul(-2).exp().mean().log()


class ContrastiveHistory(History):
    """Mean loss, alignment and uniformity of the training batches."""

    def measure(self) -> dict[str, Tensor]:
        z1, z2 = self.pred.chunk(2)
        return {"all": torch.stack([self.loss, alignment(z1, z2), uniformity(z1)])}

    def summary(self, part: str, measured: dict[str, list[Tensor]]) -> dict[str, float]:
        means = (total(measured["all"]) / self.batches).tolist()
        return dict(zip(("loss", "alignment", "uniformity"), means, strict=True))


def features(model: Learner | nn.Module, pictures: np.ndarray, batch_size: int = 256) -> np.ndarray:
    """What the frozen encoder sees in pictures (N, H, W): (N, F) float32.

    Parameters
    ----------
    model : Learner or nn.Module
        A `simclr_learner`, a `SimCLR`, or an encoder.
    pictures : ndarray (N, H, W)
        uint8, or float in 0..1.
    batch_size : int

    Raises
    ------
    UsageError
        Pictures that are not what they should be.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.learn import features
    >>> from geoviz_ml.models import ResNet18
    >>> features(ResNet18(width=4), np.zeros((3, 32, 32), np.uint8)).shape
    (3, 32)
    """
    network = network_of(model)
    encoder = network.encoder if isinstance(network, SimCLR) else network
    return network_outputs(encoder, pictures, batch_size)
