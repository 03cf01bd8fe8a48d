"""Tables as pictures: pure functions that draw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes


def plot_counts(ax: Axes, counts: np.ndarray, rows: Sequence[str], columns: Sequence[str]) -> None:
    """Draw a confusion matrix or contingency table as numbers in cells.

    A cell is the darker the larger its share of the row is, so that rare classes show.

    Parameters
    ----------
    ax : Axes
    counts : ndarray of int (R, C)
    rows, columns : sequence of str
        Names.
    """
    counts = np.asarray(counts)
    depth = counts / np.maximum(counts.sum(1, keepdims=True), 1)
    ax.imshow(depth, cmap="Greys", vmin=0, vmax=1)
    ax.set_xticks(range(len(columns)), columns, rotation=45, ha="right", rotation_mode="anchor")
    ax.set_yticks(range(len(rows)), rows)
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if depth[row, column] > 0.5 else "black"
        ax.text(column, row, str(count), ha="center", va="center", color=colour, fontsize="small")
