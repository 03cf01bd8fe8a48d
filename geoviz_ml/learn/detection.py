"""Train a detector on pictures and boxes, with fastai. Train it with `fit`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from fastai.learner import Learner
from torch import Tensor, nn

from ..boxes.encode import as_boxes, encode_boxes
from ..errors import UsageError
from ..models.pictures import as_tensor
from .batches import Batches
from .detection_loss import DetectNetLoss
from .epoch_history import History
from .learner import Maker, choose_device, digest, made, make_learner

Sample = tuple[np.ndarray, Sequence[np.ndarray]]


def detection_learner(
    train: Sample,
    valid: Sample,
    model: nn.Module | Maker,
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
        Pictures (N, H, W), bytes or floats in 0..1; for each its boxes (k, 4) or a table, x1, y1,
        x2, y2 in pixels, none where there is none. Pictures are not copied, see
        `segmentation_learner`.
    model : nn.Module or callable
        A network, or a function that makes one, called after seeding with `seed`: `DetectNet`, or a
        detector of torchvision that computes its own losses, such as `small_faster_rcnn`.
    batch_size, lr, optimizer
        As NVIDIA published DetectNet: 10, 2e-4, "adam".
    loss : nn.Module, optional
        Default for DetectNet: `DetectNetLoss`. Detectors of torchvision have their own.
    augment : callable, optional
        Changes (picture, boxes) of the training set, the picture in floats; has a method ``seed``,
        and its ``str`` says what it does. Say `geoviz_ml.prepare.BoxCrops`. The paper has none.
    score : callable, optional
        Called with the model after each epoch; its dict of numbers joins the history.
    seed : int
        Of shuffling, dropout and augmentation, and of the weights if `model` is a function. Then
        making it seeds the generators of Python, NumPy and torch, as `fit` does.
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
        Shapes that do not fit, pictures that are neither bytes nor floats in 0..1, boxes that are
        none, an empty set, or an unknown optimiser.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.learn import detection_learner, fit
    >>> from geoviz_ml.models import DetectNet
    >>> pictures = np.zeros((4, 64, 64))
    >>> pictures[:, 16:48, 16:48] = 1
    >>> data = pictures, [np.array([[16, 16, 48, 48]])] * 4
    >>> learner = detection_learner(data, data, lambda: DetectNet(width=0.125), batch_size=2)
    >>> "train_loss" in fit(learner, 1)
    True
    """
    first, second = _checked(*train, "train"), _checked(*valid, "valid")
    model = made(model, seed)
    stride = getattr(model, "stride", None)  # of DetectNet's grid
    place = {
        "device": choose_device(device),
        "batch_size": batch_size,
        "collate": partial(_as_grid, stride=stride) if stride else _as_dicts,
    }
    first_batches = Batches(*first, augment=augment, shuffle=True, **place)
    first_batches.n_inp = 1 if stride else 2  # torchvision's models take the targets too
    boxes = [np.concatenate(part[1]) for part in (first, second)]
    counts = np.array([len(one) for part in (first, second) for one in part[1]])
    return make_learner(
        first_batches,
        Batches(*second, **place),
        model,
        loss or (DetectNetLoss() if stride else OwnLosses()),
        BoxHistory(score),
        lr=lr,
        seed=seed,
        augment=augment,
        optimizer=optimizer,
        mixed_precision=mixed_precision and bool(stride),
        recipe={
            "data": digest(train[0], valid[0], *boxes, counts),
            "batch_size": batch_size,
            "augment": str(augment),
        },
    )


def _checked(pictures: np.ndarray, boxes: Sequence, name: str) -> tuple[Tensor, list[np.ndarray]]:
    tensor = as_tensor(pictures, f"pictures of the {name} set", grey=True)
    if len(tensor) != len(boxes):
        raise UsageError(f"the {name} set has {len(tensor)} pictures and boxes of {len(boxes)}.")
    return tensor, [as_boxes(one) for one in boxes]


def _as_grid(boxes: list[np.ndarray], size: tuple[int, int], stride: int) -> tuple[Tensor]:
    """DetectNet's targets (B, 9, H / stride, W / stride).

    Made on the CPU, picture by picture; its share of a step on a GPU was not measured.
    """
    return (torch.from_numpy(np.stack([encode_boxes(one, size, stride) for one in boxes])),)


def _as_dicts(boxes: list[np.ndarray], size: tuple[int, int]) -> tuple[list[dict], int]:
    """What torchvision's detectors want, and of how many pictures."""
    targets = [
        {"boxes": torch.from_numpy(one).float(), "labels": torch.ones(len(one), dtype=torch.int64)}
        for one in boxes
    ]
    return targets, len(boxes)


class OwnLosses(nn.Module):
    """The sum of the losses that a detector of torchvision computes while it trains."""

    def forward(self, output, count: int) -> torch.Tensor:
        self.parts = {k: v.detach() for k, v in output.items()} if isinstance(output, dict) else {}
        return sum(output.values()) if isinstance(output, dict) else torch.tensor(torch.nan)


class BoxHistory(History):
    """Mean loss and its parts, and after each epoch the scores asked for."""

    def __init__(self, score: Callable[[nn.Module], dict] | None = None):
        super().__init__()
        self.score = score

    def measure(self) -> dict[str, Tensor]:
        parts = {"loss": self.loss, **self.loss_func.parts}
        return {k.removeprefix("loss_"): v * len(self.xb[0]) for k, v in parts.items()}

    def after_epoch(self):
        if "train_loss" in self.row and self.score is not None:
            self.row |= {name: float(value) for name, value in self.score(self.model).items()}
        super().after_epoch()
