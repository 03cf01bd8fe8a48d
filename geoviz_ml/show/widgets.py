"""Explorers: live in JupyterLab and Colab, and on a page without a kernel, from one object."""

from __future__ import annotations

import html
from dataclasses import dataclass

import numpy as np
from matplotlib import colormaps
from PIL import ImageColor

from ..errors import UsageError
from ..scores.masks import iou
from .live import Explorer
from .numbers import digits, grey_bytes
from .plots import COLOURS
from .static import axes, base64_of, fragment, png, styled


@dataclass
class ThresholdView:
    """What a threshold makes of a probability map.

    Attributes
    ----------
    threshold : float
    mask : ndarray of bool (H, W)
    flagged : float
        Part of the pixels in the mask.
    iou, iou_background : float or None
        None without truth; NaN where the class is neither there nor flagged.
    """

    threshold: float
    mask: np.ndarray
    flagged: float
    iou: float | None = None
    iou_background: float | None = None

    def __str__(self) -> str:
        text = f"Threshold {digits(self.threshold, 2)}: {digits(100 * self.flagged, 2)} % flagged"
        if self.iou is not None:
            text += f", IoU of the class {digits(self.iou, 4)}"
            text += f", IoU of the background {digits(self.iou_background, 4)}"
        return text


def threshold_view(prob: np.ndarray, truth: np.ndarray | None, threshold: float) -> ThresholdView:
    """Cut a probability map (H, W) and score the mask against the truth (H, W), if there is any."""
    mask = np.asarray(prob, np.float32) >= np.float32(threshold)
    view = ThresholdView(threshold, mask, int(mask.sum()) / mask.size)
    if truth is not None:
        truth = np.asarray(truth, bool)
        view.iou, view.iou_background = iou(mask, truth), iou(mask, truth, positive=False)
    return view


def overlay(picture: np.ndarray, view: ThresholdView, truth: np.ndarray | None) -> np.ndarray:
    """The grey picture (H, W) in 0..1 with hits, false alarms and misses in colour.

    Returns (H, W, 3) uint8. Without a `truth` (H, W) every pixel of the view's mask is a hit.
    """
    rgb = np.repeat(grey_bytes(picture)[..., None], 3, axis=2)
    real = view.mask if truth is None else truth
    classes = {
        "hit": view.mask & real,
        "false alarm": view.mask & ~real,
        "miss": ~view.mask & real,
    }
    for name, where in classes.items():
        rgb[where] = ImageColor.getrgb(COLOURS[name])
    return rgb


def legend(truth: np.ndarray | None) -> str:
    """What the colours of `overlay` are with this `truth` (H, W), or without one, as HTML."""
    names = COLOURS if truth is not None else {"flagged": COLOURS["hit"]}
    spans = "".join(
        f'<span><i style="background: {colour}"></i>{name}</span>' for name, colour in names.items()
    )
    return f'<span class="gv-legend">{spans}</span>'


