"""Old addresses: names that have moved to another room, and still answer where they were."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module


def also(here: Callable[[str], object] | str, moved: Mapping[str, str]) -> Callable[[str], object]:
    """A package's or module's ``__getattr__`` that knows where names have gone.

    Parameters
    ----------
    here : callable or str
        The package's own ``__getattr__``, or the name of a module, which has none.
    moved : mapping
        Name -> module that has it now. It is imported when the name is asked for: a room may so
        name rooms above it, which it must never use itself.

    Returns
    -------
    callable
        It raises AttributeError for a name that neither has.
    """

    def __getattr__(name: str) -> object:
        if name in moved:
            return getattr(import_module(moved[name]), name)
        if isinstance(here, str):
            raise AttributeError(f"module {here!r} has no attribute {name!r}")
        return here(name)

    return __getattr__
