"""Omni-dimensional dynamic convolution: a convolution whose kernel depends on the picture.

Li, Zhou and Yao 2022 (ODConv, ICLR). A small network looks at the mean of each channel and says how
much every input channel, every output channel, every place of the kernel and every one of n
kernels shall count for this one picture.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import UsageError


class ODConv2d(nn.Module):
    """A convolution with four attentions: (B, Cin, H, W) -> (B, Cout, H', W').

    With kernels W_i, ``y = a_f * conv(a_c * x, a_s * sum_i a_w[i] W_i)``, where the attentions a_c
    (Cin), a_f (Cout), a_s (k x k) and a_w (n) are computed for each picture by `OmniAttention`.
    An attention that could do nothing new is left out: a_f of a depthwise convolution, a_s of a
    1x1 kernel, a_w of a single kernel.

    Parameters
    ----------
    in_channels, out_channels, kernel_size, stride, padding, dilation, groups
        As in `torch.nn.Conv2d`. There is no bias: a normalisation should follow, because the
        untrained attentions make the output about ten times smaller than an ordinary
        convolution's.
    kernels : int
        Number n of kernels that are mixed.
    reduction : float
        Channels of the attention's bottleneck as a part of `in_channels`; at least 16.
    calm : bool
        False: as published. True: an attention for small batches and short trainings, see Notes.

    Attributes
    ----------
    temperature : float
        Divides the logits of the attentions: high makes them all alike, 1 is the value to end
        with. Training starts at 30 in the original (see `geoviz_ml.learn.callbacks.Temperature`).
        It is saved with the weights.
    weight : ParameterList
        The n kernels, each (Cout, Cin / groups, k, k).

    Raises
    ------
    UsageError
        Fewer than one kernel; or, unless calm, a training step with one picture: the bottleneck
        is normalised over the batch.

    Notes
    -----
    Kernels start as he_normal of the fan out. It is counted within a group, as in the encoders of
    timm; the original forgets the groups, which makes depthwise kernels start sqrt(C) smaller.

    As published, the bottleneck is normalised over the batch. In a batch of 8 no value is further
    than 2.6 standard deviations from the mean; later, with fixed statistics, an odd picture can be
    far outside, its gates saturate, its maps grow up to eightfold, so do the next layer's inputs,
    and after many layers the answer is nonsense. `calm` normalises the bottleneck of each picture
    by itself (LayerNorm: as many parameters) and starts all gates even, with heads of zero weight.
    The price: the attention sees the pattern over channels and no longer its strength.

    Examples
    --------
    >>> import torch
    >>> from geoviz_ml.models import ODConv2d
    >>> layer = ODConv2d(3, 8, kernel_size=3, padding=1, kernels=4)
    >>> tuple(layer(torch.zeros(2, 3, 10, 10)).shape)
    (2, 8, 10, 10)
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int | tuple[int, int],
        stride: int | tuple[int, int] = 1,
        padding: int | tuple[int, int] | str = 0,
        dilation: int | tuple[int, int] = 1,
        groups: int = 1,
        kernels: int = 4,
        reduction: float = 1 / 16,
        calm: bool = False,
    ):
        super().__init__()
        if kernels < 1:
            raise UsageError(f"a convolution of {kernels} kernels.", advice="Give at least 1.")
        size = (kernel_size, kernel_size) if isinstance(kernel_size, int) else tuple(kernel_size)
        self.in_channels, self.out_channels, self.kernel_size = in_channels, out_channels, size
        self.stride, self.padding, self.dilation, self.groups = stride, padding, dilation, groups
        self._pointwise = (
            math.prod(size) == groups == 1 and stride in (1, (1, 1)) and padding in (0, (0, 0))
        )
        self.attention = OmniAttention(
            in_channels, out_channels, size, groups, kernels, reduction, calm
        )
        # A list of four-dimensional kernels and not one tensor of five: `channels_last` needs four.
        std = math.sqrt(2 * groups / (out_channels * math.prod(size)))
        self.weight = nn.ParameterList(
            torch.randn(out_channels, in_channels // groups, *size) * std for _ in range(kernels)
        )

    @property
    def temperature(self) -> float:
        """Of the softmax over the kernels and of the sigmoids, without unit; 1 after training."""
        return float(self.attention.temperature)

    @temperature.setter
    def temperature(self, value: float) -> None:
        if not value > 0:
            raise UsageError(f"a temperature of {value}.", advice="It must be above 0.")
        self.attention.temperature.fill_(value)

    def forward(self, x: Tensor) -> Tensor:
        gates = self.attention(x)
        x = x * gates["channel"]
        if "kernel" in gates or "spatial" in gates:
            y = self._each_its_own(x, gates)
        else:  # one kernel for all pictures
            y = F.conv2d(
                x, self.weight[0], None, self.stride, self.padding, self.dilation, self.groups
            )
        return y * gates["filter"] if "filter" in gates else y

    def _each_its_own(self, x: Tensor, gates: dict[str, Tensor]) -> Tensor:
        """Convolve each picture with its own kernel: the pictures become groups of one picture."""
        b, c, h, w = x.shape
        weight = torch.stack(list(self.weight))  # (n, Cout, Cin / groups, k, k)
        if "kernel" in gates:
            weight = (gates["kernel"] @ weight.flatten(1)).view(b, *weight.shape[1:])
        if "spatial" in gates:
            weight = weight * gates["spatial"]  # (B, Cout, Cin / groups, k, k)
        if self._pointwise:  # the same as below, and quicker
            return (weight.flatten(2) @ x.flatten(2)).view(b, self.out_channels, h, w)
        y = F.conv2d(
            x.reshape(1, b * c, h, w),
            weight.flatten(0, 1),
            None,
            self.stride,
            self.padding,
            self.dilation,
            b * self.groups,
        )
        return y.view(b, self.out_channels, *y.shape[-2:])

    def extra_repr(self) -> str:
        return (
            f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, "
            f"stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"groups={self.groups}, kernels={len(self.weight)}, calm={self.attention.calm}"
        )


class OmniAttention(nn.Module):
    """The attentions of `ODConv2d`, from the mean of each channel.

    Returns those that exist: channel (B, Cin, 1, 1), filter (B, Cout, 1, 1) and spatial
    (B, 1, 1, k, k), all between 0 and 1, and kernel (B, n), which sums to 1.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: tuple[int, int],
        groups: int,
        kernels: int,
        reduction: float = 1 / 16,
        calm: bool = False,
    ):
        super().__init__()
        hidden = max(int(in_channels * reduction), 16)
        self.squeeze = nn.Linear(in_channels, hidden, bias=False)
        self.norm = nn.LayerNorm(hidden) if calm else nn.BatchNorm1d(hidden)
        self.calm = calm
        heads = {"channel": in_channels}
        if not groups == in_channels == out_channels:
            heads["filter"] = out_channels
        if math.prod(kernel_size) > 1:
            heads["spatial"] = math.prod(kernel_size)
        if kernels > 1:
            heads["kernel"] = kernels
        self.heads = nn.ModuleDict({name: nn.Linear(hidden, n) for name, n in heads.items()})
        self.kernel_size = kernel_size
        self.register_buffer("temperature", torch.ones(()))
        for layer in (self.squeeze, *self.heads.values()):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
        for head in self.heads.values():
            nn.init.zeros_(head.bias)
            if calm:
                nn.init.zeros_(head.weight)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        if self.training and len(x) == 1 and not self.calm:
            raise UsageError(
                "a dynamic convolution cannot train on a batch of one picture.",
                advice="Use two or more, and leave out a last batch of one.",
            )
        z = F.relu(self.norm(self.squeeze(x.mean((2, 3)))))
        gates = {}
        for name, head in self.heads.items():
            logits = head(z) / self.temperature
            if name == "kernel":
                gates[name] = torch.softmax(logits, 1)
            elif name == "spatial":
                gates[name] = torch.sigmoid(logits).view(-1, 1, 1, *self.kernel_size)
            else:
                gates[name] = torch.sigmoid(logits)[:, :, None, None]
        return gates


def replace_convolutions(
    module: nn.Module, kernels: int, keep: Iterable[str] = (), calm: bool = False
) -> None:
    """Put an `ODConv2d` in the place of every convolution in `module`, with fresh weights.

    Parameters
    ----------
    module : nn.Module
        Changed in place.
    kernels, calm
        Of each `ODConv2d`.
    keep : iterable of str
        Attribute names whose convolutions, and all below them, stay as they are.

    Raises
    ------
    UsageError
        A convolution has a bias or pads in a way of its own, which `ODConv2d` has not.
    """
    for name, child in module.named_children():
        if name in keep:
            continue
        if not isinstance(child, nn.Conv2d):
            replace_convolutions(child, kernels, keep, calm)
        elif type(child) is not nn.Conv2d or child.bias is not None:
            raise UsageError(f"{name}, {child}, cannot become a dynamic convolution.")
        else:
            same = ("in_channels", "out_channels", "kernel_size", "stride", "padding")
            settings = {key: getattr(child, key) for key in (*same, "dilation", "groups")}
            setattr(module, name, ODConv2d(**settings, kernels=kernels, calm=calm))


def set_temperature(module: nn.Module, value: float) -> None:
    """Set the temperature (without unit) of every `ODConv2d` in `module`."""
    for layer in module.modules():
        if isinstance(layer, ODConv2d):
            layer.temperature = value
