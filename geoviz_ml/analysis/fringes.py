"""Frequencies and spacing of resonance fringes from a mask or a probability map.

The straight line through the comb is that of weighted least squares (Press et al., Numerical
Recipes, 3rd ed. 2007, section 15.2); that resonances stand at even steps is Belyaev et al. 1990,
J. Atmos. Terr. Phys. 52, 781.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.signal import find_peaks, peak_widths

from ..errors import UsageError, unmasked, whole_number
from ..prepare.pictures import in_order

COLUMNS = ["time", "n", "f", "f_sigma", "delta_f", "delta_f_sigma", "f_0", "f_0_sigma"]


def track_fringes(
    mask_or_prob: np.ndarray,
    frequency: np.ndarray,
    time: np.ndarray,
    *,
    columns: int = 4,
    height: float = 0.4,
    min_fringes: int = 4,
    scatter: float = 0.012,
) -> pd.DataFrame:
    """Fit the comb ``f_n = f_0 + n delta_f`` to the fringes of one picture.

    `columns` neighbouring columns are averaged. Each ridge of the mean gives one frequency, the
    centroid of the ridge. Steps between neighbouring ridges are counted in units of their median,
    so a missing fringe does not break the comb, and a straight line through (n, f_n) gives
    f_0 and delta_f by least squares. The variance of a ridge's frequency comes from the
    residuals, steadied by a prior of five degrees of freedom at `scatter`.

    Parameters
    ----------
    mask_or_prob : ndarray (H, W)
        Fringes as bool or probability 0..1, rows from low to high frequency; gaps as 0.
    frequency : ndarray (H,), Hz
        Ascending.
    time : ndarray (W,)
    columns : int
        Columns averaged into one estimate.
    height : float
        A ridge of the averaged map counts from this probability.
    min_fringes : int
        Fewer ridges give no estimate; 2 or more.
    scatter : float
        Prior scatter of a ridge's frequency about the comb, Hz.

    Returns
    -------
    DataFrame
        One row a time and fringe: time, n (counted from the lowest fringe seen), f, delta_f,
        f_0 (all in Hz) and their one-sigma uncertainties `..._sigma`. Empty if there is no comb.

    Raises
    ------
    UsageError
        The shapes do not fit together, values are not in 0..1, frequencies do not ascend, or there
        are fewer than one column or two fringes.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.analysis import track_fringes
    >>> frequency = np.arange(0, 5, 0.05)
    >>> time = np.datetime64("2013-01-05T18:00", "ns") + np.arange(8) * np.timedelta64(100, "s")
    >>> prob = np.zeros((100, 8))
    >>> prob[[20, 35, 50, 80]] = 1  # 1, 1.75, 2.5 and 4 Hz: the fringe at 3.25 Hz is missing
    >>> table = track_fringes(prob, frequency, time)
    >>> table.n[:4].tolist(), table[["f_0", "delta_f"]].iloc[0].round(3).tolist()
    ([0, 1, 2, 4], [1.0, 0.75])
    """
    prob = in_order(unmasked(mask_or_prob, "the map"), "frequency", "time")
    prob = np.asarray(prob, float)
    frequency, time = np.asarray(frequency, float), np.asarray(time)
    if prob.shape != (len(frequency), len(time)):
        raise UsageError(
            f"a map of shape {prob.shape} does not fit {len(frequency)} frequencies "
            f"and {len(time)} times."
        )
    if not ((prob >= 0) & (prob <= 1)).all():
        raise UsageError(
            "fringes are probabilities from 0 to 1, without NaN.",
            advice="Fill gaps with 0, divide bytes by 255.",
        )
    if not (np.diff(frequency) > 0).all():
        raise UsageError("frequencies do not ascend.", advice="Turn them and the rows: [::-1].")
    columns = whole_number(columns, "columns")
    min_fringes = whole_number(min_fringes, "min_fringes", 2)
    tables = []
    for start in range(0, prob.shape[1] - columns + 1, columns):
        ridge = _ridges(prob[:, start : start + columns].mean(axis=1), frequency, height)
        if len(ridge) < min_fringes:
            continue
        comb = fit_comb(ridge, scatter)
        middle = time[start] + (time[start + columns - 1] - time[start]) / 2
        tables.append(pd.DataFrame({"time": middle, **comb}))
    if not tables:  # columns with their types, so that empty tables join others
        kinds = {"time": time.dtype if len(time) else "datetime64[ns]", "n": int}
        return pd.DataFrame({name: pd.Series(dtype=kinds.get(name, float)) for name in COLUMNS})
    return pd.concat(tables, ignore_index=True)[COLUMNS]


def _ridges(profile: np.ndarray, frequency: np.ndarray, height: float) -> np.ndarray:
    """Centroids (Hz) of the ridges of one profile that reach `height`."""
    padded = np.concatenate([[0], profile, [0]])  # a ridge may touch the edge
    peaks, _ = find_peaks(padded, height=height, prominence=height / 2)
    _, _, left, right = peak_widths(padded, peaks, rel_height=0.5)
    centroids = []
    for low, high in zip(np.ceil(left).astype(int), np.floor(right).astype(int), strict=True):
        rows = np.arange(max(low, 1), min(high, len(profile)) + 1)
        centroids.append(np.average(frequency[rows - 1], weights=padded[rows]))
    return np.array(centroids)


def fit_comb(f: np.ndarray, scatter: float) -> dict:
    """Least-squares comb through ascending ridge frequencies: the columns of a table.

    `f` (k,) is in Hz, and so is the `scatter` that is expected of them; it counts as five ridges.
    """
    steps = np.diff(f)
    n = np.concatenate([[0], np.cumsum(np.maximum(np.rint(steps / np.median(steps)), 1))])
    design = np.stack([np.ones_like(n), n], axis=1)
    inverse = np.linalg.inv(design.T @ design)
    f_0, delta_f = inverse @ design.T @ f
    residual = f - design @ [f_0, delta_f]
    prior = 5
    variance = (residual @ residual + prior * scatter**2) / (len(f) - 2 + prior)
    sigma_0, sigma_delta = np.sqrt(variance * np.diag(inverse))
    return {
        "n": n.astype(int),
        "f": f,
        "f_sigma": np.sqrt(variance),
        "delta_f": delta_f,
        "delta_f_sigma": sigma_delta,
        "f_0": f_0,
        "f_0_sigma": sigma_0,
    }


def compare_with_truth(table: pd.DataFrame, delta_f) -> pd.DataFrame:
    """Put the true spacing beside the tracked one, one row a time.

    Parameters
    ----------
    table : DataFrame
        From `track_fringes`.
    delta_f : DataArray (time)
        True spacing in Hz, NaN where no fringe is visible, times in any order; averaged between the
        half-way points to the neighbouring estimates.

    Returns
    -------
    DataFrame
        time, delta_f, delta_f_sigma, truth, error (tracked minus true); times without truth left
        out.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import xarray as xr
    >>> from geoviz_ml.analysis import compare_with_truth
    >>> times = pd.date_range("2013-01-05T20:00", periods=3, freq="h")
    >>> tracked = pd.DataFrame({"time": times, "delta_f": [0.7, 0.74, 0.8], "delta_f_sigma": 0.01})
    >>> truth = xr.DataArray([0.70, 0.75, np.nan], {"time": times}, ("time",))
    >>> compare_with_truth(tracked, truth).error.round(2).tolist()  # Hz; the last hour has no truth
    [0.0, -0.01]
    """
    each = table.groupby("time", as_index=False)[["delta_f", "delta_f_sigma"]].first()
    steps = each.time.diff().dropna()
    delta_f = delta_f.sortby("time")  # a slice of falling times would be empty
    half = (steps.min() if len(steps) else pd.Timedelta("30min")) / 2
    truth = [float(delta_f.sel(time=slice(t - half, t + half)).mean()) for t in each.time]
    each["truth"] = np.array(truth, float)
    return each.assign(error=each.delta_f - each.truth).dropna(subset="truth")


def fringe_errors(table: pd.DataFrame, truth) -> pd.Series:
    """Error of the frequency of each fringe: to the nearest true one of the same time, Hz.

    Parameters
    ----------
    table : DataFrame
        From `track_fringes`.
    truth : Dataset (time)
        True `f_0` and `delta_f` in Hz, NaN where no fringe is visible, times in any order.

    Returns
    -------
    Series
        One value a row of `table`; rows at times without a visible fringe are left out, and those
        that lie more than a step of `truth` beside it.

    Examples
    --------
    >>> import pandas as pd
    >>> import xarray as xr
    >>> from geoviz_ml.analysis import fringe_errors
    >>> times = pd.date_range("2013-01-05T20:00", periods=2, freq="h")
    >>> truth = {"f_0": ("time", [1.0, 1.0]), "delta_f": ("time", [0.5, 0.6])}
    >>> tracked = pd.DataFrame({"time": times[[0, 0, 1]], "f": [1.0, 1.52, 2.17]})  # of 1, 1.5, 2.2
    >>> fringe_errors(tracked, xr.Dataset(truth, {"time": times})).round(2).tolist()
    [0.0, 0.02, -0.03]
    """
    truth = truth[["f_0", "delta_f"]].sortby("time")
    times = truth.time.values
    step = np.median(np.diff(times)) if len(times) > 1 else None  # of a single time: any
    at = truth.reindex(time=table.time.to_numpy(), method="nearest", tolerance=step)
    f_0, spacing = at.f_0.values, at.delta_f.values
    n = np.rint((table.f.to_numpy() - f_0) / spacing).clip(0)
    return pd.Series(table.f.to_numpy() - (f_0 + n * spacing), table.index).dropna()
