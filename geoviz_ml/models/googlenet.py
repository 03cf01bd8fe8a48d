"""GoogLeNet (Szegedy et al. 2015), as a trunk for DetectNet and as a classifier of any width.

The Inception blocks are torchvision's: batch normalisation in place of the local response
normalisation of 2014, and a 3x3 convolution where the paper has a 5x5 one.
"""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn
from torchvision.models.googlenet import BasicConv2d, Inception

from ..errors import UsageError
from .built import rebuildable

# 1x1; 3x3 reduced, 3x3; "5x5" reduced, "5x5"; pooled (Table 1 of the paper)
INCEPTION = {
    "3a": (64, 96, 128, 16, 32, 32),
    "3b": (128, 128, 192, 32, 96, 64),
    "4a": (192, 96, 208, 16, 48, 64),
    "4b": (160, 112, 224, 24, 64, 64),
    "4c": (128, 128, 256, 24, 64, 64),
    "4d": (112, 144, 288, 32, 64, 64),
    "4e": (256, 160, 320, 32, 128, 128),
    "5a": (256, 160, 320, 32, 128, 128),
    "5b": (384, 192, 384, 48, 128, 128),
}


def googlenet_trunk(
    in_channels: int = 1, width: float = 1.0, without: tuple[str, ...] = ()
) -> nn.Sequential:
    """The layers of GoogLeNet up to inception 5b: (B, in_channels, H, W) to (B, C, H/32, W/32).

    Parameters
    ----------
    in_channels : int
    width : float
        Factor on every number of channels, rounded to multiples of 8; 1 as published.
    without : tuple of str
        Poolings that are left out, of "maxpool1" to "maxpool4": each halves the stride of 32.

    Returns
    -------
    nn.Sequential
        With ``.channels``, the number C: 1024 at width 1. Its layers bear torchvision's names, so
        the state of a pretrained `torchvision.models.googlenet` loads into a trunk of width 1 and 3
        channels with ``strict=False``.

    Raises
    ------
    UsageError
        The width is not positive.
    """
    if not width > 0:
        raise UsageError(f"no trunk of width {width}.", advice="Use a positive width.")

    def scaled(number: int) -> int:
        return max(8, round(number * width / 8) * 8)

    layers: OrderedDict[str, nn.Module] = OrderedDict()
    layers["conv1"] = BasicConv2d(in_channels, scaled(64), kernel_size=7, stride=2, padding=3)
    layers["maxpool1"] = nn.MaxPool2d(3, 2, ceil_mode=True)
    layers["conv2"] = BasicConv2d(scaled(64), scaled(64), kernel_size=1)
    layers["conv3"] = BasicConv2d(scaled(64), scaled(192), kernel_size=3, padding=1)
    layers["maxpool2"] = nn.MaxPool2d(3, 2, ceil_mode=True)
    before = scaled(192)
    for name, numbers in INCEPTION.items():
        if name == "4a":
            layers["maxpool3"] = nn.MaxPool2d(3, 2, ceil_mode=True)
        if name == "5a":
            layers["maxpool4"] = nn.MaxPool2d(2, 2, ceil_mode=True)
        now = [scaled(n) for n in numbers]
        layers[f"inception{name}"] = Inception(before, *now)
        before = now[0] + now[2] + now[4] + now[5]
    trunk = nn.Sequential(OrderedDict((k, v) for k, v in layers.items() if k not in without))
    for layer in trunk.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.xavier_uniform_(layer.weight)
    trunk.channels = before
    return trunk


@rebuildable
class GoogLeNet(nn.Module):
    """GoogLeNet as a classifier, without the auxiliary heads: (B, in_channels, H, W) to logits.

    Parameters
    ----------
    in_channels, classes : int
    width : float
        Factor on every number of channels.
    dropout : float
        0.4 as published (Szegedy et al. 2015, section 5).

    Examples
    --------
    >>> import torch
    >>> from geoviz_ml.models import GoogLeNet
    >>> tuple(GoogLeNet(classes=5, width=0.125).eval()(torch.zeros(2, 1, 64, 64)).shape)
    (2, 5)
    """

    def __init__(
        self, in_channels: int = 1, classes: int = 4, width: float = 1.0, dropout: float = 0.4
    ):
        super().__init__()
        self.trunk = googlenet_trunk(in_channels, width)
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(self.trunk.channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.dropout(self.pool(self.trunk(x)).flatten(1)))  # (B, classes)
