"""Explorers: live in JupyterLab and Colab, and on a page without a kernel, from one object."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass

import numpy as np

from ..errors import UsageError
from .plots import COLOURS
from .static import axes, base64_of, fragment, png


@dataclass
class ThresholdView:
    """What a threshold makes of a probability map.

    Attributes
    ----------
    threshold : float
    mask : ndarray of bool (H, W)
    flagged : float
        Part of the pixels in the mask.
    iou, iou_background : float
        NaN without truth, or where there is nothing to score.
    """

    threshold: float
    mask: np.ndarray
    flagged: float
    iou: float = math.nan
    iou_background: float = math.nan

    def __str__(self) -> str:
        text = f"Threshold {self.threshold:.2f}: {100 * self.flagged:.2f} % flagged"
        if not math.isnan(self.iou):
            text += f", IoU of the class {self.iou:.4f}"
            text += f", IoU of the background {self.iou_background:.4f}"
        return text


def threshold_view(prob: np.ndarray, truth: np.ndarray | None, threshold: float) -> ThresholdView:
    """Cut a probability map (H, W) and score the mask against the truth (H, W), if there is any."""
    mask = np.asarray(prob, np.float32) >= np.float32(threshold)
    view = ThresholdView(threshold, mask, float(mask.mean()))
    if truth is not None:
        hit, wrong = int((mask & truth).sum()), int((mask ^ truth).sum())
        view.iou = hit / (hit + wrong) if hit + wrong else math.nan
        right = mask.size - hit - wrong
        view.iou_background = right / (right + wrong) if right + wrong else math.nan
    return view


def overlay(picture: np.ndarray, view: ThresholdView, truth: np.ndarray | None) -> np.ndarray:
    """The grey picture with hits, false alarms and misses in colour: (H, W, 3) uint8."""
    rgb = np.repeat(_grey(picture)[..., None], 3, axis=2)
    real = view.mask if truth is None else truth
    classes = {
        "hit": view.mask & real,
        "false alarm": view.mask & ~real,
        "miss": ~view.mask & real,
    }
    for name, where in classes.items():
        rgb[where] = [int(COLOURS[name][i : i + 2], 16) for i in (1, 3, 5)]
    return rgb


def _grey(picture: np.ndarray) -> np.ndarray:
    return (255 * np.clip(np.nan_to_num(picture), 0, 1)).round().astype(np.uint8)


@dataclass
class ThresholdExplorer:
    """See `threshold_explorer`."""

    picture: np.ndarray
    prob: np.ndarray
    truth: np.ndarray | None
    threshold: float
    extent: tuple[float, float, float, float]
    xlabel: str
    ylabel: str
    title: str

    def static(self) -> str:
        """The explorer as a self-contained HTML fragment."""
        view = threshold_view(self.prob, self.truth, self.threshold)
        first = png(overlay(self.picture, view, self.truth))
        plain = png(np.repeat(_grey(self.picture)[..., None], 3, axis=2))
        shown = f"{html.escape(self.title)}: the picture with the mask drawn over it."
        image = f'<img src="{first}" alt="{shown} {view}">'
        canvas = (
            f'<canvas data-part="overlay" role="img" aria-label="{shown}" '
            f'width="{self.prob.shape[1]}" height="{self.prob.shape[0]}"></canvas>'
        )
        left = f'<img src="{plain}" alt="{html.escape(self.title)}: the picture alone.">'
        body = (
            f"<p><strong>{html.escape(self.title)}</strong></p>"
            '<div class="gv-panels">'
            f"<figure>{self._axes(left)}<figcaption>The picture.</figcaption></figure>"
            f"<figure>{self._axes(canvas)}<figcaption>{self._legend()}</figcaption></figure></div>"
            '<label>Threshold of the probability <input type="range" data-part="slider" '
            f'min="0" max="1" step="0.01" value="{self.threshold:.2f}"></label>'
            '<p data-part="text" role="status" aria-live="polite"></p>'
        )
        fallback = (
            f"<p><strong>{html.escape(self.title)}</strong></p>{self._axes(image)}"
            f"<p>{self._legend()}</p><p>{view}. Where scripts run, a slider moves it.</p>"
        )
        data = {
            "prob": base64_of(self.prob.astype("<f4")),
            "picture": base64_of(_grey(self.picture)),
            "truth": None if self.truth is None else base64_of(self.truth.astype(np.uint8)),
            "shape": list(self.prob.shape),
            "colours": COLOURS,
        }
        return fragment("threshold.js", data, body, fallback)

    def _axes(self, element: str) -> str:
        return axes(element, self.extent, self.xlabel, self.ylabel)

    def _legend(self) -> str:
        names = COLOURS if self.truth is not None else {"flagged": COLOURS["hit"]}
        spans = "".join(
            f'<span><i style="background: {colour}"></i>{name}</span>'
            for name, colour in names.items()
        )
        return f'<span class="gv-legend">{spans}</span>'

    def live(self):
        """The explorer as an ipywidgets box, computed by the kernel."""
        import ipywidgets as w

        slider = w.FloatSlider(
            value=self.threshold, min=0, max=1, step=0.01, description="Threshold",
            layout=w.Layout(width="30rem", max_width="100%"),
        )  # fmt: skip
        image, text = w.HTML(), w.HTML()

        def draw(_=None):
            view = threshold_view(self.prob, self.truth, slider.value)
            source = png(overlay(self.picture, view, self.truth))
            image.value = (
                f'<div style="max-width: 34rem">{html.escape(self.ylabel)}<br>'
                f'<img src="{source}" alt="{html.escape(self.title)}: picture and mask" '
                'style="width: 100%; height: 18rem; image-rendering: pixelated"><br>'
                f"{html.escape(self.xlabel)}</div>{self._legend()}"
            )
            text.value = f'<span role="status" aria-live="polite">{view}</span>'

        slider.observe(draw, "value")
        draw()
        return w.VBox([w.HTML(f"<strong>{html.escape(self.title)}</strong>"), image, slider, text])

    def _repr_mimebundle_(self, include=None, exclude=None):
        live = self.live()._repr_mimebundle_()
        bundle = live[0] if isinstance(live, tuple) else live
        return {**bundle, "text/html": self.static(), "text/plain": self.title}


def threshold_explorer(
    image: np.ndarray,
    prob: np.ndarray,
    truth: np.ndarray | None = None,
    *,
    threshold: float = 0.5,
    extent: tuple[float, float, float, float] | None = None,
    xlabel: str = "column",
    ylabel: str = "row",
    title: str = "Threshold explorer",
) -> ThresholdExplorer:
    """Explore what a threshold makes of a probability map.

    Shown as the value of a cell, it is a live widget in JupyterLab and Colab, and a self-contained
    page element elsewhere; both give the same numbers.

    Parameters
    ----------
    image : ndarray (H, W)
        Picture in 0..1, row 0 at the bottom.
    prob : ndarray (H, W)
        Probability of the class sought.
    truth : ndarray of bool (H, W), optional
    threshold : float
        Where the slider starts.
    extent : (x0, x1, y0, y1), optional
        Values of the axes at the edges; default: pixels.
    xlabel, ylabel, title : str

    Returns
    -------
    ThresholdExplorer

    Raises
    ------
    UsageError
        The arrays differ in shape.
    """
    image, prob = np.asarray(image), np.asarray(prob, np.float32)
    truth = None if truth is None else np.asarray(truth, bool)
    shapes = {a.shape for a in (image, prob, truth) if a is not None}
    if len(shapes) != 1 or prob.ndim != 2:
        raise UsageError(f"picture, probability and truth must share one shape (H, W): {shapes}.")
    extent = extent or (0, prob.shape[1], 0, prob.shape[0])
    return ThresholdExplorer(image, prob, truth, threshold, extent, xlabel, ylabel, title)
