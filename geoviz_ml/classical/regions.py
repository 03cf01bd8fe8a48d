"""Active regions by threshold and connected regions: what stands beside the detectors.

On a continuum picture the signal is the darkness, one less `flatten_disk`; on a magnetogram the
strength of the field.

The spots are found by the double threshold of Canny 1986 (IEEE Trans. PAMI 8, 679); joining them
to regions is our own rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from scipy.ndimage import distance_transform_edt, find_objects, label
from skimage.filters import apply_hysteresis_threshold

from ..errors import UsageError
from ..scores.arrays import plain
from ..scores.matching import count_matches

GRID = {
    "low": (0.05, 0.07, 0.1),
    "high": (0.1, 0.13, 0.17, 0.22),
    "join": (12.0, 18.0, 24.0, 32.0, 40.0, 50.0),
    "margin": (7.0, 9.0, 11.0),
    "least": (0.0, 0.5, 1.0, 1.5, 2.0, 3.0),
}


def find_active_regions(
    signal: np.ndarray,
    low: float = 0.06,
    high: float = 0.12,
    join: float = 24.0,
    margin: float = 9.0,
    least: float = 0.0,
    smallest: float = 20.0,
) -> np.ndarray:
    """Boxes around connected regions of a strong signal.

    1. Pixels above `low` that hang together with one above `high` are spots.
    2. Spots less than `join` pixels apart are one region.
    3. Regions of a summed signal below `least` are noise and go.
    4. The box is the region's extent and a margin, with sides of at least `smallest`.

    Parameters
    ----------
    signal : ndarray (H, W)
        Higher is more active: darkness of a flattened picture, or the strength of the field.
    low, high, least
        In units of the signal, `least` times pixels.
    join, margin, smallest : float
        Pixels.

    Returns
    -------
    ndarray (k, 5)
        x1, y1, x2, y2 in pixels within the picture, and the summed signal, as the confidence.

    Raises
    ------
    UsageError
        The signal is not (H, W), masked, or has no finite number. What is not finite counts as 0.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.classical import find_active_regions
    >>> dark = np.zeros((100, 100))
    >>> dark[40:44, 30:34] = dark[40:44, 44:48] = 0.5  # two spots of one group
    >>> find_active_regions(dark)[:, :4].tolist()
    [[21.0, 31.0, 57.0, 53.0]]
    """
    extents, strength = _regions(signal, low, high, (join,))[0]
    return _boxes(extents, strength, np.shape(signal), margin, least, smallest)


def tune_find_active_regions(
    signals: Sequence[np.ndarray], boxes: Sequence[np.ndarray], grid: dict | None = None
) -> dict:
    """The parameters of `find_active_regions` with the best F1 on boxes that are known.

    A fair opponent gets its best parameters; give it training pictures, never test pictures.

    Parameters
    ----------
    signals : list of ndarray (H, W)
    boxes : list of ndarray (k, 4)
    grid : dict of sequences
        The values to try, of `low`, `high`, `join`, `margin` and `least`; default `GRID`, meant
        for the darkness of a continuum picture of 512 pixels.

    Raises
    ------
    UsageError
        A signal is no picture of numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.classical import tune_find_active_regions
    >>> dark = np.zeros((100, 100))
    >>> dark[40:60, 30:60] = 0.5
    >>> grid = {"low": [0.1], "high": [0.2], "join": [10], "margin": [0, 9], "least": [0]}
    >>> tune_find_active_regions([dark], [np.array([[30, 40, 60, 60]])], grid)["margin"]
    0
    """
    grid = {**GRID, **(grid or {})}
    best, chosen = -1.0, {}
    for low, high in product(grid["low"], grid["high"]):
        parts = [_regions(signal, low, high, grid["join"]) for signal in signals]
        for (j, join), margin in product(enumerate(grid["join"]), grid["margin"]):
            every = [
                _boxes(*part[j], np.shape(signal), margin)
                for signal, part in zip(signals, parts, strict=True)
            ]
            for least in grid["least"]:
                found = [b[b[:, 4] >= least] for b in every]
                hits, wrong, missed = count_matches(found, boxes)
                f1 = 2 * hits / max(2 * hits + wrong + missed, 1)
                if f1 > best:
                    best = f1
                    chosen = {"low": low, "high": high, "join": join}
                    chosen |= {"margin": margin, "least": least}
    return chosen


def _regions(
    signal: np.ndarray, low: float, high: float, joins: Sequence[float]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Extents x1, y1, x2, y2 (k, 4) of the regions and their summed signal (k,), for each join."""
    signal = plain(signal)
    if signal.ndim != 2 or not np.isfinite(signal).any():
        raise UsageError(f"the signal must be a picture (H, W) of numbers, not {signal.shape}.")
    signal = np.nan_to_num(signal, posinf=0, neginf=0)
    spots = apply_hysteresis_threshold(signal, low, high)
    if not spots.any():
        return [(np.zeros((0, 4)), np.zeros(0)) for _ in joins]
    away = distance_transform_edt(~spots)
    out = []
    for join in joins:
        regions, _ = label(away <= join / 2, np.ones((3, 3)))
        extents = [
            (x.start, y.start, x.stop, y.stop) for y, x in find_objects(np.where(spots, regions, 0))
        ]
        strength = np.bincount(regions[spots], signal[spots])[1:]
        out.append((np.array(extents, float), strength))
    return out


def _boxes(
    extents: np.ndarray,
    strength: np.ndarray,
    shape: tuple[int, int],
    margin: float,
    least: float = 0.0,
    smallest: float = 20.0,
) -> np.ndarray:
    low, high = extents[:, :2], extents[:, 2:]
    half = np.maximum((high - low) / 2 + margin, smallest / 2)
    middle = (low + high) / 2
    height, width = shape
    corners = np.hstack([middle - half, middle + half]).clip(0, (width, height, width, height))
    return np.column_stack([corners, strength])[strength >= least]
