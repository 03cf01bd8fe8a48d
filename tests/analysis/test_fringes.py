"""The comb: right numbers, right uncertainties."""

import inspect

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from geoviz_ml.analysis import compare_with_truth, fringe_errors, track_fringes
from geoviz_ml.analysis.fringes import COLUMNS, _ridges, fit_comb
from geoviz_ml.errors import UsageError

FREQUENCY = np.linspace(0.5, 10, 256)
TIME = np.datetime64("2014-01-01T18:00", "s") + np.arange(64) * np.timedelta64(600, "s")


def comb(f_0=0.4, delta_f=0.55, fringes=8, missing=()):
    prob = np.zeros((256, 64))
    for n in set(range(fringes)) - set(missing):
        prob += 0.9 * np.exp(-0.5 * ((FREQUENCY - f_0 - n * delta_f) / 0.06) ** 2)[:, None]
    return prob


@pytest.mark.parametrize("missing", [(), (3,), (1, 5)])
def test_spacing_of_a_perfect_comb_survives_missing_fringes(missing):
    table = track_fringes(comb(0.7, missing=missing), FREQUENCY, TIME)
    assert list(table.columns) == COLUMNS
    np.testing.assert_allclose(table.delta_f, 0.55, atol=0.005)
    np.testing.assert_allclose(table.groupby("time").f_0.first(), 0.7, atol=0.01)


def test_a_mask_works_like_a_probability():
    table = track_fringes(comb(0.7) > 0.5, FREQUENCY, TIME)
    np.testing.assert_allclose(table.delta_f, 0.55, atol=0.01)


def test_numpy_polyfit_gives_the_same_line():
    f = np.array([0.7, 1.26, 1.79, 2.37, 2.90])
    fit = fit_comb(f, scatter=0.01)
    slope, offset = np.polyfit(np.arange(5), f, 1)
    assert fit["delta_f"] == pytest.approx(slope)
    assert fit["f_0"] == pytest.approx(offset)


def test_one_sigma_covers_about_two_thirds():
    rng = np.random.default_rng(0)
    n = np.arange(7)
    hits = []
    for _ in range(1000):
        fit = fit_comb(0.6 + 0.5 * n + rng.normal(0, 0.02, 7), scatter=0.02)
        hits.append(abs(fit["delta_f"] - 0.5) < fit["delta_f_sigma"])
    assert 0.62 < np.mean(hits) < 0.74


def test_nothing_gives_an_empty_table():
    table = track_fringes(np.zeros((256, 64)), FREQUENCY, TIME)
    assert len(table) == 0
    assert list(table.columns) == COLUMNS


def test_shapes_that_do_not_fit_are_named():
    with pytest.raises(UsageError, match=r"\(256, 64\)"):
        track_fringes(np.zeros((256, 64)), FREQUENCY[:-1], TIME)


def test_labelled_times_give_the_table_of_plain_ones():
    plain = track_fringes(comb(0.7), FREQUENCY, TIME)
    shot = xr.DataArray(comb(0.7), {"frequency": FREQUENCY, "time": TIME}, ("frequency", "time"))
    for time in (shot.time, pd.Series(TIME, index=np.arange(64) + 5)):
        table = track_fringes(shot, shot.frequency, time)
        assert table.time.dtype.kind == "M"
        assert (table == plain).all(axis=None)


@pytest.mark.parametrize(
    ("frequency", "options", "said"),
    [
        (FREQUENCY[::-1], {}, "ascend"),
        (FREQUENCY, {"columns": 0}, "columns must be"),
        (FREQUENCY, {"min_fringes": 1}, "min_fringes must be"),
    ],
)
def test_what_gives_no_comb_is_said(frequency, options, said):
    with pytest.raises(UsageError, match=said):
        track_fringes(comb(), frequency, TIME, **options)


def test_the_error_of_a_fringe_is_to_the_nearest_true_one():
    time = np.array(["2014-11-03T20:00", "2014-11-03T21:00"], "datetime64[ns]")
    truth = xr.Dataset(
        {"f_0": ("time", [0.5, np.nan]), "delta_f": ("time", [0.8, np.nan])}, {"time": time}
    )
    table = pd.DataFrame({"time": time[[0, 0, 1]], "f": [0.52, 2.07, 1.0]})
    errors = fringe_errors(table, truth)
    np.testing.assert_allclose(errors, [0.02, -0.03])


