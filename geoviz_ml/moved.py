"""Old addresses: names that have moved to another room, and still answer where they were."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module


def also(here: Callable[[str], object], moved: Mapping[str, str]) -> Callable[[str], object]:
    """A package's ``__getattr__`` that knows where names have gone.

    Parameters
    ----------
    here : callable
        The package's own ``__getattr__``.
    moved : mapping
        Name -> module that has it now. It is imported when the name is asked for: a room may so
        name rooms above it, which it must never use itself.
    """

    def __getattr__(name: str) -> object:
        return getattr(import_module(moved[name]), name) if name in moved else here(name)

    return __getattr__
