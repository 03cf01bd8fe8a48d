"""Answers as JSON: numbers, texts, arrays and collections of them, never an object with code.

Nothing is unpickled, and nothing becomes larger than the message that it came in by more than a
small factor: items are counted, arrays have as many bytes as they say, and sets and dictionaries
are short, since their keys may be made to collide.
"""

from __future__ import annotations

import base64
import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

MOST = 20_000  # values in one answer; an array counts as one
HASHED = 500  # items of one set or dictionary
DEEPEST = 20
PLAIN = (type(None), bool, int, float, str)
COLLECTIONS = {"list": list, "tuple": tuple, "set": set}
DTYPE = re.compile(r"[<>|=]([biufcSU])(\d{1,6})|[<>=][Mm]8(\[\d{0,6}[a-zA-Zμ]{1,2}\])?")


class TooMuch(TypeError):
    """More items, deeper or larger than an answer may be."""


@dataclass
class Encoder:
    """Makes plain JSON of one answer.

    Parameters
    ----------
    keep : callable
        Given a function, keeps it and returns the number by which the other side may call it.
    """

    keep: Callable[[Callable], int]
    left: int = field(default=MOST, init=False)

    def encode(self, value: object, depth: int = 0) -> object:
        """`value` as plain JSON.

        Raises
        ------
        TypeError
            It is, or holds, an object of another kind, or is more than an answer may be.
        """
        self.left -= 1
        if self.left < 0 or depth > DEEPEST:
            raise TooMuch("an answer of so many or so deep collections cannot be marked")
        if not isinstance(value, np.generic) and isinstance(value, PLAIN):
            return value
        if value is ...:
            return {"": "..."}
        if isinstance(value, range | frozenset):  # one too long is refused below, not unrolled
            value = list(value[:MOST]) if isinstance(value, range) else set(value)
        for name, kind in COLLECTIONS.items():
            if isinstance(value, kind):
                return {"": name, "items": [self.encode(v, depth + 1) for v in value]}
        if isinstance(value, dict):
            pairs = [[self.encode(x, depth + 1) for x in pair] for pair in value.items()]
            return {"": "dict", "items": pairs}
        if type(value) is complex:
            return {"": "complex", "items": [value.real, value.imag]}
        torch = sys.modules.get("torch")
        if torch is not None and isinstance(value, torch.Tensor):
            value = value.detach().cpu().numpy()
        elif not isinstance(value, np.generic) and hasattr(value, "__array__"):  # pandas, xarray
            value = np.asarray(value)
        if isinstance(value, np.ndarray | np.generic):
            return _array(value)
        if callable(value):
            return {"": "function", "number": self.keep(value)}
        raise TypeError(f"an answer of type {type(value).__name__} cannot be marked")


def _array(value: np.ndarray | np.generic) -> dict:
    array = np.ascontiguousarray(value)
    dtype = array.dtype.str
    if not DTYPE.fullmatch(dtype):
        raise TypeError(f"an array of {array.dtype} cannot be marked")
    data = base64.b64encode(array.tobytes()).decode()
    kind = "array" if isinstance(value, np.ndarray) else "scalar"
    return {"": kind, "dtype": dtype, "shape": list(value.shape), "data": data}


@dataclass
class Decoder:
    """Makes an answer of plain JSON that the other side has written.

    Parameters
    ----------
    remote : callable
        Given the number of a function, returns one that calls it over there.
    """

    remote: Callable[[int], Callable]
    left: int = field(default=MOST, init=False)

    def decode(self, value: object, depth: int = 0) -> object:
        """What `Encoder.encode` of the other side meant.

        Raises
        ------
        ValueError, TypeError, LookupError
            It was not made by `Encoder.encode`, or is more than an answer may be.
        """
        self.left -= 1
        if self.left < 0 or depth > DEEPEST:
            raise TooMuch("too many values, or too deep")
        if isinstance(value, PLAIN):
            return value
        match value:
            case {"": "..."}:
                return ...
            case {"": "dict", "items": list(items)} if len(items) <= HASHED:
                return {self.decode(k, depth + 1): self.decode(v, depth + 1) for k, v in items}
            case {"": "complex", "items": [int() | float() as real, int() | float() as imag]}:
                return complex(real, imag)
            case {"": "function", "number": int(number)}:
                return self.remote(number)
            case {"": "set", "items": list(items)} if len(items) > HASHED:
                raise TooMuch("too large a set")
            case {"": str(name), "items": list(items)} if name in COLLECTIONS:
                return COLLECTIONS[name](self.decode(v, depth + 1) for v in items)
            case {
                "": "array" | "scalar" as kind,
                "dtype": str(dtype),
                "shape": list(shape),
                "data": str(data),
            }:
                array = _from_bytes(dtype, shape, data)
                return array if kind == "array" else array[()]
        raise ValueError("not understood")


def _from_bytes(dtype: str, shape: list, data: str) -> np.ndarray:
    """An array of exactly these bytes."""
    if not DTYPE.fullmatch(dtype):
        raise ValueError(f"an array of {dtype[:20]!r}")
    kind = np.dtype(dtype)
    if len(shape) > 8 or not all(type(n) is int and 0 <= n < 2**31 for n in shape):
        raise ValueError("no shape of an array")
    raw = base64.b64decode(data, validate=True)
    if not kind.itemsize or math.prod(shape) * kind.itemsize != len(raw):
        raise ValueError("an array of another size than it says")
    return np.frombuffer(bytearray(raw), kind).reshape(shape)
