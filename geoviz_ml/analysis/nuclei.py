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

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from geoviz_ml.analysis import find_nuclei
    >>> from geoviz_ml.datasets import load_half_orbits
    >>> from geoviz_ml.simulate import nucleus
    >>> folder = nucleus.make(tempfile.mkdtemp(), 1, coarse=16, p_gap=0)
    >>> sky = load_half_orbits(folder, (50, 60))
    >>> mask = np.zeros((50, 60), bool)
    >>> mask[30:35, 20:23] = True  # 5 of 50 rows, which share 25 kHz
    >>> region = find_nuclei(mask, sky.places[0]).iloc[0]
    >>> region.pixels.item(), round(float(region.bandwidth), 2)  # kHz
    (15, 2.49)
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

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from geoviz_ml.analysis import region_table
    >>> from geoviz_ml.datasets import load_half_orbits
    >>> from geoviz_ml.simulate import nucleus
    >>> folder = nucleus.make(tempfile.mkdtemp(), 2, coarse=16, p_gap=0)
    >>> sky = load_half_orbits(folder, (50, 60))
    >>> masks = np.zeros((2, 50, 60), bool)
    >>> masks[0, 10:13, 20:23] = masks[1, 10:13, 20:23] = masks[1, 30:33, 20:23] = True
    >>> region_table(masks, sky.places).picture.tolist()  # one in the first, two in the second
    [0, 1, 1]
    """
    tables = [
        find_nuclei(mask, place, min_pixels).assign(picture=i)
        for i, (mask, place) in enumerate(zip(masks, places, strict=True))
    ]
    if not tables:
        raise UsageError("there are no half-orbits.")
    return pd.concat([t for t in tables if len(t)] or tables[:1], ignore_index=True)


def season_table(found: pd.DataFrame, truth: pd.DataFrame | None = None) -> pd.DataFrame:
    """Regions by season and hemisphere, beside the paper's.

    Parameters
    ----------
    found : DataFrame
        From `region_table`.
    truth : DataFrame, optional
        The same from the true masks.

    Returns
    -------
    DataFrame
        Index: season and hemisphere, then "all". `found` with its counting error `sigma` (square
        root of the count); `truth`, where given, and `pull`, (found - truth) / sqrt(truth);
        `paper`, its counts, `paper_scaled` to as many regions in all as were found, and
        `paper_pull`, the difference in units of the counting errors of both.

    Examples
    --------
    >>> import pandas as pd
    >>> from geoviz_ml.analysis import season_table
    >>> found = pd.DataFrame({"season": ["spring"] * 4 + ["winter"], "hemisphere": "north"})
    >>> table = season_table(found)
    >>> table.loc[("spring", "north"), ["found", "sigma"]].tolist()  # 4 +- 2
    [4.0, 2.0]
    >>> table.loc[("all", ""), "paper"].item()  # regions of the paper in a year
    453
    """
    paper = season_counts().stack()
    index = paper.index.rename(["season", "hemisphere"])
    table = pd.DataFrame(index=index)

    def count(regions: pd.DataFrame) -> np.ndarray:
        return regions.groupby(["season", "hemisphere"]).size().reindex(index, fill_value=0)

    table["found"] = count(found)
    if truth is not None:
        table["truth"] = count(truth)
    table["paper"] = paper.to_numpy()
    table.loc[("all", ""), :] = table.sum()
    scale = len(found) / table.paper.iloc[-1]
    table["paper_scaled"] = table.paper * scale
    table["sigma"] = np.sqrt(table.found)
    if truth is not None:
        table["pull"] = (table.found - table.truth) / np.sqrt(table.truth.clip(lower=1))
    spread = np.sqrt((table.paper_scaled * (1 + scale)).clip(lower=1))
    table["paper_pull"] = (table.found - table.paper_scaled) / spread
    order = ["found", "sigma", "truth", "pull", "paper", "paper_scaled", "paper_pull"]
    table = table[[name for name in order if name in table]]
    counts = [name for name in ("found", "truth", "paper") if name in table]
    return table.astype(dict.fromkeys(counts, int))


def histogram(values: Iterable[float], edges: Iterable[float]) -> pd.DataFrame:
    """Counts of values between `edges`, in their unit.

    Columns `low`, `high`, `count` and its error `sigma`, the square root.

    Examples
    --------
    >>> from geoviz_ml.analysis import histogram
    >>> kHz = [5.1, 5.8, 6.2, 6.4, 6.9, 7.5]
    >>> table = histogram(kHz, edges=[5, 6, 7, 8])
    >>> table["count"].tolist(), table.sigma.round(2).tolist()
    ([2, 3, 1], [1.41, 1.73, 1.0])
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

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.analysis import region_scores
    >>> truth, found = np.zeros((2, 1, 20, 20), bool)
    >>> truth[0, 2:6, 2:6] = truth[0, 10:14, 10:14] = True  # two nuclei
    >>> found[0, 2:6, 3:7] = True  # the first, a column aside: IoU 12 / 20
    >>> scores = region_scores(found, truth)
    >>> scores["precision"], scores["recall"], round(scores["f1"], 2)
    (1.0, 0.5, 0.67)
    """
    hits = alarms = misses = 0
    for mask, real in zip(found, truth, strict=True):
        (a, n), (b, m) = label(mask, EIGHT), label(real, EIGHT)
        joint = np.histogram2d(a.ravel(), b.ravel(), [np.arange(n + 2), np.arange(m + 2)])[0]
        union = joint.sum(1)[1:, None] + joint.sum(0)[None, 1:] - joint[1:, 1:]
        overlap = joint[1:, 1:] / np.maximum(union, 1)
        overlap[overlap < min_iou] = 0
        right = int((overlap[linear_sum_assignment(overlap, maximize=True)] > 0).sum())
        hits, alarms, misses = hits + right, alarms + n - right, misses + m - right
    scores = {"hits": hits, "false_alarms": alarms, "misses": misses}
    for name, wrong in (("precision", alarms), ("recall", misses)):
        total = hits + wrong
        share = (hits + 1) / (total + 2)
        scores[name] = hits / total if total else np.nan
        scores[f"{name}_sigma"] = float(np.sqrt(share * (1 - share) / (total + 2)))
    scores["f1"] = 2 * hits / (2 * hits + alarms + misses) if hits + alarms + misses else np.nan
    return scores
