"""Self-checks for exercises: right, or not yet with a hint; and marking of returned labs.

A reader's `check` grades nothing. ``python -m geoviz_ml.exercises grade FILE`` marks a lab that a
student handed in (see `geoviz_ml.exercises.grade`).

The checks of a chapter are plain functions in ``geoviz_ml/checks/<chapter>.py``, each registered
under the name of its exercise.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from types import FunctionType

from ..errors import UsageError


@dataclass(frozen=True)
class Exercise:
    """A check, which is true for a right answer, and a hint for a wrong one."""

    check: Callable[[object], bool]
    hint: str


RIGHT, WRONG, OPEN = "right", "not yet", "not attempted yet"
EXERCISES: dict[str, Exercise] = {}


def register(name: str, hint: str) -> Callable:
    """Register the decorated function as the check of exercise `name`, such as "alfven-1"."""

    def keep(function: Callable[[object], bool]) -> Callable[[object], bool]:
        EXERCISES[name] = Exercise(function, hint)
        return function

    return keep


class NotAttempted(Exception):
    """The answer, or what it returns, is still ``...`` or None."""


def _attempted(answer: object) -> object:
    """The answer if it is one; a function is wrapped, so that what it returns is looked at too."""
    parts = answer if isinstance(answer, tuple) else (answer,)
    if any(part is None or part is ... for part in parts):
        raise NotAttempted
    if isinstance(answer, FunctionType):
        return wraps(answer)(lambda *args, **kwargs: _attempted(answer(*args, **kwargs)))
    return answer


@dataclass(frozen=True)
class Verdict:
    """What a check says of an answer; as text, the line that the reader sees."""

    name: str
    state: str  # RIGHT, WRONG or OPEN
    trouble: str = ""  # what broke the check
    hint: str = ""

    def __str__(self) -> str:
        if self.state != WRONG:
            return f"{self.name}: {self.state}."
        trouble = f" ({self.trouble})" if self.trouble else ""
        return f"{self.name}: {self.state}{trouble}. Hint: {self.hint}"


def of_chapter(chapter: str) -> list[str]:
    """The names of a chapter's exercises in order; importing its checks registers them."""
    module = f"geoviz_ml.checks.{chapter}"
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != module:
            raise  # the chapter is there, something it imports is not
        # else they may have been registered elsewhere
    return [name for name in EXERCISES if name.rpartition("-")[0] == chapter]


def judge(name: str, answer: object) -> Verdict:
    """Say whether `answer` is right, without printing.

    Raises
    ------
    UsageError
        There is no such exercise.
    """
    of_chapter(str(name).rpartition("-")[0])
    if name not in EXERCISES:
        known = ", ".join(sorted(EXERCISES)) or "none"
        raise UsageError(f"there is no exercise {name!r}.", advice=f"Known are: {known}.")
    exercise = EXERCISES[name]
    try:
        right, trouble = bool(exercise.check(_attempted(answer))), ""
    except NotAttempted:
        return Verdict(name, OPEN)
    except Exception as error:  # an answer may be anything
        right, trouble = False, f"{type(error).__name__}: {error}"
    return Verdict(name, RIGHT) if right else Verdict(name, WRONG, trouble, exercise.hint)


def check(name: str, answer: object) -> None:
    """Say whether `answer` is right.

    Parameters
    ----------
    name : str
        Chapter and number, such as "alfven-1".
    answer : object
        What the exercise asks for; None or ``...``, or a function that returns them, mean "not
        attempted yet".

    Raises
    ------
    UsageError
        There is no such exercise.
    AssertionError
        The answer is wrong and the environment variable `GEOVIZ_ML_STRICT` is 1: so our own tests
        hold the solutions.
    """
    verdict = judge(name, answer)
    print(verdict)
    if verdict.state == WRONG and os.environ.get("GEOVIZ_ML_STRICT") == "1":
        raise AssertionError(f"the answer to {name} is wrong")
