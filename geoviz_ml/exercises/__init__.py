"""Self-checks for exercises: right, or not yet with a hint; and marking of returned labs.

A reader's `check` grades nothing. ``python -m geoviz_ml.exercises grade FILE`` marks a lab that a
student handed in (see `geoviz_ml.exercises.grade`).

The checks of a chapter are plain functions in ``geoviz_ml/checks/<chapter>.py``, each registered
under the name of its exercise. They compare by `geoviz_ml.exercises.compare`, and try an answer
that is a function on input drawn anew each time.
"""

from __future__ import annotations

import importlib
import inspect
import os
import pkgutil
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache, partial, wraps

import numpy as np

from ..errors import UsageError
from . import variants


@dataclass(frozen=True)
class Exercise:
    """A check, which is true for a right answer, and a hint for a wrong one.

    A check that has a parameter `rng` is given a random generator to draw its input from. Its
    other parameters are values that the exercise asks about, by default those of the book;
    `choices` are what they may be in notebooks of students (see `geoviz_ml.exercises.variants`).

    Examples
    --------
    >>> from geoviz_ml.exercises import Exercise
    >>> half = Exercise(lambda answer: abs(answer - 0.5) < 1e-9, hint="Two of four.")
    >>> half.right(2 / 4, seed=0), half.right(0.4, seed=0)
    (True, False)
    """

    check: Callable[..., bool]
    hint: str
    choices: Mapping[str, Sequence[int]] = field(default_factory=dict)

    def right(
        self, answer: object, seed: int | None, values: Mapping[str, int] | None = None
    ) -> bool:
        """Tell whether the check takes `answer` for right.

        `seed` is of its random generator; `values` are those asked about, by default the book's.
        """
        given: dict[str, object] = dict(values or {})
        if "rng" in inspect.signature(self.check).parameters:
            given["rng"] = np.random.default_rng(seed)
        return bool(self.check(answer, **given))

    def of_book(self) -> dict[str, int]:
        """The values that the exercise asks about in the book."""
        known = inspect.signature(self.check).parameters
        return {name: known[name].default for name in self.choices}


RIGHT, WRONG, OPEN = "right", "not yet", "not attempted yet"
EXERCISES: dict[str, Exercise] = {}


def register(name: str, hint: str, **choices: Sequence[int]) -> Callable:
    """Register the decorated function as the check of exercise `name`, such as "alfven-1".

    Parameters
    ----------
    name, hint : str
        The hint is printed beside a wrong answer: what to look at, and none of the values.
    **choices : sequence of int
        For some parameters of the check, what they may be in notebooks of students.

    Examples
    --------
    >>> from geoviz_ml.exercises import judge, register
    >>> @register("trial-1", hint="Two of four.")
    ... def half(answer):
    ...     return answer == 0.5
    >>> print(judge("trial-1", 0.4))
    trial-1: not yet. Hint: Two of four.
    """

    def keep(function: Callable[..., bool]) -> Callable[..., bool]:
        EXERCISES[name] = Exercise(function, hint, choices)
        return function

    return keep


class NotAttempted(Exception):
    """The answer, or what it returns, is still ``...`` or None.

    Examples
    --------
    >>> from geoviz_ml.exercises import judge, register
    >>> @register("trial-2", hint="Two and two.")
    ... def doubles(answer):
    ...     return answer(2) == 4  # the answer raises NotAttempted if it returns None
    >>> print(judge("trial-2", lambda number: None))
    trial-2: not attempted yet.
    """


def _attempted(answer: object) -> object:
    """The answer if it is one.

    A function is wrapped, so that what it returns is looked at too, and what it is given are
    copies: it may change them, but not what it is compared with.
    """
    parts = answer if isinstance(answer, tuple) else (answer,)
    if any(part is None or part is ... for part in parts):
        raise NotAttempted
    if callable(answer):
        return wraps(answer)(lambda *args: _attempted(answer(*deepcopy(args))))
    return answer


@dataclass(frozen=True)
class Verdict:
    """What a check says of an answer; as text, the line that the reader sees.

    Examples
    --------
    >>> from geoviz_ml.exercises import Verdict
    >>> print(Verdict("alfven-1", "not yet", hint="Count the bins."))
    alfven-1: not yet. Hint: Count the bins.
    >>> print(Verdict("alfven-1", "right"))
    alfven-1: right.
    """

    name: str
    state: str  # RIGHT, WRONG or OPEN
    trouble: str = ""  # what broke the check
    hint: str = ""

    def __str__(self) -> str:
        if self.state != WRONG:
            return f"{self.name}: {self.state}."
        trouble = f" ({self.trouble})" if self.trouble else ""
        return f"{self.name}: {self.state}{trouble}. Hint: {self.hint}"


