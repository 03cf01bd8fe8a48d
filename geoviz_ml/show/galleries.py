"""Pictures side by side, and tables as pictures: pure functions that draw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from ..analysis.clustering import members


def plot_gallery(
    ax: Axes,
    pictures: np.ndarray,
    groups: np.ndarray,
    names: Sequence[str] | None = None,
    per_group: int = 8,
) -> None:
    """Draw a row of pictures for each group, evenly spread over the group.

    Parameters
    ----------
    ax : Axes
    pictures : ndarray (N, H, W)
        uint8, row 0 at the top.
    groups : ndarray of int (N,)
        Say clusters.
    names : sequence of str, optional
        Of the groups in ascending order; default: their numbers.
    per_group : int
    """
    n, height, width = pictures.shape
    found = np.unique(groups)
    sheet = np.zeros((len(found), per_group, height, width), np.uint8)
    for row, group in enumerate(found):
        for column, i in enumerate(members(groups, group, per_group)):
            sheet[row, column] = pictures[i]
    ax.imshow(
        sheet.swapaxes(1, 2).reshape(len(found) * height, -1), cmap="cividis", vmin=0, vmax=255
    )
    ax.set_xticks([])
    ax.set_yticks(height * (np.arange(len(found)) + 0.5), names or found.astype(str))
    ax.tick_params(length=0)


def plot_counts(
    ax: Axes, counts: np.ndarray, rows: Sequence[str], columns: Sequence[str], share: bool = True
) -> None:
    """Draw a confusion matrix or contingency table: numbers in cells, darker where there are more.

    Parameters
    ----------
    ax : Axes
    counts : ndarray of int (R, C)
    rows, columns : sequence of str
        Names.
    share : bool
        Colour by the share of the row, so that rare classes show; the numbers stay counts.
    """
    counts = np.asarray(counts)
    depth = counts / np.maximum(counts.sum(1, keepdims=True), 1) if share else counts / counts.max()
    ax.imshow(depth, cmap="Greys", vmin=0, vmax=1)
    ax.set_xticks(range(len(columns)), columns, rotation=45, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(len(rows)), rows)
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if depth[row, column] > 0.5 else "black"
        ax.text(column, row, str(count), ha="center", va="center", color=colour, fontsize="small")
