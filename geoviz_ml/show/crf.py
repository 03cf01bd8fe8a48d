"""Explorer of the CRF: what each of its settings does to a mask, live and on a page."""

from __future__ import annotations

import html
import inspect
import itertools
from dataclasses import dataclass

import numpy as np

from ..errors import UsageError
from ..infer.crf import refine_crf
from ..scores.boundary import boundary_f
from ..scores.masks import iou
from .live import Explorer
from .numbers import digits, grey_bytes
from .plots import COLOURS
from .static import base64_of, fragment, png, styled
from .widgets import legend, overlay

NAMES = {
    "bilateral_compat": "Weight of appearance",
    "bilateral_sxy": "Reach of appearance (pixels)",
    "bilateral_srgb": "Tolerance of appearance (grey levels)",
    "compat": "Weight of smoothness",
    "iterations": "Steps",
}
GRID = {
    "bilateral_compat": (0, 3, 10),
    "bilateral_sxy": (20, 80),
    "bilateral_srgb": (5, 13, 40),
    "compat": (0, 3, 10),
    "iterations": (1, 5),
}
MOST = 400  # places of all sliders together

STYLE = """<style>
#__ID__ .gv-sky {width: 100%; max-width: 24rem; height: auto; padding: 0; margin: 0;
  vertical-align: top;
  border: 1px solid #888; border-radius: 0; box-sizing: border-box; image-rendering: pixelated}
#__ID__ label span {font-weight: 600}
</style>"""


@dataclass
class CrfView:
    """A mask before or after the CRF.

    Attributes
    ----------
    mask : ndarray of bool (H, W)
    flagged : float
        Part of the pixels in the mask.
    iou, boundary_f : float or None
        None without truth; NaN where they are not defined.
    """

    mask: np.ndarray
    flagged: float
    iou: float | None = None
    boundary_f: float | None = None

    def __str__(self) -> str:
        text = f"{digits(100 * self.flagged, 2)} % flagged"
        if self.iou is not None:
            text += f", IoU {digits(self.iou, 4)}"
            text += f", boundary F-score {digits(self.boundary_f, 4)}"
        return text


def crf_view(mask: np.ndarray, truth: np.ndarray | None) -> CrfView:
    """Score a mask (H, W) against the truth (H, W), if there is any."""
    view = CrfView(mask, int(mask.sum()) / mask.size)
    if truth is not None:
        view.iou, view.boundary_f = iou(mask, truth), boundary_f(mask, truth)
    return view


@dataclass
class CrfExplorer(Explorer):
    """See `crf_explorer`; `image` and `truth` are (H, W)."""

    image: np.ndarray
    truth: np.ndarray | None
    before: CrfView
    grid: dict[str, tuple]
    views: dict[tuple, CrfView]
    start: tuple
    title: str

    def text(self, at: tuple) -> str:
        """What is said where the sliders stand at these values."""
        settings = ", ".join(
            f"{NAMES[name][0].lower()}{NAMES[name][1:]} {value:g}"
            for name, value in zip(self.grid, at, strict=True)
        )
        return f"With {settings}: {self.views[at]}. Before: {self.before}."

    def static(self) -> str:
        """The explorer as a self-contained HTML fragment."""
        height, width = self.image.shape
        after = self._img(self.views[self.start], "after", "gv-first") + (
            f'<canvas class="gv-tool gv-sky" data-part="overlay" role="img" width="{width}" '
            f'height="{height}" aria-label="{self.name}: the mask after the CRF."></canvas>'
        )
        sliders = "".join(
            f'<label>{NAMES[name]}: <span data-part="{name}-text"></span>'
            f'<input type="range" data-part="{name}" min="0" max="{len(values) - 1}" step="1" '
            f'value="{values.index(at)}"></label>'
            for (name, values), at in zip(self.grid.items(), self.start, strict=True)
        )
        body = (
            f"{self._panels(after)}"
            f'<div class="gv-tool">{sliders}</div>'
            '<output class="gv-tool" data-part="text" aria-live="polite"></output>'
            f'<p class="gv-first">{html.escape(self.text(self.start))} Where scripts run, sliders '
            "change the settings.</p>"
        )
        views = [self.views[at] for at in itertools.product(*self.grid.values())]
        masks = list({id(v): v for v in views}.values())
        place = {id(v): i for i, v in enumerate(masks)}
        data = {
            "grid": list(self.grid.items()),
            "place": [place[id(v)] for v in views],
            "texts": [self.text(at) for at in itertools.product(*self.grid.values())],
            "runs": [run_lengths(v.mask) for v in masks],
            "picture": base64_of(grey_bytes(self.image)),
            "truth": None if self.truth is None else run_lengths(self.truth),
            "shape": [height, width],
            "colours": COLOURS,
        }
        return fragment("crf.js", data, body, self.title)

    def live(self):
        """The explorer as an ipywidgets box."""
        import ipywidgets as w

        sliders = [
            w.SelectionSlider(
                options=values, value=at, description=NAMES[name],
                layout=w.Layout(width="34rem", max_width="100%"),
                style={"description_width": "17rem"},
            )
            for (name, values), at in zip(self.grid.items(), self.start, strict=True)
        ]  # fmt: skip
        panels, text = w.HTML(), w.HTML()

        def draw(_=None):
            at = tuple(slider.value for slider in sliders)
            panels.value = styled(self._panels(self._img(self.views[at], "after")), self.title)
            text.value = f'<output aria-live="polite">{html.escape(self.text(at))}</output>'

        for slider in sliders:
            slider.observe(draw, "value")
        draw()
        return w.VBox([panels, *sliders, text])

    def _panels(self, after: str) -> str:
        grey = np.repeat(grey_bytes(self.image)[..., None], 3, axis=2)
        picture = self._tag(grey, f"{self.name}: the picture.")
        shown = (
            (picture, "the picture"),
            (self._img(self.before, "before"), "the mask before the CRF"),
            (after, f"after it<br>{legend(self.truth)}"),
        )
        figures = "".join(f"<figure>{e}<figcaption>{c}</figcaption></figure>" for e, c in shown)
        return f'{STYLE}<p><strong>{self.name}</strong></p><div class="gv-panels">{figures}</div>'

    def _img(self, view: CrfView, when: str, kind: str = "") -> str:
        alt = f"{self.name}: the mask {when} the CRF, {view}."
        return self._tag(overlay(self.image, view, self.truth), alt, kind)

    @staticmethod
    def _tag(rgb: np.ndarray, alt: str, kind: str = "") -> str:
        return f'<img class="gv-sky {kind}" src="{png(rgb)}" alt="{alt}">'


