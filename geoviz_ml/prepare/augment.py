"""The augmentations of two papers: the same random change for a picture and its mask."""

from __future__ import annotations

import os
from collections.abc import Callable
from operator import index
from typing import TYPE_CHECKING

import numpy as np

from ..errors import UsageError, height_and_width, unmasked
from .scaling import as_values

if TYPE_CHECKING:
    from .batch_augment import BatchAugmentation

os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")  # its import would ask the network

Augment = Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


class Augmentation:
    """Applies an albumentations pipeline to one picture (H, W) and its mask.

    Parameters
    ----------
    transforms : list
        Albumentations transforms.
    """

    def __init__(self, transforms: list):
        import albumentations

        self.pipeline = albumentations.Compose(transforms)

    def __repr__(self) -> str:  # a checkpoint tells one augmentation from another by this
        return repr(self.pipeline)

    def seed(self, seed: int) -> None:
        """Start the random numbers anew."""
        self.pipeline.set_random_seed(index(seed))

    def __call__(self, picture: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """A changed picture and its mask.

        Parameters
        ----------
        picture : ndarray (H, W)
            Bytes (uint8), bool, or floats in 0..1.
        mask : ndarray (H, W)
            Bool, whole numbers from 0 to 255 (labels), or floats (shares of a pixel).

        Returns
        -------
        picture : ndarray (H, W), float32 in 0..1
            Bytes have been divided by 255.
        mask : ndarray (H, W)
            Each value is one that the mask had: float32 if it was floats, uint8 otherwise.

        Raises
        ------
        UsageError
            Another shape, kind of number or range of values.
        """
        picture = np.asarray(unmasked(picture, "a picture"))
        mask = np.asarray(unmasked(mask, "a mask"))
        if picture.ndim != 2 or picture.shape != mask.shape or not picture.size:
            raise UsageError(
                f"one picture and its mask are (H, W) both, not {picture.shape} and {mask.shape}."
            )
        changed = self.pipeline(image=_as_floats(picture)[..., None], mask=_as_labels(mask))
        return changed["image"].reshape(changed["mask"].shape), changed["mask"]


def _as_floats(picture: np.ndarray) -> np.ndarray:
    """Bytes, bool or floats in 0..1 as float32 in 0..1."""
    values = as_values(picture, "a picture")
    return values / np.float32(255) if values.dtype == np.uint8 else values


def _as_labels(mask: np.ndarray) -> np.ndarray:
    """A mask in one of the two types that all versions of OpenCV can turn."""
    if mask.dtype.kind == "f":
        return mask.astype(np.float32, copy=False)
    if mask.dtype.kind not in "biu" or mask.min() < 0 or mask.max() > 255:
        raise UsageError(
            f"a mask of {mask.dtype} has other values than whole numbers from 0 to 255.",
            advice="Use bool, labels from 0 to 255, or floats.",
        )
    return mask.astype(np.uint8)


def published_augmentation(
    time_flip: bool = True, batches: bool = False
) -> Augmentation | BatchAugmentation:
    """The augmentation of the alfven paper's code.

    Rotation up to 0.2 degrees, shift, shear and zoom of 0.05 (shear in degrees, as Keras means it),
    edges filled with the nearest pixel, and a flip along the horizontal axis, which here is time.

    Parameters
    ----------
    time_flip : bool
        Whether to flip. A flip lets the night run backwards: dusk becomes dawn.
    batches : bool
        Change whole batches at once, on the device that trains, by torch: for a GPU, which would
        wait for the CPU otherwise. The changes are the same, from other random numbers. Default:
        one picture after another, by albumentations on the CPU, where torch is no quicker.
    """
    if batches:
        from .batch_augment import published_batches

        return published_batches(time_flip)
    import albumentations as A
    import cv2

    affine = A.Affine(
        rotate=(-0.2, 0.2),
        translate_percent=(-0.05, 0.05),
        shear=(-0.05, 0.05),
        scale=(0.95, 1.05),
        interpolation=cv2.INTER_LINEAR,
        mask_interpolation=cv2.INTER_NEAREST,
        border_mode=cv2.BORDER_REPLICATE,
        p=1.0,
    )
    return Augmentation([affine, A.HorizontalFlip(p=0.5)] if time_flip else [affine])


TABLE_1 = {  # of the nucleus paper: probabilities
    "Resize": 1.0,
    "HorizontalFlip": 0.4,
    "ShiftScaleRotate": 0.4,
    "GaussNoise": 0.2,
    "CLAHE": 0.5,
    "RandomBrightnessContrast": 0.7,
    "RandomGamma": 0.7,
    "Sharpen": 0.7,
    "Blur": 0.7,
    "MotionBlur": 0.7,
    "HueSaturationValue": 0.7,
}


def table_1_augmentation(
    size: tuple[int, int] | None = None,
    leave_out: tuple[str, ...] = (),
    batches: bool = False,
) -> Augmentation | BatchAugmentation:
    """The eleven augmentations of the nucleus paper; see `Augmentation` for what they take.

    Parameters
    ----------
    size : (int, int), optional
        Height and width of the first row, Resize; by default pictures keep theirs.
    leave_out : tuple of str
        Rows of `TABLE_1` not to use.
    batches : bool
        As in `published_augmentation`.

    Raises
    ------
    UsageError
        There is no such row, or the size is not two whole numbers.

    Notes
    -----
    The table gives probabilities, no strengths: these are the defaults that albumentations had then
    (noise of variance 10 to 50 in 8-bit levels, rotations up to 45 degrees, mirrored edges). Of
    HueSaturationValue a picture of one channel feels the value alone: it has no hue and no
    saturation. CLAHE rounds to 256 levels.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.prepare import table_1_augmentation
    >>> augment = table_1_augmentation(size=(64, 96))
    >>> augment.seed(0)
    >>> picture = np.random.default_rng(0).random((32, 48), np.float32)
    >>> changed, mask = augment(picture, picture > 0.5)
    >>> changed.shape, sorted(set(mask.ravel().tolist()))  # a mask stays a mask
    ((64, 96), [0, 1])
    """
    if unknown := set(leave_out) - set(TABLE_1):
        raise UsageError(f"Table 1 has no {', '.join(sorted(unknown))}; it has {[*TABLE_1]}.")
    if size is not None:
        size = height_and_width(size)
    rows = {name: p for name, p in TABLE_1.items() if name not in leave_out}
    if batches:
        from .batch_augment import table_1_batches

        return table_1_batches(size, rows)
    import albumentations as A
    import cv2

    make = {
        "Resize": lambda p: A.Resize(*size, p=p) if size else A.NoOp(p=p),
        "HorizontalFlip": A.HorizontalFlip,
        "ShiftScaleRotate": lambda p: A.Affine(
            translate_percent=(-0.0625, 0.0625),
            scale=(0.9, 1.1),
            rotate=(-45, 45),
            border_mode=cv2.BORDER_REFLECT_101,
            p=p,
        ),
        "GaussNoise": lambda p: A.GaussNoise(std_range=(10**0.5 / 255, 50**0.5 / 255), p=p),
        "CLAHE": A.CLAHE,
        "RandomBrightnessContrast": A.RandomBrightnessContrast,
        "RandomGamma": A.RandomGamma,
        "Sharpen": A.Sharpen,
        "Blur": A.Blur,
        "MotionBlur": A.MotionBlur,
        "HueSaturationValue": lambda p: A.HueSaturationValue(0, 0, 20, p=p),
    }
    return Augmentation([make[name](p=p) for name, p in rows.items()])
