"""Where and when nuclei appear: from masks of half-orbits to tables, with counting errors."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr
from scipy.ndimage import find_objects, label
from scipy.optimize import linear_sum_assignment

from ..errors import UsageError
from ..papers.seasons import season, season_counts

EIGHT = np.ones((3, 3))  # pixels that touch by a corner belong together
REGION = ["orbit", "direction", "time", "frequency", "bandwidth", "duration", "latitude"]
CELL, JUDGED = ["season", "hemisphere"], ["hit", "false alarm", "miss"]
REGION += ["longitude", "mag_latitude", "mag_longitude", "season", "hemisphere", "pixels"]


def find_nuclei(mask: np.ndarray, place: xr.Dataset, min_pixels: int = 1) -> pd.DataFrame:
    """The nuclei of one mask, and where and when they are.

    Parameters
    ----------
    mask : ndarray of bool (H, W)
        Row 0 is the highest frequency.
    place : Dataset or DataArray
        Coordinates of the picture, as from `half_orbit_picture`. Columns that it has not seen
        count as empty.
    min_pixels : int
        Smaller regions are left out.

    Returns
    -------
    DataFrame
        A row a region: `time`, `frequency` (kHz), `latitude`, `longitude`, `mag_latitude`,
        `mag_longitude` (degrees) of its centre of gravity; `bandwidth` (kHz) and `duration` (s)
        of the rectangle around it; `season` (the paper's: March to May is spring, in both
        hemispheres), `hemisphere` (of the geographic latitude), `pixels`, `orbit`, `direction`.

    Raises
    ------
    UsageError
        The mask does not fit the coordinates.
    """
    frequency, time = place.frequency.values / 1000, place.time.values
    mask = np.asarray(mask, bool)
    if mask.shape != (len(frequency), len(time)):
        raise UsageError(
            f"a mask of shape {mask.shape} does not fit {len(frequency)} frequencies "
            f"and {len(time)} times."
        )
    if "seen" in place.coords:
        mask = mask & place.seen.values
    pieces, _ = label(mask, EIGHT)
    step = (time[-1] - time[0]) / np.timedelta64(1, "s") / max(len(time) - 1, 1)
    bin_ = abs(frequency[-1] - frequency[0]) / max(len(frequency) - 1, 1)
    rows = []
    for number, (y, x) in enumerate(find_objects(pieces), 1):
        row, column = np.nonzero(pieces[y, x] == number)
        if len(row) < min_pixels:
            continue
        at = {"y": y.start + row.mean(), "x": x.start + column.mean()}
        along = {name: _at(place[name].values, at["x"]) for name in REGION[6:8]}
        moment = time[0] + np.timedelta64(round(1e9 * step * at["x"]), "ns")
        rows.append(
            {
                "orbit": place.attrs.get("orbit", -1),
                "direction": place.attrs.get("direction", ""),
                "time": moment,
                "frequency": np.interp(at["y"], np.arange(len(frequency)), frequency),
                "bandwidth": bin_ * (y.stop - y.start),
                "duration": step * (x.stop - x.start),
                **along,
                **{name: _at(place[name].values, at["x"]) for name in REGION[8:10]},
                "season": season(moment.astype("datetime64[M]").item().month),
                "hemisphere": "north" if along["latitude"] >= 0 else "south",
                "pixels": len(row),
            }
        )
    table = pd.DataFrame(rows, columns=REGION)
    return table.astype({"time": "datetime64[ns]"})


def _at(values: np.ndarray, column: float) -> float:
    """An angle between columns, -180 to 180 degrees."""
    turned = np.interp(column, np.arange(len(values)), np.unwrap(values, period=360))
    return float((turned + 180) % 360 - 180)


def region_table(
    masks: Iterable[np.ndarray], places: Iterable[xr.Dataset], min_pixels: int = 1
) -> pd.DataFrame:
    """`find_nuclei` of many half-orbits in one table; `picture` counts them from 0.

    Parameters
    ----------
    masks : iterable of ndarray of bool (H, W)
    places : iterable of Dataset or DataArray
        One for each mask.
    min_pixels : int

    Raises
    ------
    UsageError
        There are no half-orbits, or a mask does not fit its coordinates.
    """
    tables = [
        find_nuclei(mask, place, min_pixels).assign(picture=i)
        for i, (mask, place) in enumerate(zip(masks, places, strict=True))
    ]
    if not tables:
        raise UsageError("there are no half-orbits.")
    return pd.concat([t for t in tables if len(t)] or tables[:1], ignore_index=True)


def season_table(found: pd.DataFrame) -> pd.DataFrame:
    """Regions by season and hemisphere, beside the paper's.

    Parameters
    ----------
    found : DataFrame
        From `region_table`.

    Returns
    -------
    DataFrame
        Index: season and hemisphere, then "all". `found` with its counting error `sigma` (square
        root of the count); `paper`, its counts, `paper_scaled` to as many regions in all as were
        found, and `paper_pull`, the difference in units of the counting errors of both. Counts of
        simulated half-orbits are no test of the paper's: the simulator draws from them.
    """
    paper = season_counts().stack()
    table = pd.DataFrame(index=paper.index.rename(CELL))
    table["found"] = _by_cell(found)
    table["paper"] = paper.to_numpy()
    table.loc[("all", ""), :] = table.sum()
    scale = len(found) / table.paper.iloc[-1]
    table["paper_scaled"] = table.paper * scale
    table["sigma"] = np.sqrt(table.found)
    spread = np.sqrt((table.paper_scaled * (1 + scale)).clip(lower=1))
    table["paper_pull"] = (table.found - table.paper_scaled) / spread
    table = table[["found", "sigma", "paper", "paper_scaled", "paper_pull"]]
    return table.astype({"found": int, "paper": int})


def _by_cell(regions: pd.DataFrame) -> pd.Series:
    """Numbers of regions by season and hemisphere, in the paper's order."""
    index = season_counts().stack().index.rename(CELL)
    return regions.groupby(CELL).size().reindex(index, fill_value=0)


