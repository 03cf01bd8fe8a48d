"""Networks that know how they were built, and the way back: from a name and arguments to a network.

A description may come from a stranger's file: names are of a known set, arguments within a range,
and nothing is fetched for them.
"""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, TypeVar

import torch
from torch import nn

from .plain import as_plain

Make = TypeVar("Make", bound=Callable)
NETWORKS = {  # name -> what makes it, in this room
    "Compared": "compared.make",
    "DetectNet": "detectnet.DetectNet",
    "GoogLeNet": "googlenet.GoogLeNet",
    "MobileUNet": "mobile.mobile_unet",
    "ODMUNet": "odm_unet.ODMUNet",
    "PatchNet": "patch_net.PatchNet",
    "PatchResNet": "patch_net.PatchResNet",
    "ResNet18": "simclr.ResNet18",
    "ResNetClassifier": "simclr.ResNetClassifier",
    "SimCLR": "simclr.SimCLR",
    "SkiplessUNet": "skipless.SkiplessUNet",
    "UNet": "unet.UNet",
    "small_faster_rcnn": "faster_rcnn.small_faster_rcnn",
}
NAMES = {f"{__package__}.{place}": name for name, place in NETWORKS.items()}
LARGEST = 4096  # of a number among arguments
MOST = 20  # arguments
WORD = re.compile(r"[\w+ -]{1,40}")
ENCODER = re.compile(r"mobilenetv3_[a-z]{1,10}_\d{3}")  # others could make timm ask a hub


def rebuildable(make: Make) -> Make:
    """Let what a class or function makes know its name in `NETWORKS` and its arguments.

    They stand in its attribute ``built``, a list of the two. An object of a class derived from it,
    which may be another network, has none.
    """
    signature, called = inspect.signature(make), NAMES[f"{make.__module__}.{make.__qualname__}"]

    def remember(network: nn.Module, given: tuple, named: dict) -> None:
        bound = signature.bind(*given, **named)
        bound.apply_defaults()
        arguments: dict[str, Any] = {}
        for key, value in bound.arguments.items():
            several = signature.parameters[key].kind is inspect.Parameter.VAR_KEYWORD
            named = value if several else {key: value}
            arguments |= {name: _plain(one) for name, one in named.items()}
        network.built = [called, arguments]

    if isinstance(make, type):
        begin = make.__init__

        @functools.wraps(begin)
        def __init__(self, *given, **named):
            begin(self, *given, **named)
            if type(self) is make:
                remember(self, given, named)

        make.__init__ = __init__
        return make

    @functools.wraps(make)
    def making(*given, **named):
        network = make(*given, **named)
        remember(network, given, named)
        return network

    return making


def _plain(value: Any) -> Any:
    """As JSON knows it: a network by its description, all else by `as_plain`."""
    return built_of(value) if isinstance(value, nn.Module) else as_plain(value)


def built_of(network: nn.Module) -> list | None:
    """Name and arguments of a network; None if it cannot be built again from them."""
    built = getattr(network, "built", None)
    try:
        check_built(built)
    except ValueError:
        return None
    return built


def build(built: list) -> nn.Module:
    """A network by its name and arguments, with random weights; torch's generators stay as are.

    Raises
    ------
    ValueError
        That is no description of a network, or its arguments do not fit it.
    """
    check_built(built)
    name, arguments = built
    module, _, make = NETWORKS[name].partition(".")
    ready = {key: _ready(value) for key, value in arguments.items()}
    try:
        with torch.random.fork_rng(devices=[]):
            return getattr(import_module(f".{module}", __package__), make)(**ready)
    except (TypeError, ArithmeticError, LookupError, AttributeError) as error:
        raise ValueError(f"{name} cannot be built ({str(error)[:100]})") from error


def _ready(value: Any) -> Any:
    """An argument as its network takes it."""
    if _is_network(value):
        return build(value)
    return tuple(value) if isinstance(value, list) else value


def blueprint(built: list) -> nn.Module:
    """A network as `build` makes it, without numbers: it takes no memory, and cannot be used."""
    with torch.device("meta"):
        return build(built)


def check_built(built: Any, deep: int = 0) -> None:
    """Refuse what does not describe a network of `NETWORKS`.

    Raises
    ------
    ValueError
        The message says what is wrong.
    """
    if not isinstance(built, list | tuple) or len(built) != 2 or not isinstance(built[0], str):
        raise ValueError("a network is not described by its name and arguments")
    name, arguments = built
    if name not in NETWORKS:
        raise ValueError(f"no network is called {name[:40]!r}")
    if not isinstance(arguments, Mapping) or len(arguments) > MOST:
        raise ValueError(f"the arguments of {name} are no small mapping")
    for key, value in arguments.items():
        if _is_network(value) and deep == 0:
            check_built(value, 1)
        elif not is_small(value) or (key == "encoder" and not ENCODER.fullmatch(str(value))):
            raise ValueError(f"{str(key)[:40]} of {name} has an odd value")


def _is_network(value: Any) -> bool:
    """Is that the description of a network among the arguments of another?"""
    return isinstance(value, list) and len(value) == 2 and isinstance(value[1], Mapping)


def is_small(value: Any) -> bool:
    """Is it nothing, a number within 4096, a word, or a list of at most ten of these?"""
    several = value if isinstance(value, list) else [value]
    return len(several) <= 10 and all(
        one is None
        or (isinstance(one, str) and WORD.fullmatch(one) is not None)
        or (isinstance(one, int | float) and abs(one) <= LARGEST)
        for one in several
    )
