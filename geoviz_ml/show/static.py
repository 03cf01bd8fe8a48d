"""HTML fragments that work on a page without a kernel and without a network.

A fragment holds its data, its style and its script. Elements of class ``gv-tool`` show once the
script has run, elements of class ``gv-first`` (a picture of the first frame) until then: so there
is something to see where scripts do not run.
"""

from __future__ import annotations

import base64
import html
import io
import json
import uuid
from importlib.resources import files

import numpy as np
from matplotlib.ticker import MaxNLocator
from PIL import Image

STYLE = """
#__ID__ {font: 0.95rem/1.4 system-ui, sans-serif; max-width: 60rem}
#__ID__ .gv-panels {display: flex; flex-wrap: wrap; gap: 1rem; margin-bottom: 0.8rem}
#__ID__ figure {flex: 1 1 16rem; margin: 0; padding: 0; min-width: 0}
#__ID__ figcaption, #__ID__ figcaption * {font-size: 0.85rem; text-align: left; color: inherit;
  font-weight: inherit; font-style: normal; margin: 0; padding: 0}
#__ID__ .gv-axes {display: grid; grid-template: auto auto / auto 1fr; padding: 0.5em 0.9em 0 0}
#__ID__ .gv-axes canvas, #__ID__ .gv-axes img {grid-area: 1 / 2; width: 100%; height: 15rem;
  margin: 0; padding: 0; box-sizing: border-box; background: none; border: 1px solid #888;
  border-radius: 0; filter: none; image-rendering: pixelated}
#__ID__ .gv-y, #__ID__ .gv-x {display: grid; font-size: 0.8rem; line-height: 1}
#__ID__ .gv-x {grid-column: 2}
#__ID__ .gv-y span, #__ID__ .gv-x span {grid-area: 1 / 1; position: relative}
#__ID__ .gv-y span {place-self: start end; transform: translateY(-50%); padding-right: 7px}
#__ID__ .gv-x span {place-self: start; transform: translateX(-50%); padding-top: 7px}
#__ID__ .gv-y span::after, #__ID__ .gv-x span::after {content: ""; position: absolute}
#__ID__ .gv-y span::after {right: 0; top: 50%; width: 5px; border-top: 1px solid}
#__ID__ .gv-x span::after {top: 0; left: 50%; height: 5px; border-left: 1px solid}
#__ID__ .gv-xlabel {text-align: center; font-size: 0.85rem}
#__ID__ .gv-ylabel {font-size: 0.85rem}
#__ID__ .gv-legend span {padding-right: 1rem; white-space: nowrap}
#__ID__ .gv-legend i {display: inline-block; width: 0.9em; height: 0.9em; margin-right: 0.35em;
  border: 1px solid #888; vertical-align: -0.1em}
#__ID__ legend {font-size: inherit; margin: 0; padding: 0}
#__ID__ input[type=range] {display: block; width: min(100% - 12px, 30rem);
  margin: 8px 6px; accent-color: #0072b2}
#__ID__ input[type=range]:focus-visible {outline: 3px solid #0072b2; outline-offset: 2px}
#__ID__ .gv-tool {display: none}
#__ID__.gv-live .gv-tool {display: block}
#__ID__.gv-live .gv-first {display: none}
"""


def base64_of(array: np.ndarray) -> str:
    """The bytes of an array of any shape, row by row, as base64 text."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def styled(body: str, label: str, script: str = "") -> str:
    """Elements with the style of this module; ``__ID__`` in them becomes an id of their own.

    `label` says to those who do not see what the elements are; `script` runs after them.
    """
    page = (
        f'<div id="__ID__" class="geoviz" role="group" aria-label="{html.escape(label)}">'
        f"<style>{STYLE}</style>{body}{script}</div>"
    )
    return page.replace("__ID__", f"gv-{uuid.uuid4().hex[:12]}")


def fragment(script: str, data: dict, body: str, label: str) -> str:
    """Put a script of this folder, its data and its elements into one self-contained fragment.

    Parameters
    ----------
    script : str
        File name. It runs in a function of its own, after `static.js`, with ``root`` the fragment.
    data : dict
        What JSON can hold; arrays as `base64_of`.
    body : str
        HTML with elements of class ``gv-tool`` and ``gv-first``.
    label : str
        Name of the fragment, for those who hear the page.
    """
    code = "".join(
        files(__package__).joinpath(name).read_text(encoding="utf-8")
        for name in ("static.js", script)
    )
    packed = json.dumps(data).replace("<", "\\u003c")
    return styled(
        body,
        label,
        f'<script type="application/json" data-part="data">{packed}</script>'
        f'<script>(function (root) {{\n{code}\nroot.classList.add("gv-live");\n}})'
        '(document.getElementById("__ID__"));</script>',
    )


def address(picture: Image.Image, kind: str = "png", **options) -> str:
    """A picture as a data address, with the options of `Image.save`."""
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def png(rgb: np.ndarray) -> str:
    """An RGB array (H, W, 3) of uint8, row 0 at the top, as a data address of a PNG."""
    return address(Image.fromarray(rgb))


def axes(element: str, extent: tuple[float, float, float, float], xlabel: str, ylabel: str) -> str:
    """An element between two axes with ticks at round numbers, as HTML.

    `extent` is (x0, x1, y0, y1) at its edges, in the units that the labels name; `xlabel` and
    `ylabel` name the axes.
    """
    x0, x1, y0, y1 = extent

    def ticks(start: float, end: float, side: str) -> str:
        low, high = sorted((start, end))
        values = MaxNLocator(6, steps=[1, 2, 4, 5, 10]).tick_values(low, high)
        return "".join(
            f'<span style="{side}: {100 * (v - start) / (end - start):.2f}%">{v:g}</span>'
            for v in values[(values >= low) & (values <= high)]
        )

    return (
        f'<div class="gv-ylabel">{html.escape(ylabel)}</div>'
        f'<div class="gv-axes"><div class="gv-y">{ticks(y1, y0, "top")}</div>{element}'
        f'<div class="gv-x">{ticks(x0, x1, "left")}</div></div>'
        f'<div class="gv-xlabel">{html.escape(xlabel)}</div>'
    )
