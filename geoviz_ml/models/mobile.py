"""A modern peer of the U-net of Marangio et al. 2020: a U-net on MobileNetV3."""

from __future__ import annotations

from torch import nn

from .built import rebuildable


@rebuildable
def mobile_unet() -> nn.Module:
    """A small U-net of segmentation_models_pytorch: pictures (B, 1, H, W) to logits (B, 1, H, W).

    Its encoder, MobileNetV3, has random weights. Sides must be divisible by 32.
    """
    import segmentation_models_pytorch as smp

    return smp.Unet(
        "tu-mobilenetv3_small_100",
        encoder_weights=None,
        in_channels=1,
        classes=1,
        decoder_channels=(64, 32, 16, 8, 8),
    )
