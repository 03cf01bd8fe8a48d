"""Networks that look at one small patch and answer with one number."""

from __future__ import annotations

from torch import nn

from ..errors import UsageError
from .built import rebuildable
from .simclr import ResNet18


@rebuildable
class PatchResNet(nn.Sequential):
    """ResNet18 with one output (Katafuchi et al. 2020): patches (B, 1, H, W) to scores (B, 1).

    Parameters
    ----------
    width : int
        Channels of the first layers: 64 as published, 11.2 million weights; 16 for a quick run.
    in_channels : int

    Examples
    --------
    >>> from geoviz_ml.models import PatchResNet
    >>> round(sum(p.numel() for p in PatchResNet().parameters()) / 1e6, 1)  # millions
    11.2
    """

    def __init__(self, width: int = 64, in_channels: int = 1):
        features = ResNet18(in_channels, width)
        super().__init__(features, nn.Linear(features.out_features, 1))


@rebuildable
class PatchNet(nn.Sequential):
    """A small network without padding: patches (B, 1, `patch`, `patch`) to scores (B, 1).

    Three times 5x5 convolution, batch norm, ReLU, with two poolings between. It never looks past
    the edge of its patch, so `geoviz_ml.infer.raster_scan` can apply it to a whole picture in one
    go, with the same answer.

    Parameters
    ----------
    width : int
        Channels of the first convolution; the others have two and four times as many.
    patch : int
        Side of a patch; at least 32 pixels.
    in_channels : int

    Raises
    ------
    UsageError
        The patch is too small.

    Examples
    --------
    >>> import torch
    >>> from geoviz_ml.models import PatchNet
    >>> tuple(PatchNet(width=4)(torch.zeros(5, 1, 32, 32)).shape)  # a score a patch
    (5, 1)
    """

    def __init__(self, width: int = 16, patch: int = 32, in_channels: int = 1):
        left = ((patch - 4) // 2 - 4) // 2 - 4
        if left < 1:
            raise UsageError(f"a patch of {patch} pixels is too small.", advice="Use at least 32.")
        super().__init__(
            *_block(in_channels, width),
            nn.MaxPool2d(2),
            *_block(width, 2 * width),
            nn.MaxPool2d(2),
            *_block(2 * width, 4 * width),
            nn.Flatten(),
            nn.Linear(4 * width * left**2, 1),
        )


def _block(inside: int, out: int) -> list[nn.Module]:
    return [nn.Conv2d(inside, out, 5, bias=False), nn.BatchNorm2d(out), nn.ReLU()]
