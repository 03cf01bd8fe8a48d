"""Nuclei by their edges: the Canny operator, the classical opponent of the paper (its Figure 9)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import numpy as np
from scipy.ndimage import binary_closing, binary_fill_holes, binary_opening
from skimage.feature import canny
from skimage.measure import label, regionprops

from ..prepare.scaling import as_values
from ..scores.arrays import as_mask


def canny_mask(
    picture: np.ndarray, sigma: float = 1.0, high: float = 0.2, smallest: int = 9
) -> np.ndarray:
    """Mark what closed Canny edges surround.

    Edges alone are lines, no mask. So: Canny, gaps of a pixel closed, holes filled, lines that
    surround nothing opened away, small pieces dropped. What is as long as half the picture is a
    line or a band, no nucleus, and goes before the filling.

    Parameters
    ----------
    picture : ndarray (H, W)
        Bytes, or floats in 0..1; what is missing as 0.
    sigma : float
        Of the Gaussian before the gradient, pixels.
    high : float
        Gradient, per pixel, from which an edge starts; it goes on down to half of that.
    smallest : int
        Pixels of the smallest piece.

    Returns
    -------
    ndarray of bool (H, W)

    Raises
    ------
    UsageError
        Values that `geoviz_ml.prepare.scaling.as_values` refuses: NaN, counts.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.classical import canny_mask
    >>> picture = np.zeros((40, 40))
    >>> picture[10:20, 15:25] = 1  # a bright square
    >>> int(canny_mask(picture).sum())
    100
    """
    return _drop_small(_surrounded(picture, sigma, high), smallest)


def _surrounded(picture: np.ndarray, sigma: float, high: float) -> np.ndarray:
    """What edges surround, small pieces too."""
    white = 255.0 if as_values(picture, "a picture").dtype == np.uint8 else 1.0
    edges = canny(np.asarray(picture, float) / white, sigma, high / 2, high)
    closed = binary_closing(np.pad(edges, 2), np.ones((3, 3)))[2:-2, 2:-2]
    closed = _keep(closed, lambda piece: max(piece.image.shape) <= min(closed.shape) / 2)
    return binary_opening(binary_fill_holes(closed), np.ones((3, 3)))


def _drop_small(mask: np.ndarray, smallest: int) -> np.ndarray:
    return _keep(mask, lambda piece: piece.area >= smallest)


def _keep(mask: np.ndarray, good: Callable[[object], bool]) -> np.ndarray:
    """The connected parts of a mask that are good."""
    pieces = label(mask, connectivity=2)
    return np.array([False] + [bool(good(piece)) for piece in regionprops(pieces)])[pieces]


def tune_canny(pictures: np.ndarray, masks: np.ndarray) -> dict:
    """The settings of `canny_mask` with the best IoU on pictures with known nuclei.

    `pictures` (N, H, W) as of `canny_mask`, `masks` (N, H, W) of bool, or of 0 and 1; others are a
    UsageError. A fair opponent gets its best settings; give it training pictures, never test
    pictures.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.classical import tune_canny
    >>> masks = np.zeros((2, 40, 40), bool)
    >>> masks[:, 10:20, 15:25] = True
    >>> sorted(tune_canny(masks.astype(float), masks))  # the names of what was chosen
    ['high', 'sigma', 'smallest']
    """
    best, masks = (-1.0, {}), as_mask(masks)
    for sigma, high in product((1.0, 1.5, 2.0, 3.0), (0.05, 0.1, 0.2, 0.3)):
        pieces = [_surrounded(picture, sigma, high) for picture in pictures]
        for smallest in (5, 12, 25):
            found = np.stack([_drop_small(mask, smallest) for mask in pieces])
            iou = (found & masks).sum() / max((found | masks).sum(), 1)
            settings = {"sigma": sigma, "high": high, "smallest": smallest}
            best = max(best, (iou, settings), key=lambda b: b[0])
    return best[1]
