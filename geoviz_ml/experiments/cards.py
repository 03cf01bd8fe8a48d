"""Model cards of an experiment's trainings: what the weights in their folders say of themselves.

What a chapter's cards say in words stands in ``cards.toml``; scores, floors, settings and versions
come from what was measured and kept.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import DataFileError
from ..files import printable
from ..models import CardScore, ModelCard
from ..models.card import LONGEST
from ..models.network_file import add_card
from .weights import NAME

CHOSEN = "Threshold chosen"  # no score; it stands among the settings of use
WORDS = Path(__file__).with_name("cards.toml")
LICENCE = "BSD-3-Clause, as the code that trained it"


@dataclass(frozen=True)
class Done:
    """A training that is done and measured.

    Attributes
    ----------
    group : str
        See `Training`.
    network : str
        Of `geoviz_ml.models.built.NETWORKS`, or its class.
    place : Path
        Its folder.
    kept : dict
        Its ``result.json``.
    told : dict
        From `Experiment.tell`.
    """

    group: str
    network: str
    place: Path
    kept: dict
    told: dict


def leave_cards(
    chapter: str, settings: Mapping[str, Any], done: Sequence[Done], beside: Mapping[str, float]
) -> int:
    """Put a card into the weights of each training, and as a page beside them.

    Parameters
    ----------
    chapter : str
    settings : mapping
        Of the run.
    done : sequence of Done
    beside : mapping
        What was measured beside the trainings, scores of floors among it; empty if it was not.

    Returns
    -------
    int
        How many there are; a training that went astray gets none.
    """
    words = tomllib.loads(WORDS.read_text("utf-8")).get(chapter)
    if words is None:
        print(f"No cards: {WORDS.name} has no words for {chapter}.", flush=True)
        return 0
    left = 0
    for one in done:
        group = [other.kept["measured"] for other in done if other.group == one.group]
        scores = _scores(one, group, words, beside)
        if scores:
            card = _card(one, words, settings, scores)
            try:
                add_card(one.place / NAME, card, one.told["use"])
                left += 1
            except DataFileError as error:
                print(f"No card: {error}", flush=True)
    return left


def _card(one: Done, words: dict, settings: Mapping, scores: list[CardScore]) -> ModelCard:
    about = {"about": words["about"], **words["any"], **words.get(one.network, {})}
    told = {key: text.format(**settings) for key, text in about.items() if key != "classes"}
    kept = one.kept
    recipe = {
        "training": kept["name"],
        "settings": {
            **{key: _plain(value) for key, value in kept["recipe"].items()},
            **{key: kept[key] for key in ("epochs", "one_cycle")},
        },
        "seed": kept["recipe"]["seed"],
        "versions": kept["made"]["versions"],
        "commit": kept["made"]["commit"],
        "device": kept["made"]["device"],
    }
    return ModelCard(
        title=told["title"],
        data="simulated",
        about=told["about"],
        input={key: told[key] for key in ("shape", "range", "units")},
        classes=list(one.told["use"].get("classes") or about["classes"]),
        scores=scores,
        recipe=recipe,
        licence=LICENCE,
        not_for=words["not_for"],
    )


def _plain(value: Any) -> Any:
    """A number as it is, anything else as a text of one line; a tuple is what JSON makes of it."""
    value = list(value) if isinstance(value, tuple) else value
    known = value is None or isinstance(value, int | float)
    return value if known else printable(" ".join(str(value).split()))[:LONGEST]


def _scores(
    one: Done, group: list[dict], words: dict, beside: Mapping[str, float]
) -> list[CardScore]:
    """Of one training, with an interval over what is independent, or else over its seeds."""
    scores = []
    for claim, value in one.kept["measured"].items():
        if not math.isfinite(value) or claim.startswith(CHOSEN):
            continue
        name = claim.format(one.group)
        values = [m[claim] for m in group if math.isfinite(m.get(claim, math.nan))]
        low, high, note = None, None, "no interval: one seed"
        if claim in one.told["intervals"]:
            low, high, things = one.told["intervals"][claim]
            note = f"interval: 95 %, of {things} {words['things']} drawn again"
        elif len(values) > 1:
            low, high, note = min(values), max(values), f"interval: range of {len(values)} seeds"
        floor, which = _floor(claim, words["floors"], beside)
        note += f"; floor: {which}" if which else ""
        scores.append(CardScore(name, value, low, high, floor, note))
    return scores


def _floor(
    claim: str, floors: list[list[str]], beside: Mapping[str, float]
) -> tuple[float | None, str]:
    """The same score of what knows nothing, and what that is; None if it was not measured."""
    for pattern, name in floors:
        floor = re.sub(pattern, name, claim)
        if floor != claim and math.isfinite(beside.get(floor, math.nan)):
            return beside[floor], name.strip(", ").removeprefix("floor, ")
    return None, ""
