"""SimCLR in pictures: its diagram, its matrix of similarities, samples by label and cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..errors import UsageError

BOX = {"boxstyle": "round,pad=0.5", "fc": "white", "ec": "0.3"}
ARROW = {"arrowstyle": "->", "color": "0.3", "lw": 1.2}


def draw_simclr(picture: np.ndarray, views: Sequence[np.ndarray]) -> Figure:
    """Draw the four parts of SimCLR around a picture (H, W) and two views (H, W) of it.

    Grey values are 0 to 1. After figure 2 of Johnson et al. 2021, which adapts Chen et al. 2020.
    """
    fig = plt.figure(figsize=(11, 3.4))
    ax = fig.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, 11), ylim=(0, 3.4))
    ax.set_axis_off()
    _inset(ax, picture, (0.2, 1.1), "picture x")
    for view, y, number in zip(views, (1.85, 0.3), (1, 2), strict=True):
        _inset(ax, view, (2.5, y), f"view {number}")
        middle = y + 0.6
        _arrow(ax, (1.45, 1.7), (2.45, middle))
        edge = 3.75
        for half, x, text in (
            *((0.55, 4.7, "encoder f"), (0.24, 6.0, f"$h_{number}$")),
            *((0.5, 7.25, "head g"), (0.24, 8.5, f"$z_{number}$")),
        ):
            _arrow(ax, (edge, middle), (x - half, middle))
            ax.text(x, middle, text, ha="center", va="center", bbox=BOX)
            edge = x + half
        _arrow(ax, (edge, middle), (9.7, 1.95 if number == 1 else 1.45))
    notes = [(1.95, 2.55, "random\nchange"), (4.7, 1.7, "the same\nweights"),
             (6.0, 1.7, "h is kept: for\nprobes and clusters"),
             (7.5, 1.7, "the same\nweights")]  # fmt: skip
    for x, y, text in notes:
        ax.text(x, y, text, ha="center", va="center", fontsize="small", color="0.3")
    ax.text(10.3, 1.7, "loss:\nfind the\npartner", ha="center", va="center", bbox=BOX)
    return fig


def _inset(ax: Axes, picture: np.ndarray, at: tuple[float, float], title: str) -> None:
    inset = ax.inset_axes((*at, 1.2, 1.2), transform=ax.transData)
    inset.imshow(picture, cmap="gray", vmin=0, vmax=1)
    inset.set(xticks=[], yticks=[])
    inset.set_title(title, fontsize="medium", pad=3)


def _arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    ax.annotate("", end, start, arrowprops=ARROW)


def plot_similarities(ax: Axes, z: np.ndarray, groups: np.ndarray | None = None) -> None:
    """Draw the cosine similarities of 2B views; each row's partner is ringed.

    Parameters
    ----------
    ax : Axes
        Gets a colour bar, from -1 to 1.
    z : ndarray (2B, F)
        First views of B pictures, then second views of the same.
    groups : ndarray (B,), optional
        The display of each picture, neighbours in a row: lines part the displays.

    Raises
    ------
    UsageError
        The number of views is odd, or there is not a group a picture.
    """
    z = np.asarray(z, float)
    count, odd = divmod(len(z), 2)
    if odd or (groups is not None and len(groups) != count):
        raise UsageError(f"{len(z)} views are not two of each picture, each of a display.")
    z = z / np.linalg.norm(z, axis=1, keepdims=True)
    shown = ax.imshow(z @ z.T, cmap="RdBu_r", vmin=-1, vmax=1, interpolation="none")
    places = np.arange(2 * count)
    size = 220 / (2 * count)
    for colour, width in (("white", 2.4), ("black", 1)):
        look = {"mfc": "none", "mec": colour, "ms": size, "mew": width}
        ax.plot(places, np.roll(places, count), "o", **look)
    if groups is not None:
        change = np.flatnonzero(np.diff(groups)) + 1
        for edge in [*change, count, *(change + count)]:
            width = 1.6 if edge == count else 0.6
            ax.axhline(edge - 0.5, color="0.3", lw=width)
            ax.axvline(edge - 0.5, color="0.3", lw=width)
    ax.set(xlabel="view", ylabel="view", xticks=places[:: max(1, count // 6)])
    ax.set_yticks(places[:: max(1, count // 6)])
    ax.figure.colorbar(shown, ax=ax, label="cosine similarity", shrink=0.85)


def plot_samples(
    pictures: np.ndarray, rows: Mapping[str, np.ndarray], captions: Sequence[str]
) -> Figure:
    """Draw rows of pictures with a caption each, as figures 4 and 5 of Johnson et al. 2021.

    Parameters
    ----------
    pictures : ndarray (N, H, W)
        uint8, row 0 at the top.
    rows : mapping of names to ndarrays of int (n,)
        Which pictures stand in each row; shorter rows are left empty at their end.
    captions : sequence of str
        One a picture, of all N.

    Raises
    ------
    UsageError
        There is nothing to draw.
    """
    columns = max(map(len, rows.values()), default=0)
    if not columns:
        raise UsageError("there is no picture to draw.")
    cell = 11 / max(columns, 8)  # inches
    size = (columns * cell + 0.3, len(rows) * (cell + 0.25))
    fig, axes = plt.subplots(len(rows), columns, figsize=size, layout="constrained", squeeze=False)
    for line, (name, members) in zip(axes, rows.items(), strict=True):
        for ax in line:
            ax.set(xticks=[], yticks=[])
            ax.set_frame_on(False)
        for ax, i in zip(line, members, strict=False):
            ax.imshow(pictures[i], cmap="gray", vmin=0, vmax=255)
            ax.set_title(captions[i], fontsize="small", pad=2)
        line[0].set_ylabel(name)
    return fig