def crf_explorer(
    image: np.ndarray,
    prob: np.ndarray,
    truth: np.ndarray | None = None,
    *,
    grid: dict[str, tuple] | None = None,
    backend: str = "auto",
    title: str = "CRF explorer",
) -> CrfExplorer:
    """Explore what weights, widths and steps of the CRF do to a mask, and to its scores.

    All places of the sliders are computed at once by `geoviz_ml.infer.refine_crf`, so that a page
    without a kernel shows the same as a live notebook. The usual 108 places of a picture of 128 x
    128 take a few seconds with pydensecrf, and some ten with torch.

    Parameters
    ----------
    image : ndarray (H, W)
        Grey, row 0 at the top: bytes, or floats in 0..1.
    prob : ndarray (H, W)
        Probability of the class, or a mask of bool.
    truth : ndarray of bool (H, W), optional
        Then there are IoU and boundary F-score.
    grid : dict of str to tuple, optional
        Values of the sliders by the names of `refine_crf`: `bilateral_compat`, `bilateral_sxy`,
        `bilateral_srgb`, `compat`, `iterations`; those left out keep their default, without a
        slider. A slider starts at the default of `refine_crf`, or else in its middle.
    backend : {"auto", "pydensecrf", "torch"}
    title : str

    Returns
    -------
    CrfExplorer

    Raises
    ------
    UsageError
        Arrays that do not fit, a grid of other names or more than 400 places; see `refine_crf`.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.show import crf_explorer
    >>> truth = np.zeros((16, 16), bool)
    >>> truth[4:12] = True
    >>> prob = np.where(truth, 0.9, 0.1)
    >>> prob[8, 8] = 0.4  # a hole in the arc
    >>> grid = {"bilateral_compat": (0, 10), "compat": (0, 3)}  # weights: appearance, smoothness
    >>> explorer = crf_explorer(truth * 0.8, prob, truth, grid=grid)
    >>> [round(view.iou, 3) for view in explorer.views.values()]  # any of the two closes it
    [0.992, 1.0, 1.0, 1.0]
    """
    image, prob = np.asarray(image), np.asarray(prob)
    truth = None if truth is None else np.asarray(truth, bool)
    if truth is not None and truth.shape != prob.shape:
        raise UsageError(f"the truth is {truth.shape}, the probability {prob.shape}.")
    grid = {name: tuple(values) for name, values in (GRID if grid is None else grid).items()}
    if unknown := [name for name in grid if name not in NAMES]:
        raise UsageError(f"no slider for {unknown}.", advice=f"Use {list(NAMES)}.")
    places = list(itertools.product(*grid.values()))
    if not grid or not 1 <= len(places) <= MOST or any(len(set(v)) < len(v) for v in grid.values()):
        raise UsageError(
            f"the sliders have {len(places)} places.",
            advice=f"Give each slider values that differ, in all not more than {MOST}.",
        )
    cut = prob if prob.dtype == bool else prob >= 0.5
    views: dict[tuple, CrfView] = {}
    computed: dict[tuple, CrfView] = {}
    for at in places:
        settings = dict(zip(grid, at, strict=True))
        if settings.get("bilateral_compat") == 0:  # then its widths do not matter
            settings = {k: v for k, v in settings.items() if k[:11] != "bilateral_s"}
        key = tuple(settings.items())
        if key not in computed:
            refined = refine_crf(image, prob, backend, **settings)
            computed[key] = crf_view(refined >= 0.5, truth)
        views[at] = computed[key]
    usual = inspect.signature(refine_crf).parameters
    start = tuple(
        usual[name].default if usual[name].default in values else values[len(values) // 2]
        for name, values in grid.items()
    )
    image = image / 255 if image.dtype == np.uint8 else image
    return CrfExplorer(image, truth, crf_view(cut, truth), grid, views, start, title)


def run_lengths(mask: np.ndarray) -> list[int]:
    """Lengths of the runs of a mask, row by row, in turns of False and True, False first.

    The mask is bool (H, W); its lengths sum to H * W, and the first is 0 if it starts with True.
    """
    flat = np.concatenate([[False], mask.ravel(), [~mask.flat[-1]]])
    edges = np.flatnonzero(np.diff(flat))
    return np.diff(edges, prepend=0).tolist()
