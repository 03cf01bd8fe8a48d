"""A network in one file, with how to build it and the options chosen for it.

The file is safetensors: numbers only, nothing in it is executed. A file may come from a stranger:
networks are of a known set, arguments within a range, and tensors are compared with those of the
network before it is built.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..errors import DataFileError, MissingDataError, UsageError
from ..files import atomic_path
from ..models import ODMUNet, PatchNet, PatchResNet, UNet

NETWORKS = {one.__name__: one for one in (UNet, ODMUNet, PatchNet, PatchResNet)}
LARGEST = 4096  # of a number among arguments and options
OPTIONS = {
    *("size", "threshold", "min_pixels"),  # of nights and half-orbits
    *("every", "step", "shift", "crf", "min_elevation", "coordinates"),  # of minutes
}


@dataclass
class ArchiveModel:
    """A trained network and how to use it.

    Attributes
    ----------
    network : nn.Module or Learner
    name : str
        One of `NETWORKS`.
    arguments : dict
        That build it.
    options : dict
        Of the survey: `size`, `threshold` (a probability) and so on, see `OPTIONS`.

    Examples
    --------
    >>> from geoviz_ml.archives import ArchiveModel
    >>> from geoviz_ml.models import UNet
    >>> options = {"size": [64, 64], "threshold": 0.5}
    >>> model = ArchiveModel(UNet(base=2), "UNet", {"base": 2}, options)
    >>> model.options["threshold"]
    0.5
    """

    network: Any
    name: str
    arguments: dict = field(default_factory=dict)
    options: dict = field(default_factory=dict)


def save_model(path: str | PathLike, model: ArchiveModel) -> Path:
    """Write a network into one file, whole or not at all.

    Parameters
    ----------
    path : path-like
        Say ``nights.safetensors``.
    model : ArchiveModel

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    UsageError
        The arguments do not rebuild the network, or an option is none.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.archives import ArchiveModel, save_model
    >>> from geoviz_ml.models import UNet
    >>> options = {"size": [64, 64], "threshold": 0.5}
    >>> model = ArchiveModel(UNet(base=2), "UNet", {"base": 2}, options)
    >>> save_model(tempfile.mkdtemp() + "/nights.safetensors", model).name
    'nights.safetensors'
    """
    from safetensors.torch import save

    network = getattr(model.network, "model", model.network)
    note = {"name": model.name, "arguments": model.arguments, "options": model.options}
    try:
        text = json.dumps(note)
        _check(json.loads(text))
        NETWORKS[model.name](**model.arguments).load_state_dict(network.state_dict())
    except (TypeError, ValueError, RuntimeError) as error:
        problem = str(error).splitlines()[0]
        raise UsageError(f"{model.name} cannot be saved ({problem}).") from error
    state = {k: v.detach().cpu().contiguous() for k, v in network.state_dict().items()}
    with atomic_path(path) as tmp:
        tmp.write_bytes(save(state, {"geoviz_ml_archive": text}))
    return Path(path)


def load_model(path: str | PathLike) -> ArchiveModel:
    """Read what `save_model` wrote; the network is ready to use, on the CPU.

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there; is cut short, of another kind, or does not fit together.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.archives import ArchiveModel, load_model, save_model
    >>> from geoviz_ml.models import UNet
    >>> options = {"size": [64, 64], "threshold": 0.5}
    >>> model = ArchiveModel(UNet(base=2), "UNet", {"base": 2}, options)
    >>> path = save_model(tempfile.mkdtemp() + "/nights.safetensors", model)
    >>> load_model(path).options == options
    True
    """
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    if not path.is_file():
        raise MissingDataError("there is no such file of a model.", path)
    try:
        with safe_open(path, framework="pt") as file:
            note = json.loads((file.metadata() or {}).get("geoviz_ml_archive", "null"))
            _check(note)
            with torch.device("meta"):  # shapes without numbers
                wanted = NETWORKS[note["name"]](**note["arguments"]).state_dict()
            shapes = {name: file.get_slice(name).get_shape() for name in file.keys()}  # noqa: SIM118
            if shapes != {name: list(value.shape) for name, value in wanted.items()}:
                raise ValueError("its tensors are not those of its network")
            state = {name: file.get_tensor(name) for name in shapes}
        if not all(torch.isfinite(value).all() for value in state.values()):
            raise ValueError("numbers that are not finite")
        network: nn.Module = NETWORKS[note["name"]](**note["arguments"])
        network.load_state_dict(state)
    except (SafetensorError, ValueError, TypeError, RuntimeError, OSError, UsageError) as error:
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise DataFileError(f"is no model of an archive ({reason}).", path) from error
    return ArchiveModel(network.eval(), **note)


def _check(note: Any) -> None:
    """Refuse a note that does not describe a network of ours."""
    if not isinstance(note, dict) or set(note) != {"name", "arguments", "options"}:
        raise ValueError("its header does not describe a network")
    if note["name"] not in NETWORKS:
        raise ValueError(f"no network is called {str(note['name'])[:40]!r}")
    if not isinstance(note["options"], dict) or not set(note["options"]) <= OPTIONS:
        raise ValueError(f"options are {', '.join(sorted(OPTIONS))} only")
    _check_values(note["arguments"])
    _check_values(note["options"])


def _check_values(values: Any, deep: int = 0) -> None:
    if not isinstance(values, Mapping) or len(values) > 20:
        raise ValueError("arguments are no small mapping")
    for name, value in values.items():
        if isinstance(value, Mapping) and deep == 0:
            _check_values(value, 1)
            continue
        several = value if isinstance(value, list) else [value]
        good = len(several) <= 10 and all(
            one is None
            or (isinstance(one, str) and len(one) <= 40)
            or (isinstance(one, int | float) and abs(one) <= LARGEST)
            for one in several
        )
        if not good:
            raise ValueError(f"{str(name)[:40]} has an odd value")
