"""A network in one file, with how to build it and the options chosen for it.

The file is that of `geoviz_ml.models.save_network`, which may come from a stranger: options are of
a known set and within a range.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..models import ModelCard
from ..models.built import built_of, is_small
from ..models.network_file import ALONE, check_alone, read_networks, write_networks
from ..models.prediction import network_of

KINDS = ("UNet", "ODMUNet", "Compared", "SkiplessUNet", "MobileUNet", "PatchNet", "PatchResNet")
OPTIONS = {
    *("size", "threshold", "min_pixels", "without_steady"),  # of nights and half-orbits
    *("every", "step", "shift", "crf", "min_elevation", "coordinates"),  # of minutes
}


@dataclass
class ArchiveModel:
    """A trained network and how to use it.

    Attributes
    ----------
    network : nn.Module or Learner
    name : str
        One of `KINDS`; by default what the network knows of itself.
    arguments : dict
        That build it; by default likewise.
    options : dict
        Of the survey: `size`, `threshold` (a probability) and so on, see `OPTIONS`.
    card : ModelCard or None

    Examples
    --------
    >>> from geoviz_ml.archives import ArchiveModel
    >>> from geoviz_ml.models import UNet
    >>> options = {"size": [64, 64], "threshold": 0.5}
    >>> model = ArchiveModel(UNet(base=2), options=options)
    >>> model.name, model.options["threshold"]
    ('UNet', 0.5)
    """

    network: Any
    name: str = ""
    arguments: dict = field(default_factory=dict)
    options: dict = field(default_factory=dict)
    card: ModelCard | None = None

    def __post_init__(self):
        if not self.name:
            self.name, self.arguments = built_of(network_of(self.network)) or ("", {})


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
    >>> model = ArchiveModel(UNet(base=2), options=options)
    >>> save_model(tempfile.mkdtemp() + "/nights.safetensors", model).name
    'nights.safetensors'
    """
    try:
        _check(model.name, model.options)
    except ValueError as error:
        raise UsageError(f"{model.name or 'this network'} cannot be saved ({error}).") from error
    networks = {ALONE: network_of(model.network)}
    built = {ALONE: [model.name, model.arguments]}
    return write_networks(path, networks, built, model.options, model.card)


def load_model(path: str | PathLike) -> ArchiveModel:
    """Read what `save_model` or `geoviz_ml.models.save_network` wrote; it is ready to use.

    The network is on the CPU.

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
    >>> model = ArchiveModel(UNet(base=2), options=options)
    >>> path = save_model(tempfile.mkdtemp() + "/nights.safetensors", model)
    >>> load_model(path).options == options
    True
    """
    networks, use, card, _ = read_networks(path, what="model of an archive", check=_check_file)
    return ArchiveModel(networks[ALONE], *networks[ALONE].built, use, card)


def _check_file(built: Mapping, use: Mapping) -> None:
    """Refuse what is not one network of an archive with its options."""
    check_alone(built, use)
    _check(built[ALONE][0], use)


def _check(name: str, options: Mapping) -> None:
    """Refuse what is no network, or no option, of an archive."""
    if name not in KINDS:
        raise ValueError(f"no network of an archive is called {name[:40]!r}")
    if not set(options) <= OPTIONS:
        raise ValueError(f"options are {', '.join(sorted(OPTIONS))} only")
    for key, value in options.items():
        several = value.values() if isinstance(value, Mapping) else [value]
        if not all(map(is_small, several)):
            raise ValueError(f"{key} has an odd value")
