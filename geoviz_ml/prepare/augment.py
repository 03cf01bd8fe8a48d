"""A thin adapter on albumentations: the same random change for a picture and its mask."""

from __future__ import annotations

import os
from collections.abc import Callable

import numpy as np

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
        self.pipeline.set_random_seed(seed)

    def __call__(self, picture: np.ndarray, mask: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        changed = self.pipeline(image=picture[..., None], mask=mask.astype(np.uint8))
        return changed["image"].reshape(changed["mask"].shape), changed["mask"]


def published_augmentation(time_flip: bool = True) -> Augmentation:
    """The augmentation of the alfven paper's code.

    Rotation up to 0.2 degrees, shift, shear and zoom of 0.05 (shear in degrees, as Keras means it),
    edges filled with the nearest pixel, and a flip along the horizontal axis, which here is time.

    Parameters
    ----------
    time_flip : bool
        Whether to flip. A flip lets the night run backwards: dusk becomes dawn.
    """
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
