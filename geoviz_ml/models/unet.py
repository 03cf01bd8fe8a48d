"""The U-net of Marangio et al. 2020, which is the public Keras U-net for ISBI 2012.

Ronneberger et al. 2015 with same padding, nearest upsampling and dropout at the two deepest levels.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import UsageError
from .built import rebuildable
from .initialise import initialise


@rebuildable
class UNet(nn.Module):
    """U-net for binary or multi-label segmentation; returns logits.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of the picture and of the answer.
    base : int
        Channels of the first level; each of the four levels below has twice as many. With 64 and
        the other defaults the network has the 31 031 685 parameters of the published one.
    dropout : float
        Part of the activations dropped at levels 4 and 5 while training.
    init : str
        A weight initialiser, see `geoviz_ml.models.initialise.INITIALISERS`.
    head : int
        Channels between the two last convolutions. Behind the published 2 sits a ReLU: if both
        become zero, the network answers the same everywhere, forever.
    norm : bool
        Batch normalisation after each 3x3 convolution; the published network has none, a narrow
        network trained for a few hundred steps needs it. With base=8 and 64 steps, 3 of 16 seeds
        learned as published (one had died), 7 with head=8, 12 with norm, 15 with both
        (tests/benchmarks/narrow_unet.py).
    prior : float
        Probability that the untrained network starts from, through the bias of its last layer.
        Starting at the part of the pixels that are in the class saves a short training the steps
        it would spend on finding that part.

    Notes
    -----
    Height and width must be divisible by 16.

    Examples
    --------
    >>> import torch
    >>> from geoviz_ml.models import UNet
    >>> sum(weights.numel() for weights in UNet().parameters())  # of the published network
    31031685
    >>> tuple(UNet(base=4)(torch.zeros(2, 1, 64, 96)).shape)  # a logit a pixel
    (2, 1, 64, 96)
    """

    def __init__(
        self,
        in_channels: int = 1,
        out_channels: int = 1,
        base: int = 64,
        dropout: float = 0.5,
        init: str = "he_normal",
        head: int = 2,
        norm: bool = False,
        prior: float = 0.5,
    ):
        super().__init__()
        if not 0 < prior < 1:
            raise UsageError(f"a prior is a probability between 0 and 1, not {prior}.")
        self.settings = f"init={init}, prior={prior}"
        width = [base * 2**level for level in range(5)]
        self.down = nn.ModuleList(
            double_conv(before, after, norm)
            for before, after in zip([in_channels, *width], width, strict=False)
        )
        self.up = nn.ModuleList(UpConv(width[i + 1], width[i]) for i in range(4))
        self.merge = nn.ModuleList(double_conv(2 * width[i], width[i], norm) for i in range(4))
        self.dropout = nn.Dropout(dropout)
        self.head = conv_relu(base, head, norm)
        self.out = nn.Conv2d(head, out_channels, 1)
        initialise(self, init)
        nn.init.constant_(self.out.bias, math.log(prior / (1 - prior)))

    def extra_repr(self) -> str:
        return self.settings

    def forward(self, x: Tensor) -> Tensor:  # (B, in_channels, H, W)
        if x.shape[-2] % 16 or x.shape[-1] % 16:
            raise UsageError(
                f"a picture of {x.shape[-2]} x {x.shape[-1]} pixels cannot be halved four times.",
                advice="Make both sides divisible by 16.",
            )
        skips = []
        for level, conv in enumerate(self.down):
            x = conv(x)  # (B, base * 2**level, H / 2**level, W / 2**level)
            if level >= 3:
                x = self.dropout(x)
            if level < 4:
                skips.append(x)
                x = F.max_pool2d(x, 2)
        for level in (3, 2, 1, 0):
            x = torch.cat([skips[level], self.up[level](x)], dim=1)
            x = self.merge[level](x)
        return self.out(self.head(x))  # (B, out_channels, H, W)


class UpConv(nn.Module):
    """Nearest upsampling by 2, a 2x2 convolution, ReLU: (B, C, H, W) -> (B, C', 2H, 2W)."""

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        self.conv = nn.Conv2d(in_channels, out_channels, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = F.interpolate(x, scale_factor=2.0)
        return F.relu(self.conv(F.pad(x, (0, 1, 0, 1))))  # Keras pads an even kernel at the end


def conv_relu(in_channels: int, out_channels: int, norm: bool) -> nn.Sequential:
    """A 3x3 convolution of the same size, normalised or not, with ReLU."""
    conv = nn.Conv2d(in_channels, out_channels, 3, padding=1)
    middle = [nn.BatchNorm2d(out_channels)] if norm else []
    return nn.Sequential(conv, *middle, nn.ReLU(inplace=True))


def double_conv(in_channels: int, out_channels: int, norm: bool) -> nn.Sequential:
    """Two `conv_relu`."""
    return nn.Sequential(
        conv_relu(in_channels, out_channels, norm), conv_relu(out_channels, out_channels, norm)
    )
