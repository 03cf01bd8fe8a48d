"""What a grid detector shall answer, and how well detectors do: functions that draw on an Axes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from ..errors import UsageError
from ..scores.detections import precision_recall

YELLOW, BLUE = "#f0e442", "#56b4e9"  # after Okabe and Ito 2008


def plot_target(ax: Axes, target: np.ndarray, box: Sequence[float], stride: int = 8) -> None:
    """Draw the target of a grid detector over a picture that `plot_sun` has drawn.

    Cells that an object covers are shaded; from one cell of a box arrows lead to its two corners.
    The legend says so.

    Parameters
    ----------
    ax : Axes
    target : ndarray (n, h, w), n at least 5
        From `geoviz_ml.boxes.encode_boxes`: coverage, and the corners x1, y1, x2, y2 in pixels from
        each cell's top left corner.
    box : (x1, y1, x2, y2)
        The box that gets the arrows, pixels.
    stride : int
        Pixels of a cell's side.

    Raises
    ------
    UsageError
        No cell points at the box.
    """
    rows, columns = np.nonzero(target[0] > 0)
    cells = stride * np.stack([columns, rows], axis=1)
    corners = target[1:5, rows, columns].T.reshape(-1, 2, 2) + cells[:, None]
    own = np.abs(corners.reshape(-1, 4) - np.asarray(box)[:4]).max(axis=1) < 1
    if not own.any():
        raise UsageError(f"no cell points at the box {np.asarray(box).tolist()}.")
    shown = ax.axis()
    height, width = (stride * side for side in target.shape[1:])
    ax.imshow(
        np.ma.masked_equal(target[0], 0),
        cmap=ListedColormap([YELLOW]),
        alpha=0.4,
        extent=(-0.5, width - 0.5, height - 0.5, -0.5),
        interpolation="none",
    )
    ax.vlines(np.arange(0, width, stride) - 0.5, -0.5, height - 0.5, "w", linewidth=0.2)
    ax.hlines(np.arange(0, height, stride) - 0.5, -0.5, width - 0.5, "w", linewidth=0.2)
    first = own.argmax()
    for corner in corners[first]:
        style = {"arrowstyle": "-|>", "color": BLUE, "lw": 2, "mutation_scale": 22, "shrinkB": 0}
        ax.annotate("", corner - 0.5, cells[first] - 0.5, arrowprops=style)
    drawn = ax.get_legend()
    handles = [] if drawn is None else list(drawn.legend_handles)
    names = [] if drawn is None else [text.get_text() for text in drawn.get_texts()]
    handles += [Patch(color=YELLOW, alpha=0.6), Line2D([], [], color=BLUE, lw=2)]
    names += ["covered cells", "corners, from one cell"]
    ax.legend(handles, names, loc="lower right", fontsize="small", framealpha=0.9)
    ax.axis(shown)


def plot_precision_recall(
    ax: Axes,
    found: Mapping[str, Sequence[np.ndarray]],
    truth: Sequence[np.ndarray],
    confidence: Mapping[str, float],
    iou: float = 0.5,
) -> None:
    """Draw precision against recall of detectors, with a dot at the confidence that was chosen.

    Parameters
    ----------
    ax : Axes
    found : mapping of a detector's name to its boxes, a list of N arrays (k, 5)
        x1, y1, x2, y2, confidence.
    truth : list of N arrays (m, 4)
    confidence : mapping of the same names to float
    iou : float
        Overlap that a match needs.

    Raises
    ------
    UsageError
        A detector found nothing.
    """
    for number, (name, boxes) in enumerate(found.items()):
        cuts, precision, recall = precision_recall(boxes, truth, iou)
        style = {"ls": ("-", "--", ":", "-.")[number % 4], "color": f"C{number}"}
        ax.plot(recall, precision, label=name, **style)
        chosen = np.flatnonzero(cuts >= confidence[name])[-1:]
        ax.plot(recall[chosen], precision[chosen], "o", color=f"C{number}")
    ax.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02))
