"""What a simulation was made of: checked before a folder is filled, written down beside it."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

from ..datasets.layout import RECIPE
from ..errors import UsageError
from ..files import atomic_path, untrusted

P = TypeVar("P")


def physics_of(kind: type[P], given: dict[str, Any]) -> P:
    """A simulator's `Physics`, the class `kind`, with the values `given` by name.

    Raises
    ------
    UsageError
        It has no such parameter.
    """
    try:
        return kind(**given)
    except TypeError as error:
        raise UsageError(
            f"unknown physical parameter ({error}).",
            advice=f"Known are {', '.join(asdict(kind()))}.",
        ) from None


def keep_recipe(folder: Path, recipe: dict[str, Any], what: str) -> None:
    """Write ``simulation.json`` into a new folder; refuse one that holds `what` of another recipe.

    Raises
    ------
    UsageError
        It does.
    DataFileError
        Its recipe is damaged.
    """
    note, told = folder / RECIPE, json.dumps(recipe, indent=1, default=_number)
    if note.exists():
        with untrusted(note, "recipe of a simulation", "Choose another folder, or delete it."):
            kept = json.loads(note.read_text())
        if kept == json.loads(told):  # tuples are lists
            return
        raise UsageError(
            f"this folder holds {what} of another simulation.",
            note,
            "Choose another folder, or delete this one: the same seed makes the same bytes again.",
        )
    with atomic_path(note) as tmp:
        tmp.write_text(told)


def _number(value):
    """A number of NumPy, say a seed of an array of seeds, as Python's."""
    return value.item()
