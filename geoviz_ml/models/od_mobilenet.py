"""MobileNetV2 with dynamic convolutions: the published size checks `ODConv2d`."""

from __future__ import annotations

from torch import nn

from .odconv import replace_convolutions


def od_mobilenet_v2(kernels: int = 4, classes: int = 1000) -> nn.Module:
    """MobileNetV2 with `ODConv2d` in every inverted residual and in the last 1x1 convolution.

    The stem and the classifier stay plain (Li et al. 2022, Table 1). For 1000 classes it has
    4 940 185 parameters with 1 kernel and 11 512 149 with 4; plain MobileNetV2 has 3 504 872.

    Parameters
    ----------
    kernels : int
        Of each `ODConv2d`.
    classes : int
        Logits of the classifier.

    Returns
    -------
    nn.Module
        Maps (B, 3, H, W) to (B, classes); random weights.
    """
    from torchvision.models import mobilenet_v2

    network = mobilenet_v2(weights=None, num_classes=classes)
    replace_convolutions(network.features[1:], kernels)
    return network
