"""A patch classifier as a network for whole pictures (Giusti et al. 2013; Li, Zhao and Wang 2014).

Neighbouring patches share most of their pixels, and a network without padding computes the same
numbers for them again and again. Computed once, at every place: each stride becomes 1, and what
follows it takes its pixels that many apart (dilation).
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn

from ..errors import UsageError

POINTWISE = (
    nn.BatchNorm2d,
    nn.ReLU,
    nn.LeakyReLU,
    nn.ELU,
    nn.GELU,
    nn.SiLU,
    nn.Tanh,
    nn.Sigmoid,
    nn.Dropout,
    nn.Dropout2d,
    nn.Identity,
)


KINDS = (
    nn.Conv2d,
    nn.MaxPool2d,
    nn.AvgPool2d,
    nn.AdaptiveAvgPool2d,
    nn.Flatten,
    nn.Linear,
    *POINTWISE,
)  # of layers, each of which computes what its class in torch does
COMPUTE = ("forward", "_conv_forward")  # methods; the second of convolutions only


class NoDenseFormError(UsageError):
    """The network has no dense form with identical answers."""


def dense_form(model: nn.Module, patch: int) -> nn.Sequential:
    """The same network for pictures: every answer is that of the patch around its pixel.

    Parameters
    ----------
    model : nn.Module
        Maps patches (B, 1, `patch`, `patch`) to (B, 1). A chain (`nn.Sequential`, also nested) of
        convolutions and poolings without padding, batch norms and activations, then flatten or a
        mean over all places, then linear layers.
    patch : int
        Side of a patch, pixels.

    Returns
    -------
    nn.Sequential
        Maps pictures (B, 1, H, W) to (B, 1, H - `patch` + 1, W - `patch` + 1). A copy, in
        evaluation mode.

    Raises
    ------
    NoDenseFormError
        A layer pads: what such a network sees of a patch depends on where the patch ends. Or it
        is none of those above, computes something else than its class in torch (a ``forward`` of
        its own), or has hooks.
    """
    layers, size = [], (1, patch)  # channels and side of what a layer is given
    seen, apart = 1, 1  # side of what a place sees and distance of the places, in pixels
    for layer in map(copy.deepcopy, _chain(model)):
        if isinstance(layer, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d):
            kernel, stride, dilation = _geometry(layer)
            side = (size[1] - dilation * (kernel - 1) - 1) // stride + 1
            if side < 1:
                raise NoDenseFormError(f"a patch of {patch} pixels is too small for the network.")
            layers.append(_spread(layer, size[0], kernel, dilation * apart))
            seen += dilation * apart * (kernel - 1)
            apart *= stride
            size = (layer.out_channels if isinstance(layer, nn.Conv2d) else size[0], side)
        elif isinstance(layer, nn.AdaptiveAvgPool2d) and layer.output_size in (1, (1, 1)):
            layers.append(_mean(*size, apart))
            seen += apart * (size[1] - 1)
            size = (size[0], 1)
        elif isinstance(layer, nn.Flatten) and (layer.start_dim, layer.end_dim) == (1, -1):
            continue  # the next linear layer takes all places that are left
        elif isinstance(layer, nn.Linear):
            layers.append(_from_linear(layer, *size, apart))
            seen += apart * (size[1] - 1)
            size = (layer.out_features, 1)
        elif isinstance(layer, POINTWISE) and getattr(layer, "track_running_stats", True):
            layers.append(layer)
        else:
            raise NoDenseFormError(f"{type(layer).__name__} has no dense form.")
    # a stride may leave the last rows and columns of a patch unseen
    layers.append(nn.ZeroPad2d((0, seen - patch, 0, seen - patch)))  # negative: cuts them off
    if size != (1, 1):
        raise NoDenseFormError(f"the network answers with {size[0]}x{size[1]}x{size[1]} numbers.")
    return nn.Sequential(*layers).eval().to(memory_format=torch.channels_last)  # twice as quick


def _chain(module: nn.Module):
    kind = next((kind for kind in (nn.Sequential, *KINDS) if isinstance(module, kind)), None)
    if kind is None:
        raise NoDenseFormError(f"{type(module).__name__} has no dense form.")
    own = any(_method(module, name) is not getattr(kind, name, None) for name in COMPUTE)
    if own or module._forward_hooks or module._forward_pre_hooks:
        raise NoDenseFormError(f"a {type(module).__name__} computes more than {kind.__name__}.")
    if kind is nn.Sequential:
        for child in module:
            yield from _chain(child)
    else:
        yield module


def _method(module: nn.Module, name: str):
    """A method of the object itself, or of its class."""
    return vars(module).get(name, getattr(type(module), name, None))


def _geometry(layer: nn.Module) -> tuple[int, int, int]:
    """Kernel, stride and dilation of a layer without padding."""
    values = [layer.kernel_size, layer.stride, getattr(layer, "dilation", 1), layer.padding]
    values = [set(v) if isinstance(v, tuple) else {v} for v in values]
    if values[3] not in ({0}, {"valid"}) or getattr(layer, "ceil_mode", False):
        raise NoDenseFormError(f"a {type(layer).__name__} pads.")
    if any(len(v) > 1 for v in values):
        raise NoDenseFormError(f"a {type(layer).__name__} is not square.")
    return tuple(v.pop() for v in values[:3])


def _spread(layer: nn.Module, channels: int, kernel: int, dilation: int) -> nn.Module:
    """The layer with stride 1 and this dilation."""
    if isinstance(layer, nn.MaxPool2d):
        return nn.MaxPool2d(kernel, stride=1, dilation=dilation)
    if isinstance(layer, nn.AvgPool2d):
        if layer.divisor_override:
            raise NoDenseFormError("an AvgPool2d has a divisor of its own.")
        return _mean(channels, kernel, dilation)
    return _convolution(layer.weight, layer.bias, dilation, layer.groups)


def _mean(channels: int, kernel: int, dilation: int) -> nn.Conv2d:
    weight = torch.full((channels, 1, kernel, kernel), 1 / kernel**2)
    return _convolution(weight, None, dilation, channels)


def _from_linear(layer: nn.Linear, channels: int, side: int, dilation: int) -> nn.Conv2d:
    if layer.in_features != channels * side**2:
        raise NoDenseFormError("a linear layer does not take all that is left of a patch.")
    weight = layer.weight.view(layer.out_features, channels, side, side)
    return _convolution(weight, layer.bias, dilation)


def _convolution(weight: Tensor, bias: Tensor | None, dilation: int, groups: int = 1) -> nn.Conv2d:
    out, inside, kernel, _ = weight.shape
    conv = nn.Conv2d(
        inside * groups, out, kernel, dilation=dilation, groups=groups, bias=False, device="meta"
    )
    conv.weight = nn.Parameter(weight.detach(), requires_grad=False)
    if bias is not None:
        conv.bias = nn.Parameter(bias.detach(), requires_grad=False)
    return conv
