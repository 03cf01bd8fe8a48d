"""A modern peer for DetectNet: torchvision's Faster R-CNN on a small trunk trained from scratch."""

from __future__ import annotations

from collections import OrderedDict

from torch import Tensor, nn
from torchvision.models.detection import FasterRCNN
from torchvision.models.detection.faster_rcnn import FastRCNNPredictor
from torchvision.models.detection.rpn import AnchorGenerator
from torchvision.models.detection.transform import GeneralizedRCNNTransform
from torchvision.ops import FeaturePyramidNetwork, MultiScaleRoIAlign

from .built import rebuildable
from .simclr import residual

ANCHORS = ((16, 24, 36), (50, 66, 90))  # side of a square of the same area, pixels; strides 8, 16
RATIOS = (0.5, 0.75, 1.0)  # height over width: groups of spots are wide


class SmallTrunk(nn.Module):
    """Residual blocks down to strides 8 and 16 and a feature pyramid of `out_channels`."""

    def __init__(self, in_channels: int, out_channels: int):
        super().__init__()
        self.stem = nn.Sequential(
            nn.Conv2d(in_channels, 32, 5, stride=2, padding=2, bias=False),
            nn.BatchNorm2d(32),
            nn.ReLU(inplace=True),
            residual(32, 32, stride=2),
        )
        self.stride8 = nn.Sequential(residual(32, 64, stride=2), residual(64, 64))
        self.stride16 = nn.Sequential(residual(64, 128, stride=2), residual(128, 128))
        self.pyramid = FeaturePyramidNetwork([64, 128], out_channels)
        self.out_channels = out_channels

    def forward(self, x: Tensor) -> OrderedDict[str, Tensor]:
        fine = self.stride8(self.stem(x))
        return self.pyramid(OrderedDict([("8", fine), ("16", self.stride16(fine))]))


@rebuildable
def small_faster_rcnn(in_channels: int = 1) -> FasterRCNN:
    """Faster R-CNN (Ren et al. 2015) of 1.8 million parameters for one class of small objects.

    Parameters
    ----------
    in_channels : int

    Returns
    -------
    torchvision.models.detection.FasterRCNN
        Takes pictures (B, in_channels, H, W) in 0..1 in their own size, sides divisible by 16.
        While training it wants targets too and returns its four losses; else a list of dicts with
        `boxes` (x1, y1, x2, y2 in pixels), `scores` and `labels`.

    Examples
    --------
    >>> import torch
    >>> from geoviz_ml.models import small_faster_rcnn
    >>> sorted(small_faster_rcnn().eval()(torch.zeros(1, 1, 64, 64))[0])
    ['boxes', 'labels', 'scores']
    """
    model = FasterRCNN(
        SmallTrunk(in_channels, 64),
        rpn_anchor_generator=AnchorGenerator(ANCHORS, (RATIOS,) * len(ANCHORS)),
        box_roi_pool=MultiScaleRoIAlign(
            ["8", "16"], output_size=7, sampling_ratio=2, canonical_scale=64
        ),
        box_head=nn.Sequential(
            nn.Flatten(), nn.Linear(64 * 49, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU()
        ),
        box_predictor=FastRCNNPredictor(256, num_classes=2),
        rpn_pre_nms_top_n_train=500,
        rpn_post_nms_top_n_train=250,
        rpn_pre_nms_top_n_test=500,
        rpn_post_nms_top_n_test=250,
        rpn_batch_size_per_image=64,
        box_batch_size_per_image=64,
    )
    model.transform = KeepSize(0, 0, [0.5] * in_channels, [0.25] * in_channels, size_divisible=16)
    return model


class KeepSize(GeneralizedRCNNTransform):
    """torchvision's preparation of pictures, less the resizing to 800 pixels."""

    def resize(self, image: Tensor, target: dict | None = None) -> tuple[Tensor, dict | None]:
        return image, target
