"""The inside of a U-net: its blocks, the maps of its levels, and how far one answer looks."""

from __future__ import annotations

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import nn

from ..models.prediction import device_of, evaluating
from .plots import hours_and_hertz

LEVELS = 5  # of the U-net
SHARE = 0.9  # of the gradient that the box of `plot_field` holds


def unet_maps(network: nn.Module, picture: np.ndarray) -> dict[str, np.ndarray]:
    """What each level of a U-net makes of one picture, by name, in the order of the data.

    Parameters
    ----------
    network : nn.Module
        With the parts `down` (five), `merge` (four) and `out` of `geoviz_ml.models.UNet`.
    picture : ndarray (H, W)

    Returns
    -------
    dict of ndarray (C, H, W)
        "down 1" to "down 5", "up 4" to "up 1", "answer".
    """
    parts = {f"down {level + 1}": part for level, part in enumerate(network.down)}
    parts |= {f"up {level + 1}": network.merge[level] for level in (3, 2, 1, 0)}
    parts["answer"] = network.out
    maps: dict[str, np.ndarray] = {}

    def keep(name):
        return lambda _, __, made: maps.update({name: made[0].float().cpu().numpy()})

    hooks = [part.register_forward_hook(keep(name)) for name, part in parts.items()]
    try:
        with evaluating(network):
            network(_as_batch(network, picture))
    finally:
        for hook in hooks:
            hook.remove()
    return maps


def gradient_field(network: nn.Module, picture: np.ndarray, row: int, column: int) -> np.ndarray:
    """How strongly each pixel of a picture moves the answer at one place.

    `picture` (H, W) and `row`, `column` of the answer; the absolute gradient (H, W) of the logit.
    """
    with evaluating(network, gradients=True):
        batch = _as_batch(network, picture).requires_grad_()
        (gradient,) = torch.autograd.grad(network(batch)[0, 0, row, column], batch)
    return gradient[0, 0].abs().cpu().numpy()


def _as_batch(network: nn.Module, picture: np.ndarray) -> torch.Tensor:
    pixels = np.asarray(picture, np.float32)[None, None]
    return torch.as_tensor(pixels, device=device_of(network))


def plot_unet(ax: Axes, shapes: Mapping[str, tuple[int, int, int]]) -> None:
    """Draw a U-net as blocks: as high as its maps are, as wide as its channels are many.

    Parameters
    ----------
    ax : Axes
    shapes : mapping of names to (channels, height, width)
        In the order of the data: the five levels down, the four up, and the answer.
    """
    blocks = [*shapes.items()]
    levels = [*range(LEVELS), *range(LEVELS - 2, -1, -1), 0]
    tallest = max(height for _, (_, height, _) in blocks)
    x, centres = 0.0, []
    for (name, (channels, height, width)), level in zip(blocks, levels, strict=True):
        wide, high = 0.25 + 0.18 * np.log2(channels + 1), 1.6 * (height / tallest) ** 0.5
        y = -1.9 * level
        colour = "#cc79a7" if name == blocks[-1][0] else "#56b4e9"
        ax.add_patch(Rectangle((x, y - high / 2), wide, high, fc=colour, ec="0.2", lw=0.8))
        text = f"{channels} × {height} × {width}"
        ax.text(x + wide / 2, y - high / 2 - 0.08, text, ha="center", va="top", fontsize=8)
        centres.append((x, x + wide, y))
        x += wide + 1.2
    for before, after in zip(centres, centres[1:], strict=False):
        _arrow(ax, (before[1], before[2]), (after[0], after[2]), "0.2", "-|>")
    for level in range(LEVELS - 1):
        start, stop = centres[level], centres[2 * (LEVELS - 1) - level]
        _arrow(ax, (start[1], start[2] + 0.3), (stop[0], stop[2] + 0.3), "#d55e00", "-|>", "--")
    ax.text(x / 2, 1.0, "skips carry the details across", color="#d55e00", ha="center")
    ax.text(0, -1.9 * (LEVELS - 1), "down: halve,\nmore channels", va="center")
    ax.text(x - 1.2, -1.9 * (LEVELS - 1), "up: double,\nfewer channels", va="center", ha="right")
    ax.set(xlim=(-0.4, x), ylim=(-1.9 * (LEVELS - 1) - 1.3, 1.4))
    ax.set_axis_off()


def _arrow(ax: Axes, start, stop, colour: str, style: str, line: str = "-") -> None:
    ax.annotate("", stop, start, arrowprops={"arrowstyle": style, "color": colour, "ls": line})


def plot_maps(maps: list[np.ndarray], columns: int = 5) -> Figure:
    """Draw some channels of each level, a row a level, each stretched to its own range.

    Parameters
    ----------
    maps : list of ndarray (C, H, W)
        Row 0 the lowest frequency. The channels that vary most are drawn.
    columns : int
        Channels of each level.

    Returns
    -------
    Figure
        With axes of shape (levels, columns).
    """
    fig, axes = plt.subplots(
        len(maps), columns, figsize=(9, 1.3 * len(maps)), layout="constrained", squeeze=False
    )
    for level, (row, channels) in enumerate(zip(axes, maps, strict=True)):
        most = np.argsort(channels.std(axis=(1, 2)))[::-1][:columns]
        for ax, channel in zip(row, most, strict=False):
            ax.imshow(channels[channel], origin="lower", aspect="auto", cmap="cividis")
            ax.set(xticks=[], yticks=[])
        height, width = channels.shape[1:]
        row[0].set_ylabel(f"level {level + 1}\n{height} × {width}")
    return fig


def plot_field(ax: Axes, field: np.ndarray, place) -> tuple[float, float]:
    """Draw where one answer looks: how strongly each pixel of the picture moves it.

    A box is drawn around the strongest pixel: the smallest one, of the picture's own proportions,
    that holds 90 % of the whole.

    Parameters
    ----------
    ax : Axes
    field : ndarray (H, W)
        From `gradient_field`.
    place : (float, float, float, float)
        From `geoviz_ml.show.nights.extent`.

    Returns
    -------
    hours, hertz : float
        Width and height of that box.
    """
    top, left = np.unravel_index(field.argmax(), field.shape)
    rows, columns = field.shape
    for half in range(rows + 1):
        low, first = max(top - half, 0), max(left - round(half * columns / rows), 0)
        last = left + round(half * columns / rows) + 1
        inside = field[low : top + half + 1, first:last]
        if inside.sum() >= SHARE * field.sum():
            break
    hour, hertz = (place[1] - place[0]) / columns, (place[3] - place[2]) / rows
    drawn = ax.imshow(
        np.log10(field / field.max() + 1e-4), origin="lower", aspect="auto", cmap="magma",
        extent=place,
    )  # fmt: skip
    corner = (place[0] + first * hour, place[2] + low * hertz)
    size = (inside.shape[1] * hour, inside.shape[0] * hertz)
    ax.add_patch(Rectangle(corner, *size, fill=False, ec="white", lw=1.2))
    ax.figure.colorbar(drawn, ax=ax, label="log10 of the gradient, largest = 0")
    hours_and_hertz(ax)
    return size
