"""From half an orbit of spectra to the paper's picture: log10, Z, 90 degrees counter-clockwise.

In a picture time runs to the right and frequency upward: row 0, at the top, is the highest
frequency, as in the files of LabelImg. Each pixel knows its time, frequency and place.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import xarray as xr

from ..errors import UsageError, height_and_width
from ..moved import also
from .pictures import average, average_matrix, check_times

ALONG = ["latitude", "longitude", "mag_latitude", "mag_longitude", "altitude", "workmode"]
ANGLES = {"longitude", "mag_longitude"}  # jump by 360 degrees
LONGEST = 4096  # rows of half an orbit, gaps included; 1017 are usual


def half_orbit_picture(
    data: xr.Dataset, size: tuple[int, int] | None = None, component: str = "z"
) -> xr.DataArray:
    """Turn half an orbit into a picture that a network can take.

    Missing rows are put back, so that time runs evenly; power is averaged over each pixel, log10
    is taken, the array is rotated, and stretched so that the 1st and 99.9th percentiles become 0
    and 1 (the paper does not tell its limits). The stretch makes the picture independent of the
    unit.

    Parameters
    ----------
    data : Dataset
        From `read_cses`.
    size : (int, int), optional
        Height (frequency) and width (time) in pixels. Default: a pixel a value; the paper does
        not tell its size.
    component : {"z", "x", "y"}

    Returns
    -------
    DataArray (frequency, time), float32 in 0..1
        Row 0 is the highest frequency. NaN where the file has no power; use ``.fillna(0)`` before a
        network. Coordinates: `frequency` (Hz), `time`, and along time those of the file, between
        the rows interpolated, with `workmode` that of the nearest row, and `seen`, False where a
        column has no value. Attributes: `gap`, the part of columns not seen; `workmode_changes`;
        `low` and `high`, log10 of the power at 0 and 1; and those of `data`.

    Raises
    ------
    UsageError
        `data` has no such component, fewer than two rows, more than one orbit's time between its
        first row and its last, or is smaller than `size`.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.prepare import half_orbit_picture
    >>> from geoviz_ml.readers import read_cses
    >>> from geoviz_ml.simulate import nucleus
    >>> folder = nucleus.make(tempfile.mkdtemp(), 1, coarse=16, p_gap=0.0)
    >>> picture = half_orbit_picture(read_cses(next(folder.glob("spectra/*.h5"))), (32, 48))
    >>> picture.shape, round(float(picture.frequency[0])), round(float(picture.frequency[-1]))  # Hz
    ((32, 48), 24597, 378)
    """
    if component not in data or data.sizes.get("time", 0) < 2:
        raise UsageError(
            f"no component {component!r} with two rows or more in these data.",
            advice=f"They hold {[*data.data_vars]} in {data.sizes.get('time', 0)} rows.",
        )
    check_times(data)
    for name in ("time", "frequency"):
        data = data if data[name].to_index().is_monotonic_increasing else data.sortby(name)
    place = _even_rows(data.time.values)
    power = np.full((place[-1] + 1, data.sizes["frequency"]), np.nan, np.float32)
    power[place] = data[component].transpose("time", "frequency").values
    rows, columns = power.shape
    height, width = (columns, rows) if size is None else height_and_width(size)
    if height > columns or width > rows:
        raise UsageError(
            f"{rows} times and {columns} frequencies cannot make a picture of {height} x {width}.",
            advice="Choose a smaller size.",
        )
    level = np.rot90(np.log10(average(power, (width, height))))
    known = level[np.isfinite(level)]
    low, high = np.percentile(known, [1, 99.9]) if known.size else (np.nan, np.nan)
    values = ((level - low) / max(high - low, 1e-6)).clip(0, 1).astype(np.float32)
    seen = np.isfinite(values).any(axis=0)

    middle = average_matrix(rows, width) @ np.arange(rows)  # of each column, in rows
    coords = {name: ("time", _along(data, name, place, middle)) for name in ALONG}
    frequency = average_matrix(columns, height) @ data.frequency.values
    start, end = data.time.values[[0, -1]]
    time = start + (middle * ((end - start) / np.timedelta64(1, "ns") / (rows - 1))).astype(
        "timedelta64[ns]"
    )
    mode = data.workmode.values
    attrs = {
        **data.attrs,
        "gap": float(1 - seen.mean()),
        "workmode_changes": int((np.diff(mode) != 0).sum()),
        "low": float(low),
        "high": float(high),
    }
    return xr.DataArray(
        values,
        dims=("frequency", "time"),
        coords={
            "frequency": ("frequency", frequency[::-1], {"units": "Hz"}),
            "time": time,
            "seen": ("time", seen),
            **coords,
        },
        attrs=attrs,
    )


def _even_rows(time: np.ndarray) -> np.ndarray:
    """Number of each row on an even grid whose step is the usual one."""
    step = np.median(np.diff(time) / np.timedelta64(1, "ns"))
    place = np.rint((time - time[0]) / np.timedelta64(1, "ns") / step).astype(int)
    if place[-1] >= LONGEST:
        raise UsageError(
            f"from the first row to the last there are {place[-1] + 1} steps: not half an orbit."
        )
    return place


def _along(data: xr.Dataset, name: str, place: np.ndarray, middle: np.ndarray) -> np.ndarray:
    values = data[name].values
    if name == "workmode":
        return values[np.abs(place[:, None] - middle).argmin(axis=0)]
    if name not in ANGLES:
        return np.interp(middle, place, values.astype(float))
    turned = np.interp(middle, place, np.unwrap(values.astype(float), period=360))
    return (turned + 180) % 360 - 180


def box_mask(boxes: pd.DataFrame, shape: tuple[int, int]) -> np.ndarray:
    """Fill rectangles: the paper's labels, corners included.

    Parameters
    ----------
    boxes : DataFrame
        From `read_voc`, whose ``attrs`` tell the size of the picture the boxes were drawn on.
        Without ``attrs`` they are in pixels of the mask.
    shape : (int, int)
        Height and width of the mask; boxes are scaled to it.

    Returns
    -------
    ndarray of bool (H, W)
        Pixels whose centre lies in a box.

    Examples
    --------
    >>> import pandas as pd
    >>> from geoviz_ml.prepare import box_mask
    >>> boxes = pd.DataFrame({"x1": [0], "y1": [50], "x2": [100], "y2": [100]})
    >>> boxes.attrs = {"height": 100, "width": 200}  # of the picture they were drawn on
    >>> box_mask(boxes, (2, 4)).astype(int).tolist()  # the lower left quarter
    [[0, 0, 0, 0], [1, 1, 0, 0]]
    """
    height, width = (
        boxes.attrs.get(name) or n for name, n in zip(("height", "width"), shape, strict=True)
    )
    y = (np.arange(shape[0]) + 0.5) * height / shape[0]
    x = (np.arange(shape[1]) + 0.5) * width / shape[1]
    mask = np.zeros(shape, bool)
    for box in boxes.itertuples():
        mask |= np.outer((y > box.y1) & (y < box.y2), (x > box.x1) & (x < box.x2))
    return mask


def split_by_orbit(
    orbit: np.ndarray, shares: tuple[float, ...] = (0.7, 0.1, 0.2), seed: int = 0
) -> list[np.ndarray]:
    """Split half-orbits so that both halves of an orbit stay together.

    Parameters
    ----------
    orbit : ndarray (n,) of int
    shares : tuple of float
        Parts of the orbits for training, choosing and testing, say; they sum to 1.
    seed : int

    Returns
    -------
    list of ndarray of int (k,)
        Row numbers, ascending, for each share.

    Raises
    ------
    UsageError
        A share is not positive, or they do not sum to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.prepare import split_by_orbit
    >>> orbit = np.repeat(np.arange(10), 2)  # both halves of ten orbits
    >>> train, choose, test = split_by_orbit(orbit)
    >>> len(train), len(choose), len(test), set(orbit[train]) & set(orbit[test])
    (14, 2, 4, set())
    """
    if min(shares) <= 0 or not np.isclose(sum(shares), 1):
        raise UsageError(f"shares are positive and sum to 1, not {shares}.")
    all_orbits, of = np.unique(orbit, return_inverse=True)
    cuts = np.rint(np.cumsum(shares) * len(all_orbits))
    place = np.random.default_rng(seed).permutation(len(all_orbits))[of]
    part = np.searchsorted(cuts, place, side="right")
    return [np.flatnonzero(part == k) for k in range(len(shares))]


__getattr__ = also(
    __name__,
    dict.fromkeys(("HalfOrbits", "load_half_orbits", "true_mask"), "geoviz_ml.datasets")
    | dict.fromkeys(("read_cses", "read_voc"), "geoviz_ml.readers"),
)
