"""What a score is given, as plain arrays: labels of rows and columns do not count."""

from __future__ import annotations

import numpy as np

from ..errors import UsageError, unmasked


def plain(values) -> np.ndarray:
    """Numbers in an array, a tensor, a list, a DataArray or a DataFrame: an ndarray of their shape.

    Raises
    ------
    UsageError
        They are no numbers, lists of different lengths, or masked.
    """
    if hasattr(values, "detach"):  # a tensor; numpy has no bfloat16
        values = values.detach().cpu()
        values = values.float() if "bfloat16" in str(values.dtype) else values
    try:
        array = np.asarray(unmasked(values))
        array = array.astype(float) if array.dtype == object else array
    except (TypeError, ValueError) as error:
        raise UsageError(f"these values make no array of numbers: {error}") from error
    if array.dtype.kind not in "biuf":
        raise UsageError(f"numbers are needed, or True and False, not {array.dtype}.")
    return array


def same_shape(pred, truth) -> tuple[np.ndarray, np.ndarray]:
    """Both as `plain` arrays of one shape.

    Raises
    ------
    UsageError
        The shapes differ, two DataArrays have their dimensions in different order, or see `plain`.
    """
    names = [getattr(one, "dims", None) for one in (pred, truth)]
    if None not in names and names[0] != names[1] and set(names[0]) == set(names[1]):
        raise UsageError(
            f"one array has the dimensions {names[0]}, the other {names[1]}.",
            advice="Turn one of them: pred.transpose(*truth.dims).",
        )
    pred, truth = plain(pred), plain(truth)
    if pred.shape != truth.shape:
        raise UsageError(
            f"cannot compare {pred.shape} pixels with {truth.shape}.",
            advice="Bring both to one shape first.",
        )
    return pred, truth


def as_mask(values) -> np.ndarray:
    """A mask of any shape as bool: what is bool already, or holds nothing but 0 and 1.

    Raises
    ------
    UsageError
        It holds something else: probabilities, 0 and 255, NaN.
    """
    values = plain(values)
    if values.dtype != bool and not ((values == 0) | (values == 1)).all():
        raise UsageError(
            f"masks must be bool, or 0 and 1; these are other {values.dtype}.",
            advice="Cut probabilities first, say prob >= 0.5.",
        )
    return values.astype(bool, copy=False)
