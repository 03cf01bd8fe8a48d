"""The networks of SimCLR: a ResNet18 encoder and a projection head (Chen et al. 2020).

The encoder's answer h is what is kept; the head is thrown away after training. Johnson et al. 2021
take a ResNet18 from scratch and a head of two linear layers without biases.
"""

from __future__ import annotations

from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock

from ..errors import UsageError
from .built import rebuildable


class ProjectionHead(nn.Sequential):
    """W2 max(0, W1 h): two linear layers without biases (Johnson et al. 2021, section III-B).

    Parameters
    ----------
    in_features, hidden, out : int
        Lengths of h, of the layer between, and of the answer z.

    Examples
    --------
    >>> import torch
    >>> from geoviz_ml.models import ProjectionHead
    >>> tuple(ProjectionHead(64, 64, 16)(torch.zeros(2, 64)).shape)
    (2, 16)
    """

    def __init__(self, in_features: int, hidden: int, out: int):
        super().__init__(
            nn.Linear(in_features, hidden, bias=False),
            nn.ReLU(),
            nn.Linear(hidden, out, bias=False),
        )


@rebuildable
class ResNet18(nn.Sequential):
    """ResNet18 (He et al. 2016) without its last layer, of torchvision's blocks.

    Maps pictures (B, `in_channels`, H, W) to features (B, 8 `width`).

    Parameters
    ----------
    in_channels : int
        1 for all-sky pictures, of which only the brightness counts.
    width : int
        Channels of the first layers: 64 as published, 11.2 million weights; a quarter of the
        width has a sixteenth of them.

    Attributes
    ----------
    out_features : int
        8 `width`.

    Examples
    --------
    >>> import torch
    >>> from geoviz_ml.models import ResNet18
    >>> encoder = ResNet18(width=8)
    >>> encoder.out_features, tuple(encoder(torch.zeros(2, 1, 64, 64)).shape)
    (64, (2, 64))
    """

    def __init__(self, in_channels: int = 1, width: int = 64):
        super().__init__(
            nn.Conv2d(in_channels, width, 7, stride=2, padding=3, bias=False),
            nn.BatchNorm2d(width),
            nn.ReLU(),
            nn.MaxPool2d(3, stride=2, padding=1),
            residual(width, width),
            residual(width, width),
            residual(width, 2 * width, stride=2),
            residual(2 * width, 2 * width),
            residual(2 * width, 4 * width, stride=2),
            residual(4 * width, 4 * width),
            residual(4 * width, 8 * width, stride=2),
            residual(8 * width, 8 * width),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
        )
        self.out_features = 8 * width
        for module in self.modules():  # as torchvision draws them
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")


@rebuildable
class ResNetClassifier(nn.Sequential):
    """A ResNet18 and one linear layer: pictures (B, `in_channels`, H, W) to logits (B, `classes`).

    With an encoder that SimCLR trained it is the encoder and its linear probe (Johnson et al.
    2021), see `geoviz_ml.learn.probed_network`.

    Parameters
    ----------
    classes : int
    width, in_channels : int
        See `ResNet18`.

    Examples
    --------
    >>> import torch
    >>> from geoviz_ml.models import ResNetClassifier
    >>> tuple(ResNetClassifier(classes=6, width=4)(torch.zeros(2, 1, 32, 32)).shape)
    (2, 6)
    """

    def __init__(self, classes: int, width: int = 64, in_channels: int = 1):
        encoder = ResNet18(in_channels, width)
        super().__init__(encoder, nn.Linear(encoder.out_features, classes))


def residual(before: int, after: int, stride: int = 1) -> BasicBlock:
    """A residual block; its shortcut is a 1x1 convolution where the shape changes."""
    shortcut = None
    if stride > 1 or before != after:
        conv = nn.Conv2d(before, after, 1, stride=stride, bias=False)
        shortcut = nn.Sequential(conv, nn.BatchNorm2d(after))
    return BasicBlock(before, after, stride, shortcut)


@rebuildable
class SimCLR(nn.Module):
    """Encoder and projection head: pictures (B, C, H, W) to z (B, `out`).

    Parameters
    ----------
    encoder : nn.Module
        Maps pictures to features (B, F) and has `out_features` = F.
    hidden : int, optional
        Default: F, as in Chen et al. 2020; the aurora paper gives no number.
    out : int
        Likewise, 128.

    Raises
    ------
    UsageError
        The encoder has no `out_features`.

    Examples
    --------
    >>> import torch
    >>> from geoviz_ml.models import ResNet18, SimCLR
    >>> tuple(SimCLR(ResNet18(width=8))(torch.zeros(2, 1, 64, 64)).shape)
    (2, 128)
    """

    def __init__(self, encoder: nn.Module, hidden: int | None = None, out: int = 128):
        super().__init__()
        features = getattr(encoder, "out_features", None)
        if features is None:
            raise UsageError(
                f"{type(encoder).__name__} does not tell how many features it makes.",
                advice="Give it an attribute out_features, as ResNet18 has.",
            )
        self.encoder = encoder
        self.head = ProjectionHead(features, hidden or features, out)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.head(self.encoder(pictures))
