"""DetectNet: boxes from a grid (Tao, Barker and Sarathy 2016; NVIDIA's Caffe network).

A fully convolutional GoogLeNet tells for each cell of a grid whether an object covers it, and where
that object's corners are, seen from the cell. Oliveira and Gradvohl 2020 changed it for active
regions: pictures of 512 x 512, a grid of 8 in place of 16 pixels ("pool1" has kernel and stride 1,
which is to say it is not there), no augmentation.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..errors import UsageError
from .built import rebuildable
from .googlenet import googlenet_trunk

WITHOUT = {16: ("maxpool4",), 8: ("maxpool1", "maxpool4")}  # published, and as the paper changed it


@rebuildable
class DetectNet(nn.Module):
    """A grid detector of one class.

    Parameters
    ----------
    in_channels : int
        Channels of the picture.
    stride : {8, 16}
        Pixels between cells: 16 as published, 8 as in Oliveira and Gradvohl 2020.
    width : float
        Factor on the channels of the GoogLeNet trunk; 1 as published, less is quicker.
    dropout : float
        Before the heads; 0.4 as published.

    Notes
    -----
    ``forward`` maps pictures (B, in_channels, H, W) with values in 0..1 to (B, 5, H/s, W/s): the
    logit of the coverage, whose sigmoid is the published output, and x1, y1, x2, y2 of the box in
    pixels from the cell's top left corner. The published network is fed with values of 0..255 less
    127; here 0.5 is taken off. H and W must be divisible by the stride.

    Differences from the published one: see `geoviz_ml.models.googlenet`; random weights in place of
    ImageNet's.

    Examples
    --------
    >>> import torch
    >>> from geoviz_ml.models import DetectNet
    >>> net = DetectNet(width=0.125)
    >>> tuple(net(torch.zeros(1, 1, 64, 96)).shape)  # coverage and four corners on 8 x 12 cells
    (1, 5, 8, 12)
    """

    def __init__(
        self, in_channels: int = 1, stride: int = 8, width: float = 1.0, dropout: float = 0.4
    ):
        super().__init__()
        if stride not in WITHOUT:
            raise UsageError(
                f"no DetectNet of stride {stride}.", advice=f"Use one of {[*WITHOUT]}."
            )
        self.stride = stride
        self.trunk = googlenet_trunk(in_channels, width, WITHOUT[stride])
        self.dropout = nn.Dropout(dropout)
        self.coverage = nn.Conv2d(self.trunk.channels, 1, 1)
        self.corners = nn.Conv2d(self.trunk.channels, 4, 1)
        for head in (self.coverage, self.corners):
            nn.init.xavier_uniform_(head.weight)
            nn.init.zeros_(head.bias)

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[-2] % self.stride or x.shape[-1] % self.stride:
            raise UsageError(
                f"a picture of {x.shape[-2]} x {x.shape[-1]} pixels has no whole grid.",
                advice=f"Make both sides divisible by {self.stride}.",
            )
        x = self.dropout(self.trunk(x - 0.5))
        return torch.cat([self.coverage(x), self.corners(x)], dim=1)
