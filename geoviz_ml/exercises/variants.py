"""Values that differ from student to student, and the text in which they stand.

An exercise asks about numbers: the length of a segment, the size of a patch. Those of the book are
the defaults of its check. A notebook that bears a number, as `python book/teach.py students` makes
them, asks about others, drawn by that number and the exercise's name; whoever knows the two knows
the values, so a grader needs nothing else of the notebook.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np

from ..errors import UsageError

LARGEST = 10**9
NUMBERED = re.compile(r"_lab_no0*(\d{1,9})(?!\d)[^/]*$")


def drawn(name: str, choices: Mapping[str, Sequence[int]], number: int) -> dict[str, int]:
    """One of its choices for each value of the exercise `name`, by the number of a notebook.

    Raises
    ------
    UsageError
        The number is no whole number from 1 to a billion.
    """
    if type(number) is not int or not 0 < number <= LARGEST:
        raise UsageError(f"a notebook's number is whole and from 1 to {LARGEST}, not {number!r}.")
    rng = np.random.default_rng([number, *name.encode()])
    return {value: int(of[rng.integers(len(of))]) for value, of in choices.items()}


def number_in(file: str) -> int | None:
    """The number that a file bears in its name, or None.

    Examples
    --------
    >>> number_in("lovelaceada_12345_67890_arcs_lab_no017-2.ipynb")
    17
    >>> print(number_in("arcs_lab-2.ipynb"))
    None
    """
    found = NUMBERED.search(file)
    return int(found[1]) if found and int(found[1]) else None


def written(value: int) -> str:
    """A value as the text of an exercise has it: from ten thousand on in groups of three.

    Examples
    --------
    >>> written(4096), written(10_000)
    ('4096', '10 000')
    """
    return f"{value:,}".replace(",", " ") if value >= 10_000 else str(value)


def rewritten(text: str, old: Mapping[str, int], new: Mapping[str, int]) -> str:
    """Text or code with new values in place of the old ones, all at once.

    Examples
    --------
    >>> rewritten("16 to 32 channels, 160 in all", {"a": 16, "b": 32}, {"a": 32, "b": 96})
    '32 to 96 channels, 160 in all'
    """
    changes = {}
    for name, value in old.items():
        changes |= {written(value): written(new[name]), f"{value:_}": f"{new[name]:_}"}
        changes[str(value)] = str(new[name])
    if not changes:
        return text
    either = "|".join(map(re.escape, sorted(changes, key=len, reverse=True)))
    return re.sub(rf"(?<![\w.])(?:{either})(?!\w|\.\d)", lambda found: changes[found[0]], text)
