"""A small U-net for classes, trained on tiles cut from pictures, and used on whole pictures."""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import partial
from operator import index

import numpy as np
import torch
from fastai.callback.core import Callback
from fastai.learner import Learner
from torch import Tensor, nn

from ..errors import UsageError
from ..learn.batches import Batches
from ..learn.epoch_history import History
from ..learn.learner import choose_device, digest, made, make_learner
from ..learn.losses import CrossEntropyDice
from ..models import UNet
from ..models.pictures import as_array, as_tensor
from ..models.prediction import network_outputs

DEEP = 16  # a U-net halves four times: sides are multiples of it
TILE = 256  # pixels of a side, at most
MOST_TILES = 600  # of a training; more pixels of the same pictures teach little
WINDOW, MARGIN = 1024, 96  # pixels that are marked at once, and how far neighbours look in


def tile_of(pictures: Sequence[np.ndarray], largest: int = TILE) -> tuple[int, int]:
    """Height and width of tiles: those of the largest picture (H, W, C), 32 to `largest`."""
    sides = np.max([picture.shape[:2] for picture in pictures], axis=0)
    return tuple(int(min(max(-(-side // DEEP), 2) * DEEP, largest)) for side in sides)


def cut(
    pictures: Sequence[np.ndarray],
    classes: Sequence[np.ndarray],
    tile: tuple[int, int],
    most: int = MOST_TILES,
) -> tuple[np.ndarray, np.ndarray]:
    """Tiles that cover all pictures; of too many those with something in them, and some others.

    Parameters
    ----------
    pictures : sequence of ndarray (H, W, C)
        One smaller than a tile is continued by the pixels of its edge.
    classes : sequence of ndarray of uint8 (H, W)
    tile : (int, int)
        Height and width in pixels.
    most : int
        At least half of them hold something, as far as there are so many.

    Returns
    -------
    tiles : ndarray (n, C, h, w) float32
    answers : ndarray (n, h, w) uint8
    """
    places = [
        (i, top, left)
        for i, picture in enumerate(pictures)
        for top in _starts(picture.shape[0], tile[0])
        for left in _starts(picture.shape[1], tile[1])
    ]
    if len(places) > most:
        random.Random(0).shuffle(places)
        something = [p for p in places if _window(classes[p[0]], p, tile).any()]
        nothing = [p for p in places if not _window(classes[p[0]], p, tile).any()]
        quiet = nothing[: max(most - len(something), most // 2)]
        places = sorted([*something[: most - len(quiet)], *quiet])
    tiles = np.stack([_window(pictures[p[0]], p, tile).transpose(2, 0, 1) for p in places])
    return tiles, np.stack([_window(classes[p[0]], p, tile) for p in places])


def _starts(length: int, side: int) -> list[int]:
    """Where tiles begin that cover a length and overlap evenly."""
    count = max(-(-length // side), 1)
    return np.linspace(0, max(length - side, 0), count).astype(int).tolist()


def _window(values: np.ndarray, place: tuple[int, int, int], size: tuple[int, int]) -> np.ndarray:
    _, top, left = place
    part = values[top : top + size[0], left : left + size[1]]
    over = [(0, side - n) for side, n in zip(size, part.shape, strict=False)]
    return np.pad(part, over + [(0, 0)] * (values.ndim - 2), mode="edge")


class Mirror:
    """Left and right change places in half of the tiles.

    Parameters
    ----------
    up_down : bool
        Top and bottom do too, in half of them.
    """

    whole_batches = True  # `Batches` asks

    def __init__(self, up_down: bool = False):
        self.axes = (-1, -2) if up_down else (-1,)
        self.generator = torch.Generator()

    def __repr__(self) -> str:  # a checkpoint tells one augmentation from another by this
        return f"Mirror{self.axes}"

    def seed(self, seed: int) -> None:
        """Start the random numbers anew."""
        self.generator.manual_seed(index(seed))

    def __call__(self, pictures: Tensor, classes: Tensor) -> tuple[Tensor, Tensor]:
        """The same of pictures (B, C, H, W) and their classes (B, H, W)."""
        for axis in self.axes:
            turned = (torch.rand(len(pictures), generator=self.generator) < 0.5).to(pictures.device)
            pictures = torch.where(turned[:, None, None, None], pictures.flip(axis), pictures)
            classes = torch.where(turned[:, None, None], classes.flip(axis), classes)
        return pictures, classes


MIRRORS = {"sides": Mirror, "all": partial(Mirror, True), "none": lambda: None}


def mirror_of(name: str) -> Mirror | None:
    """One of `MIRRORS`; another name is a UsageError."""
    if name not in MIRRORS:
        raise UsageError(f"there is no mirror {name!r}.", advice=f"Use one of {[*MIRRORS]}.")
    return MIRRORS[name]()


class MeanLoss(History):
    """The mean loss of an epoch, in training and in validation."""

    def measure(self) -> dict[str, Tensor]:
        return {"loss": self.loss * len(self.xb[0])}


def classes_learner(
    train: tuple[np.ndarray, np.ndarray],
    valid: tuple[np.ndarray, np.ndarray],
    *,
    classes: int,
    base: int = 8,
    batch_size: int = 8,
    lr: float = 1e-2,
    mirror: str = "sides",
    seed: int = 0,
    device: torch.device | str | None = None,
    callbacks: Sequence[Callback] = (),
) -> Learner:
    """Make a fastai Learner that gives every pixel a class. Train it with `fit`.

    Parameters
    ----------
    train, valid : (tiles, answers)
        As of `cut`: (n, C, h, w), bytes or floats in 0..1, and (n, h, w), whole numbers from 0 to
        `classes` - 1. Tiles of float32 or bytes are not copied: leave them as they are until the
        training is over.
    classes : int
        With the background, whose number is 0.
    base : int
        Channels of the first level, see `UNet`; with batch normalisation.
    batch_size : int
    lr : float
        The highest learning rate of a step.
    mirror : {"sides", "all", "none"}
        What changes places at random: left and right, top and bottom too, nothing.
    seed : int
        Of weights, order and mirrors. Making the network sets the generators of Python, NumPy and
        torch to it.
    callbacks : sequence of Callback
        That change nothing, such as a bar: a checkpoint does not ask for them.

    Raises
    ------
    UsageError
        Tiles or answers that are not what they should be, or an unknown mirror.

    Notes
    -----
    The loss is `CrossEntropyDice`: it does not forget a class that few pixels have.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.learn import fit
    >>> from geoviz_ml.own import classes_learner
    >>> answers = np.zeros((4, 32, 32), np.uint8)
    >>> answers[:, 8:16] = 1
    >>> data = answers[:, None].astype(np.float32), answers
    >>> losses = fit(classes_learner(data, data, classes=2, base=4), 3).train_loss
    >>> bool(losses.iloc[-1] < losses.iloc[0])
    True
    """
    augment = mirror_of(mirror)
    place = {
        "device": choose_device(device),
        "batch_size": batch_size,
        "collate": lambda answers, size: (answers[:, None].long(),),
    }
    first, second = _checked(*train, classes, "training"), _checked(*valid, classes, "validation")

    def network() -> nn.Module:
        made_now = UNet(
            first[0].shape[1], classes, base=base, head=max(8, classes), norm=True, dropout=0.2
        )
        shares = np.bincount(first[1].numpy().ravel(), minlength=classes) / first[1].numel()
        bias = torch.from_numpy(np.log(shares.clip(1e-4, 1))).float()
        made_now.out.bias.data.copy_(bias)  # it begins with the share of each class
        return made_now

    return make_learner(
        Batches(*first, augment=augment, shuffle=True, **place),
        Batches(*second, **place),
        made(network, seed),
        CrossEntropyDice(),
        MeanLoss(),
        lr=lr,
        seed=seed,
        augment=augment,
        callbacks=callbacks,
        recipe={"data": digest(*train, *valid), "batch_size": batch_size, "augment": str(augment)},
    )


def _checked(tiles, answers, classes: int, name: str) -> tuple[Tensor, Tensor]:
    """Tiles (n, C, h, w) and their classes (n, h, w), as small whole numbers."""
    tiles, answers = as_tensor(tiles, f"{name} tiles"), as_array(answers, f"{name} answers")
    if answers.shape != (len(tiles), *tiles.shape[2:]) or answers.dtype.kind not in "iub":
        raise UsageError(
            f"{name} answers {answers.shape} of type {answers.dtype} do not fit tiles "
            f"{tuple(tiles.shape)}.",
            advice="Give whole numbers (n, h, w) for tiles (n, C, h, w).",
        )
    if answers.min() < 0 or answers.max() >= classes:
        raise UsageError(
            f"{name} answers go from {answers.min()} to {answers.max()}, for {classes} classes.",
            advice="The background is 0, the others are 1, 2 and so on; a mask of 0 and 255 is "
            "mask > 0.",
        )
    small = np.uint8 if classes <= 256 else np.int64
    return tiles, torch.from_numpy(np.require(answers, small, ["C", "W"]))


def probabilities(networks: Sequence[nn.Module], picture: np.ndarray) -> np.ndarray:
    """The mean of the networks' probabilities of each class.

    Parameters
    ----------
    networks : sequence of nn.Module or Learner
    picture : ndarray (H, W, C)
        Of any size: a large one is marked window by window, with margins.

    Returns
    -------
    ndarray (H, W, K) float32
    """
    height, width = picture.shape[:2]
    whole = None
    for top in range(0, height, WINDOW):
        for left in range(0, width, WINDOW):
            y, x = max(top - MARGIN, 0), max(left - MARGIN, 0)
            part = picture[y : top + WINDOW + MARGIN, x : left + WINDOW + MARGIN]
            found = _of_window(networks, part)[top - y :, left - x :][:WINDOW, :WINDOW]
            if whole is None:
                whole = np.empty((height, width, found.shape[2]), np.float32)
            whole[top : top + found.shape[0], left : left + found.shape[1]] = found
    return whole


def _of_window(networks: Sequence[nn.Module], part: np.ndarray) -> np.ndarray:
    height, width = part.shape[:2]
    over = [(0, -side % DEEP) for side in (height, width)]
    batch = np.pad(part, [*over, (0, 0)], mode="edge").transpose(2, 0, 1)[None]
    answers = [
        network_outputs(one, batch, 1, lambda logits: logits.float().softmax(1))[0]
        for one in networks
    ]
    return np.mean(answers, axis=0).transpose(1, 2, 0)[:height, :width]
