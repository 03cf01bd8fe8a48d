"""Tables as pictures: pure functions that draw."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes


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
