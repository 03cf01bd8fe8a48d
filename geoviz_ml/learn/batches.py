"""Batches of pictures that fit into memory: kept on the device, in bytes if they came so."""

from __future__ import annotations

import numpy as np
import torch
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from torch import Tensor

from ..errors import UsageError


def as_tensor(pictures: np.ndarray) -> Tensor:
    """Pictures (N, H, W) or (N, C, H, W) as a tensor (N, C, H, W) of uint8 or float32.

    Raises
    ------
    UsageError
        Another shape, or values that are neither bytes nor floats in 0..1.
    """
    pictures = np.asarray(pictures)
    if pictures.ndim not in (3, 4) or 0 in pictures.shape:
        raise UsageError(
            f"pictures must be (N, H, W) or (N, C, H, W), not {pictures.shape}.",
            advice="For one picture use picture[None].",
        )
    if pictures.dtype != np.uint8:
        # min and max are NaN if any value is
        if not (pictures.min() >= 0 and pictures.max() <= 1):
            raise UsageError(
                f"pictures hold values from {pictures.min()} to {pictures.max()}.",
                advice="Use bytes (uint8), or floats from 0 to 1 without NaN.",
            )
        pictures = pictures.astype(np.float32)
    tensor = torch.from_numpy(np.ascontiguousarray(pictures))
    return tensor[:, None] if tensor.ndim == 3 else tensor


def as_floats(pictures: Tensor) -> Tensor:
    """Bytes as float32 in 0..1; floats as they are."""
    return pictures.float() / 255 if pictures.dtype == torch.uint8 else pictures


def loaders(
    train: tuple[Tensor, Tensor],
    valid: tuple[Tensor, Tensor] | None,
    batch_size: int,
    device: torch.device,
) -> DataLoaders:
    """Batches of (pictures, targets): in training shuffled, and only whole ones."""
    valid = tuple(part[:0] for part in train) if valid is None else valid

    def loader(pictures, targets, **options):
        pictures, targets = pictures.to(device), targets.to(device)

        def batch(numbers):
            numbers = torch.tensor(list(numbers), device=device)
            return as_floats(pictures[numbers]), targets[numbers]

        return DataLoader(
            range(len(pictures)), bs=batch_size, do_batch=batch, device=device, **options
        )

    return DataLoaders(loader(*train, shuffle=True, drop_last=True), loader(*valid), device=device)
