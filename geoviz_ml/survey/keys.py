"""What makes two surveys, or two states of a file, different, and what was noted of them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from os import PathLike
from pathlib import Path

from ..errors import GeovizError
from ..files import read_json


def weights_key(model) -> str:
    """SHA-256 of a network's parameters and buffers; of a Learner, those of its network.

    Examples
    --------
    >>> import torch
    >>> from geoviz_ml.survey import weights_key
    >>> one, other = torch.nn.Linear(2, 1), torch.nn.Linear(2, 1)
    >>> _ = other.load_state_dict(one.state_dict())
    >>> weights_key(one) == weights_key(other)
    True
    """
    import torch

    digest = hashlib.sha256()
    network = model if hasattr(model, "state_dict") else model.model
    for value in network.state_dict().values():
        value = value.detach().cpu().contiguous()
        value = value.view(torch.int16) if value.dtype == torch.bfloat16 else value
        digest.update(value.numpy().tobytes())
    return digest.hexdigest()


def file_stamp(*paths: str | PathLike) -> str:
    """Sizes and times of change of files, as a text; of one that is not there a dash.

    Examples
    --------
    >>> from geoviz_ml.survey import file_stamp
    >>> file_stamp("there is no such file")
    '-'
    """
    told = []
    for path in paths:
        try:
            status = Path(path).stat()
            told.append(f"{status.st_size} {status.st_mtime_ns}")
        except OSError:
            told.append("-")
    return ", ".join(told)


def read_note(path: Path, kinds: Mapping[str, type]) -> dict:
    """The note (JSON) that an earlier call has left, if it has these names, of these kinds.

    Empty if there is none, or it is damaged.
    """
    try:
        kept = read_json(path)
    except GeovizError:
        return {}
    whole = isinstance(kept, dict) and all(isinstance(kept.get(k), v) for k, v in kinds.items())
    return kept if whole else {}
