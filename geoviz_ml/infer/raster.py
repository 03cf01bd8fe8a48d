"""Scan a picture with a patch classifier: one score a pixel, that of the patch around it."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import UsageError, unmasked
from ..models.pictures import as_floats, as_tensor
from ..models.prediction import device_of, network_of, one_score, run_batches
from .dense import NoDenseFormError, dense_form


def raster_scan(
    model: nn.Module,
    image: np.ndarray,
    patch: int = 32,
    step: int = 1,
    *,
    where: np.ndarray | None = None,
    batch_size: int = 256,
) -> np.ndarray:
    """Score of the patch around every pixel.

    Parameters
    ----------
    model : nn.Module or Learner
        Maps patches (B, 1, `patch`, `patch`) to raw scores (B, 1).
    image : ndarray (H, W)
        Bytes, or floats in 0..1.
    patch : int
        Side of a patch, pixels. Pixel (i, j) is its row and column `patch` // 2; what lies outside
        the picture is 0, as published.
    step : int
        1: every pixel has its own patch, as published. Larger: only pixels `step` apart in rows
        and columns, and the last of each, have one; between them scores are interpolated
        (bilinear). That is quicker, and it is an approximation. A network with a dense form needs
        none: it is always computed at every pixel.
    where : ndarray (H, W) of bool, optional
        Pixels that need a score; by default all. Of the others no patch is looked at, but for those
        that the interpolation takes.
    batch_size : int
        Patches at a time. It bounds the memory and does not change the answer.

    Returns
    -------
    ndarray (H, W) of float32
        Raw scores: ``scores >= 0`` is the mask. NaN where none is needed.

    Raises
    ------
    UsageError
        An image or `where` that is not what it should be, or a network that cannot take such
        patches, or does not answer with one score a patch.

    Notes
    -----
    A network without padding is turned into a dense one, see `geoviz_ml.infer.dense`: the same
    answer up to rounding, hundreds of times quicker. For a network with padding, such as ResNet18,
    no dense form is equal; its patches go through it in batches.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from geoviz_ml.infer import raster_scan
    >>> class Brightness(torch.nn.Module):
    ...     def forward(self, patches):
    ...         return patches.mean((2, 3)) - 0.5
    >>> image = np.zeros((20, 20), np.float32)
    >>> image[:, 10:] = 1
    >>> scores = raster_scan(Brightness(), image, patch=4)
    >>> scores.shape, [int(s >= 0) for s in scores[10, 8:13]]
    ((20, 20), [0, 0, 1, 1, 1])
    """
    network, image = network_of(model), np.asarray(unmasked(image, "the image"))
    if image.ndim != 2 or image.size == 0:
        raise UsageError(f"the image must be (H, W), not {image.shape}.")
    if not 1 <= patch or not 1 <= step or not 1 <= batch_size:
        raise UsageError("patch, step and batch_size must be at least 1.")
    where = np.ones(image.shape, bool) if where is None else np.asarray(where)
    if where.shape != image.shape or where.dtype != bool:
        raise UsageError(f"where must be bool {image.shape}, not {where.dtype} {where.shape}.")
    picture = as_floats(as_tensor(image[None], "the image")[0, 0])
    before, after = patch // 2, patch - patch // 2 - 1
    padded = nn.functional.pad(picture, (before, after, before, after)).to(device_of(network))
    try:
        dense = dense_form(network, patch).to(padded.device)
    except NoDenseFormError:
        scores = _patch_scan(network, padded, patch, step, where, batch_size)
    else:
        scores = _dense_scan(dense, padded, patch, batch_size)
    return np.where(where, scores, np.float32(np.nan))


def _dense_scan(dense: nn.Module, padded: Tensor, patch: int, batch_size: int) -> np.ndarray:
    """Whole rows at a time: as many as have `batch_size` patches without common pixels."""
    height, width = (n - patch + 1 for n in padded.shape)
    high = max(1, batch_size * patch**2 // padded.shape[1] - patch + 1)
    strips = (padded[None, None, top : top + high + patch - 1] for top in range(0, height, high))
    scores = run_batches(dense, strips, lambda out: out[0, 0])
    return torch.cat(scores).numpy().reshape(height, width)


def _patch_scan(network, padded, patch, step, where, batch_size) -> np.ndarray:
    rows, columns = (_places(n, step) for n in where.shape)
    down, across = _between(rows, where.shape[0]), _between(columns, where.shape[1])
    needed = torch.from_numpy(down.T @ where @ across > 0)
    windows = padded.unfold(0, patch, 1).unfold(1, patch, 1)  # a view: no patch is copied yet
    at = torch.cartesian_prod(*map(torch.from_numpy, (rows, columns)))[needed.ravel()]
    batches = (
        windows[some[:, 0], some[:, 1]][:, None] for some in at.to(padded.device).split(batch_size)
    )
    scores = torch.zeros(needed.shape)
    scores[needed] = torch.cat([torch.empty(0), *run_batches(network, batches, one_score)])
    if step == 1:
        return scores.numpy()
    return (down @ scores.numpy() @ across.T).astype(np.float32)


def _places(n: int, step: int) -> np.ndarray:
    return np.union1d(np.arange(0, n, step), n - 1)


def _between(places: np.ndarray, n: int) -> np.ndarray:
    """Matrix (n, places) that interpolates linearly between the places."""
    return np.stack([np.interp(np.arange(n), places, unit) for unit in np.eye(len(places))], 1)
