"""Answers beside right values: shape first, then finite, then near enough.

Every check compares by these functions. An answer that is empty, of another shape (numpy would
spread it over the right one) or not finite (NaN is neither too small nor too large) is never
right. An answer rounded to three digits is right, unless things are counted: then `exactly`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

THREE_DIGITS = 5e-3  # relative: an answer that is right but rounded


def same(
    answer: object, right: object, relative: float = THREE_DIGITS, absolute: float = 1e-8
) -> bool:
    """Tell whether an answer has the shape and the values of the right one.

    Parameters
    ----------
    answer : object
        A number, an array, a tensor, or lists or tuples of numbers; anything else is wrong.
    right : number or array
        Finite and not empty.
    relative, absolute : float
        Largest difference: `absolute` plus `relative` times the right value.

    Raises
    ------
    TypeError, ValueError
        The answer holds no real numbers, or is of another shape; the message tells which.
    """
    right = np.asarray(right)
    given = numbers(answer)
    if given.dtype.kind == "b" and right.dtype.kind != "b":
        raise TypeError("true or false where numbers are asked for")
    if given.shape != right.shape:
        raise ValueError(f"shape {given.shape} where {right.shape} is asked for")
    given, right = given.astype(float), right.astype(float)
    difference = np.abs(given - right)
    return bool(np.isfinite(given).all() and (difference <= absolute + relative * abs(right)).all())


def exactly(answer: object, right: object) -> bool:
    """Tell whether an answer is a count, or an array of counts, to the last digit; see `same`."""
    return same(answer, right, 0, 0)


def alike(
    answer: Callable,
    right: Callable,
    inputs: Iterable[tuple],
    compare: Callable[[object, object], bool] = same,
) -> bool:
    """Tell whether a function gives the right values on every input.

    Parameters
    ----------
    answer, right : callable
    inputs : iterable of tuple
        Two or more, so that the right value of one of them does not pass for a function.
    compare : callable
        `same` or `exactly`.
    """
    tries = [(args, right(*args)) for args in inputs]
    return len(tries) > 1 and all(compare(answer(*args), wanted) for args, wanted in tries)


def number(answer: object) -> float:
    """An answer that must be one finite real number, in any unit.

    Raises
    ------
    TypeError, ValueError
        It is something else.
    """
    given = numbers(answer)
    if given.shape != () or given.dtype.kind == "b":
        raise ValueError(f"shape {given.shape} where one number is asked for")
    if not np.isfinite(given):
        raise ValueError(f"{given} where a finite number is asked for")
    return float(given)


def truth(answer: object) -> bool:
    """An answer that must be true or false; 1 and 0 are taken for them.

    Raises
    ------
    TypeError, ValueError
        It is something else.
    """
    given = numbers(answer)
    if given.shape != () or given not in (0, 1):
        raise ValueError(f"{given!r} where true or false is asked for"[:200])
    return bool(given)


def word(answer: object, right: str) -> bool:
    """Tell whether an answer is one of a few words, the right one.

    Raises
    ------
    TypeError
        It is no text.
    """
    if not isinstance(answer, str):
        raise TypeError(f"{type(answer).__name__} where a text is asked for")
    return answer == right


def numbers(answer: object) -> np.ndarray:
    """An answer as an array of any shape, from numbers, arrays, tensors, lists or tuples of them.

    Raises
    ------
    TypeError, ValueError
        It holds no real numbers.
    """
    if callable(answer) and not hasattr(answer, "__array__"):
        raise TypeError("a function where numbers are asked for: call it")
    if hasattr(answer, "detach"):  # a tensor
        answer = answer.detach().cpu().numpy()
    given = np.asarray(answer)
    if given.dtype.kind not in "biuf":
        raise TypeError(f"{type(answer).__name__} without numbers")
    return given
