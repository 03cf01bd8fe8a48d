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
REACH = 7.6  # standard deviations after which a Gaussian is below 3e-13
Filter = Callable[[Tensor], Tensor]


def mean_field(
    grey: np.ndarray,
    prob: np.ndarray,
    smooth: tuple[float, float],
    bilateral: tuple[float, float, float],
    iterations: int,
    device: torch.device | str | None = None,
) -> np.ndarray:
    """Probability of the class after some steps of the mean field.

    The energy is -log(prob), and for every pair of pixels with different labels the sum of two
    Gaussian kernels; each kernel K counts as D^-1/2 K D^-1/2 with D the sums of its rows, and a
    pixel is its own neighbour, as in pydensecrf (Potts model, symmetric normalisation).

    Parameters
    ----------
    grey : ndarray (H, W)
        Any grey levels.
    prob : ndarray (H, W)
        Probability of the class, 0..1; values within 1e-5 of 0 or 1 count as 1e-5 away.
    smooth : (width, weight)
        Of the kernel of distance, width in pixels.
    bilateral : (width, levels, weight)
        Of the kernel of distance and grey level.
    iterations : int
    device : torch.device or str, optional
        Default: a CUDA GPU if there is one, else the CPU. It must know float64.

    Returns
    -------
    ndarray (H, W) of float64
    """
    device = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    grey, prob = (torch.as_tensor(a, dtype=torch.float64, device=device) for a in (grey, prob))
    ones = torch.ones_like(grey)
    kernels = [
        (smooth[1], normalised(distance_filter(ones, smooth[0]), ones)),
        (bilateral[2], normalised(bilateral_filter(grey, *bilateral[:2]), ones)),
    ]
    kernels = [(weight, kernel) for weight, kernel in kernels if weight]
    logit = prob.clamp_min(SURE).log() - (1 - prob).clamp_min(SURE).log()
    # what votes for the class, K q, less what votes against it, K (1 - q), is 2 K q - K 1
    against = sum((weight * kernel(ones) for weight, kernel in kernels), 0 * ones)
    q = torch.sigmoid(logit)
    for _ in range(iterations):
        votes = sum((2 * weight * kernel(q) for weight, kernel in kernels), -against)
        q = torch.sigmoid(logit + votes)
    return q.cpu().numpy()


def normalised(kernel: Filter, ones: Tensor) -> Filter:
    """x -> D^-1/2 K D^-1/2 x for the `kernel` K, with D the sums of its rows.

    `ones` is a picture (H, W) of ones: K of it is D.
    """
    scale = kernel(ones).rsqrt()
    return lambda x: scale * kernel(scale * x)


def distance_filter(like: Tensor, width: float) -> Filter:
    """x -> sum over all pixels j of exp(-|i - j|^2 / 2 width^2) x_j, for x (..., H, W)."""
    rows, columns = (_factor(n, width, like) for n in like.shape)
    return lambda x: rows @ (rows.T @ x @ columns) @ columns.T


def bilateral_filter(grey: Tensor, width: float, levels: float) -> Filter:
    """The same with the factor exp(-(grey_i - grey_j)^2 / 2 levels^2), for one picture x (H, W).

    `grey` is (H, W), `width` in pixels, `levels` in the unit of `grey`; see the head of the module.
    """
    near = distance_filter(grey, width)
    low, high = grey.min(), grey.max()
    period = (high - low).item() + REACH * levels  # a repeated Gaussian: its copies do not meet
    step = 2 * math.pi / period
    turn = torch.polar(torch.ones_like(grey), step * (grey - low))
    terms = range(math.ceil(REACH / (levels * step)) + 1)

    def apply(x: Tensor) -> Tensor:
        total, wave = torch.zeros_like(x), torch.ones_like(turn)
        for k in terms:
            share = (
                levels * step / math.sqrt(2 * math.pi) * math.exp(-((k * step * levels) ** 2) / 2)
            )
            parts = torch.stack([wave.real, wave.imag])  # cosine and sine
            total += (2 if k else 1) * share * (parts * near(parts * x)).sum(0)
            wave = wave * turn
        return total

    return apply


def _factor(n: int, width: float, like: Tensor) -> Tensor:
    """F (n, rank) with F F^T = the Gaussians of all distances of n pixels in a row."""
    place = torch.arange(n, dtype=torch.float64)
    values, vectors = torch.linalg.eigh(torch.exp(-(((place[:, None] - place) / width) ** 2) / 2))
    kept = values > 1e-14 * values[-1]
    return (vectors[:, kept] * values[kept].sqrt()).to(like.device)
