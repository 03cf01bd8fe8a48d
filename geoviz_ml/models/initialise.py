"""The weight initialisers of Keras, by name (Table 3 of Marangio et al. 2020 compares seven).

Variance of a weight: 1/fan_in (lecun), 2/fan_in (he), 2/(fan_in + fan_out) (glorot). Keras draws
"normal" ones from a normal distribution cut at two standard deviations and widened to keep the
variance.
"""

from __future__ import annotations

import math

from torch import nn

from ..errors import UsageError

INITIALISERS = (
    "lecun_uniform",
    "glorot_normal",
    "glorot_uniform",
    "he_normal",
    "lecun_normal",
    "he_uniform",
    "orthogonal",
)
CUT = 0.87962566103423978  # standard deviation of a unit normal cut at two


def initialise(module: nn.Module, name: str = "he_normal") -> None:
    """Draw the weights of every convolution in `module`; biases become 0.

    Raises
    ------
    UsageError
        There is no such initialiser.
    """
    if name not in INITIALISERS:
        raise UsageError(f"no initialiser {name!r}.", advice=f"Use one of {INITIALISERS}.")
    for layer in module.modules():
        if not isinstance(layer, nn.Conv2d):
            continue
        nn.init.zeros_(layer.bias)
        if name == "orthogonal":
            nn.init.orthogonal_(layer.weight)
            continue
        fan_in, fan_out = nn.init._calculate_fan_in_and_fan_out(layer.weight)
        family, shape = name.split("_")
        variance = {
            "lecun": 1 / fan_in,
            "he": 2 / fan_in,
            "glorot": 2 / (fan_in + fan_out),
        }[family]
        if shape == "uniform":
            limit = math.sqrt(3 * variance)
            nn.init.uniform_(layer.weight, -limit, limit)
        else:
            std = math.sqrt(variance) / CUT
            nn.init.trunc_normal_(layer.weight, std=std, a=-2 * std, b=2 * std)