def judge_regions(
    found: Iterable[np.ndarray],
    truth: Iterable[np.ndarray],
    places: Iterable[xr.Dataset],
    min_iou: float = 0.3,
) -> pd.DataFrame:
    """What became of each region, and where it is.

    Parameters
    ----------
    found, truth : iterable of ndarray of bool (H, W)
        Masks of the same half-orbits.
    places : iterable of Dataset or DataArray
        Coordinates of each, see `find_nuclei`.
    min_iou : float
        As in `region_scores`.

    Returns
    -------
    DataFrame
        As from `region_table`, and `judged`: "hit" (a true region that was found, at its true
        place), "miss" (a true one that was not), or "false alarm" (a found one that is none).

    Raises
    ------
    UsageError
        There are no half-orbits, or a mask does not fit its coordinates.
    """
    tables = []
    for i, (mask, real, place) in enumerate(zip(found, truth, places, strict=True)):
        seen = place.seen.values if "seen" in place.coords else True
        mine, true = find_nuclei(mask, place), find_nuclei(real, place)
        first, second, _, _ = _matched(mask & seen, real & seen, min_iou)
        true = true.assign(judged=np.where(np.isin(np.arange(len(true)), second), "hit", "miss"))
        tables += [true.assign(picture=i)]
        tables += [mine.drop(index=first).assign(judged="false alarm", picture=i)]
    if not tables:
        raise UsageError("there are no half-orbits.")
    return pd.concat([t for t in tables if len(t)] or tables[:1], ignore_index=True)


def error_table(judged: pd.DataFrame) -> pd.DataFrame:
    """Hits, false alarms and misses by season and hemisphere.

    Two errors of opposite sign do not cancel here, as they do in the difference of two counts.

    Parameters
    ----------
    judged : DataFrame
        From `judge_regions`.

    Returns
    -------
    DataFrame
        Index: season and hemisphere, then "all". `true` regions, `found` ones, and of these the
        counts `hit`, `false alarm` and `miss`; `recall`, hits among the true, and `precision`,
        hits among the found, NaN where there is none.
    """
    table = pd.DataFrame({name: _by_cell(judged[judged.judged == name]) for name in JUDGED})
    table.loc[("all", ""), :] = table.sum()
    table = table.astype(int)
    table.insert(0, "true", table["hit"] + table["miss"])
    table.insert(1, "found", table["hit"] + table["false alarm"])
    table["recall"] = table["hit"] / table["true"].where(table["true"] > 0)
    table["precision"] = table["hit"] / table["found"].where(table["found"] > 0)
    return table


def histogram(values: Iterable[float], edges: Iterable[float]) -> pd.DataFrame:
    """Counts of values between `edges`, in their unit.

    Columns `low`, `high`, `count` and its error `sigma`, the square root.
    """
    edges = np.asarray(edges, float)
    count, _ = np.histogram(np.asarray(values, float), edges)
    columns = {"low": edges[:-1], "high": edges[1:], "count": count, "sigma": np.sqrt(count)}
    return pd.DataFrame(columns)


def region_scores(
    found: Iterable[np.ndarray], truth: Iterable[np.ndarray], min_iou: float = 0.3
) -> dict[str, float]:
    """Precision and recall of whole regions.

    A found region is right if it overlaps a true one with an IoU of `min_iou` or more; each counts
    once, and pairs are chosen so that the sum of their IoU is the largest.

    Parameters
    ----------
    found, truth : iterable of ndarray of bool (H, W)
        Masks of the same pictures.
    min_iou : float

    Returns
    -------
    dict
        `hits`, `false_alarms`, `misses`; `precision`, `recall` and their standard errors
        `..._sigma` (binomial; with one hit and one miss added, so that 0 and 1 have an error
        too); `f1`. NaN where nothing was found or nothing is there.
    """
    hits = alarms = misses = 0
    for mask, real in zip(found, truth, strict=True):
        first, _, n, m = _matched(mask, real, min_iou)
        right = len(first)
        hits, alarms, misses = hits + right, alarms + n - right, misses + m - right
    scores = {"hits": hits, "false_alarms": alarms, "misses": misses}
    for name, wrong in (("precision", alarms), ("recall", misses)):
        total = hits + wrong
        share = (hits + 1) / (total + 2)
        scores[name] = hits / total if total else np.nan
        scores[f"{name}_sigma"] = float(np.sqrt(share * (1 - share) / (total + 2)))
    scores["f1"] = 2 * hits / (2 * hits + alarms + misses) if hits + alarms + misses else np.nan
    return scores


def _matched(
    mask: np.ndarray, real: np.ndarray, min_iou: float
) -> tuple[np.ndarray, np.ndarray, int, int]:
    """Numbers (k,), from 0, of the found regions that are right and of the true ones they are.

    Behind them stand how many were found and how many are true.
    """
    (a, n), (b, m) = label(mask, EIGHT), label(real, EIGHT)
    joint = np.histogram2d(a.ravel(), b.ravel(), [np.arange(n + 2), np.arange(m + 2)])[0]
    union = joint.sum(1)[1:, None] + joint.sum(0)[None, 1:] - joint[1:, 1:]
    overlap = joint[1:, 1:] / np.maximum(union, 1)
    overlap[overlap < min_iou] = 0
    first, second = linear_sum_assignment(overlap, maximize=True)
    right = overlap[first, second] > 0
    return first[right], second[right], n, m