@cache
def chapters() -> list[str]:
    """The chapters that have checks."""
    folder = importlib.import_module("geoviz_ml.checks").__path__
    return [module.name for module in pkgutil.iter_modules(folder)]


def of_chapter(chapter: str) -> list[str]:
    """The names of a chapter's exercises in order; importing its checks registers them.

    Examples
    --------
    >>> from geoviz_ml.exercises import of_chapter
    >>> of_chapter("alfven")[:3]
    ['alfven-1', 'alfven-2', 'alfven-3']
    """
    if chapter in chapters():
        importlib.import_module(f"geoviz_ml.checks.{chapter}")
    return [name for name in EXERCISES if name.rpartition("-")[0] == chapter]


def exercise(name: str) -> Exercise:
    """The exercise of that name.

    Raises
    ------
    UsageError
        There is none.

    Examples
    --------
    >>> from geoviz_ml.exercises import exercise
    >>> exercise("alfven-1").of_book()
    {'samples': 4096, 'rate': 100}
    """
    of_chapter(str(name).rpartition("-")[0])
    if name not in EXERCISES:
        known = ", ".join(sorted(EXERCISES)) or "none"
        raise UsageError(f"there is no exercise {name!r}.", advice=f"Known are: {known}.")
    return EXERCISES[name]


def values_of(name: str, number: int) -> dict[str, int]:
    """What the exercise `name` asks about in the student notebook of that number.

    Raises
    ------
    UsageError
        There is no such exercise, or no notebook can have that number.

    Examples
    --------
    >>> from geoviz_ml.exercises import values_of
    >>> values_of("alfven-1", number=1) == values_of("alfven-1", number=1)
    True
    """
    return variants.drawn(name, exercise(name).choices, number)


def judge(name: str, answer: object, seed: int | None = None, number: int | None = None) -> Verdict:
    """Say whether `answer` is right, without printing.

    Parameters
    ----------
    name : str
        Chapter and number, such as "alfven-1".
    answer : object
        As for `check`.
    seed : int, optional
        Of the input that functions are tried on; by default it is drawn anew.
    number : int, optional
        Of the student's notebook, which decides the values asked about; by default the book's.

    Raises
    ------
    UsageError
        There is no such exercise.

    Examples
    --------
    >>> from geoviz_ml.exercises import judge
    >>> judge("alfven-1", 1e6).state  # of a bin's width in hertz
    'not yet'
    >>> judge("alfven-2", ...).state  # nothing is filled in yet
    'not attempted yet'
    """
    asked = exercise(name)
    given = None if number is None else values_of(name, number)
    try:
        right, trouble = asked.right(_attempted(answer), seed, given), ""
    except NotAttempted:
        return Verdict(name, OPEN)
    except Exception as error:  # an answer may be anything
        right, trouble = False, f"{type(error).__name__}: {error}"
        if not callable(answer) and "is not callable" in trouble:
            trouble = "a function is asked for: give its name, and do not call it"
    return Verdict(name, RIGHT) if right else Verdict(name, WRONG, trouble, asked.hint)


def check(name: str, answer: object, number: int | None = None) -> None:
    """Say whether `answer` is right.

    Parameters
    ----------
    name : str
        Chapter and number, such as "alfven-1".
    answer : object
        What the exercise asks for; None or ``...``, or a function that returns them, mean "not
        attempted yet".
    number : int, optional
        As for `judge`.

    Raises
    ------
    UsageError
        There is no such exercise.
    AssertionError
        The answer is wrong and the environment variable `GEOVIZ_ML_STRICT` is 1: so our own tests
        hold the solutions.

    Examples
    --------
    >>> from geoviz_ml.exercises import check
    >>> check("alfven-1", ...)
    alfven-1: not attempted yet.
    """
    verdict = judge(name, answer, number=number)
    print(verdict)
    if verdict.state == WRONG and os.environ.get("GEOVIZ_ML_STRICT") == "1":
        raise AssertionError(f"the answer to {name} is wrong")


def numbered(number: int) -> Callable[[str, object], None]:
    """`check` for the student notebook of that number.

    Examples
    --------
    >>> from geoviz_ml.exercises import numbered
    >>> check = numbered(17)
    >>> check("alfven-1", ...)
    alfven-1: not attempted yet.
    """
    return partial(check, number=number)
