"""Semantics and detail infusion: the skips of U-Net v2 (Peng, Sonka and Chen 2023).

Every level of the encoder is refined to the same number of channels (`Refine`); for a target level
all of them are brought to its size and multiplied (`SDI`).
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import UsageError


class ChannelAttention(nn.Module):
    """x times a weight a channel, from the mean and the maximum of every channel.

    Both go through the same bottleneck of `channels` / 16, but at least 4, channels.
    """

    def __init__(self, channels: int):
        super().__init__()
        hidden = max(channels // 16, 4)
        self.bottleneck = nn.Sequential(
            nn.Conv2d(channels, hidden, 1, bias=False),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden, channels, 1, bias=False),
        )

    def forward(self, x: Tensor) -> Tensor:
        mean, peak = x.mean((2, 3), keepdim=True), x.amax((2, 3), keepdim=True)
        return x * torch.sigmoid(self.bottleneck(mean) + self.bottleneck(peak))


class SpatialAttention(nn.Module):
    """x times a weight a pixel, by a 7x7 convolution of the mean and maximum over channels."""

    def __init__(self):
        super().__init__()
        self.look = nn.Conv2d(2, 1, 7, padding=3, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        both = torch.cat([x.mean(1, keepdim=True), x.amax(1, keepdim=True)], 1)
        return x * torch.sigmoid(self.look(both))


class Refine(nn.Sequential):
    """One level made ready: both attentions, then 1x1 to `width` channels, normalised."""

    def __init__(self, channels: int, width: int = 32):
        super().__init__(
            ChannelAttention(channels),
            SpatialAttention(),
            nn.Conv2d(channels, width, 1, bias=False),
            nn.BatchNorm2d(width),
        )


class SDI(nn.Module):
    """Product of all levels at the size of one: L maps (B, width, H_i, W_i) -> (B, width, H, W).

    A larger map is averaged down, a smaller one interpolated; each then has a 3x3 convolution of
    its own; the Hadamard (elementwise) product of all is the answer, in float32.

    Parameters
    ----------
    levels : int
        Number L of maps.
    width : int
        Their channels.
    calm : bool
        How the 3x3 convolutions start. False: as published, which is PyTorch's start, around 0. A
        product of L small numbers is tiny (with five levels of unit variance, 0.01 at the finest
        target and 0.0001 at the coarsest) and so is its gradient, which is a product of L - 1.
        True: each factor is 1 + e with the variance of e 1/L. Then the product is about 1 + the
        sum of all e, of order 1 for any L, and every level learns from the first step.

    Raises
    ------
    UsageError
        Another number of maps than `levels`.

    Examples
    --------
    >>> import torch
    >>> from geoviz_ml.models import SDI
    >>> maps = [torch.ones(1, 8, side, side) for side in (16, 8, 4)]
    >>> tuple(SDI(3, width=8)(maps, (8, 8)).shape)  # all three at the size of the second
    (1, 8, 8, 8)
    """

    def __init__(self, levels: int, width: int = 32, calm: bool = False):
        super().__init__()
        self.calm = calm
        self.smooth = nn.ModuleList(nn.Conv2d(width, width, 3, padding=1) for _ in range(levels))
        if calm:
            for conv in self.smooth:
                nn.init.normal_(conv.weight, std=1 / math.sqrt(9 * width * levels))
                nn.init.ones_(conv.bias)

    def extra_repr(self) -> str:
        return f"calm={self.calm}"

    def forward(self, maps: list[Tensor], size: tuple[int, int]) -> Tensor:
        if len(maps) != len(self.smooth):
            raise UsageError(f"{len(maps)} maps for an SDI of {len(self.smooth)} levels.")
        product = 1.0
        for x, smooth in zip(maps, self.smooth, strict=True):
            product = product * smooth(resize(x, size)).float()
        return product


def resize(x: Tensor, size: tuple[int, int]) -> Tensor:
    """(B, C, H, W) at another size: averaged if it is larger, interpolated if it is smaller."""
    size = tuple(size)
    if tuple(x.shape[-2:]) == size:
        return x
    if x.shape[-2] >= size[0] and x.shape[-1] >= size[1]:
        return F.adaptive_avg_pool2d(x, size)
    return F.interpolate(x, size, mode="bilinear", align_corners=True)
