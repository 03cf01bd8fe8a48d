"""Which regions of masks are nuclei, and which nuclei were missed: one by one, with errors.

A rule of our own: a found region is right where it overlaps a true one enough.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr
from scipy.ndimage import label
from scipy.optimize import linear_sum_assignment

from ..errors import UsageError
from ..prepare.pictures import in_order
from ..scores.arrays import as_mask, same_shape
from .nuclei import EIGHT, by_cell, find_nuclei, joined

JUDGED = ["hit", "false alarm", "miss"]


def judge_regions(
    found: Iterable[np.ndarray],
    truth: Iterable[np.ndarray],
    places: Iterable[xr.Dataset],
    min_iou: float = 0.3,
) -> pd.DataFrame:
    """What became of each region, and where it is.

    Parameters
    ----------
    found, truth : iterable of ndarray of bool, or of 0 and 1, (H, W)
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
        There are no half-orbits, or see `find_nuclei`.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.analysis import judge_regions
    >>> from geoviz_ml.datasets import load_half_orbits
    >>> from geoviz_ml.simulate import nucleus
    >>> sky = load_half_orbits(nucleus.make(tempfile.mkdtemp(), 4, coarse=8), (96, 96))
    >>> judge_regions(sky.masks & False, sky.masks, sky.places).judged.unique().tolist()
    ['miss']
    """
    tables = []
    for i, (mask, real, place) in enumerate(zip(found, truth, places, strict=True)):
        seen = place.seen.values if "seen" in place.coords else True
        mask, real = (as_mask(in_order(one, "frequency", "time")) for one in (mask, real))
        mine, true = find_nuclei(mask, place), find_nuclei(real, place)
        first, second, _, _ = _matched(mask & seen, real & seen, min_iou)
        true = true.assign(judged=np.where(np.isin(np.arange(len(true)), second), "hit", "miss"))
        tables += [true.assign(picture=i)]
        tables += [mine.drop(index=first).assign(judged="false alarm", picture=i)]
    return joined(tables)


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

    Examples
    --------
    >>> import pandas as pd
    >>> from geoviz_ml.analysis import error_table
    >>> rows = {"season": "spring", "hemisphere": "north", "judged": ["hit", "miss", "false alarm"]}
    >>> error_table(pd.DataFrame(rows)).loc[("all", ""), ["found", "recall"]].tolist()  # 1 of 2
    [2.0, 0.5]
    """
    table = pd.DataFrame({name: by_cell(judged[judged.judged == name]) for name in JUDGED})
    table.loc[("all", ""), :] = table.sum()
    table = table.astype(int)
    table.insert(0, "true", table["hit"] + table["miss"])
    table.insert(1, "found", table["hit"] + table["false alarm"])
    table["recall"] = table["hit"] / table["true"].where(table["true"] > 0)
    table["precision"] = table["hit"] / table["found"].where(table["found"] > 0)
    return table


def region_scores(
    found: Iterable[np.ndarray], truth: Iterable[np.ndarray], min_iou: float = 0.3
) -> dict[str, float]:
    """Precision and recall of whole regions.

    A found region is right if it overlaps a true one with an IoU of `min_iou` or more; each counts
    once, and pairs are chosen so that the sum of their IoU is the largest.

    Parameters
    ----------
    found, truth : iterable of ndarray of bool, or of 0 and 1, (H, W)
        Masks of the same pictures.
    min_iou : float

    Returns
    -------
    dict
        `hits`, `false_alarms`, `misses`; `precision`, `recall` and their standard errors
        `..._sigma` (binomial; with one hit and one miss added, so that 0 and 1 have an error
        too); `f1`. NaN, errors too, where nothing was found or nothing is there.

    Raises
    ------
    UsageError
        Masks of one picture differ in shape, are not (H, W), or hold probabilities.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.analysis import region_scores
    >>> truth, found = np.zeros((2, 1, 20, 20), bool)
    >>> truth[0, 2:6, 2:6] = truth[0, 10:14, 10:14] = True  # two nuclei
    >>> found[0, 2:6, 3:7] = True  # the first, a column aside: IoU 12 / 20
    >>> [round(region_scores(found, truth)[name], 2) for name in ("precision", "recall", "f1")]
    [1.0, 0.5, 0.67]
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
        sigma = float(np.sqrt(share * (1 - share) / (total + 2)))
        scores[f"{name}_sigma"] = sigma if total else np.nan
    scores["f1"] = 2 * hits / (2 * hits + alarms + misses) if hits + alarms + misses else np.nan
    return scores


def _matched(
    mask: np.ndarray, real: np.ndarray, min_iou: float
) -> tuple[np.ndarray, np.ndarray, int, int]:
    """Numbers (k,), from 0, of the found regions that are right and of the true ones they are; then
    how many were found, and how many are true.
    """
    mask, real = map(as_mask, same_shape(mask, real))
    if mask.ndim != 2:
        raise UsageError(f"a mask has rows and columns, this one is {mask.shape}.")
    (a, n), (b, m) = label(mask, EIGHT), label(real, EIGHT)
    joint = np.histogram2d(a.ravel(), b.ravel(), [np.arange(n + 2), np.arange(m + 2)])[0]
    union = joint.sum(1)[1:, None] + joint.sum(0)[None, 1:] - joint[1:, 1:]
    overlap = joint[1:, 1:] / np.maximum(union, 1)
    overlap[overlap < min_iou] = 0
    first, second = linear_sum_assignment(overlap, maximize=True)
    right = overlap[first, second] > 0
    return first[right], second[right], n, m
