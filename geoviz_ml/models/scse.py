"""Squeeze and excitation along channels and along space (Roy, Navab and Wachinger 2018)."""

from __future__ import annotations

from torch import Tensor, nn


class SCSE(nn.Module):
    """``x * c(x) + x * s(x)``: a weight a channel plus a weight a pixel, both between 0 and 1.

    c looks at the mean of every channel through a bottleneck, s at the channels of each pixel
    through a 1x1 convolution. (The text of Li et al. 2024 swaps the two; its source does not.)

    Parameters
    ----------
    channels : int
    reduction : int
        The bottleneck has `channels` / `reduction` channels, but at least 4.

    Examples
    --------
    >>> import torch
    >>> from geoviz_ml.models import SCSE
    >>> x = torch.ones(1, 16, 4, 4)
    >>> y = SCSE(16)(x)
    >>> tuple(y.shape), bool((y > 0).all() and (y < 2 * x).all())  # two weights between 0 and 1
    ((1, 16, 4, 4), True)
    """

    def __init__(self, channels: int, reduction: int = 16):
        super().__init__()
        hidden = max(channels // reduction, 4)
        self.channel = nn.Sequential(
            nn.AdaptiveAvgPool2d(1),
            nn.Conv2d(channels, hidden, 1),
            nn.ReLU(inplace=True),
            nn.Conv2d(hidden, channels, 1),
            nn.Sigmoid(),
        )
        self.space = nn.Sequential(nn.Conv2d(channels, 1, 1), nn.Sigmoid())

    def forward(self, x: Tensor) -> Tensor:
        return x * self.channel(x) + x * self.space(x)
