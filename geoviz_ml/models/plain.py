"""Small tables of texts and numbers: what a file of weights holds beside its tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..files import printable

LONGEST = 2000  # characters of a text
MOST = 100  # entries of a list or a table


def as_plain(value: Any, deep: int = 0) -> Any:
    """As JSON knows it: a scalar of numpy becomes a number, a tuple a list; inside tables, too."""
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, Mapping) and deep < 4:
        return {key: as_plain(one, deep + 1) for key, one in value.items()}
    if isinstance(value, list | tuple) and deep < 4:
        return [as_plain(one, deep + 1) for one in value]
    return value


def odd_entry(value: Any, name: str = "", deep: int = 0) -> str | None:
    """What is no text, finite number, nothing, or small table or list of these; None if all is.

    Parameters
    ----------
    value
        From a caller, or from a stranger's file.
    name : str
        What an answer calls it.
    deep : int
        Tables that it lies in; at most four may lie in one another.

    Returns
    -------
    str or None
        The first such entry, such as "settings.rate is nan (float)".
    """
    if isinstance(value, Mapping | list) and deep < 4 and len(value) <= MOST:
        entries = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, one in entries:
            if isinstance(value, Mapping) and not is_text(key):
                return f"a name in {name or 'it'} is {_shown(key)}"
            if found := odd_entry(one, f"{name}.{key}".lstrip("."), deep + 1):
                return found
        return None
    good = value is None or isinstance(value, bool) or is_number(value) or is_text(value)
    return None if good else f"{name or 'it'} is {_shown(value)}"


def _shown(value: Any) -> str:
    return f"{printable(repr(value))[:60]} ({type(value).__name__})"


def is_text(value: Any) -> bool:
    """Text that a page can show, of one line."""
    return isinstance(value, str) and 0 < len(value) <= LONGEST and value == printable(value)


def is_number(value: Any) -> bool:
    """A number of Python that is finite, and not a bool."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= 1e300
