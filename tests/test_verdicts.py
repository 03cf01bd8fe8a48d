"""The scoreboard's first screen: what it says follows from the numbers it stands on."""

import dataclasses
import statistics
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.stats import ttest_1samp, ttest_ind

from geoviz_ml import scoreboard, setup
from geoviz_ml.papers import chapters, verdict_entries
from geoviz_ml.scoreboard import claims, rounded

from .test_notebooks import ROOT

RESULTS = ROOT / "book" / "results"


def row(ours, spread=None, seeds=1):
    return SimpleNamespace(ours=ours, spread=spread, seeds=seeds)


@pytest.mark.parametrize(
    ("ours", "floor", "said"),
    [
        (row(0.7, 0.01, 5), row(0.5, 0.01, 5), "better than the floor"),
        (row(0.5, 0.01, 5), row(0.7, 0.01, 5), "below the floor"),
        (row(0.7, 0.01, 5), row(0.5), "better than the floor"),
        (row(0.55, 0.1, 3), row(0.5, 0.1, 3), "level with the floor"),
        (row(0.55, 0.1, 3), row(0.5), "level with the floor"),
        (row(0.5, 0.0, 3), row(0.5, 0.0, 3), "level with the floor"),
        (row(0.9), row(0.5, 0.01, 5), "one run, no verdict"),
        (row(0.9, 0.01, 5), None, "nothing to hold it against"),
    ],
)
def test_a_verdict_follows_from_value_spread_and_seeds(ours, floor, said):
    assert claims.verdict(ours, floor, lower_is_better=False) == said


def test_the_smaller_error_is_the_better():
    few, many = row(0.1, 0.01, 5), row(0.2, 0.01, 5)
    assert claims.verdict(few, many, lower_is_better=True) == "better than the floor"


@pytest.mark.parametrize("chapter", chapters())
def test_every_paper_has_verdicts_and_all_that_they_stand_on_is_there(chapter):
    shown = scoreboard.verdicts(RESULTS, chapter)
    assert len(shown) >= 3
    assert (shown.lesson.str.len() > 30).all()
    assert shown.comparable.str.match(r"(yes|no|in part)\b").all()
    assert shown[claims.RUNS].sum(axis=1).str.len().all()
    assert not (shown == "not run").any(axis=None)


def test_what_has_no_result_yet_is_said_to_be_not_run(monkeypatch):
    missing = {"quick": "IoU of nothing", "full": "x | y", "other": "x | z"}
    entry = verdict_entries("nucleus")[0] | missing
    monkeypatch.setattr(claims, "verdict_entries", lambda chapter: [entry])
    shown = scoreboard.verdicts(RESULTS, "nucleus").iloc[0]
    assert [*shown[claims.RUNS]] == ["not run"] * 3
    assert shown.verdict == "nothing to hold it against"


def test_whoever_has_run_the_full_column_sees_it_beside_the_quick_one(tmp_path):
    claim, floor = "IoU of the nucleus: ODM_Unet, calm", "IoU of the nucleus: Canny"
    for profile, ours, low in (("quick", 0.3, 0.1), ("paper", 0.7, 0.2)):
        settings = setup(profile)
        settings = dataclasses.replace(settings, results=tmp_path)
        scoreboard.record(settings, "nucleus", {claim: [ours, ours + 0.01], floor: low})
    shown = scoreboard.verdicts(tmp_path, "nucleus").set_index("claim")
    row = shown.loc["A network is needed, because edges do not find nuclei (Figure 9)"]
    assert [row.quick, row["full scale"], row.floor] == ["0.305 ± 0.007", "0.705 ± 0.007", "0.200"]


def test_a_column_holds_the_runs_that_its_head_names():
    everything = scoreboard.table(RESULTS)
    for chapter in chapters():
        rows = everything[everything.chapter == chapter]
        for entry in verdict_entries(chapter):
            full, other = (entry.get(key, "").rpartition(" | ")[0] for key in ("full", "other"))
            assert " | " not in entry.get("quick", "")
            assert full in ("", "full scale", f"{chapter}_full")
            assert other in {"", *rows.run} - {"quick", "paper", "full scale", f"{chapter}_full"}


def test_a_floor_of_another_run_is_named_and_one_of_the_same_run_is_not(monkeypatch):
    ours, peaks = (
        f"Full column, IoU of the IAR: {one}" for one in ("U-net, set B", "peak tracking")
    )
    entry = {"claim": "A", "comparable": "no", "lesson": "B", "floor": f"alfven_full | {peaks}"}
    for runs, named in (
        ({"quick": "Test IoU of the IAR: U-net, set B"}, True),
        ({"full": f"alfven_full | {ours}"}, False),
    ):
        monkeypatch.setattr(claims, "verdict_entries", lambda chapter, runs=runs: [entry | runs])
        (row,) = scoreboard.verdicts(RESULTS, "alfven").itertuples()
        assert row.floor.endswith("(alfven_full)") == named


@pytest.mark.parametrize(
    ("value", "spread", "text"),
    [
        (0.66713, 0.0291, "0.67 ± 0.03"),
        (0.5, 0.0001, "0.5000 ± 0.0001"),
        (11234.92, 19459.6, "10000 ± 20000"),
        (12.0, None, "12"),
        (0.123456, None, "0.123"),
        (11234.9, None, "11235"),
        (0.0, 0.0, "0"),
    ],
)
def test_a_number_has_as_many_digits_as_its_spread_allows(value, spread, text):
    assert rounded(value, spread) == text


def test_two_seeds_are_enough_for_a_verdict():
    """Welch's test by scipy on the values themselves."""
    ours, floor = [0.69, 0.71], [0.50, 0.51, 0.49]
    assert ttest_ind(ours, floor, equal_var=False).pvalue < 0.05
    first = row(0.7, np.std(ours, ddof=1), 2)
    assert (
        claims.verdict(first, row(0.5, 0.01, 3), lower_is_better=False) == "better than the floor"
    )


def test_what_five_of_a_hundred_chances_would_give_is_level():
    """Of five seeds beside one number: Student's t, by scipy."""
    for distance, said in ((0.05, "better than the floor"), (0.03, "level with the floor")):
        seeds = 0.5 + distance + 0.03 * np.array([-1, -1, 0, 1, 1])
        assert (ttest_1samp(seeds, 0.5).pvalue < 0.05) == said.startswith("better")
        ours = row(seeds.mean(), seeds.std(ddof=1), 5)
        assert claims.verdict(ours, row(0.5), lower_is_better=False) == said
    assert ttest_1samp(0.55 + 0.03 * np.array([-1, -1, 0, 1, 1]), 0.5).pvalue > 0.01


def test_a_result_is_the_mean_of_its_seeds_and_its_spread_their_standard_deviation(tmp_path):
    settings = dataclasses.replace(setup("quick"), results=tmp_path)
    scoreboard.record(settings, "trial", "IoU", [0.1, 0.2, 0.6])
    found = scoreboard.table(tmp_path, "trial").iloc[0]
    assert found.ours == pytest.approx(statistics.mean([0.1, 0.2, 0.6]))
    assert found.spread == pytest.approx(statistics.stdev([0.1, 0.2, 0.6]))
    assert found.seeds == 3


def test_numbers_below_a_hundred_have_three_places():
    assert [rounded(v, None) for v in (0.25, 99.25, 100.25, 12.0)] == [
        "0.250",
        "99.250",
        "100",
        "12",
    ]
