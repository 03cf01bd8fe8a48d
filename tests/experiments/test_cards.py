"""Cards of trainings: scores with the seeds' interval and a floor; none for what went astray."""

import hashlib
import math
import tomllib

import pytest
import torch

from geoviz_ml import setup
from geoviz_ml.experiments import Alfven
from geoviz_ml.experiments.__main__ import of_chapter
from geoviz_ml.experiments.cards import WORDS, Done, leave_cards
from geoviz_ml.experiments.weights import NAME, load_weights, save_weights
from geoviz_ml.models import UNet, load_network
from geoviz_ml.papers import chapters

SETTINGS = vars(Alfven(setup("quick")).run)
IOU, FLAGGED = "Test IoU of the IAR: {}", "Flagged on test nights without IAR: {}"


def done(folder, seed, iou, network=None, intervals=None):
    """A training of a group of U-nets, as its folder tells it."""
    place = folder / f"seed-{seed}"
    network = network or UNet(base=2)
    save_weights(network, place / NAME)
    kept = {
        "name": f"U-net, set B, seed {seed}",
        "recipe": {"lr": 0.01, "loss": "BinaryCrossEntropy()", "seed": seed},
        "epochs": 10,
        "one_cycle": True,
        "made": {"device": "cpu", "versions": {"torch": "2.11"}, "commit": "abc"},
        "measured": {"Threshold chosen: {}": 0.4, IOU: iou, FLAGGED: math.nan},
    }
    told = {"use": {"threshold": 0.4}, "intervals": intervals or {}}
    return Done("U-net, set B", "UNet", place, kept, told)


@pytest.mark.parametrize("chapter", chapters())
def test_every_chapter_has_words_for_its_cards(chapter):
    words = tomllib.loads(WORDS.read_text("utf-8"))[chapter]
    settings = vars(of_chapter(chapter)(setup("quick")).run)
    assert {"about", "not_for", "floors", "things", "any"} <= set(words)
    for about in (one for one in words.values() if isinstance(one, dict)):
        assert {"title", "shape", "range", "units", "classes"} <= set(about)
        for text in (words["about"], *(t for t in about.values() if isinstance(t, str))):
            assert "{" not in text.format(**settings)


def test_a_chapter_without_words_leaves_no_cards(tmp_path, capsys):
    assert leave_cards("sixth", SETTINGS, [done(tmp_path, 0, 0.5)], {}) == 0
    assert "no words for sixth" in capsys.readouterr().out


def test_a_card_has_the_scores_of_its_training_the_range_of_its_seeds_and_the_floor(tmp_path):
    both = [done(tmp_path, 0, 0.5), done(tmp_path, 1, 0.7)]
    assert leave_cards("alfven", SETTINGS, both, {IOU.format("nothing"): 0.0}) == 2
    saved = load_network(both[1].place / NAME)
    (score,) = saved.card.scores
    assert (score.name, score.value) == ("Test IoU of the IAR: U-net, set B", 0.7)
    assert (score.low, score.high, score.floor) == (0.5, 0.7, 0.0)
    assert "2 seeds" in score.note
    assert "nothing" in score.note
    assert saved.use == {"threshold": 0.4}
    assert (saved.card.data, saved.card.recipe["seed"]) == ("simulated", 1)
    assert saved.card.recipe["commit"] == "abc"
    page = (both[1].place / NAME).with_suffix(".md").read_text("utf-8")
    assert "Must not be used for" in page


def test_one_seed_has_no_interval_and_what_was_not_measured_is_said(tmp_path):
    leave_cards("alfven", SETTINGS, [done(tmp_path, 0, 0.5)], {})
    (score,) = load_network(tmp_path / "seed-0" / NAME).card.scores
    assert (score.low, score.floor) == (None, None)
    assert "no interval: one seed" in score.note


def test_an_interval_over_nights_stands_before_that_of_the_seeds(tmp_path):
    both = [done(tmp_path, s, 0.5 + s / 10, None, {IOU: [0.41, 0.72, 30]}) for s in (0, 1)]
    leave_cards("alfven", SETTINGS, both, {})
    (score,) = load_network(both[0].place / NAME).card.scores
    assert (score.low, score.high) == (0.41, 0.72)
    assert "95 %, of 30 nights drawn again" in score.note


def test_the_same_card_again_changes_nothing(tmp_path):
    one = done(tmp_path, 0, 0.5)
    digests = []
    for _ in range(2):
        leave_cards("alfven", SETTINGS, [one], {})
        raw = (one.place / NAME).read_bytes()
        digests.append((hashlib.sha256(raw).hexdigest(), (one.place / NAME).stat().st_ino))
    assert digests[0] == digests[1]


def test_a_recipe_read_from_its_file_makes_the_card_that_it_made_before(tmp_path):
    one = done(tmp_path, 0, 0.5)
    raws = []
    for shares in ((0, 4, 8), [0, 4, 8]):  # JSON knows no tuples
        one.kept["recipe"]["shares"] = shares
        leave_cards("alfven", SETTINGS, [one], {})
        raws.append((one.place / NAME).read_bytes())
    assert raws[0] == raws[1]


def test_a_training_that_went_astray_is_kept_and_gets_no_card(tmp_path, capsys):
    network = UNet(base=2)
    with torch.no_grad():
        network.out.bias.fill_(torch.nan)
    one = done(tmp_path, 0, 0.5, network)
    assert leave_cards("alfven", SETTINGS, [one], {}) == 0
    assert "numbers that are not finite" in capsys.readouterr().out
    again = UNet(base=2)
    load_weights(again, one.place / NAME)
    assert again.out.bias.isnan().all()


@pytest.mark.parametrize("measured", [{}, {IOU: math.nan}])
def test_without_a_score_there_is_no_card(tmp_path, measured):
    one = done(tmp_path, 0, 0.5)
    one.kept["measured"] = measured
    assert leave_cards("alfven", SETTINGS, [one], {}) == 0
