"""Fringes by peak tracking: what was done before the network, and its label set A.

In the spirit of Beggan (2014), whose details are not public: peaks that rise above a running
background, joined along time by dilation and erosion, with fixed thresholds.
"""

from __future__ import annotations

import numpy as np
from scipy.ndimage import binary_closing, find_objects, gaussian_filter, gaussian_filter1d, label
from scipy.signal import find_peaks

from ..errors import UsageError, whole_number
from ..prepare.pictures import in_order
from ..scores.arrays import as_mask, plain

PIXELS = {"background": 5.0, "smooth": (0.7, 2.0), "pen": 1}
JOIN = 3  # columns


def prominence(picture: np.ndarray, background: float = PIXELS["background"]) -> np.ndarray:
    """Smoothed picture minus its running mean along frequency, in units of its own scatter.

    Parameters
    ----------
    picture : ndarray (frequency, time)
        Logarithmic level, any unit; rows from low to high frequency.
    background : float
        Standard deviation of the Gaussian running mean in pixels: longer than a fringe is wide,
        shorter than the Schumann resonance.

    Returns
    -------
    ndarray (frequency, time)

    Raises
    ------
    UsageError
        The picture has other axes, or holds NaN, which the Gaussians would spread over all of it.
    """
    picture = plain(in_order(picture, "frequency", "time"))
    if picture.ndim != 2 or not picture.size or not np.isfinite(picture).all():
        raise UsageError(
            f"a picture (frequency, time) of numbers is needed, not {picture.shape} with gaps.",
            advice="Fill gaps with 0: picture.fillna(0).",
        )
    smooth = gaussian_filter(picture.astype(float), PIXELS["smooth"])
    residual = smooth - gaussian_filter1d(smooth, background, axis=0)
    scatter = 1.4826 * np.median(np.abs(residual - np.median(residual)))
    return residual / max(scatter, 1e-12)


def label_fringes(
    picture: np.ndarray, threshold: float = 1.5, min_length: int = 8, join: int = JOIN
) -> np.ndarray:
    """Mark the fringes of one picture by peak tracking.

    1. Peaks of each column that rise `threshold` scatters above the running background.
    2. Each peak is drawn three pixels high; dilation then erosion (closing) along time, by
       `join` columns each way, closes gaps of up to twice `join` columns.
    3. Pieces shorter than `min_length` columns are noise and go.

    Parameters
    ----------
    picture : ndarray (frequency, time)
        Rows from low to high frequency; gaps as 0.
    threshold : float
        Height of a peak over the background in units of the scatter.
    min_length, join : int
        Columns; with a `join` of 0 nothing is closed.

    Returns
    -------
    ndarray of bool (frequency, time)

    Raises
    ------
    UsageError
        As of `prominence`, or `join` is negative.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.classical import label_fringes
    >>> night = np.random.default_rng(0).normal(0.4, 0.01, (60, 40))
    >>> night[[20, 30, 40]] += 0.2  # three fringes
    >>> np.flatnonzero(label_fringes(night).mean(axis=1) > 0.9).tolist()  # each three pixels high
    [19, 20, 21, 29, 30, 31, 39, 40, 41]
    """
    pieces, lengths = _pieces(prominence(picture), threshold, whole_number(join, "join", 0))
    return (lengths >= min_length)[pieces]


def _pieces(height: np.ndarray, threshold: float, join: int) -> tuple[np.ndarray, np.ndarray]:
    """Steps 1 and 2: the number of each pixel's piece, and the columns that each piece spans.

    Number 0 is what is no piece, of length -1.
    """
    mask = np.zeros(height.shape, bool)
    for column in range(height.shape[1]):
        rows, _ = find_peaks(height[:, column], height=threshold)
        for shift in range(-PIXELS["pen"], PIXELS["pen"] + 1):
            mask[np.clip(rows + shift, 0, len(mask) - 1), column] = True
    padded = np.pad(mask, join)  # closing eats what touches the edge
    inner = tuple(slice(join, join + n) for n in mask.shape)
    mask = binary_closing(padded, np.ones((1, 2 * join + 1)))[inner]
    pieces, _ = label(mask, np.ones((3, 3)))
    spans = [columns.stop - columns.start for _, columns in find_objects(pieces)]
    return pieces, np.array([-1, *spans])


def tune_label_fringes(
    pictures: np.ndarray, masks: np.ndarray, quiet_limit: float | None = None
) -> dict:
    """The thresholds of `label_fringes` with the best IoU on nights with known fringes.

    A fair opponent gets its best thresholds; give it training nights, never test nights.

    Parameters
    ----------
    pictures : ndarray (N, H, W)
        As `label_fringes` takes them.
    masks : ndarray of bool, or of 0 and 1, (N, H, W)
    quiet_limit : float, optional
        Of the pixels of nights without fringes, at most this part may be marked, the rule of
        `geoviz_ml.scores.choose_threshold`; higher thresholds are tried too. If none keeps the
        rule, the one that marks least of those nights is taken.

    Raises
    ------
    UsageError
        As of `label_fringes`, or the masks hold something else.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.classical import tune_label_fringes
    >>> night = np.random.default_rng(0).normal(0.4, 0.01, (1, 60, 40))
    >>> masks = np.zeros(night.shape, bool)
    >>> masks[0, [19, 20, 21]] = True
    >>> sorted(tune_label_fringes(night + 0.2 * masks, masks))
    ['min_length', 'threshold']
    """
    heights = (0.5, 1, 1.5, 2, 2.5, 3) if quiet_limit is None else (2, 3, 4, 5, 6)
    masks = as_mask(masks)
    quiet = ~masks.any(axis=(1, 2))
    raised, tried = [prominence(p) for p in pictures], []
    for threshold in heights:
        cut = [_pieces(one, threshold, JOIN) for one in raised]
        for length in (4, 8, 12, 18):
            found = np.stack([(lengths >= length)[pieces] for pieces, lengths in cut])
            iou = (found & masks).sum() / max((found | masks).sum(), 1)
            flagged = found[quiet].mean() if quiet.any() else 0.0
            tried.append((flagged, iou, {"threshold": threshold, "min_length": length}))
    if quiet_limit is not None:
        least = max(quiet_limit, min(flagged for flagged, _, _ in tried))
        tried = [one for one in tried if one[0] <= least]
    return max(tried, key=lambda one: one[1])[2]