@dataclass
class ThresholdExplorer(Explorer):
    """See `threshold_explorer`; `picture`, `prob` and `truth` are (H, W).

    `extent` is in the units that the labels name.
    """

    picture: np.ndarray
    prob: np.ndarray
    truth: np.ndarray | None
    threshold: float
    extent: tuple[float, float, float, float]
    xlabel: str
    ylabel: str
    title: str
    map_name: str = "the probability"
    seen: str = "the picture"

    def static(self) -> str:
        """The explorer as a self-contained HTML fragment."""
        view = threshold_view(self.prob, self.truth, self.threshold)
        height, width = self.prob.shape
        both = self._overlay_image(view, "gv-first") + (
            f'<canvas class="gv-tool" data-part="overlay" role="img" width="{width}" '
            f'height="{height}" aria-label="{self.name}: the mask over the picture."></canvas>'
        )
        body = (
            f"<p><strong>{self.name}</strong></p>"
            f'<div class="gv-panels">{self._picture()}{self._overlay(both)}</div>'
            f'<label class="gv-tool">Threshold of {html.escape(self.map_name)}'
            '<input type="range" data-part="slider" min="0" max="1" step="0.01" '
            f'value="{self.threshold:.2f}"></label>'
            '<output class="gv-tool" data-part="text" aria-live="polite"></output>'
            f'<p class="gv-first">{view}. Where scripts run, a slider moves the threshold.</p>'
        )
        data = {
            "prob": base64_of(self.prob.astype("<f4")),
            "picture": base64_of(grey_bytes(self.picture)),
            "truth": None if self.truth is None else base64_of(self.truth.astype(np.uint8)),
            "shape": [height, width],
            "colours": COLOURS,
        }
        return fragment("threshold.js", data, body, self.title)

    def live(self):
        """The explorer as an ipywidgets box, computed by the kernel."""
        import ipywidgets as w

        slider = w.FloatSlider(
            value=self.threshold, min=0, max=1, step=0.01, description="Threshold",
            layout=w.Layout(width="30rem", max_width="100%"),
        )  # fmt: skip
        panel = w.Layout(flex="1 1 18rem", min_width="0")
        picture = w.HTML(styled(self._picture(), self.title), layout=panel)
        image, text = w.HTML(layout=panel), w.HTML()

        def draw(_=None):
            view = threshold_view(self.prob, self.truth, slider.value)
            image.value = styled(self._overlay(self._overlay_image(view)), self.title)
            text.value = f'<output aria-live="polite">{view}</output>'

        slider.observe(draw, "value")
        draw()
        panels = w.Box([picture, image], layout=w.Layout(flex_flow="row wrap", max_width="60rem"))
        return w.VBox([w.HTML(f"<strong>{self.name}</strong>"), panels, slider, text])

    def _picture(self) -> str:
        source = png(colormaps["cividis"](grey_bytes(self.picture), bytes=True)[::-1, :, :3])
        seen = html.escape(self.seen)
        return self._figure(f'<img src="{source}" alt="{self.name}: {seen}.">', "picture")

    def _overlay_image(self, view: ThresholdView, kind: str = "") -> str:
        source = png(overlay(self.picture, view, self.truth)[::-1])
        alt = f"{self.name}: the mask over the picture. {view}."
        return f'<img class="{kind}" src="{source}" alt="{alt}">'

    def _overlay(self, element: str) -> str:
        return self._figure(element, legend(self.truth))

    def _figure(self, element: str, caption: str) -> str:
        inside = axes(element, self.extent, self.xlabel, self.ylabel)
        return f"<figure>{inside}<figcaption>{caption}</figcaption></figure>"


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
    map_name: str = "the probability",
    seen: str = "the picture",
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
        Where the slider starts, 0 to 1; rounded to its step of 0.01.
    extent : (x0, x1, y0, y1), optional
        Values of the axes at the edges; default: pixels.
    xlabel, ylabel, title : str
    map_name : str
        What `prob` is, if it is no probability: the slider's label.
    seen : str
        What is seen in the picture, for those who do not see it.

    Returns
    -------
    ThresholdExplorer

    Raises
    ------
    UsageError
        The arrays differ in shape, the threshold is not in 0..1, or an axis has no length.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.show import threshold_explorer
    >>> prob, truth = np.array([[0.9, 0.6], [0.4, 0.1]]), np.array([[True, False], [False, False]])
    >>> explorer = threshold_explorer(prob, prob, truth, title="IAR")
    >>> "Threshold 0.50: 50.00 % flagged, IoU of the class 0.5000" in explorer.static()
    True
    """
    image, prob = np.asarray(image), np.asarray(prob, np.float32)
    truth = None if truth is None else np.asarray(truth, bool)
    shapes = {a.shape for a in (image, prob, truth) if a is not None}
    if len(shapes) != 1 or prob.ndim != 2:
        raise UsageError(f"picture, probability and truth must share one shape (H, W): {shapes}.")
    if not 0 <= threshold <= 1:
        raise UsageError(f"a threshold of {threshold} is not in 0..1.")
    x0, x1, y0, y1 = extent = extent or (0, prob.shape[1], 0, prob.shape[0])
    if not np.isfinite(extent).all() or x0 == x1 or y0 == y1:
        raise UsageError(f"extent (x0, x1, y0, y1) needs two axes with a length, not {extent}.")
    start = round(float(threshold), 2)
    texts = xlabel, ylabel, title, map_name, seen
    return ThresholdExplorer(image, prob, truth, start, extent, *texts)
