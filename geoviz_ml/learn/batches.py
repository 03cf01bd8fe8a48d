"""Batches of pictures that fit into memory, for every learner."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

import numpy as np
import torch
from fastai.data.load import DataLoader
from torch import Tensor

from ..models.pictures import as_floats


class Batches(DataLoader):
    """Pictures, and beside them what a network should answer, batch by batch.

    Pictures lie on the device, in bytes if they came so, and become floats in 0..1 when they are
    drawn. Only where `augment` changes them one by one do they wait on the CPU.

    Parameters
    ----------
    pictures : Tensor (N, C, H, W)
        uint8, or float32 in 0..1.
    targets : Tensor (N, ...) or sequence of N
        What belongs to each picture.
    device : torch.device
    batch_size : int
    collate : callable, optional
        Makes of the targets of a batch and of the size (height, width) of its pictures all that
        follows the pictures in the batch, a tuple. Default: the targets alone.
    augment : callable, optional
        Changes a picture (H, W) float32 and its target, two arrays. If it has ``whole_batches``:
        pictures (B, C, H, W) float32 and their targets, tensors on the device.
    order : callable with a length, optional
        Gives the numbers of all samples of an epoch, for a `random.Random`.
    **options
        Of fastai's DataLoader: ``shuffle``, ``drop_last``.
    """

    def __init__(
        self,
        pictures: Tensor,
        targets: Tensor | Sequence,
        device: torch.device,
        batch_size: int,
        *,
        collate: Callable[[Tensor | list, tuple[int, int]], tuple] | None = None,
        augment: Callable | None = None,
        order: Callable[[random.Random], list[int]] | None = None,
        **options,
    ):
        self.whole = augment is None or getattr(augment, "whole_batches", False)
        where = device if self.whole else "cpu"
        self.pictures = pictures.to(where)
        self.targets = targets.to(where) if isinstance(targets, Tensor) else targets
        self.collate, self.augment, self.order = collate, augment, order
        n = len(pictures) if order is None else len(order)
        super().__init__(range(len(pictures)), bs=batch_size, n=n, device=device, **options)

    def get_idxs(self) -> list[int]:
        return super().get_idxs() if self.order is None else self.order(self.rng)

    def do_batch(self, numbers) -> tuple:
        """Pictures (B, C, H, W) float32 of these numbers, and all that follows them."""
        numbers, tensor = list(numbers), isinstance(self.targets, Tensor)
        x = as_floats(self.pictures[numbers])
        y = self.targets[numbers] if tensor else [self.targets[i] for i in numbers]
        if self.augment is not None and self.whole:
            x, y = self.augment(x, y)
        elif self.augment is not None:
            y = y.numpy() if tensor else y
            pairs = [self.augment(p, t) for p, t in zip(x[:, 0].numpy(), y, strict=True)]
            x = torch.from_numpy(np.stack([p for p, _ in pairs]).astype(np.float32))[:, None]
            y = [t for _, t in pairs]
            y = torch.from_numpy(np.stack(y)) if tensor else y
        return (x, y) if self.collate is None else (x, *self.collate(y, x.shape[-2:]))


def nothing(pictures: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
    """A set of no pictures, of the same kind: (N, ...) become (0, ...)."""
    return pictures[:0], targets[:0]
