"""A model card tells everything, or is none."""

import json
from dataclasses import replace

import numpy as np
import pytest

from geoviz_ml.errors import UsageError
from geoviz_ml.models import CardScore, ModelCard

from .test_saved import CARD


def test_a_card_comes_back_from_json():
    assert ModelCard.of(json.loads(json.dumps(CARD.plain()))) == CARD


def test_the_page_tells_all_of_the_card():
    page = CARD.markdown()
    for text in ("simulated", "three pictures", "thing", "CC BY 4.0", "anything but this test"):
        assert text in page
    for text in ("(N, 1, 32, 32)", "0 to 1", "| IoU | 0.5 | 0.4 to 0.6 | 0.1 |", "epochs 1"):
        assert text in page


def test_what_was_not_measured_is_said():
    page = replace(CARD, scores=[CardScore("IoU", 0.5)]).markdown()
    assert "| IoU | 0.5 | none | not measured |" in page


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("title", ""),
        ("title", "two\nlines"),
        ("title", None),
        ("about", "x" * 3000),
        ("about", "\x1b[2J"),
        ("data", "invented"),
        ("input", {"shape": "(N, 1, 32, 32)"}),
        ("input", {"shape": "", "range": "0 to 1", "units": "none"}),
        ("classes", []),
        ("classes", "thing"),
        ("classes", ["thing", 3]),
        ("scores", []),
        ("scores", ["IoU 0.5"]),
        ("scores", [CardScore("IoU", float("nan"))]),
        ("scores", [CardScore("IoU", 0.5, 0.6, 0.4)]),
        ("scores", [CardScore("IoU", 0.5, 0.4)]),
        ("scores", [CardScore("IoU", 0.5, floor=float("inf"))]),
        ("scores", [CardScore("", 0.5)]),
        ("scores", [CardScore("IoU", True)]),
        ("recipe", {"seed": 0}),
        ("recipe", CARD.recipe | {"more": object()}),
        ("licence", ""),
        ("not_for", ""),
    ],
)
def test_a_card_that_lacks_something_is_none(name, value):
    with pytest.raises(UsageError, match="not complete"):
        replace(CARD, **{name: value})


@pytest.mark.parametrize(
    "plain", [None, [], {}, "card", {**CARD.plain(), "more": 1}, {"scores": 3}]
)
def test_what_is_no_card_is_refused(plain):
    with pytest.raises(UsageError, match="no model card"):
        ModelCard.of(plain)


def test_what_is_wrong_is_named():
    with pytest.raises(UsageError, match="the score IoU has numbers"):
        replace(CARD, scores=[CardScore("F1", 0.5), CardScore("IoU", 0.5, 0.6, 0.4)])
    with pytest.raises(UsageError, match="recipe.settings.rates.1 is inf"):
        replace(CARD, recipe=CARD.recipe | {"settings": {"rates": [0.1, float("inf")]}})


def test_scalars_of_numpy_and_tuples_are_numbers_and_lists():
    plain = replace(
        CARD,
        scores=[CardScore("IoU", np.float32(0.5), *np.float32([0.25, 0.75]))],
        recipe=CARD.recipe | {"seed": np.int64(3), "settings": {"size": (32, 48)}},
    )
    assert ModelCard.of(json.loads(json.dumps(plain.plain()))) == plain
    assert plain.scores == [CardScore("IoU", 0.5, 0.25, 0.75)]
    assert plain.recipe["settings"] == {"size": [32, 48]}
