"""A trained network in a file that travels, with a model card in it and beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any

from torch import nn

from ..errors import UsageError
from .built import built_of
from .card import ModelCard
from .network_file import ALONE, check_alone, read_networks, write_networks
from .prediction import network_of


@dataclass
class SavedNetwork:
    """A network from a file. Functions that take a Learner take it too.

    Attributes
    ----------
    model : nn.Module
        In evaluation mode; on the CPU, unless it was given to `load_network`.
    card : ModelCard or None
    use : dict
        The settings with which it is used, such as a `threshold`.
    sha256 : str
        Of the file.

    Examples
    --------
    >>> from geoviz_ml.models import SavedNetwork, UNet
    >>> SavedNetwork(UNet(base=2), use={"threshold": 0.4}).use["threshold"]
    0.4
    """

    model: nn.Module
    card: ModelCard | None = None
    use: dict = field(default_factory=dict)
    sha256: str = ""


def save_network(
    model: Any, path: str | PathLike, card: ModelCard, use: Mapping[str, Any] | None = None
) -> Path:
    """Write a network into one file with its model card, whole or not at all.

    Beside ``NAME.safetensors`` the card is written as a page, ``NAME.md``, with the file's SHA-256.

    Parameters
    ----------
    model : nn.Module or Learner
        Of the networks of this library, `load_network` builds it again from the arguments it was
        made with; another one must be given to it as `into`. Attributes that were set afterwards,
        such as ``roi_heads.score_thresh`` of `small_faster_rcnn`, are not saved: set them again.
    path : path-like
        Ends with ".safetensors".
    card : ModelCard
    use : mapping, optional
        Settings with which it is used, such as ``{"size": [256, 256], "threshold": 0.4}``: short
        words, numbers, and lists and mappings of them. Tuples come back as lists.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    UsageError
        Another ending; layers of the network have changed since it was built, or it has numbers
        that are not finite; or a setting is none that a file can hold.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.models import CardScore, ModelCard, UNet, load_network, save_network
    >>> card = ModelCard(
    ...     title="An untrained U-net",
    ...     data="simulated",
    ...     about="none: it shows how a file is saved",
    ...     input={"shape": "(N, 1, 32, 32)", "range": "0 to 1", "units": "none"},
    ...     classes=["thing"],
    ...     scores=[CardScore("IoU", 0.1, floor=0.1)],
    ...     recipe={"settings": {}, "seed": 0, "versions": {}, "commit": None},
    ...     licence="CC BY 4.0",
    ...     not_for="Anything.",
    ... )
    >>> path = save_network(
    ...     UNet(base=2), tempfile.mkdtemp() + "/unet.safetensors", card, use={"threshold": 0.4}
    ... )
    >>> sorted(file.name for file in path.parent.iterdir())
    ['unet.md', 'unet.safetensors']
    >>> again = load_network(path)
    >>> again.card == card, again.use
    (True, {'threshold': 0.4})
    """
    path, network = Path(path), network_of(model)
    if path.suffix != ".safetensors":
        raise UsageError("a file of weights ends with .safetensors.", path)
    return write_networks(path, {ALONE: network}, {ALONE: built_of(network)}, use, card)


def load_network(path: str | PathLike, sha256: str | None = None, into: Any = None) -> SavedNetwork:
    """Read a network that `save_network` wrote, ready to use, on the CPU.

    Parameters
    ----------
    path : path-like
        Of a file on this machine; `data_fetch.fetch_weights` brings one from an address.
    sha256 : str, optional
        Of the file, 64 hexadecimal digits, from whoever gave it to you. Another file is refused.
    into : nn.Module or Learner, optional
        Put the weights into this network, in place of building one. It stays on its device, and
        is in evaluation mode afterwards.

    Returns
    -------
    SavedNetwork

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there; is cut short, of another kind or another SHA-256, does not fit
        together, holds several networks, or one that this library cannot build.
    UsageError
        An address is no file.

    Examples
    --------
    See `save_network`.

    >>> from geoviz_ml.errors import MissingDataError
    >>> from geoviz_ml.models import load_network
    >>> try:
    ...     load_network("none.safetensors")
    ... except MissingDataError as error:
    ...     print(error)
    none.safetensors: there is no such file.
    """
    if "://" in str(path):
        raise UsageError(
            "is an address, not a file.", path, "Bring it here by data_fetch.fetch_weights."
        )
    into = {} if into is None else {ALONE: into}
    networks, use, card, digest = read_networks(path, sha256, into, check=check_alone)
    return SavedNetwork(networks[ALONE], card, use, digest)
