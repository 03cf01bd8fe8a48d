"""Explorer of a grid detector: from coverage to boxes, live and on a page without a kernel."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from matplotlib import colormaps
from PIL import Image

from ..boxes.encode import as_boxes
from ..errors import UsageError
from .detection_view import DetectionView, detection_view
from .live import Explorer
from .numbers import grey_bytes
from .plots import COLOURS
from .static import address, base64_of, fragment, png, styled

GRID = {
    "coverage": tuple(np.round(np.arange(0.1, 0.91, 0.05), 2).tolist()),
    "threshold": (0, 1, 2, 3, 4, 6, 8),
    "eps": (0.02, 0.1, 0.2, 0.3, 0.5),
}
NAMES = {
    "coverage": "Coverage that a cell needs to propose a box",
    "threshold": "Threshold: a group needs more boxes than this (0: no grouping)",
    "eps": "eps: how far edges may differ, as part of the side",
}
KINDS = {"hit": "", "false alarm": "12 6", "miss": "3 5"}  # dashes of the outline
MANY = 12  # pictures on a page
LARGE = 512  # pixels of a side on a page

STYLE = """<style>
#__ID__ .gv-sun {position: relative; line-height: 0}
#__ID__ .gv-sun img {width: 100%; margin: 0; padding: 0; border-radius: 0; background: none;
  filter: none; image-rendering: auto}
#__ID__ .gv-sun img.gv-cells {image-rendering: pixelated}
#__ID__ .gv-sun svg {position: absolute; inset: 0; width: 100%; height: 100%}
#__ID__ .gv-sun rect {fill: none; stroke-width: 2; vector-effect: non-scaling-stroke}
#__ID__ .gv-sun path {fill: #f0e442; fill-opacity: 0.35}
#__ID__ .gv-line {display: inline-block; width: 2.2em; border-top: 3px; margin-right: 0.4em;
  outline: 3px solid #808080; vertical-align: 0.25em}
