"""A model card: what a reader must know before using weights that somebody else trained.

After Mitchell et al. 2019, "Model Cards for Model Reporting".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from ..errors import UsageError
from .plain import LONGEST, MOST, as_plain, is_number, is_text, odd_entry

DATA = ("simulated", "real", "simulated and real")
INPUT = ("shape", "range", "units")
RECIPE = ("settings", "seed", "versions", "commit")


@dataclass(frozen=True)
class CardScore:
    """One score of a network on data that it has not seen.

    Attributes
    ----------
    name : str
        Of the score, with its unit where it has one.
    value : float
        In the unit that `name` says.
    low, high : float or None
        Ends of its interval, in the same unit; None if none was measured.
    floor : float or None
        The same score of a method that knows nothing, such as "nothing is there", in the same unit.
    note : str
        What the interval is of, and which method the floor is.

    Examples
    --------
    >>> from geoviz_ml.models import CardScore
    >>> print(CardScore("IoU", 0.61, 0.55, 0.66, floor=0.12, note="95 %, over nights; all marked"))
    IoU: 0.61 (0.55 to 0.66), floor 0.12; 95 %, over nights; all marked
    """

    name: str
    value: float
    low: float | None = None
    high: float | None = None
    floor: float | None = None
    note: str = ""

    def __post_init__(self):
        for name, value in vars(self).items():  # a mean of numpy is a number, too
            object.__setattr__(self, name, as_plain(value))

    def __str__(self) -> str:
        known = None not in (self.low, self.high)
        ends = f"{self.low:.3g} to {self.high:.3g}" if known else "no interval"
        floor = "not measured" if self.floor is None else f"{self.floor:.3g}"
        note = f"; {self.note}" if self.note else ""
        return f"{self.name}: {self.value:.3g} ({ends}), floor {floor}{note}"


@dataclass(frozen=True)
class ModelCard:
    """What a file of weights says of itself.

    Attributes
    ----------
    title : str
        What the network does, in a few words.
    data : {"simulated", "real", "simulated and real"}
        What it was trained on.
    about : str
        Which data, how many, and from where.
    input : dict
        `shape`, `range` and `units` of what the network is given, a text each.
    classes : list of str
        What its answers mean, in their order.
    scores : list of CardScore
        Each with interval and floor.
    recipe : dict
        `settings`, `seed`, `versions` and `commit` of the training: texts, numbers, and lists and
        mappings of them.
    licence : str
        Of the weights.
    not_for : str
        What they must not be used for.

    Raises
    ------
    UsageError
        Something is not told, or is of another kind.

    Examples
    --------
    >>> from geoviz_ml.models import CardScore, ModelCard
    >>> card = ModelCard(
    ...     title="U-net that marks resonances in spectrograms",
    ...     data="simulated",
    ...     about="72 simulated nights of a search coil",
    ...     input={"shape": "(N, 1, 160, 96)", "range": "0 to 1", "units": "none: log amplitude"},
    ...     classes=["resonance"],
    ...     scores=[CardScore("IoU", 0.61, 0.55, 0.66, floor=0.12)],
    ...     recipe={"settings": {"epochs": 10}, "seed": 0, "versions": {}, "commit": None},
    ...     licence="CC BY 4.0",
    ...     not_for="Real nights, before it was tested on them.",
    ... )
    >>> print(card.markdown().splitlines()[0])
    # U-net that marks resonances in spectrograms
    """

    title: str
    data: str
    about: str
    input: dict[str, str]
    classes: list[str]
    scores: list[CardScore]
    recipe: dict[str, Any]
    licence: str
    not_for: str

    def __post_init__(self):
        object.__setattr__(self, "recipe", as_plain(self.recipe))
        if problem := _problem(self):
            raise UsageError(f"the model card is not complete: {problem}.")

    @classmethod
    def of(cls, plain: Any) -> ModelCard:
        """The card that `plain` made, checked again.

        Raises
        ------
        UsageError
            It is none.
        """
        names = {field.name for field in fields(cls)}
        try:
            if set(plain) != names:
                raise ValueError("its entries are others")
            scores = [CardScore(**score) for score in plain["scores"]]
            return cls(**{**plain, "scores": scores})
        except (TypeError, ValueError, KeyError) as error:
            if isinstance(error, UsageError):
                raise
            raise UsageError(f"that is no model card ({str(error)[:100]}).") from error

    def plain(self) -> dict[str, Any]:
        """The card as JSON knows it."""
        return asdict(self)

    def markdown(self) -> str:
        """The card as a page."""
        lines = [f"# {self.title}", "", f"Trained on **{self.data}** data: {self.about}", ""]
        lines += ["| score | value | interval | floor | note |", "|---|---|---|---|---|"]
        lines += [_row(score) for score in self.scores]
        lines += ["", f"**Must not be used for:** {self.not_for}", ""]
        lines += [f"- input, {name}: {text}" for name, text in self.input.items()]
        lines += [f"- answers: {', '.join(self.classes)}", f"- licence: {self.licence}", ""]
        lines += ["## How it was trained", ""]
        lines += [f"- {name}: {told(value)}" for name, value in self.recipe.items()]
        return "\n".join(lines) + "\n"


def _row(score: CardScore) -> str:
    ends = "none" if score.low is None else f"{score.low:.3g} to {score.high:.3g}"
    floor = "not measured" if score.floor is None else f"{score.floor:.3g}"
    return f"| {score.name} | {score.value:.3g} | {ends} | {floor} | {score.note} |"


def told(value: Any) -> str:
    """A small table of texts and numbers in one line."""
    if isinstance(value, Mapping):
        return "; ".join(f"{key} {told(one)}" for key, one in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(map(told, value))
    return str(value)


def _problem(card: ModelCard) -> str | None:
    """What a card lacks, or has of another kind; None if it is complete."""
    for name in ("title", "about", "licence", "not_for"):
        if not is_text(getattr(card, name)):
            return f"{name} is no text of up to {LONGEST} characters"
    if card.data not in DATA:
        return f"data is none of {', '.join(DATA)}"
    if not isinstance(card.input, dict) or set(card.input) != set(INPUT):
        return f"input tells {', '.join(INPUT)}"
    if not all(map(is_text, card.input.values())):
        return "input has no texts"
    if not _is_list(card.classes) or not all(map(is_text, card.classes)):
        return "classes is no list of names"
    if not _is_list(card.scores) or not all(isinstance(one, CardScore) for one in card.scores):
        return "scores is no list of scores"
    for one in card.scores:
        if not is_text(one.name) or not (one.note == "" or is_text(one.note)):
            return "a score has no name, or a note that is no text"
        if not _in_order(one):
            return f"the score {one.name[:40]} has numbers that are not finite or not in order"
    if not isinstance(card.recipe, dict) or not set(RECIPE) <= set(card.recipe):
        return f"recipe tells {', '.join(RECIPE)}"
    return odd_entry(card.recipe, "recipe")


def _is_list(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= MOST


def _in_order(score: CardScore) -> bool:
    ends = score.low, score.high
    if not is_number(score.value) or not (score.floor is None or is_number(score.floor)):
        return False
    return ends == (None, None) or (all(map(is_number, ends)) and ends[0] <= ends[1])
