"""A U-net whose skip connections are cut: what it cannot draw, the skips had carried.

An ablation of our own, of the network of Ronneberger et al. 2015.
"""

from __future__ import annotations

import torch
from torch import Tensor

from .built import rebuildable
from .unet import UNet


@rebuildable
class SkiplessUNet(UNet):
    """The network of `UNet`, parameter for parameter, with zeros where the skips arrive.

    Its parameters are those of `UNet`, and so is its count of them; those that would read the skips
    read zeros.
    """

    def __init__(self, **settings):
        super().__init__(**settings)
        for conv in self.merge:
            conv.register_forward_pre_hook(_cut)


def _cut(module, given: tuple[Tensor]) -> tuple[Tensor]:
    """(B, 2C, H, W): the first half of the channels comes over the skip."""
    details, context = given[0].chunk(2, dim=1)
    return (torch.cat([torch.zeros_like(details), context], dim=1),)
