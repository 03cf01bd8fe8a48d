"""One rule for the pictures that networks are given: bytes, or floats from 0 to 1.

Bytes run from 0 to 255 and count as 0 to 1. Whoever trains, predicts, scans or refines asks here:
the same pictures as bytes and as floats give the same answer everywhere.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ..errors import UsageError, unmasked
from ..prepare.scaling import as_values


def as_array(values, name: str = "pictures") -> np.ndarray:
    """An array (N, ...), of a list of N arrays, too.

    Raises
    ------
    UsageError
        They have several sizes, or are masked.
    """
    values = unmasked(values, name)
    try:
        return np.asarray(values)
    except ValueError as error:
        sizes = sorted({str(one.shape) for one in values if hasattr(one, "shape")})[:3]
        raise UsageError(
            f"{name} must have one size, not several ({', '.join(sizes) or error}).",
            advice="Bring them to one size, or give them one by one.",
        ) from error


def as_floats(values):
    """Bytes as float32 in 0..1, floats as they are; an array or a tensor of any shape, kept."""
    if isinstance(values, Tensor):
        return values.float() / 255 if values.dtype == torch.uint8 else values
    return values / np.float32(255) if values.dtype == np.uint8 else values


def as_tensor(pictures, name: str = "pictures", grey: bool = False) -> Tensor:
    """Pictures (N, H, W) or (N, C, H, W) as a tensor (N, C, H, W) of uint8 or float32.

    Parameters
    ----------
    pictures : array
        See `as_values`.
    name : str
        What the message calls them.
    grey : bool
        Take (N, H, W) only.

    Returns
    -------
    Tensor (N, C, H, W)
        It shares the memory of `pictures` where it can.

    Raises
    ------
    UsageError
        Another shape, several sizes, no picture at all, or values that `as_values` refuses.
    """
    values = as_array(pictures, name)
    if values.ndim not in ((3,) if grey else (3, 4)) or 0 in values.shape:
        raise UsageError(
            f"{name} must be (N, H, W){'' if grey else ' or (N, C, H, W)'}, not {values.shape}.",
            advice="For one picture use picture[None].",
        )
    tensor = torch.from_numpy(np.require(as_values(values, name), requirements=["C", "W"]))
    return tensor[:, None] if tensor.ndim == 3 else tensor
