"""Explorer of clusters: a map of pictures, live and on a page without a kernel."""

from __future__ import annotations

import html
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from ..analysis.clustering import members
from ..errors import UsageError
from .live import Explorer
from .static import address, base64_of, fragment, styled

# Seven colours told apart by every kind of colour vision (after Okabe and Ito 2008) and eight
# shapes: together a mark of its own for 56 clusters, of which neighbours differ in both.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#d55e00", "#56b4e9", "#cc79a7", "#000000")
SHAPES = (
    "M-42 0a42 42 0 1 0 84 0a42 42 0 1 0 -84 0z",  # circle
    "M-38-38h76v76h-76z",  # square
    "M0-50l46 84h-92z",  # triangle
    "M0-56l46 56l-46 56l-46-56z",  # diamond
    "M-18-50h36v32h32v36h-32v32h-36v-32h-32v-36h32z",  # plus
    "M0 50l46-84h-92z",  # triangle, upside down
    "M-50-26l24-24l26 26l26-26l24 24l-26 26l26 26l-24 24l-26-26l-26 26l-24-24l26-26z",  # cross
    "M-50-14h100v28h-100z",  # bar
)
WIDTH, HEIGHT, EDGE = 4000, 3000, 120  # of the map, in its own units
GALLERY = 10

STYLE = """<style>
#__ID__ .gv-map {width: 100%; background: #fff; border: 1px solid #888; cursor: crosshair}
#__ID__ .gv-map path {stroke: #fff; stroke-width: 6}
#__ID__ .gv-map circle {fill: none; stroke: #000; stroke-width: 22}
#__ID__ .gv-legend svg {width: 1em; height: 1em; vertical-align: -0.15em; margin-right: 0.3em;
  background: #fff}
#__ID__ .gv-cell {display: inline-block; width: 4.2rem; height: 4.2rem; margin: 0 0.25rem 0.25rem 0;
  padding: 0; border: 1px solid #888; border-radius: 0}
#__ID__ .gv-chosen .gv-cell {width: 11rem; height: 11rem}
#__ID__ .gv-tool label {display: block}
#__ID__ select {margin: 0.2rem 0 0.6rem; font: inherit}
</style>"""


