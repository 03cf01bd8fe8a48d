"""Random changes of whole batches of pictures and masks, on the device they lie on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import index

import torch
from torch import Tensor

from ..errors import UsageError
from .batch_clahe import Clahe
from .batch_kernels import Blur, MotionBlur, Sharpen
from .batch_places import Affine, Flip, Resize
from .batch_tones import BrightnessContrast, Gamma, Noise, Value

SMALLEST = 9  # pixels; CLAHE has eight tiles a side


class BatchAugmentation:
    """Changes a batch of pictures and their masks, each picture in another way.

    Parameters
    ----------
    places : sequence of (float, change)
        Changes of pictures and masks, with the part of the pictures that each is for.
    tones : sequence of (float, change)
        Changes of the pictures alone, which follow.

    Notes
    -----
    With the same parameters a change does what albumentations does, but for rounding: 2e-6 of the
    grey values; 1e-4 for places, or 1/32 pixel where OpenCV is older than 5; one level of 256 in
    CLAHE, in fewer than 5 pixels of 1000.
    """

    whole_batches = True  # `geoviz_ml.learn.Batches` asks

    def __init__(self, places: Sequence, tones: Sequence = ()):
        self.places, self.tones = list(places), list(tones)
        self.generator = torch.Generator()

    def __repr__(self) -> str:  # a checkpoint tells one augmentation from another by this
        return f"BatchAugmentation(places={self.places}, tones={self.tones})"

    def seed(self, seed: int) -> None:
        """Start the random numbers anew; they are the same on every device."""
        self.generator.manual_seed(index(seed))

    def __call__(self, pictures: Tensor, masks: Tensor) -> tuple[Tensor, Tensor]:
        """A changed copy of a batch.

        Parameters
        ----------
        pictures : Tensor (B, 1, H, W) float32 in 0..1
        masks : Tensor (B, H, W)
            Bool or numbers, on the same device.

        Returns
        -------
        pictures, masks : Tensor
            Of the same types; the given ones stay as they are.

        Raises
        ------
        UsageError
            Other shapes, or pictures of fewer than 9 pixels a side.
        """
        _check(tuple(pictures.shape), tuple(getattr(masks, "shape", ())))
        pictures, masks, n = pictures.clone(), masks.clone(), len(pictures)
        for often, change in self.places:
            which, drawn = self._draw(often, change, pictures)
            if len(which) == n:
                pictures, masks = change(pictures, masks, drawn)
            elif len(which):
                which = which.to(pictures.device)
                pictures[which], masks[which] = change(pictures[which], masks[which], drawn)
        for often, change in self.tones:
            which, drawn = self._draw(often, change, pictures)
            if hasattr(change, "still"):
                of_all = torch.as_tensor(change.still).expand(n, *drawn.shape[1:]).clone()
                of_all[which] = drawn
                pictures = change(pictures, of_all)
            elif len(which):
                which = which.to(pictures.device)
                pictures[which] = change(pictures[which], drawn)
        return pictures, masks

    def _draw(self, often: float, change: Callable, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Which pictures a change is for, and its parameters for these, on the CPU."""
        chosen = torch.rand(len(pictures), generator=self.generator) < often
        which = chosen.nonzero()[:, 0]
        return which, change.draw(len(which), tuple(pictures.shape[2:]), self.generator)


def _check(pictures: tuple[int, ...], masks: tuple[int, ...]) -> None:
    if len(pictures) != 4 or pictures[1] != 1 or masks != (pictures[0], *pictures[2:]):
        raise UsageError(
            f"a batch has pictures (B, 1, H, W) and masks (B, H, W), not {pictures} and {masks}."
        )
    if min(pictures[2:]) < SMALLEST:
        raise UsageError(
            f"pictures of {pictures[2]} x {pictures[3]} pixels are too small to be changed.",
            advice=f"They need {SMALLEST} pixels a side.",
        )


def published_batches(time_flip: bool) -> BatchAugmentation:
    """See `geoviz_ml.prepare.augment.published_augmentation`."""
    flip = 0.5 if time_flip else 0.0
    affine = Affine(rotate=0.2, shift=0.05, zoom=(0.95, 1.05), shear=0.05, flip=flip)
    return BatchAugmentation([(1.0, affine)])


def table_1_batches(size: tuple[int, int] | None, rows: dict[str, float]) -> BatchAugmentation:
    """See `geoviz_ml.prepare.augment.table_1_augmentation`; the rows and the share of
    pictures that each changes."""
    places = {
        "Resize": Resize(size) if size else None,
        "HorizontalFlip": Flip(),
        "ShiftScaleRotate": Affine(rotate=45, shift=0.0625, zoom=(0.9, 1.1), edge="mirror"),
    }
    tones = {
        "GaussNoise": Noise((10**0.5 / 255, 50**0.5 / 255)),
        "CLAHE": Clahe(),
        "RandomBrightnessContrast": BrightnessContrast(),
        "RandomGamma": Gamma(),
        "Sharpen": Sharpen(),
        "Blur": Blur(),
        "MotionBlur": MotionBlur(),
        "HueSaturationValue": Value(),
    }
    return BatchAugmentation(
        [(p, places[name]) for name, p in rows.items() if places.get(name)],
        [(p, tones[name]) for name, p in rows.items() if name in tones],
    )
