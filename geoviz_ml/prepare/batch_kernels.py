"""Sharpening and blurs of a whole batch: every picture is convolved with a kernel of its own.

Each changes pictures as the transform of this name in albumentations does.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from .batch_places import uniform

WIDEST = 7  # pixels; smaller kernels lie in the middle of such


def convolve(pictures: Tensor, kernels: Tensor) -> Tensor:
    """Pictures (B, 1, H, W) in 0..1, each seen through its own kernel (B, k, k) of odd side.

    Beyond the edge the picture is mirrored about its last pixel. Values are cut off at 0 and 1.
    """
    (_, _, height, width), k = pictures.shape, kernels.shape[-1]
    edged = functional.pad(pictures, [k // 2] * 4, mode="reflect")
    edged = edged.view(1, -1, height + k - 1, width + k - 1)  # the pictures as channels
    kernels = kernels[:, None].to(pictures.device)
    changed = functional.conv2d(edged, kernels, groups=len(pictures))
    return changed.view_as(pictures).clamp_(0, 1)


def middle(side: int) -> Tensor:
    """The kernel (side, side) that leaves a picture as it is."""
    kernel = torch.zeros(side, side)
    kernel[side // 2, side // 2] = 1
    return kernel


class Convolution:
    """A change whose parameters are a kernel for each picture."""

    def __call__(self, pictures: Tensor, drawn: Tensor) -> Tensor:
        return convolve(pictures, drawn)


@dataclass(frozen=True)
class Sharpen(Convolution):
    """Adds a part of what a pixel has more than its eight neighbours.

    Parameters
    ----------
    part : (float, float)
        Least and greatest weight of the sharpened picture, in a mean with the picture as it was.
    lightness : (float, float)
        Least and greatest weight of the pixel itself in the sharpened picture.
    """

    part: tuple[float, float] = (0.2, 0.5)
    lightness: tuple[float, float] = (0.5, 1.0)

    still = middle(3)

    def draw(self, n: int, size: tuple[int, int], generator: torch.Generator) -> Tensor:
        """Kernels (n, 3, 3)."""
        part, lightness = (uniform(n, p, generator) for p in (self.part, self.lightness))
        return sharpening(part.float(), lightness.float())


def sharpening(part: Tensor, lightness: Tensor) -> Tensor:
    """Kernels (n, 3, 3) of `Sharpen` for its two weights, (n,) each."""
    part, lightness = part[:, None, None], lightness[:, None, None]
    effect = (9 + lightness) * middle(3) - 1
    return (1 - part) * middle(3) + part * effect


def odd(n: int, generator: torch.Generator) -> Tensor:
    """Sides of kernels, (n,): 3, 5 or 7."""
    return 3 + 2 * torch.randint(0, (WIDEST - 1) // 2, (n,), generator=generator)


@dataclass(frozen=True)
class Blur(Convolution):
    """The mean of a square of 3, 5 or 7 pixels."""

    still = middle(WIDEST)

    def draw(self, n: int, size: tuple[int, int], generator: torch.Generator) -> Tensor:
        """Kernels (n, 7, 7)."""
        return boxes(odd(n, generator))


def boxes(sides: Tensor) -> Tensor:
    """Kernels (n, 7, 7) whose middle square, of these sides (n,), has a mean of the picture."""
    inside = (torch.arange(WIDEST) - WIDEST // 2).abs() <= sides[:, None] // 2
    return (inside[:, None] & inside[..., None]) / sides[:, None, None] ** 2


@dataclass(frozen=True)
class MotionBlur(Convolution):
    """The mean along a short line, in any direction, as if the camera had moved."""

    still = middle(WIDEST)

    def draw(self, n: int, size: tuple[int, int], generator: torch.Generator) -> Tensor:
        """Kernels (n, 7, 7)."""
        return lines(
            odd(n, generator),
            uniform(n, (0, 360), generator),
            uniform(n, (-1, 1), generator),
            uniform(2 * n, (-1, 1), generator).view(2, n),
        )


def lines(sides: Tensor, angles: Tensor, bias: Tensor, shift: Tensor) -> Tensor:
    """Kernels (n, 7, 7) with a line of pixels that weigh the same.

    Parameters
    ----------
    sides : Tensor (n,)
        3, 5 or 7: the square in the middle that the line lies in.
    angles : Tensor (n,)
        Degrees.
    bias : Tensor (n,)
        -1: the line ends in the middle; 0: it reaches to both sides; 1: it begins in the middle.
    shift : Tensor (2, n)
        Of the line along x and y, in quarters of the square.
    """
    reach = (sides // 2).double()[:, None]
    first, last = -1 + bias.clamp(min=0), 1 + bias.clamp(max=0)
    steps = torch.minimum(torch.arange(WIDEST), sides[:, None] - 1) / (sides[:, None] - 1)
    along = reach * (first[:, None] + (last - first)[:, None] * steps)
    angles = angles.deg2rad()
    shift = shift[..., None] * reach / 2
    across = torch.stack([angles.cos(), angles.sin()])[..., None] * along + shift
    x, y = torch.minimum((reach + across).round(), 2 * reach).clamp(min=0) - reach
    kernels = torch.zeros(len(sides), WIDEST, WIDEST)
    number = torch.arange(len(sides))[:, None]
    kernels[number, y.long() + WIDEST // 2, x.long() + WIDEST // 2] = 1
    return kernels / kernels.sum((1, 2), keepdim=True)
