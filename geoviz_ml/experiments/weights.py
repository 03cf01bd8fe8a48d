"""The weights of a training as a file of numbers, in which nothing can be executed.

A training that went astray is kept as it is, with numbers that are not finite; nobody gets a card
for it.
"""

from __future__ import annotations

from pathlib import Path

from torch import nn

from ..errors import DataFileError, MissingDataError
from ..files import atomic_path
from ..files.tensors import TensorFile
from ..models.built import built_of
from ..models.network_file import ALONE, pack_networks

NAME = "weights.safetensors"


def save_weights(model: nn.Module, path: Path) -> None:
    """Write all parameters and buffers, whole or not at all."""
    packed = pack_networks({ALONE: model}, {ALONE: built_of(model)})
    with atomic_path(path) as tmp:
        tmp.write_bytes(packed)


def load_weights(model: nn.Module, path: Path) -> None:
    """Put what `save_weights` wrote into a network of the same kind.

    Raises
    ------
    DataFileError
        The file is not there, is damaged, or belongs to another network.
    """
    try:
        file = TensorFile(path)
        start = f"{ALONE}."
        file.check({f"{start}{name}": value for name, value in model.state_dict().items()})
        state = {k.removeprefix(start): v for k, v in file.tensors(finite=False).items()}
        model.load_state_dict(state)
    except (ValueError, LookupError, TypeError, RuntimeError, MissingDataError) as error:
        problem = f"not the weights of this network ({type(error).__name__})."
        raise DataFileError(problem, path, "Delete its folder.") from error
