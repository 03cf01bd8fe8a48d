"""Use a network on pictures: in evaluation mode, batch by batch, in float32."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from ..errors import UsageError, whole_number
from .pictures import as_floats, as_tensor


def network_of(model) -> nn.Module:
    """The network itself, of a fastai Learner or of a network.

    Raises
    ------
    UsageError
        It is neither.
    """
    network = model if isinstance(model, nn.Module) else getattr(model, "model", None)
    if not isinstance(network, nn.Module):
        raise UsageError(
            f"the model is of type {type(model).__name__}.",
            advice="Give a network (nn.Module) or a Learner.",
        )
    return network


def device_of(network: nn.Module) -> torch.device:
    """Where the weights lie; the CPU if there are none."""
    weight = next(network.parameters(), None)
    return torch.device("cpu") if weight is None else weight.device


@contextmanager
def evaluating(network: nn.Module, gradients: bool = False) -> Iterator[None]:
    """Evaluation mode within the block; then every layer is as it was before.

    However the block is left. A layer that was fixed in a training network stays fixed. Within it
    nothing has gradients, unless `gradients` are asked for.
    """
    modes = {layer: layer.training for layer in network.modules()}
    network.eval()
    try:
        with torch.inference_mode(not gradients):
            yield
    finally:
        for layer, mode in modes.items():
            layer.training = mode


def run_batches(
    model,
    batches: Iterable[Tensor],
    then: Callable[[Tensor], Tensor] = lambda x: x,
) -> list:
    """A network's output for each batch, on the CPU and in float32.

    Parameters
    ----------
    model : nn.Module or Learner
    batches : iterable of Tensor (B, ...)
        What the network is given, one after the other; bytes are scaled to 0..1. They may lie
        anywhere, and be made while this runs.
    then : callable, optional
        Applied to each output where it was computed, say the activation that belongs to the loss.

    Returns
    -------
    list
        An item a batch: a tensor, or whatever lists and dicts of tensors the network makes.

    Raises
    ------
    UsageError
        The network cannot take such a batch. What a GPU says when its memory is full stays as is.
    """
    network = network_of(model)
    device = device_of(network)
    with evaluating(network):
        return [_on_cpu(then(_asked(network, as_floats(batch.to(device))))) for batch in batches]


def _asked(network: nn.Module, batch: Tensor):
    """The network's answer; what torch says of a batch that does not fit, as one error."""
    try:
        return network(batch)
    except torch.OutOfMemoryError:
        raise
    except RuntimeError as error:
        said = (str(error).strip().splitlines() or ["nothing"])[0][:200].rstrip(".")
        raise UsageError(
            f"the network cannot take a batch {tuple(batch.shape)} of {batch.dtype}: {said}.",
            advice="Give it the channels and the size that it was made for; its weights must be "
            "float32.",
        ) from error


def one_score(answer: Tensor) -> Tensor:
    """Scores (B,) of an answer (B, 1) or (B,).

    Raises
    ------
    UsageError
        It has more, or fewer, than one number for each.
    """
    if answer.shape[:1] != (answer.numel(),):
        raise UsageError(
            f"the network answers a batch of patches with {tuple(answer.shape)}.",
            advice="It should give one score a patch, (B, 1).",
        )
    return answer.reshape(-1)


def network_outputs(
    model,
    pictures,
    batch_size: int = 256,
    then: Callable[[Tensor], Tensor] = lambda x: x,
    grey: bool = False,
) -> np.ndarray:
    """A network's output for all pictures: `run_batches`, joined.

    Parameters
    ----------
    model : nn.Module or Learner
    pictures : array (N, H, W) or (N, C, H, W)
        Bytes, or floats in 0..1; see `geoviz_ml.models.pictures`.
    batch_size : int
        It bounds the memory and does not change the answer, up to rounding.
    then
        See `run_batches`.
    grey : bool
        Take (N, H, W) only.

    Returns
    -------
    ndarray (N, ...) of float32

    Raises
    ------
    UsageError
        Pictures that are not what they should be, or that the network cannot take; a batch size of
        less than 1.
    """
    batches = in_batches(pictures, batch_size, grey)
    return torch.cat(run_batches(model, batches, then)).numpy()


def in_batches(pictures, batch_size: int, grey: bool = False) -> tuple[Tensor, ...]:
    """Pictures (N, H, W) or (N, C, H, W) in tensors (B, C, H, W) of at most so many.

    Arguments and errors are those of `network_outputs`.
    """
    return as_tensor(pictures, grey=grey).split(whole_number(batch_size, "batch_size"))


def _on_cpu(output):
    if isinstance(output, Tensor):
        return output.float().cpu()
    if isinstance(output, dict):
        return {name: _on_cpu(value) for name, value in output.items()}
    return [_on_cpu(one) for one in output]