#__ID__ .gv-tool label {display: block}
</style>"""
LINES = {"hit": "solid", "false alarm": "dashed", "miss": "dotted"}


@dataclass
class DetectionExplorer(Explorer):
    """See `detection_explorer`: pictures (N, H, W), outputs (N, 5, h, w), and boxes (m, 4)."""

    pictures: np.ndarray
    outputs: np.ndarray
    truth: list[np.ndarray]
    setting: dict
    grid: dict
    stride: int
    iou: float
    title: str

    def view(self, coverage: float, threshold: int, eps: float) -> DetectionView:
        """What the library makes of a setting."""
        return detection_view(
            self.outputs, self.truth, coverage, threshold, eps, self.stride, self.iou
        )

    def drawing(self, view: DetectionView, picture: int) -> str:
        """Cells, true boxes and found boxes, as the inside of an SVG."""
        s, cells = self.stride, self.outputs[picture, 0] >= view.setting[0]
        boxes, matches = view.boxes[picture], view.matches[picture]
        truth = self.truth[picture]
        path = "".join(f"M{s * x} {s * y}h{s}v{s}h-{s}z" for y, x in np.argwhere(cells))
        missed = set(range(len(truth))) - set(matches.tolist())
        rows = [(truth[i], "miss") for i in sorted(missed)]
        rows += [
            (b, "hit" if m >= 0 else "false alarm") for b, m in zip(boxes, matches, strict=True)
        ]
        return f'<path d="{path}"></path>' + "".join(
            f'<rect x="{b[0]:g}" y="{b[1]:g}" width="{b[2] - b[0]:g}" height="{b[3] - b[1]:g}" '
            f'stroke="{COLOURS[kind]}" stroke-dasharray="{KINDS[kind]}" data-kind="{kind}"></rect>'
            for b, kind in rows
        )

    def static(self) -> str:
        """The explorer as a self-contained HTML fragment; decodes every setting of the grid."""
        views = [self.view(*setting) for setting in product(*self.grid.values())]
        found, numbers = [], []
        for i in range(len(self.pictures)):
            known: dict[str, int] = {}
            rows, number = [], []
            for view in views:
                row = np.column_stack([view.boxes[i][:, :4], view.matches[i]]).astype(int).tolist()
                if str(row) not in known:
                    known[str(row)] = len(rows)
                    rows.append(row)
                number.append(known[str(row)])
            found.append(rows)
            numbers.append(base64_of(np.array(number, "<u2")))
        data = {
            "grid": self.grid,
            "shape": [*self.outputs.shape[2:]],
            "stride": self.stride,
            "coverage": [base64_of(out[0].astype("<f4")) for out in self.outputs],
            "truth": [np.round(t, 2).tolist() for t in self.truth],
            "found": found,
            "numbers": numbers,
            "colours": COLOURS,
            "kinds": KINDS,
            "pictures": [_jpeg(picture) for picture in self.pictures],
            "maps": [self._map(i) for i in range(len(self.pictures))],
        }
        start = self.view(**self.setting)
        body = (
            f"{STYLE}<p><strong>{self.name}</strong></p>{self._panels(start, 0)}"
            f'<div class="gv-tool">{self._sliders()}</div>'
            '<p class="gv-first">Where scripts run, sliders change the setting.</p>'
        )
        return fragment("detections.js", data, body, self.title)

    def _sliders(self) -> str:
        rows = [
            (name, NAMES[name], len(values) - 1, values.index(self.setting[name]))
            for name, values in self.grid.items()
        ]
        if len(self.pictures) > 1:
            rows.append(("picture", "Picture", len(self.pictures) - 1, 0))
        return "".join(
            f'<label>{text}: <span data-part="{name}-text"></span><input type="range" '
            f'data-part="{name}" min="0" max="{most}" step="1" value="{at}"></label>'
            for name, text, most, at in rows
        )

    def _panels(self, view: DetectionView, i: int) -> str:
        name, (height, width) = self.name, self.pictures.shape[1:]
        legend = "".join(
            f'<span><b class="gv-line" style="border-top-style: {LINES[kind]}; '
            f'border-color: {colour}"></b>{kind}</span> '
            for kind, colour in COLOURS.items()
        )
        return (
            '<div class="gv-panels"><figure><div class="gv-sun"><img class="gv-cells" '
            f'data-part="map" src="{self._map(i)}" alt="{name}: coverage of each cell." '
            f'style="aspect-ratio: {width} / {height}"></div><figcaption>Coverage of each cell, '
            "from 0 (dark) to 1 (bright).</figcaption></figure>"
            f'<figure><div class="gv-sun"><img data-part="image" src="{_jpeg(self.pictures[i])}" '
            f'alt="{name}: the picture."><svg data-part="boxes" viewBox="0 0 {width} {height}" '
            f'role="img" aria-label="{name}: cells that propose, and boxes.">'
            f'{self.drawing(view, i)}</svg></div><figcaption class="gv-legend">{legend}<span>'
            '<i style="background: #f0e442"></i>proposes</span></figcaption></figure></div>'
            f'<output data-part="text" aria-live="polite">{html.escape(view.text(i))}</output>'
        )

    def _map(self, i: int) -> str:
        return png(colormaps["cividis"](self.outputs[i, 0].clip(0, 1), bytes=True)[..., :3])

    def live(self):
        """The explorer as an ipywidgets box, computed by the kernel."""
        import ipywidgets as w

        wide = {"layout": w.Layout(width="34rem", max_width="100%"),
                "style": {"description_width": "7rem"}}  # fmt: skip
        sliders = [
            w.SelectionSlider(
                options=list(values), value=self.setting[name], description=name, **wide
            )
            for name, values in self.grid.items()
        ]
        which = w.IntSlider(value=0, min=0, max=len(self.pictures) - 1, description="picture",
                            **wide)  # fmt: skip
        panels = w.HTML()

        def draw(_=None):
            view = self.view(*(slider.value for slider in sliders))
            panels.value = styled(STYLE + self._panels(view, which.value), self.title)

        shown = [*sliders, which] if len(self.pictures) > 1 else sliders
        for each in shown:
            each.observe(draw, "value")
        draw()
        return w.VBox([w.HTML(f"<strong>{self.name}</strong>"), *shown, panels])


def _jpeg(picture: np.ndarray) -> str:
    """A picture (H, W) in 0..1, row 0 at the top, as a data address."""
    image = Image.fromarray(grey_bytes(picture))
    image.thumbnail((LARGE, LARGE))
    return address(image, "jpeg", quality=80)


def detection_explorer(
    pictures: np.ndarray,
    outputs: np.ndarray,
    truth: Sequence,
    *,
    coverage: float = 0.6,
    threshold: int = 3,
    eps: float = 0.02,
    stride: int = 8,
    iou: float = 0.5,
    grid: dict | None = None,
    title: str = "From coverage to boxes",
) -> DetectionExplorer:
    """Explore what the thresholds of decoding and grouping make of a grid detector's answers.

    Shown as the value of a cell, it is a live widget in JupyterLab and Colab, and a self-contained
    page element elsewhere; both give the same numbers.

    Parameters
    ----------
    pictures : ndarray (N, H, W)
        In 0..1, row 0 at the top; at most 12, for each is kept on the page.
    outputs : ndarray (N, 5, H / stride, W / stride)
        From `geoviz_ml.infer.detection.predict_coverage`: coverage in 0..1 and corners.
    truth : list of N tables or arrays (m, 4)
        True boxes x1, y1, x2, y2 in pixels.
    coverage, threshold, eps
        Where the sliders start, see `geoviz_ml.boxes.decode_coverage`; as published.
    stride : int
    iou : float
        Overlap that a hit needs.
    grid : dict of sequences, optional
        The values of the sliders, of `coverage`, `threshold` and `eps`; the start is added.
    title : str

    Returns
    -------
    DetectionExplorer

    Raises
    ------
    UsageError
        The arrays do not belong together, there are none or too many, or a value makes no sense.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.boxes import encode_boxes
    >>> from geoviz_ml.show import detection_explorer
    >>> boxes = np.array([[16, 16, 64, 48]])
    >>> answers = encode_boxes(boxes, (64, 96))[None, :5]  # as a perfect detector gives them
    >>> explorer = detection_explorer(np.zeros((1, 64, 96)), answers, [boxes])
    >>> explorer.view(0.6, threshold=3, eps=0.02).counts.tolist()  # hits, false alarms, misses
    [[1, 0, 0]]
    """
    pictures, outputs = np.asarray(pictures), np.asarray(outputs, np.float32)
    n, size = len(pictures), pictures.shape[1:]
    cells = tuple(s // stride for s in size)
    if pictures.ndim != 3 or outputs.shape != (n, 5, *cells) or len(truth) != n:
        raise UsageError(
            f"pictures (N, H, W), outputs (N, 5, H / {stride}, W / {stride}) and N sets of boxes "
            f"belong together, not {pictures.shape}, {outputs.shape} and {len(truth)}."
        )
    if not 1 <= n <= MANY or not np.isfinite(outputs).all():
        raise UsageError(f"give 1 to {MANY} pictures, and outputs without NaN.")
    setting = {"coverage": float(coverage), "threshold": int(threshold), "eps": float(eps)}
    if not 0 < coverage <= 1 or threshold < 0 or eps < 0:
        raise UsageError(f"this setting makes no sense: {setting}.")
    chosen = {**GRID, **(grid or {})}
    values = {name: tuple(sorted({*chosen[name], at})) for name, at in setting.items()}
    boxes = [as_boxes(one) for one in truth]
    return DetectionExplorer(pictures, outputs, boxes, setting, values, stride, iou, title)
