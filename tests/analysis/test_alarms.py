"""A rare thing: recall and false alarms of half-orbits, and what they come to in an archive."""

import numpy as np
import pytest

from geoviz_ml.analysis.alarms import precision_at, search_table, search_tallies
from geoviz_ml.errors import UsageError

HOLDS = np.repeat([True, False], [10, 40])
FLAGS = np.zeros(50, bool)
FLAGS[:8] = FLAGS[10:16] = True  # 8 of 10 found, 6 of 40 in vain


def test_recall_and_false_alarms_are_shares_of_their_kind():
    counted = search_tallies(FLAGS, HOLDS)
    assert counted["recall"].score == pytest.approx(0.8)
    assert counted["false alarms"].score == pytest.approx(0.15)


def test_precision_is_what_a_count_in_an_archive_of_that_share_gives():
    holding, others = 40, 960  # of a thousand
    found, vain = 0.8 * holding, 0.15 * others
    assert precision_at(0.04, 0.8, 0.15) == pytest.approx(found / (found + vain))
    assert precision_at(0.04, 1, 1) == pytest.approx(0.04)
    assert np.isnan(precision_at(0.04, 0, 0))


def test_a_year_of_half_orbits():
    flags = {"a": FLAGS, "all": np.ones((2, 50), bool), "nothing": np.zeros(50, bool)}
    table = search_table(flags, HOLDS, share=0.04, year=1000)
    assert table.loc["a", ["found", "in vain"]].tolist() == [32, 144]
    assert table.loc["all", ["found", "in vain"]].tolist() == [40, 960]
    assert table.loc["all", "precision"] == "0.04 [0.04, 0.04]"
    assert table.loc["nothing", "precision"] == ""


def test_a_probability_is_no_flag_but_0_and_1_are():
    assert search_tallies(FLAGS * 1, HOLDS * 1.0)["recall"].score == pytest.approx(0.8)
    with pytest.raises(UsageError, match="prob >= 0.5"):
        search_table({"network": np.where(HOLDS, 0.9, 0.01)}, HOLDS)


@pytest.mark.parametrize(("flags", "holds"), [(FLAGS[1:], HOLDS), (FLAGS, HOLDS | True)])
def test_what_cannot_be_counted_is_said(flags, holds):
    with pytest.raises(UsageError, match="flags of half-orbits"):
        search_tallies(flags, holds)


def test_the_precision_is_lowest_where_the_false_alarms_are_most():
    text = search_table({"a": FLAGS}, HOLDS, share=0.04, year=1000).loc["a", "precision"]
    value, low, high = (
        float(part) for part in text.replace("[", "").replace("]", "").replace(",", "").split()
    )
    assert low < value < high


def test_a_year_has_the_402_half_orbits_that_were_published():
    """All that hold nuclei are found, of the 11 100 (30.4 a day) of a year."""
    table = search_table({"all": np.ones(50, bool)}, HOLDS)
    assert table.loc["all", ["found", "in vain"]].tolist() == [402, 11_100 - 402]
    assert round(365 * 30.4, -2) == 11_100


@pytest.mark.parametrize("numbers", [(4, 0.8, 0.15), (0.04, 80, 0.15), (0.04, 0.8, np.nan)])
def test_percent_are_no_shares(numbers):
    with pytest.raises(UsageError, match="not in 0..1"):
        precision_at(*numbers)
