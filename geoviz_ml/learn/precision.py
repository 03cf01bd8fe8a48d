"""The type of number, and the order of numbers in memory, that a training computes in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn

from ..models import ODConv2d


def quickest_precision(device: torch.device) -> str:
    """The quickest type of number that training can use on this device."""
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return "bfloat16" if native else "float16"
    native = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)()
    return "bfloat16" if device.type == "cpu" and native else "float32"


def quickest_format(device: torch.device, model: nn.Module) -> torch.memory_format:
    """The order of a picture's numbers in memory in which this network can be trained.

    Colours first is a quarter quicker and more, and not used where oneDNN's gradient is wrong: in
    a convolution of 1 x 1 pixels with a stride and fewer than 8 channels, as a small ResNet has
    it, it writes past the end of its memory on processors with AVX2 alone (oneDNN 3.10, its issue
    6035). Trainings crash there, hang, or learn from wrong numbers.
    """
    risky = device.type == "cpu" and any(map(_strides_over_few, model.modules()))
    quick = device.type in ("cpu", "cuda") and not risky
    return torch.channels_last if quick else torch.contiguous_format


def _strides_over_few(layer: nn.Module) -> bool:
    if not isinstance(layer, nn.Conv2d | ODConv2d):
        return False
    pointwise = layer.kernel_size == (1, 1) and layer.stride not in (1, (1, 1))
    return pointwise and layer.in_channels // layer.groups < 8


@contextmanager
def bfloat16(model: nn.Module) -> Iterator[None]:
    """Let `model` compute in bfloat16 within the block, whatever way the block is left.

    Autocast opens and closes around each forward pass. Left open, say by an interrupted cell, it
    would keep old copies of the weights, and later trainings would learn little.
    """
    forward = model.forward

    def cast(x):
        with torch.autocast(x.device.type, torch.bfloat16):
            return forward(x).float()

    model.forward = cast
    try:
        yield
    finally:
        del model.forward
