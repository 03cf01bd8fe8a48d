"""A network's pass there and back as one CUDA graph, for small steps that wait for launches.

By `torch.cuda.make_graphed_callables` (PyTorch). A step of U-net with two pictures, or of a network
of patches, is some hundred short kernels, each launched from Python; captured, they are launched
together. Not run on a GPU yet: `python -m tests.gpu` compares both ways.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import nn


@contextmanager
def captured(model: nn.Module, shape: tuple[int, ...], device: torch.device) -> Iterator[bool]:
    """Within the block, `model` trains on batches of this shape by replaying a graph.

    Batches of other shapes, and pictures that are predicted, go the usual way. Weights and running
    means are as before; without CUDA nothing is changed.

    Parameters
    ----------
    model : nn.Module
    shape : (B, C, H, W)
        Of the batches to train on.
    device : torch.device

    Yields
    ------
    bool
        Is there a graph?
    """
    if device.type != "cuda":
        yield False
        return
    training, plain, own = model.training, model.forward, vars(model).get("forward")
    before = {name: value.clone() for name, value in model.state_dict().items()}
    example = torch.zeros(shape, device=device)
    with torch.random.fork_rng([device]):
        torch.cuda.make_graphed_callables(model.train(), (example,))
    replay = model.forward
    model.load_state_dict(before)
    model.train(training)
    model.forward = lambda x: replay(x) if model.training and x.shape == example.shape else plain(x)
    try:
        yield True
    finally:
        del model.forward
        if own is not None:
            model.forward = own
