"""Train a segmentation network on arrays, with fastai, and use it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from fastai.callback.core import Callback
from fastai.learner import Learner
from torch import Tensor, nn

from ..errors import UsageError
from ..models.pictures import as_array, as_tensor
from ..models.prediction import network_outputs
from .batches import Batches
from .epoch_history import History, total
from .learner import Maker, choose_device, digest, made, make_learner
from .losses import BinaryCrossEntropy


def segmentation_learner(
    train: tuple[np.ndarray, np.ndarray],
    valid: tuple[np.ndarray, np.ndarray],
    model: nn.Module | Maker,
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
        Pictures (N, H, W), bytes or floats in 0..1; masks (N, H, W) with 1 = the thing sought, bool
        or numbers, or bytes of 0 and 255 as picture files hold them. Pictures of bytes or float32
        and masks of bool are not copied (other types are): whoever changes such an array after this
        call changes the training.
    model : nn.Module or callable
        A network, or a function that makes one, called after seeding with `seed`. Maps (B, 1, H, W)
        to logits (B, 1, H, W), or to (B, 2, H, W) of background and thing with a loss for classes.
    batch_size, lr, optimizer
        As published for the alfven chapter: 2, 1e-4, "adam"; also "rmsprop" and "sgd" (momentum
        0.9). Keras' defaults otherwise, no weight decay.
    loss : nn.Module, optional
        Default: binary cross-entropy. Has a method ``decodes``, see `geoviz_ml.learn.losses`.
    augment : callable, optional
        Changes (picture, mask) of the training set, the picture in floats, or whole batches of
        them on the device, see `Batches`; has a method ``seed``, and its ``str`` says what it does
        (see `geoviz_ml.prepare.augment`).
    seed : int
        Of shuffling, dropout and augmentation, and of the weights if `model` is a function. Then
        making it seeds the generators of Python, NumPy and torch, as `fit` does.
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
        With ``.history.rows``, one dict an epoch: loss, IoU and IoU of the background (at
        probability 0.5) for train and valid. Train it with `fit`.

    Raises
    ------
    UsageError
        Shapes that do not fit, an empty set, pictures that are neither bytes nor floats in 0..1,
        masks of other values, or an unknown optimiser.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.learn import fit, segmentation_learner
    >>> from geoviz_ml.models import UNet
    >>> masks = np.zeros((8, 32, 32), bool)
    >>> masks[:, 8:16, 8:16] = True
    >>> data = masks.astype(np.float32), masks  # what is bright is sought
    >>> learner = segmentation_learner(data, data, lambda: UNet(base=4, norm=True), lr=1e-2)
    >>> losses = fit(learner, 3).train_loss
    >>> bool(losses.iloc[-1] < losses.iloc[0])
    True
    """
    sets = [_checked(*train, "training"), _checked(*valid, "validation")]
    if drop_last and len(train[0]) < batch_size:
        raise UsageError(
            f"{len(train[0])} pictures do not fill one batch of {batch_size}.",
            advice="Take a smaller batch, or drop_last=False.",
        )
    recipe = {
        "data": digest(*train, *valid),
        "batch_size": batch_size,
        "augment": str(augment),
        **({"drop_last": True} if drop_last else {}),
        **({"callbacks": str(list(callbacks))} if callbacks else {}),
    }
    place = {"device": choose_device(device), "batch_size": batch_size, "collate": _as_answers}
    return make_learner(
        Batches(*sets[0], augment=augment, shuffle=True, drop_last=drop_last, **place),
        Batches(*sets[1], **place),
        made(model, seed),
        loss or BinaryCrossEntropy(),
        MaskHistory(),
        lr=lr,
        seed=seed,
        augment=augment,
        callbacks=callbacks,
        optimizer=optimizer,
        mixed_precision=mixed_precision,
        recipe=recipe,
    )


def as_masks(masks, name: str = "masks") -> np.ndarray:
    """Masks as bool, or as floats in 0..1 where they are shares of a pixel.

    They have any shape, which is kept. Bytes that are nothing but 0 and 255, as picture files hold
    a mask, count as 0 and 1.

    Raises
    ------
    UsageError
        Other values.
    """
    values = np.asarray(masks)
    if values.dtype == bool:
        return values
    low, high = values.min(), values.max()  # NaN if any value is
    if values.dtype == np.uint8 and high == 255 and ((values == 0) | (values == 255)).all():
        return values == 255
    if values.dtype.kind not in "iuf" or not (low >= 0 and high <= 1):
        raise UsageError(
            f"{name} hold values from {low} to {high}.",
            advice="Use 1 for the thing sought and 0 for the rest, or bytes of 0 and 255.",
        )
    return values.astype(np.float32) if values.dtype.kind == "f" else values == 1


def _checked(pictures: np.ndarray, masks: np.ndarray, name: str) -> tuple[Tensor, Tensor]:
    tensor = as_tensor(pictures, f"{name} pictures", grey=True)
    masks, shape = as_array(masks, f"{name} masks"), tuple(tensor[:, 0].shape)
    if masks.shape != shape:
        raise UsageError(
            f"the {name} set has pictures of shape {shape} and masks of shape {masks.shape}."
        )
    targets = np.ascontiguousarray(as_masks(masks, f"{name} masks"))
    return tensor, torch.from_numpy(targets)


def _as_answers(masks: Tensor, size: tuple[int, int]) -> tuple[Tensor]:
    return (masks[:, None].float(),)


class MaskHistory(History):
    """Mean loss, and IoU of the thing sought and of the background at probability 0.5."""

    def measure(self) -> dict[str, Tensor]:
        found, truth = self.loss_func.decodes(self.pred.detach()) >= 0.5, self.yb[0] >= 0.5
        counts = torch.stack([one.sum() for one in (found & truth, found, truth)])
        size = counts.new_full((1,), truth.numel())
        return {"loss": self.loss * len(truth), "counts": torch.cat([counts, size])}

    def summary(self, part: str, measured: dict[str, list[Tensor]]) -> dict[str, float]:
        both, found, truth, pixels = total(measured["counts"]).tolist()
        of_thing, neither = found + truth - both, pixels - (found + truth - both)
        of_rest = pixels - both
        return super().summary(part, {"loss": measured["loss"]}) | {
            f"{part}_iou": both / of_thing if of_thing else float("nan"),
            f"{part}_iou_background": neither / of_rest if of_rest else float("nan"),
        }


def predict(model: Learner | nn.Module, pictures: np.ndarray, batch_size: int = 8) -> np.ndarray:
    """Probabilities (N, H, W) float32 of the class sought.

    Parameters
    ----------
    model : Learner or nn.Module
        Answers as `segmentation_learner` wants it.
    pictures : ndarray (N, H, W)
        Bytes, or floats in 0..1.
    batch_size : int

    Raises
    ------
    UsageError
        `pictures` is not what it should be, or the network cannot take this size, or answers with
        more than two channels.
    """
    pictures = as_array(pictures)
    if pictures.ndim == 3 and len(pictures) == 0:
        return np.zeros(pictures.shape, np.float32)
    return network_outputs(model, pictures, batch_size, _probability, grey=True)


def _probability(logits: Tensor) -> Tensor:
    """(B, H, W) of the class sought, from (B, 1, H, W), or (B, 2, H, W) with it as the second."""
    channels = logits.shape[1]
    if channels > 2:
        raise UsageError(f"the network answers with {channels} channels.", advice="Use 1 or 2.")
    logits = logits.float()
    return torch.sigmoid(logits)[:, 0] if channels == 1 else logits.softmax(1)[:, 1]
