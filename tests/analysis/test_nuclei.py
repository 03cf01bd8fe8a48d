"""From masks to tables: places counted by hand, scores against brute force."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from geoviz_ml.analysis import (
    error_table,
    find_nuclei,
    judge_regions,
    region_scores,
    region_table,
    season_table,
)
from geoviz_ml.errors import UsageError

H, W = 50, 60
PLACE = xr.Dataset(
    coords={
        "frequency": ("frequency", np.arange(H)[::-1] * 250.0),
        "time": np.datetime64("2022-03-01", "ns") + np.arange(W) * np.timedelta64(30, "s"),
        "latitude": ("time", np.linspace(60, -58, W)),
        "longitude": ("time", (np.arange(W) * 0.5 + 170 + 180) % 360 - 180),
        "mag_latitude": ("time", np.linspace(62, -56, W)),
        "mag_longitude": ("time", np.linspace(10, 20, W)),
        "seen": ("time", np.arange(W) != 40),
    },
    attrs={"orbit": 21000, "direction": "descending"},
)


def test_centre_of_a_rectangle_is_where_the_coordinates_say():
    mask = np.zeros((H, W), bool)
    mask[20:25, 18:23] = True  # centre: row 22, column 20
    (region,) = find_nuclei(mask, PLACE).itertuples()
    assert region.frequency == pytest.approx((49 - 22) * 0.25)
    assert region.time == pd.Timestamp("2022-03-01T00:10")
    assert region.latitude == pytest.approx(60 - 2 * 20)
    assert region.longitude == pytest.approx(-180, abs=1e-9)  # 170 + 10
    assert region.mag_latitude == pytest.approx(62 - 2 * 20)
    assert region.bandwidth == pytest.approx(5 * 0.25)
    assert region.duration == pytest.approx(5 * 30)
    assert (region.season, region.hemisphere, region.pixels) == ("spring", "north", 25)
    assert (region.orbit, region.direction) == (21000, "descending")


def test_small_and_unseen_regions_do_not_count():
    mask = np.zeros((H, W), bool)
    mask[5, 5] = mask[10:13, 50:53] = mask[30, 40] = True
    assert len(find_nuclei(mask, PLACE)) == 2
    (region,) = find_nuclei(mask, PLACE, min_pixels=4).itertuples()
    assert region.hemisphere == "south"


def test_no_region_gives_an_empty_table_of_the_same_columns():
    empty, full = (find_nuclei(np.full((H, W), value), PLACE) for value in (False, True))
    assert list(empty.columns) == list(full.columns)
    assert len(empty) == 0
    assert len(region_table([np.zeros((H, W), bool)] * 2, [PLACE] * 2)) == 0
    with pytest.raises(UsageError, match="does not fit"):
        find_nuclei(np.zeros((3, 3), bool), PLACE)


def regions(counts):
    rows = [key for key, n in counts.items() for _ in range(n)]
    return pd.DataFrame(rows, columns=["season", "hemisphere"])


def test_season_table_holds_the_papers_numbers_and_counting_errors():
    found = regions({("spring", "north"): 16, ("winter", "south"): 9})
    table = season_table(found)
    assert table.loc[("spring", "north"), ["found", "sigma"]].tolist() == [16, 4]
    by_season = table.paper.groupby("season").sum()
    assert by_season[["spring", "summer", "autumn", "winter"]].tolist() == [142, 124, 129, 58]
    by_side = table.paper.groupby("hemisphere").sum()
    assert (by_side["north"], by_side["south"]) == (266, 187)
    assert table.paper.loc["all"].item() == 453
    assert table.paper_scaled.loc["all"].item() == pytest.approx(25)


def test_region_scores_match_one_to_one():
    truth, found = np.zeros((2, 2, 40, 40), bool)
    truth[0, 5:15, 5:15] = truth[0, 25:35, 25:35] = truth[1, 3:6, 3:6] = True
    found[0, 6:15, 5:15] = True  # IoU 0.9
    found[0, 25:35, 25:27] = True  # IoU 0.2: too little
    found[1, 20:24, 20:24] = True  # nothing there
    scores = region_scores(found, truth)
    assert (scores["hits"], scores["false_alarms"], scores["misses"]) == (1, 2, 2)
    assert scores["precision"] == scores["recall"] == scores["f1"] == pytest.approx(1 / 3)
    assert region_scores(found, truth, 0.15)["hits"] == 2
    perfect = region_scores(truth, truth)
    assert (perfect["precision"], perfect["recall"], perfect["hits"]) == (1, 1, 3)
    assert perfect["recall_sigma"] > 0
    none = region_scores(np.zeros_like(truth), truth)
    assert np.isnan(none["precision"])
    assert np.isnan(none["precision_sigma"])  # no number has no error either
    assert none["recall"] == 0
    assert none["recall_sigma"] > 0


def test_one_found_region_over_two_true_ones_counts_once():
    truth = np.zeros((1, 20, 20), bool)
    truth[0, 2:8, 2:8] = truth[0, 2:8, 9:15] = True
    found = np.zeros_like(truth)
    found[0, 2:8, 2:15] = True
    scores = region_scores(found, truth)
    assert (scores["hits"], scores["false_alarms"], scores["misses"]) == (1, 0, 1)


def test_a_false_alarm_and_a_miss_do_not_cancel():
    truth, found = np.zeros((2, 2, H, W), bool)
    truth[0, 20:25, 5:10] = found[0, 20:25, 5:10] = True  # a hit in the north
    truth[0, 35:40, 20:25] = True  # missed there
    found[1, 10:15, 20:25] = found[1, 40:43, 45:49] = True  # false, north and south
    judged = judge_regions(found, truth, [PLACE, PLACE])
    assert judged.judged.tolist() == ["hit", "miss", "false alarm", "false alarm"]
    assert judged.picture.tolist() == [0, 0, 1, 1]
    assert judged.frequency.iloc[1] == pytest.approx((49 - 37) * 0.25)
    table = error_table(judged)
    counts = ["true", "found", "hit", "false alarm", "miss"]
    assert table.loc[("spring", "north"), counts].tolist() == [2, 2, 1, 1, 1]
    assert table.loc[("spring", "south"), counts].tolist() == [0, 1, 0, 1, 0]
    assert table.loc[("all", ""), counts].tolist() == [2, 3, 1, 2, 1]
    assert table.loc[("all", ""), ["recall", "precision"]].tolist() == [1 / 2, 1 / 3]
    assert np.isnan(table.loc[("winter", "south"), "recall"])


def test_judged_regions_are_those_of_the_scores():
    rng = np.random.default_rng(0)
    found, truth = rng.random((2, 6, H, W)) > 0.97
    for mask in (found, truth):
        mask[:, :, 40] = False  # not seen
    judged = judge_regions(found, truth, [PLACE] * 6).judged.value_counts()
    scores = region_scores(found, truth)
    names = {"hit": "hits", "false alarm": "false_alarms", "miss": "misses"}
    assert {names[k]: v for k, v in judged.items()} == {k: scores[k] for k in names.values()}
    with pytest.raises(UsageError, match="no half-orbits"):
        judge_regions([], [], [])


def test_probabilities_are_no_masks_but_0_and_1_are():
    mask = np.zeros((H, W), bool)
    mask[20:25, 18:23] = True
    scores, judged = region_scores([mask], [mask]), judge_regions([mask], [mask], [PLACE])
    assert region_scores([mask * 1], [mask * 1.0]) == scores
    assert judge_regions([mask * 1], [mask * 1.0], [PLACE]).equals(judged)
    prob = np.where(mask, 0.9, 0.01)
    for call in (
        lambda: find_nuclei(prob, PLACE),
        lambda: judge_regions([mask], [prob], [PLACE]),
        lambda: region_scores([prob], [mask]),
    ):
        with pytest.raises(UsageError, match="prob >= 0.5"):
            call()
    with pytest.raises(UsageError, match="cannot compare"):
        region_scores([mask], [mask[1:]])


def test_the_middle_of_a_lopsided_region_is_its_pixels_mean_also_beside_the_date_line():
    """An L of 7 pixels in rows 10 to 14; columns 19 and 20 lie on both sides of 180 degrees."""
    mask = np.zeros((H, W), bool)
    mask[10:15, 19] = mask[14, 20:22] = True
    (region,) = find_nuclei(mask, PLACE).itertuples()
    rows, columns = (np.mean(part) for part in np.nonzero(mask))
    assert region.frequency == pytest.approx((49 - rows) * 0.25)
    assert region.longitude == pytest.approx((columns * 0.5 + 170 + 180) % 360 - 180)
    assert region.latitude == pytest.approx(60 - 2 * columns)


def test_the_hemisphere_changes_at_the_equator():
    mask = np.zeros((H, W), bool)
    mask[5, 28] = mask[5, 32] = True  # 4 degrees north and south
    assert find_nuclei(mask, PLACE).hemisphere.tolist() == ["north", "south"]


def test_the_pull_of_a_cell_counts_the_scatter_of_both_counts():
    """Poisson: found scatters by its expectation e = s n, s n by s^2 n; together e (1 + s)."""
    found = regions({("spring", "north"): 160, ("winter", "south"): 90})
    table = season_table(found)
    scale = 250 / table.loc[("all", ""), "paper"]
    row = table.loc[("spring", "north")]
    expected = scale * row.paper
    assert row.paper_pull == pytest.approx(
        (160 - expected) / np.sqrt(expected + scale**2 * row.paper)
    )


def test_regions_are_matched_by_what_is_seen():
    """Column 40 is not seen: without it found and true have the same six pixels."""
    found, real = np.zeros((2, H, W), bool)
    found[10:13, 38:40] = real[10:13, 38:40] = True
    found[:, 40] = True
    assert judge_regions([found], [real], [PLACE]).judged.tolist() == ["hit"]


def test_an_overlap_of_just_the_least_is_a_match():
    found, real = np.zeros((2, H, W), bool)
    real[10, 10:20], found[10, 10:13] = True, True  # 3 of 10
    assert region_scores([found], [real])["hits"] == 1
    assert region_scores([found], [real], min_iou=0.31)["hits"] == 0
