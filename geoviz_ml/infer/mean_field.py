"""The mean field of a fully connected CRF with two labels, exactly, in torch.

All pairs of a 256x256 picture are 4e9. Two facts make the sums over them quick without cutting or
rounding any:

- A Gaussian of the distance is a product of one of the rows and one of the columns, so the sum is
  two multiplications of matrices, and a wide Gaussian is a matrix of low rank.
- A Gaussian of the difference of two grey levels is a sum of a few dozen cosines,
  exp(-(u - v)^2 / 2 s^2) = sum_k c_k cos(w_k (u - v)), and cos(a - b) is a product again:
  cos(a) cos(b) + sin(a) sin(b).
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

SURE = 1e-5  # no probability counts as surer than this, as in pydensecrf
Filter = Callable[[Tensor], Tensor]


def mean_field(
    grey: np.ndarray,
    prob: np.ndarray,
    smooth: tuple[float, float],
    bilateral: tuple[float, float, float],
    iterations: int,
    device: torch.device | str | None = None,
    cut: float = 3e-13,
) -> np.ndarray:
    """Probability of the class after some steps of the mean field.

    The energy is -log(prob), and for every pair of pixels with different labels the sum of two
    Gaussian kernels; each kernel K counts as D^-1/2 K D^-1/2 with D the sums of its rows, and a
    pixel is its own neighbour, as in pydensecrf (Potts model, symmetric normalisation).

    Parameters
    ----------
    grey : ndarray (H, W)
        Any grey levels.
    prob : ndarray (H, W) or (..., H, W)
        Probability of the class, 0..1; values within 1e-5 of 0 or 1 count as 1e-5 away. Several of
        one picture share its kernels.
    smooth : (width, weight)
        Of the kernel of distance, width in pixels.
    bilateral : (width, levels, weight)
        Of the kernel of distance and grey level.
    iterations : int
    device : torch.device or str, optional
        Default: a CUDA GPU if there is one, else the CPU.
    cut : float
        Part of its height below which a Gaussian counts as zero. From 1e-8 on all is computed in
        float32: several times as quick, and for pictures of bytes right to some 1e-4.

    Returns
    -------
    ndarray of float64, of the shape of `prob`
    """
    device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    dtype = torch.float64 if cut < 1e-8 else torch.float32
    grey, prob = (torch.as_tensor(a, dtype=dtype, device=device) for a in (grey, prob))
    ones = torch.ones_like(grey)
    kernels = [
        (smooth[1], normalised(distance_filter(ones, smooth[0], cut), ones)),
        (bilateral[2], normalised(bilateral_filter(grey, *bilateral[:2], cut), ones)),
    ]
    kernels = [(weight, kernel) for weight, kernel in kernels if weight]
    logit = prob.clamp_min(SURE).log() - (1 - prob).clamp_min(SURE).log()
    # what votes for the class, K q, less what votes against it, K (1 - q), is 2 K q - K 1
    against = sum((weight * kernel(ones) for weight, kernel in kernels), 0 * ones)
    q = torch.sigmoid(logit)
    for _ in range(iterations):
        votes = sum((2 * weight * kernel(q) for weight, kernel in kernels), -against)
        q = torch.sigmoid(logit + votes)
    return q.double().cpu().numpy()


def normalised(kernel: Filter, ones: Tensor) -> Filter:
    """x -> D^-1/2 K D^-1/2 x for the `kernel` K, with D the sums of its rows.

    `ones` is a picture (H, W) of ones: K of it is D, at least 1, for a pixel is its own neighbour.
    """
    scale = kernel(ones).clamp_min(1).rsqrt()
    return lambda x: scale * kernel(scale * x)


def distance_filter(like: Tensor, width: float, cut: float = 3e-13) -> Filter:
    """x -> sum over all pixels j of exp(-|i - j|^2 / 2 width^2) x_j, for x (..., H, W)."""
    rows, columns = (_factor(n, width, cut, like) for n in like.shape)
    return lambda x: rows @ (rows.T @ x @ columns) @ columns.T


def bilateral_filter(grey: Tensor, width: float, levels: float, cut: float = 3e-13) -> Filter:
    """The same with the factor exp(-(grey_i - grey_j)^2 / 2 levels^2), for x (..., H, W).

    `grey` is (H, W), `width` in pixels, `levels` in the unit of `grey`; see the head of the module.
    """
    near = distance_filter(grey, width, cut)
    reach = math.sqrt(-2 * math.log(cut))  # standard deviations after which a Gaussian is `cut`
    low, high = grey.min(), grey.max()
    period = (high - low).item() + reach * levels  # a repeated Gaussian: its copies do not meet
    step = 2 * math.pi / period
    k = torch.arange(math.ceil(reach / (levels * step)) + 1, dtype=torch.float64)
    share = levels * step / math.sqrt(2 * math.pi) * torch.exp(-((k * step * levels) ** 2) / 2)
    share[1:] *= 2
    angle = (k * step).to(grey)[:, None, None] * (grey - low)
    size = share.sqrt().to(grey)[:, None, None]
    waves = torch.cat([size * angle.cos(), size * angle.sin()])  # (2 K, H, W)

    def apply(x: Tensor) -> Tensor:
        return sum(part * near(part * x) for part in waves)

    return apply


def _factor(n: int, width: float, cut: float, like: Tensor) -> Tensor:
    """F (n, rank) with F F^T = the Gaussians of all distances of n pixels in a row."""
    place = torch.arange(n, dtype=torch.float64)
    values, vectors = torch.linalg.eigh(torch.exp(-(((place[:, None] - place) / width) ** 2) / 2))
    kept = values > cut / 30 * values[-1]
    return (vectors[:, kept] * values[kept].sqrt()).to(like)
