"""Intervals hold what they promise, and "ahead" is said only of what is."""

import numpy as np
import pytest
from scipy.stats import bootstrap

from geoviz_ml.errors import UsageError
from geoviz_ml.scores import interval, iou, lead, tally


def test_the_score_of_a_tally_of_pixels_is_the_iou_of_all_pictures_together():
    rng = np.random.default_rng(1)
    found, truth = rng.random((2, 9, 8, 8)) > 0.6
    both, either = (found & truth).sum((1, 2)), (found | truth).sum((1, 2))
    assert tally(both, either).score == pytest.approx(iou(found, truth))


def test_pictures_of_one_night_are_counted_together():
    counted = tally([[1, 2, 3, 4]], [2, 2, 4, 4], groups=["b", "a", "b", "a"])
    assert counted.parts.tolist() == [[6, 4]]  # a, b
    assert counted.wholes.tolist() == [[6, 6]]
    assert tally([[1, 2, 3, 4]], [2, 2, 4, 4]).score == counted.score


def test_bounds_of_one_seed_are_those_of_scipys_bootstrap():
    rng = np.random.default_rng(2)
    wholes = rng.integers(50, 150, 40).astype(float)
    parts = wholes * rng.beta(5, 3, 40)
    ours = interval(tally(parts, wholes), draws=20_000)
    theirs = bootstrap(
        (parts, wholes), lambda p, w, axis=-1: p.sum(axis) / w.sum(axis),
        paired=True, method="percentile", n_resamples=20_000, rng=rng,
    ).confidence_interval  # fmt: skip
    assert [ours.low, ours.high] == pytest.approx(list(theirs), abs=0.002)
    assert ours.value == pytest.approx(parts.sum() / wholes.sum())


def test_the_true_mean_lies_inside_in_about_95_of_100_samples():
    rng = np.random.default_rng(3)
    inside = 0
    for sample in rng.normal(0.5, 0.1, (400, 40)):
        by = interval(tally(sample), draws=500)
        inside += by.low <= 0.5 <= by.high
    assert 0.90 <= inside / 400 <= 0.98


@pytest.mark.parametrize(
    ("seeds", "things", "scatter", "at_most"),
    [(1, 12, 0, 0.94), (1, 6, 0, 0.90), (3, 40, 4, 0.88)],  # in standard errors over things
)
def test_few_things_or_seeds_make_it_too_narrow_as_its_help_says(seeds, things, scatter, at_most):
    rng = np.random.default_rng(8)
    inside = 0
    for _ in range(300):
        own = rng.normal(0, scatter / np.sqrt(things), (seeds, 1))
        by = interval(tally(rng.normal(0, 1, things) + own), draws=300)
        inside += by.low <= 0 <= by.high
    assert 0.75 <= inside / 300 <= at_most


def test_seeds_that_scatter_widen_the_interval():
    things = np.random.default_rng(4).random(30)
    same = interval(tally([things] * 3))
    apart = interval(tally([things - 0.2, things, things + 0.2]))
    assert apart.high - apart.low > 1.5 * (same.high - same.low)
    assert apart.value == pytest.approx(same.value)


def test_a_difference_on_the_same_things_is_seen_that_two_intervals_would_hide():
    night = np.random.default_rng(5).random(30)
    one, other = tally(night + 0.02), tally(night)
    assert interval(one).low < interval(other).high  # the intervals overlap
    ahead = lead(one, other, ("ours", "theirs"))
    assert ahead.word == "ahead of"
    assert str(ahead).startswith("ours is ahead of theirs: difference +0.020")
    assert lead(other, one, ("theirs", "ours")).word == "behind"


def test_what_every_training_gains_is_seen_though_the_trainings_scatter():
    """The reference draws pairs of a training and its own change, night by night."""
    rng = np.random.default_rng(7)
    plain = rng.random(30) + np.array([[-0.3], [0.0], [0.3]])
    mended = plain + 0.05 + 0.05 * rng.random(plain.shape)
    pair = tally(mended), tally(plain)
    by = lead(*pair, ("mended", "plain"), same_seeds=True, draws=20_000)
    drawn = [
        np.mean((mended - plain)[np.ix_(rng.integers(0, 3, 3), rng.integers(0, 30, 30))])
        for _ in range(20_000)
    ]
    reference = np.percentile(drawn, [2.5, 97.5])
    assert [by.difference.low, by.difference.high] == pytest.approx(reference, abs=0.001)
    assert lead(*pair, ("mended", "plain")).word == "level with"


def test_the_smaller_error_is_ahead():
    night = np.random.default_rng(6).random(30)
    by = lead(tally(night), tally(night + 0.1), ("a", "b"), lower_is_better=True)
    assert by.word == "ahead of"
    assert by.difference.value == pytest.approx(-0.1)


def test_a_difference_inside_its_interval_is_not_called_one():
    night = np.linspace(0, 1, 20)
    by = lead(tally(night), tally(night + 0.01 + 0.1 * (-1) ** np.arange(20)), ("a", "b"))
    assert by.word == "level with"
    assert "a is level with b" in str(by)


def test_two_equal_ones_are_level():
    assert lead(tally([1, 2]), tally([1, 2]), ("a", "b")).word == "level with"


@pytest.mark.parametrize(
    "call",
    [
        lambda: tally([]),
        lambda: tally([1, np.nan]),
        lambda: tally([1, 2], [1, 2, 3]),
        lambda: tally([1, 2], groups=[1]),
        lambda: tally(np.ones((2, 2, 2))),
        lambda: interval(tally([1])),
        lambda: lead(tally([1, 2]), tally([1, 2, 3]), ("a", "b")),
        lambda: lead(tally([[1, 2]] * 2), tally([1, 2]), ("a", "b"), same_seeds=True),
    ],
)
def test_what_cannot_be_counted_is_refused(call):
    with pytest.raises(UsageError):
        call()


def test_a_seed_that_counted_nothing_has_no_score():
    assert np.isnan(tally([[0, 0]], [[0, 0]]).by_seed()).all()


def test_a_method_without_chance_beside_several_seeds_is_said_to_be_one():
    rng = np.random.default_rng(0)
    ours, theirs = tally(rng.random((3, 20)), 1), tally(rng.random(20), 1)
    for pair, said in (((ours, theirs), "3 seeds beside one"), ((ours, ours), "3 seeds")):
        assert str(lead(*pair, ("a", "b"), things="nights")).endswith(f"over 20 nights, {said}")


def test_the_score_of_several_seeds_is_their_mean():
    assert tally([[1, 0], [1, 1], [1, 1], [1, 1]]).score == 0.875
