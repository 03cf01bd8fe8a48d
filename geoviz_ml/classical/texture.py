"""Texture of a picture: how often which grey levels are neighbours (Haralick et al. 1973)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
from skimage.feature import graycomatrix, graycoprops

from ..errors import UsageError, unmasked

PROPERTIES = ("contrast", "dissimilarity", "homogeneity", "energy", "correlation")
DEGREES = (0, 45, 90, 135)


def texture_features(pictures: np.ndarray) -> pd.DataFrame:
    """Twenty features of each picture: five properties of the co-occurrence of neighbours.

    Parameters
    ----------
    pictures : ndarray of uint8 (N, H, W)

    Returns
    -------
    DataFrame (N, 20)
        Columns ``contrast_0``, ``dissimilarity_0`` ... ``correlation_135``: property and direction
        of the neighbour, degrees; distance one pixel, 256 levels.

    Raises
    ------
    UsageError
        The pictures are not bytes (N, H, W), or masked.

    Notes
    -----
    The published table of OATH was made of the grey value of the colour pictures, 0.587 of the
    green channel; from that it is reproduced within half a percent.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.classical import texture_features
    >>> flat, noise = np.full((16, 16), 9, np.uint8), np.arange(256, dtype=np.uint8).reshape(16, 16)
    >>> features = texture_features(np.stack([flat, noise]))
    >>> features.contrast_0.round(2).tolist()  # of neighbours side by side: none, and one level
    [0.0, 1.0]
    """
    pictures = np.asarray(unmasked(pictures, "pictures"))
    if pictures.ndim != 3 or pictures.dtype != np.uint8:
        raise UsageError(
            f"pictures must be (N, H, W) of uint8, not {pictures.shape} of {pictures.dtype}."
        )
    with ThreadPoolExecutor() as pool:
        rows = list(pool.map(_features_of, pictures))
    names = [f"{name}_{degrees}" for degrees in DEGREES for name in PROPERTIES]
    return pd.DataFrame(np.reshape(rows, (len(pictures), 20)), columns=names)


def _features_of(picture: np.ndarray) -> np.ndarray:
    """The twenty features of one picture (H, W)."""
    levels = int(picture.max()) + 1  # the brighter ones of the 256 would add nothing
    matrix = graycomatrix(picture, [1], np.deg2rad(DEGREES), levels=levels, normed=True)
    return np.stack([graycoprops(matrix, name)[0] for name in PROPERTIES], 1).ravel()