@dataclass
class ClusterExplorer(Explorer):
    """See `cluster_explorer`; here are only the n pictures that are shown.

    Attributes
    ----------
    pictures : ndarray (n, H, H)
    maps : dict of ndarray (n, 2)
    clusters : dict of ndarray of int (n,)
    """

    pictures: np.ndarray
    numbers: list[int]
    labels: list[str] | None
    maps: dict[str, np.ndarray]
    clusters: dict[int, np.ndarray]
    parts: dict[int, list[str]]
    k: int
    title: str

    def text(self, k: int, chosen: int) -> str:
        """What is said of a picture."""
        label = f" ({self.labels[chosen]})" if self.labels else ""
        cluster = self.clusters[k][chosen]
        return (
            f"Picture {self.numbers[chosen]}{label} is in cluster {cluster} of {k}, "
            f"which has {self.parts[k][cluster]}."
        )

    def scatter(self, k: int, name: str, chosen: int) -> str:
        """The map as SVG: a mark a picture, a ring around the chosen one."""
        at, clusters = self.maps[name], self.clusters[k]
        marks = "".join(
            f'<path {_look(c)} transform="translate({x} {y})"></path>'
            for (x, y), c in zip(at, clusters, strict=True)
        )
        x, y = at[chosen]
        return (
            f'<svg class="gv-map" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
            f'aria-label="{self.name}: map of {len(at)} pictures.">{marks}'
            f'<circle cx="{x}" cy="{y}" r="85"></circle></svg>'
        )

    def legend(self, k: int) -> str:
        """Mark and size of every cluster."""
        return "".join(
            f'<span><svg viewBox="-60 -60 120 120" aria-hidden="true">'
            f"<path {_look(c)}></path></svg>{c}: {part.split(' ')[0]}</span> "
            for c, part in enumerate(self.parts[k])
        )

    def static(self) -> str:
        """The explorer as a self-contained HTML fragment."""
        columns = int(np.ceil(np.sqrt(len(self.pictures))))
        rows = -(-len(self.pictures) // columns)

        def cell(i: int) -> str:
            x, y = (
                100 * p / max(n - 1, 1) for p, n in ((i % columns, columns), (i // columns, rows))
            )
            return (
                f'<span class="gv-cell" role="img" aria-label="{self._alt(i)}" '
                f'style="background-position: {x:.3f}% {y:.3f}%"></span>'
            )

        name, ks = next(iter(self.maps)), list(self.clusters)
        named = [html.escape(each) for each in self.maps]  # the text alone would lose spaces
        options = "".join(f'<option value="{each}">{each}</option>' for each in named)
        body = (
            f"{STYLE}<style>#__ID__ .gv-cell {{background: url({self._sheet(columns, rows)}) "
            f"0 0 / {100 * columns}% {100 * rows}%}}</style>"
            f"<p><strong>{self.name}</strong></p>"
            '<div class="gv-tool"><label>Number of clusters: <span data-part="k-text"></span>'
            f'<input type="range" data-part="k" min="0" max="{len(ks) - 1}" step="1" '
            f'value="{ks.index(self.k)}"></label>'
            f'<label>Map <select data-part="map">{options}</select></label> '
            '<label>Picture (or click a mark)<input type="range" data-part="chosen" min="0" '
            f'max="{len(self.pictures) - 1}" step="1" value="0"></label></div>'
            + self._panels(self.k, name, 0, cell)
            + '<p class="gv-first">Where scripts run, sliders choose the number of clusters and '
            "the picture.</p>"
        )
        data = {
            "maps": {name: at.tolist() for name, at in self.maps.items()},
            "clusters": {k: base64_of(c.astype(np.uint8)) for k, c in self.clusters.items()},
            "parts": self.parts,
            "numbers": self.numbers,
            "labels": self.labels,
            "columns": columns,
            "rows": rows,
            "colours": COLOURS,
            "shapes": SHAPES,
            "gallery": GALLERY,
        }
        return fragment("clusters.js", data, body, self.title)

    def live(self):
        """The explorer as an ipywidgets box, computed by the kernel."""
        import ipywidgets as w

        wide = {"layout": w.Layout(width="30rem", max_width="100%"),
                "style": {"description_width": "10rem"}}  # fmt: skip
        k = w.SelectionSlider(
            options=list(self.clusters), value=self.k, description="Number of clusters", **wide
        )
        name = w.Dropdown(options=list(self.maps), description="Map", **wide)
        chosen = w.IntSlider(value=0, min=0, max=len(self.pictures) - 1, description="Picture",
                             readout=False, **wide)  # fmt: skip
        panels = w.HTML()

        def cell(i: int) -> str:
            source = address(Image.fromarray(self.pictures[i]))
            return f'<img class="gv-cell" src="{source}" alt="{self._alt(i)}">'

        def draw(_=None):
            inside = STYLE + self._panels(k.value, name.value, chosen.value, cell)
            panels.value = styled(inside, self.title)

        for each in (k, name, chosen):
            each.observe(draw, "value")
        draw()
        return w.VBox([w.HTML(f"<strong>{self.name}</strong>"), k, name, chosen, panels])

    def _panels(self, k: int, name: str, chosen: int, cell) -> str:
        cluster = self.clusters[k][chosen]
        shown = "".join(cell(i) for i in members(self.clusters[k], cluster, GALLERY))
        return (
            f'<div class="gv-panels"><figure>{self.scatter(k, name, chosen)}<figcaption>Each mark '
            "is a picture; colour and shape are its cluster. Number of pictures in each: "
            f'<span class="gv-legend" data-part="legend">{self.legend(k)}</span></figcaption>'
            f'</figure><figure><div class="gv-chosen" data-part="picture">{cell(chosen)}</div>'
            f'<output data-part="text" aria-live="polite">{html.escape(self.text(k, chosen))}'
            f'</output><div data-part="gallery">{shown}</div>'
            "<figcaption>The chosen picture, and others of its cluster.</figcaption></figure></div>"
        )

    def _alt(self, i: int) -> str:
        label = f", {self.labels[i]}" if self.labels else ""
        return html.escape(f"Picture {self.numbers[i]}{label}")

    def _sheet(self, columns: int, rows: int) -> str:
        """All pictures side by side in one, as a data address."""
        n, height, width = self.pictures.shape
        sheet = np.zeros((rows * columns, height, width), np.uint8)
        sheet[:n] = self.pictures
        sheet = sheet.reshape(rows, columns, height, width).swapaxes(1, 2)
        return address(Image.fromarray(sheet.reshape(rows * height, -1)), "jpeg", quality=85)


def cluster_explorer(
    pictures: np.ndarray,
    maps: dict[str, np.ndarray],
    clusters: dict[int, np.ndarray],
    labels: Sequence | None = None,
    *,
    numbers: Sequence[int] | None = None,
    k: int | None = None,
    most: int = 400,
    thumbnail: int = 64,
    title: str = "Clusters of pictures",
) -> ClusterExplorer:
    """Choose the number of clusters and a map, point at a picture, see it and its cluster.

    In a running notebook the kernel draws; on a page the same is done by a script. A page also
    takes clicks on the map.

    Parameters
    ----------
    pictures : ndarray of uint8 (N, H, H)
    maps : dict of str to ndarray (N, 2)
        Places of the pictures, a map a name, see `geoviz_ml.analysis.project`.
    clusters : dict of int to ndarray (N,)
        For each k the clusters, 0 to k - 1, as ``silhouette_scan(...).clusters``.
    labels : sequence (N,), optional
        What each picture is known to be; turned into text.
    numbers : sequence of int (N,), optional
        Names of the pictures; default: 0 to N - 1.
    k : int, optional
        Where the slider starts; default: the smallest.
    most : int
        So many pictures are shown, evenly spread over all. Counts are always of all.
    thumbnail : int
        Pixels a side on the page.
    title : str

    Returns
    -------
    ClusterExplorer

    Raises
    ------
    UsageError
        Arrays that do not belong together, or more than 56 clusters.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.show import cluster_explorer
    >>> pictures = np.zeros((3, 8, 8), np.uint8)
    >>> maps = {"PCA": np.array([[0, 0], [1, 0], [9, 9]])}
    >>> clusters = {2: np.array([0, 0, 1])}
    >>> explorer = cluster_explorer(pictures, maps, clusters, ["arc", "arc", "cloud"])
    >>> explorer.text(k=2, chosen=2)
    'Picture 2 (cloud) is in cluster 1 of 2, which has 1 picture: cloud 1.'
    """
    pictures = np.asarray(pictures)
    n = len(pictures)
    if pictures.ndim != 3 or pictures.dtype != np.uint8 or not n:
        raise UsageError(f"pictures must be (N, H, W) of uint8, not {pictures.shape}.")
    k = min(clusters, default=0) if k is None else k
    if k not in clusters or not maps:
        raise UsageError(f"no clusters for k = {k}, or no map.", advice=f"k: {[*clusters]}.")
    clusters = {each: np.asarray(found) for each, found in sorted(clusters.items())}
    for each, found in clusters.items():
        if found.shape != (n,) or found.min() < 0 or found.max() >= each or each > 56:
            raise UsageError(f"clusters for k = {each} must be {n} numbers, 0 to {each - 1}.")
    for name, at in maps.items():
        if np.shape(at) != (n, 2) or not np.isfinite(at).all():
            raise UsageError(f"map {name!r} must be ({n}, 2) without NaN, not {np.shape(at)}.")
    for what in (labels, numbers):
        if what is not None and len(what) != n:
            raise UsageError(f"{len(what)} labels or numbers for {n} pictures.")
    labels = None if labels is None else [str(label) for label in labels]
    shown = np.arange(n) if n <= most else np.arange(most) * n // most
    return ClusterExplorer(
        _shrink(pictures[shown], thumbnail),
        [int(i) for i in (shown if numbers is None else np.asarray(numbers)[shown])],
        None if labels is None else [labels[i] for i in shown],
        {name: _place(np.asarray(at))[shown] for name, at in maps.items()},
        {each: found[shown] for each, found in clusters.items()},
        {each: _parts(found, each, labels) for each, found in clusters.items()},
        k,
        title,
    )


def _look(cluster: int) -> str:
    """Shape and colour of a cluster's marks."""
    shape, colour = SHAPES[cluster % len(SHAPES)], COLOURS[cluster % len(COLOURS)]
    return f'd="{shape}" fill="{colour}"'


def _shrink(pictures: np.ndarray, side: int) -> np.ndarray:
    if max(pictures.shape[1:]) <= side:
        return pictures
    small = [Image.fromarray(p).resize((side, side), Image.Resampling.BOX) for p in pictures]
    return np.stack([np.asarray(p) for p in small])


def _place(at: np.ndarray) -> np.ndarray:
    """Whole units of the map's picture, y downwards."""
    low, span = at.min(0), np.maximum(np.ptp(at, axis=0), 1e-12)
    x, y = ((at - low) / span).T
    x, y = EDGE + (WIDTH - 2 * EDGE) * x, HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * y
    return np.stack([x, y], 1).round().astype(int)


def _parts(clusters: np.ndarray, k: int, labels: list[str] | None) -> list[str]:
    """Of each cluster: how many pictures, and of which labels, the most frequent first."""
    parts = []
    for cluster in range(k):
        rows = np.flatnonzero(clusters == cluster)
        text = f"{len(rows)} picture{'' if len(rows) == 1 else 's'}"
        if labels is not None and len(rows):
            counts = Counter(labels[i] for i in rows).most_common()
            text += ": " + ", ".join(f"{label} {count}" for label, count in counts)
        parts.append(text)
    return parts
