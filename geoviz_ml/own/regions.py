"""From a mask of classes to its regions, and the boxes around them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.ndimage import find_objects, label

from ..errors import UsageError

EIGHT = np.ones((3, 3))  # pixels that touch by a corner belong together
REGION = {
    "class": "text",
    **dict.fromkeys(("x1", "y1", "x2", "y2", "pixels"), "whole"),
    "confidence": "number",
}


def regions_of(
    found: np.ndarray, probabilities: np.ndarray, names: Sequence[str], least: int = 4
) -> pd.DataFrame:
    """The connected regions of each class.

    Parameters
    ----------
    found : ndarray of uint8 (H, W)
        Classes, 0 the background.
    probabilities : ndarray (H, W, K)
    names : sequence of str
        Of the K - 1 classes.
    least : int
        Regions of fewer pixels are left out.

    Returns
    -------
    DataFrame
        `class`, `x1`, `y1`, `x2`, `y2` and `pixels` (pixels, edges counted from 0), `confidence`
        (mean probability of the class in the region). The largest first.

    Raises
    ------
    UsageError
        Classes, probabilities and names do not fit together.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.own import regions_of
    >>> found = np.zeros((8, 8), np.uint8)
    >>> found[1:4, 2:7] = 1
    >>> table = regions_of(found, np.full((8, 8, 2), 0.5), ["spot"])
    >>> table[["x1", "y1", "x2", "y2", "pixels"]].values.tolist()
    [[2, 1, 7, 4, 15]]
    """
    wanted = (*np.shape(found), len(names) + 1)
    if np.ndim(found) != 2 or np.shape(probabilities) != wanted:
        raise UsageError(
            f"classes {np.shape(found)} and {len(names)} names do not fit probabilities "
            f"{np.shape(probabilities)}.",
            advice="Probabilities are (H, W, K), the background first: np.moveaxis(p, 0, 2).",
        )
    found, probabilities = np.asarray(found), np.asarray(probabilities)
    rows = []
    for number, name in enumerate(names, 1):
        numbered, _ = label(found == number, EIGHT)
        for i, (rows_of, columns) in enumerate(find_objects(numbered), 1):
            inside = numbered[rows_of, columns] == i
            if (pixels := int(inside.sum())) >= least:
                sure = float(probabilities[rows_of, columns, number][inside].mean())
                box = (columns.start, rows_of.start, columns.stop, rows_of.stop)
                rows.append([name, *box, pixels, sure])
    table = pd.DataFrame(rows, columns=[*REGION])
    return table.sort_values("pixels", ascending=False, kind="stable", ignore_index=True)
