"""The type of number that a training computes in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


def quickest_precision(device: torch.device) -> str:
    """The quickest type of number that training can use on this device."""
    if device.type == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return "bfloat16" if native else "float16"
    native = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)()
    return "bfloat16" if device.type == "cpu" and native else "float32"


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
