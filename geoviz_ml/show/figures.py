"""What chapters draw again and again: rows of pictures, and the curves of a training."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..errors import UsageError


def picture_grid(
    pictures: Sequence[np.ndarray],
    titles: Sequence[str] = (),
    *,
    columns: int | None = None,
    rows: Sequence[str] = (),
    size: tuple[float, float] | None = None,
    limits: tuple[float | None, float | None] = (None, None),
    cmap: str = "gray",
    **options,
) -> tuple[Figure, np.ndarray]:
    """Draw pictures side by side, without ticks.

    Parameters
    ----------
    pictures : sequence of ndarray (H, W) or (H, W, 3)
    titles : sequence of str
        Above the first pictures, in their order.
    columns : int, optional
        Pictures in a row; default: all.
    rows : sequence of str
        Names at the left of the rows.
    size : (float, float), optional
        Width and height of the figure, inches.
    limits : (float, float)
        Values that are black and white, in the unit of the pictures; by default those of each.
    cmap : str
        A colour map of matplotlib.
    **options
        Of `Axes.imshow`, such as ``origin="lower"`` and ``aspect="auto"``.

    Returns
    -------
    figure, axes
        Axes as an array (rows, columns); those without a picture are left empty.

    Raises
    ------
    UsageError
        There is no picture.
    """
    if not len(pictures):
        raise UsageError("there is no picture to draw.")
    columns = min(columns or len(pictures), len(pictures))
    lines = -(-len(pictures) // columns)
    size = size or (11, 11 / columns * lines + 0.4)
    fig, axes = plt.subplots(lines, columns, figsize=size, layout="constrained", squeeze=False)
    for ax in axes.flat:
        ax.set(xticks=[], yticks=[])
        ax.set_frame_on(False)
    for ax, picture in zip(axes.flat, pictures, strict=False):
        ax.imshow(picture, cmap=cmap, vmin=limits[0], vmax=limits[1], **options)
    for ax, title in zip(axes.flat, titles, strict=False):
        ax.set_title(title)
    for ax, name in zip(axes[:, 0], rows, strict=False):
        ax.set_ylabel(name)
    return fig, axes


def plot_history(
    ax: Axes,
    histories: pd.DataFrame | Sequence[pd.DataFrame],
    columns: Mapping[str, str] | Sequence[str],
    ylabel: str = "loss",
    **axis,
) -> None:
    """Draw columns of trainings' histories over the epochs.

    Parameters
    ----------
    ax : Axes
    histories : DataFrame, or one a seed
        From `geoviz_ml.learn.fit`; each has a column `epoch`.
    columns : mapping of columns to their names in the legend, or sequence of columns
        Each gets a colour and a kind of line; all seeds share it.
    ylabel : str
    **axis
        Of `Axes.set`, such as ``yscale="log"``.
    """
    histories = [histories] if isinstance(histories, pd.DataFrame) else histories
    names = columns if isinstance(columns, Mapping) else {name: name for name in columns}
    styles = ("-", "--", "-.", ":")
    for number, (column, name) in enumerate(names.items()):
        for first, curve in enumerate(histories):
            ax.plot(
                curve["epoch"],
                curve[column],
                styles[number % len(styles)],
                color=f"C{number}",
                alpha=0.8,
                label=name if first == 0 else None,
            )
    ax.set(xlabel="epoch", ylabel=ylabel, **axis)
    if len(names) > 1:
        ax.legend(frameon=False)
