"""The weights of a network as a file of numbers, in which nothing can be executed."""

from __future__ import annotations

from pathlib import Path

from torch import nn

from ..errors import DataFileError
from ..files import atomic_path


def save_weights(model: nn.Module, path: Path) -> None:
    """Write all parameters and buffers (safetensors), whole or not at all."""
    from safetensors.torch import save

    state = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    with atomic_path(path) as tmp:
        tmp.write_bytes(save(state))


def load_weights(model: nn.Module, path: Path) -> None:
    """Put what `save_weights` wrote into a network of the same kind.

    Raises
    ------
    DataFileError
        The file is not there, is damaged, or belongs to another network.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        model.load_state_dict(load_file(path))
    except (OSError, SafetensorError, RuntimeError) as error:
        problem = f"not the weights of this network ({type(error).__name__})."
        raise DataFileError(problem, path, "Delete its folder.") from error
