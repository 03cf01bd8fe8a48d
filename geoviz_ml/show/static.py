"""HTML fragments that work on a page without a kernel and without a network.

A fragment holds its data, its style and its script. Where scripts do not run, a picture of the
first frame with alt text stands in.
"""

from __future__ import annotations

import base64
import html
import json
import uuid
from importlib.resources import files

import numpy as np

STYLE = """
#__ID__ {font: 0.95rem/1.4 system-ui, sans-serif; max-width: 60rem}
#__ID__ .gv-panels {display: flex; flex-wrap: wrap; gap: 1rem}
#__ID__ figure {flex: 1 1 18rem; margin: 0; min-width: 0}
#__ID__ figcaption {font-size: 0.85rem}
#__ID__ .gv-axes {display: grid; grid-template: auto auto / auto 1fr; gap: 0.15rem 0.4rem}
#__ID__ .gv-axes canvas, #__ID__ .gv-axes img {grid-column: 2; width: 100%; height: 15rem;
  image-rendering: pixelated; border: 1px solid #8888}
#__ID__ .gv-y {display: flex; flex-direction: column; justify-content: space-between;
  text-align: right; font-size: 0.8rem}
#__ID__ .gv-x {grid-column: 2; display: flex; justify-content: space-between; font-size: 0.8rem}
#__ID__ .gv-legend span {margin-right: 1rem; white-space: nowrap}
#__ID__ .gv-legend i {display: inline-block; width: 0.9em; height: 0.9em; margin-right: 0.35em;
  border: 1px solid #8888; vertical-align: -0.1em}
#__ID__ input[type=range] {width: min(100%, 30rem); display: block}
#__ID__ input[type=range]:focus-visible {outline: 3px solid #0072b2; outline-offset: 3px}
#__ID__ .gv-tool {display: none} #__ID__.gv-live .gv-tool {display: block}
#__ID__.gv-live .gv-first {display: none}
"""


def base64_of(array: np.ndarray) -> str:
    """The bytes of an array, row by row, as base64 text."""
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()


def fragment(script: str, data: dict, body: str, fallback: str) -> str:
    """Put a script of this folder, its data and its elements into one self-contained fragment.

    Parameters
    ----------
    script : str
        File name; ``__ID__`` in it becomes the id of the fragment.
    data : dict
        Becomes JSON in the element ``data-part="data"``.
    body : str
        HTML shown where scripts run.
    fallback : str
        HTML shown where they do not.
    """
    name = f"gv-{uuid.uuid4().hex[:12]}"
    code = files(__package__).joinpath(script).read_text(encoding="utf-8")
    packed = json.dumps(data).replace("<", "\\u003c")
    page = (
        f'<div id="__ID__" class="geoviz"><style>{STYLE}</style>'
        f'<div class="gv-first">{fallback}</div><div class="gv-tool">{body}</div>'
        f'<script type="application/json" data-part="data">{packed}</script>'
        f"<script>{code}</script></div>"
    )
    return page.replace("__ID__", name)


def png(rgb: np.ndarray) -> str:
    """An RGB array (H, W, 3) of uint8, row 0 at the bottom, as a data address of a PNG."""
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(rgb[::-1])).save(buffer, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode()


def axes(element: str, extent: tuple[float, float, float, float], xlabel: str, ylabel: str) -> str:
    """An element with the ends and the middle of both axes written beside it."""
    x0, x1, y0, y1 = extent

    def ticks(values):
        return "".join(f"<span>{v:.3g}</span>" for v in values)

    return (
        f"<div>{html.escape(ylabel)}</div>"
        f'<div class="gv-axes"><div class="gv-y">{ticks((y1, (y0 + y1) / 2, y0))}</div>{element}'
        f'<div class="gv-x">{ticks((x0, (x0 + x1) / 2, x1))}</div></div>'
        f'<div style="text-align: center">{html.escape(xlabel)}</div>'
    )