def test_uncertainties_are_those_of_a_line_with_five_fringes_of_the_usual_scatter_more():
    """Against the covariance of numpy's polyfit, scaled by (RSS + 5 s^2) / (n - 2 + 5)."""
    f, s = np.array([0.7, 1.26, 1.79, 2.37, 2.90, 3.49]), 0.012
    n = np.arange(len(f))
    line, covariance = np.polyfit(n, f, 1, cov="unscaled")
    rest = f - np.polyval(line, n)
    variance = (rest @ rest + 5 * s**2) / (len(f) - 2 + 5)
    fit = fit_comb(f, s)
    assert fit["f_sigma"] == pytest.approx(np.sqrt(variance))
    assert fit["delta_f_sigma"] == pytest.approx(np.sqrt(variance * covariance[0, 0]))
    assert fit["f_0_sigma"] == pytest.approx(np.sqrt(variance * covariance[1, 1]))
    given = inspect.signature(track_fringes).parameters
    assert given["scatter"].default == s


def test_a_ridge_is_the_mean_of_its_upper_half_weighted_by_probability():
    """A lopsided ridge of 0.2, 0.5, 0.8, 0.6, 0.3: from 0.4, half of its height, on it counts."""
    frequency = np.arange(40) * 0.1
    profile = np.zeros(40)
    profile[10:15] = [0.2, 0.5, 0.8, 0.6, 0.3]
    want = (0.5 * 1.1 + 0.8 * 1.2 + 0.6 * 1.3) / 1.9
    assert _ridges(profile, frequency, 0.4) == pytest.approx([want])


def test_what_is_a_ridge_is_said_by_height_and_prominence():
    """Of 0.45, 0.41 with a dip to 0.2 before it, and 0.39; the last is too low."""
    profile = np.zeros(60)
    profile[10], profile[20:26] = 0.45, 0.2
    profile[25], profile[40] = 0.41, 0.39
    frequency = np.arange(60) * 0.1
    assert len(_ridges(profile, frequency, 0.4)) == 2
    shoulder = np.zeros(60)
    shoulder[20:28] = [0.5, 0.9, 0.5, 0.25, 0.25, 0.25, 0.5, 0.25]  # by 0.25
    assert len(_ridges(shoulder, frequency, 0.4)) == 2


def test_four_columns_of_four_fringes_or_more_make_a_table():
    """64 columns: sixteen times, of which the last counts; three fringes make none."""
    table = track_fringes(comb(0.7, fringes=4), FREQUENCY, TIME)
    assert table.time.nunique() == 16
    assert len(track_fringes(comb(0.7, fringes=3), FREQUENCY, TIME)) == 0
    assert len(track_fringes(0.43 / 0.9 * comb(0.7, fringes=5), FREQUENCY, TIME)) == 16 * 5


@pytest.mark.parametrize("wrong", [np.nan, 7.0, -0.5])
def test_a_map_is_one_of_probabilities(wrong):
    prob = comb(0.7)
    prob[3, 3] = wrong
    with pytest.raises(UsageError, match="from 0 to 1, without NaN"):
        track_fringes(prob, FREQUENCY, TIME)


def test_true_spacings_may_come_in_any_order():
    times = pd.date_range("2013-01-05T20:00", periods=4, freq="h")
    tracked = pd.DataFrame({"time": times, "delta_f": [0.7, 0.74, 0.8, 0.9], "delta_f_sigma": 0.01})
    truth = xr.DataArray([0.70, 0.75, np.nan, 0.8], {"time": times}, ("time",))
    expected = compare_with_truth(tracked, truth)
    assert len(expected) == 3
    for order in ([3, 2, 1, 0], [2, 0, 3, 1]):
        pd.testing.assert_frame_equal(compare_with_truth(tracked, truth[order]), expected)
    both = xr.Dataset({"f_0": truth * 0 + 1, "delta_f": truth})
    fringes = pd.DataFrame({"time": times[[0, 1, 3]], "f": [1.71, 1.0, 2.55]})
    errors = fringe_errors(fringes, both)
    assert errors.round(2).tolist() == [0.01, 0.0, -0.05]
    for order in ([3, 2, 1, 0], [2, 0, 3, 1]):
        pd.testing.assert_series_equal(fringe_errors(fringes, both.isel(time=order)), errors)


def test_fringes_of_another_night_have_no_error():
    times = pd.date_range("2013-01-05T20:00", periods=3, freq="h")
    truth = xr.Dataset(
        {"f_0": ("time", [1.0] * 3), "delta_f": ("time", [0.5] * 3)}, {"time": times}
    )
    seen = pd.DataFrame({"time": [times[2], times[2] + pd.Timedelta("55min")], "f": [1.5, 1.5]})
    assert fringe_errors(seen, truth).tolist() == [0.0, 0.0]
    seen["time"] += pd.Timedelta("365D")
    assert fringe_errors(seen, truth).empty
