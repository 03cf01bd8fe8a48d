"""Where and when nuclei appear: from masks of half-orbits to tables, with counting errors."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
import xarray as xr
from scipy.ndimage import find_objects, label

from ..errors import UsageError
from ..papers.seasons import season, season_counts
from ..prepare.pictures import in_order
from ..scores.arrays import as_mask

EIGHT = np.ones((3, 3))  # pixels that touch by a corner belong together
PLACE = ["latitude", "longitude", "mag_latitude", "mag_longitude"]
CELL = ["season", "hemisphere"]
REGION = ["orbit", "direction", "time", "frequency", "bandwidth", "duration"]
REGION += [*PLACE, *CELL, "pixels"]


def find_nuclei(mask: np.ndarray, place: xr.Dataset, min_pixels: int = 1) -> pd.DataFrame:
    """The nuclei of one mask, and where and when they are.

    Parameters
    ----------
    mask : ndarray of bool, or of 0 and 1, (H, W)
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
        The mask does not fit the coordinates, or holds probabilities.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.analysis import find_nuclei
    >>> from geoviz_ml.datasets import load_half_orbits
    >>> from geoviz_ml.simulate import nucleus
    >>> sky = load_half_orbits(nucleus.make(tempfile.mkdtemp(), 1, coarse=16), (50, 60))
    >>> mask = sky.masks[0] & False
    >>> mask[30:35, 20:23] = True  # 5 of 50 rows, which share 25 kHz
    >>> find_nuclei(mask, sky.places[0])[["pixels", "bandwidth"]].round(1).values.tolist()
    [[15.0, 2.5]]
    """
    frequency, time = place.frequency.values / 1000, place.time.values
    mask = as_mask(in_order(mask, "frequency", "time"))
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
        angles = {name: _at(place[name].values, at["x"]) for name in PLACE}
        moment = time[0] + np.timedelta64(round(1e9 * step * at["x"]), "ns")
        rows.append(
            {
                "orbit": place.attrs.get("orbit", -1),
                "direction": place.attrs.get("direction", ""),
                "time": moment,
                "frequency": np.interp(at["y"], np.arange(len(frequency)), frequency),
                "bandwidth": bin_ * (y.stop - y.start),
                "duration": step * (x.stop - x.start),
                **angles,
                "season": season(moment.astype("datetime64[M]").item().month),
                "hemisphere": "north" if angles["latitude"] >= 0 else "south",
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
        There are no half-orbits, or see `find_nuclei`.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.analysis import region_table
    >>> from geoviz_ml.datasets import load_half_orbits
    >>> from geoviz_ml.simulate import nucleus
    >>> sky = load_half_orbits(nucleus.make(tempfile.mkdtemp(), 4, coarse=8), (96, 96))
    >>> region_table(sky.masks, sky.places).mag_latitude.round().tolist()  # within 58 to 80 degrees
    [74.0, -66.0, 69.0]
    """
    tables = [
        find_nuclei(mask, place, min_pixels).assign(picture=i)
        for i, (mask, place) in enumerate(zip(masks, places, strict=True))
    ]
    return joined(tables)


def joined(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Tables of half-orbits below each other; those without a region only where all are.

    Raises
    ------
    UsageError
        There are no half-orbits.
    """
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

    Examples
    --------
    >>> import pandas as pd
    >>> from geoviz_ml.analysis import season_table
    >>> found = pd.DataFrame({"season": ["spring"] * 4 + ["winter"], "hemisphere": "north"})
    >>> season_table(found).loc[("spring", "north"), ["found", "sigma"]].tolist()  # 4 +- 2
    [4.0, 2.0]
    """
    paper = season_counts().stack()
    table = pd.DataFrame(index=paper.index.rename(CELL))
    table["found"] = by_cell(found)
    table["paper"] = paper.to_numpy()
    table.loc[("all", ""), :] = table.sum()
    scale = len(found) / table.paper.iloc[-1]
    table["paper_scaled"] = table.paper * scale
    table["sigma"] = np.sqrt(table.found)
    spread = np.sqrt((table.paper_scaled * (1 + scale)).clip(lower=1))
    table["paper_pull"] = (table.found - table.paper_scaled) / spread
    table = table[["found", "sigma", "paper", "paper_scaled", "paper_pull"]]
    return table.astype({"found": int, "paper": int})


def by_cell(regions: pd.DataFrame) -> pd.Series:
    """Numbers of regions by season and hemisphere, in the paper's order."""
    index = season_counts().stack().index.rename(CELL)
    return regions.groupby(CELL).size().reindex(index, fill_value=0)
