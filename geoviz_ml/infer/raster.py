"""Scan a picture with a patch classifier: one score a pixel, that of the patch around it."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import UsageError
from .dense import NoDenseFormError, dense_form


def raster_scan(
    model: nn.Module,
    image: np.ndarray,
    patch: int = 32,
    step: int = 1,
    *,
    batch_size: int = 256,
) -> np.ndarray:
    """Score of the patch around every pixel.

    Parameters
    ----------
    model : nn.Module or Learner
        Maps patches (B, 1, `patch`, `patch`) to raw scores (B, 1).
    image : ndarray (H, W)
        Scaled as the patches were in training: bytes, or floats in 0..1.
    patch : int
        Side of a patch, pixels. Pixel (i, j) is its row and column `patch` // 2; what lies outside
        the picture is 0, as published.
    step : int
        1: every pixel has its own patch, as published. Larger: only pixels `step` apart in rows
        and columns, and the last of each, have one; between them scores are interpolated
        (bilinear). That is quicker, and it is an approximation. A network with a dense form needs
        none: it is always computed at every pixel.
    batch_size : int
        Patches at a time. It bounds the memory and does not change the answer.

    Returns
    -------
    ndarray (H, W) of float32
        Raw scores: ``scores >= 0`` is the mask.

    Raises
    ------
    UsageError
        An image that is not what it should be, or a network that does not answer with one score a
        patch.

    Notes
    -----
    A network without padding is turned into a dense one, see `geoviz_ml.infer.dense`: the same
    answer up to rounding, hundreds of times quicker. For a network with padding, such as ResNet18,
    no dense form is equal; its patches go through it in batches.
    """
    model = getattr(model, "model", model)
    picture = _checked(image)
    height, width = picture.shape
    if not 1 <= patch or not 1 <= step or not 1 <= batch_size:
        raise UsageError("patch, step and batch_size must be at least 1.")
    before, after = patch // 2, patch - patch // 2 - 1
    padded = nn.functional.pad(picture, (before, after, before, after))
    weight = next(model.parameters(), None)
    padded = padded.to(weight.device if weight is not None else "cpu")
    was_training = model.training
    model.eval()
    try:
        with torch.inference_mode():
            try:
                return _dense_scan(dense_form(model, patch), padded, patch, batch_size)
            except NoDenseFormError:
                pass
            rows, columns = (_places(n, step) for n in (height, width))
            scores = _patch_scan(model, padded, patch, rows, columns, batch_size)
    finally:
        model.train(was_training)
    if step == 1:
        return scores
    return (_between(rows, height) @ scores @ _between(columns, width).T).astype(np.float32)


def _checked(image: np.ndarray) -> Tensor:
    image = np.asarray(image)
    if image.ndim != 2 or image.size == 0:
        raise UsageError(f"the image must be (H, W), not {image.shape}.")
    if image.dtype == np.uint8:
        image = image / np.float32(255)
    elif image.dtype.kind != "f" or not (image.min() >= 0 and image.max() <= 1):  # also for NaN
        raise UsageError(
            f"the image holds {image.dtype} from {image.min()} to {image.max()}.",
            advice="Use bytes (uint8), or floats from 0 to 1 without NaN.",
        )
    return torch.from_numpy(np.ascontiguousarray(image, np.float32))


def _dense_scan(dense: nn.Module, padded: Tensor, patch: int, batch_size: int) -> np.ndarray:
    """Whole rows at a time: as many as have `batch_size` patches without common pixels."""
    height, width = (n - patch + 1 for n in padded.shape)
    high = max(1, batch_size * patch**2 // padded.shape[1] - patch + 1)
    parts = [
        dense(padded[None, None, top : top + high + patch - 1])[0, 0].float().cpu()
        for top in range(0, height, high)
    ]
    return torch.cat(parts).numpy().reshape(height, width)


def _patch_scan(model, padded, patch, rows, columns, batch_size) -> np.ndarray:
    windows = padded.unfold(0, patch, 1).unfold(1, patch, 1)  # a view: no patch is copied yet
    at = torch.cartesian_prod(*(torch.from_numpy(n).to(padded.device) for n in (rows, columns)))
    scores = []
    for some in at.split(batch_size):
        answer = model(windows[some[:, 0], some[:, 1]][:, None])
        if answer.numel() != len(some):
            raise UsageError(
                f"the network answers a batch of {len(some)} patches with {tuple(answer.shape)}.",
                advice="It should give one score a patch, (B, 1).",
            )
        scores.append(answer.reshape(-1).float())
    return torch.cat(scores).cpu().numpy().reshape(len(rows), len(columns))


def _places(n: int, step: int) -> np.ndarray:
    return np.union1d(np.arange(0, n, step), n - 1)


def _between(places: np.ndarray, n: int) -> np.ndarray:
    """Matrix (n, places) that interpolates linearly between the places."""
    return np.stack([np.interp(np.arange(n), places, unit) for unit in np.eye(len(places))], 1)
