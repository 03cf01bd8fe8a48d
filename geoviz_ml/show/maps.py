"""Maps in Miller's projection, with coastlines that need no network."""

from __future__ import annotations

import html
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from ..errors import UsageError
from .static import fragment

# Told apart by every kind of colour vision (Okabe and Ito 2008), and by shape.
SEASONS = {
    "spring": ("#e69f00", "o"),
    "summer": ("#009e73", "s"),
    "autumn": ("#0072b2", "^"),
    "winter": ("#cc79a7", "D"),
}
SHAPES = {  # the same as paths of a vector drawing, of about 8 units
    "o": "M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z",
    "s": "M-3.6-3.6h7.2v7.2h-7.2z",
    "^": "M0-4.6L4.4 3.4H-4.4z",
    "D": "M0-4.8L4.8 0 0 4.8-4.8 0z",
}
LATITUDES, LONGITUDES = range(-80, 81, 20), range(-120, 121, 60)
EDGE = 85.0  # degrees of latitude at the map's upper and lower edge
NEEDED = ["longitude", "latitude", "mag_longitude", "mag_latitude", "season", "frequency", "time"]


def miller(longitude, latitude) -> tuple[np.ndarray, np.ndarray]:
    """Miller's cylindrical projection.

    Parameters
    ----------
    longitude, latitude : array-like, degrees

    Returns
    -------
    (x, y) : ndarray
        In radii of the globe: ``x = longitude``, ``y = 1.25 ln tan(pi/4 + 0.4 latitude)`` with the
        angles in radians (Snyder 1987, Map projections, equations 11-1 and 11-2).
    """
    y = 1.25 * np.log(np.tan(np.pi / 4 + 0.4 * np.radians(latitude)))
    return np.radians(longitude), y


@cache
def coastline() -> list[np.ndarray]:
    """Outlines of land (n, 2), longitude and latitude in degrees.

    Source: Natural Earth, land at 1:110 million, public domain; here simplified to 0.35 degrees,
    without islands below 1.5 degrees.
    """
    text = files(__package__).joinpath("coastline.json").read_text(encoding="utf-8")
    return [np.array(ring, float) for ring in json.loads(text)["rings"]]


def plot_map(
    ax: Axes,
    table: pd.DataFrame,
    magnetic: bool = False,
    belt: tuple[float, float] | None = (58, 80),
) -> None:
    """Draw regions on a map of the Earth, coloured by season.

    Parameters
    ----------
    ax : Axes
    table : DataFrame
        From `region_table`: `longitude`, `latitude`, `season`, and for a magnetic map
        `mag_longitude`, `mag_latitude`.
    magnetic : bool
        Magnetic coordinates instead of geographic ones; without coastlines.
    belt : (float, float), optional
        Magnetic latitudes drawn as dashed lines, in both hemispheres; below 68 degrees of
        geographic latitude, where the satellite may be.

    Examples
    --------
    >>> import pandas as pd
    >>> from matplotlib.figure import Figure
    >>> from geoviz_ml.show import plot_map
    >>> table = pd.DataFrame({"longitude": [-60, 20, 90], "latitude": [55, 60, -58]})
    >>> ax = Figure().subplots()
    >>> plot_map(ax, table.assign(season=["spring", "spring", "winter"]), belt=None)
    >>> [text.get_text() for text in ax.get_legend().get_texts()]
    ['spring (2)', 'summer (0)', 'autumn (0)', 'winter (1)']
    """
    longitude, latitude = ("mag_longitude", "mag_latitude") if magnetic else NEEDED[:2]
    if not magnetic:
        land = [np.stack(_inside(ring), axis=1) for ring in coastline()]
        ax.add_collection(PolyCollection(land, facecolor="0.88", edgecolor="0.6", linewidth=0.5))
    if belt:
        _draw_belt(ax, belt, magnetic)
    for name, (colour, marker) in SEASONS.items():
        some = table[table.season == name]
        x, y = miller(some[longitude], some[latitude])
        ax.scatter(
            x, y, 22, colour, marker=marker, label=f"{name} ({len(some)})", edgecolor="black",
            linewidth=0.4, zorder=3,
        )  # fmt: skip
    kind = "magnetic " if magnetic else ""
    ax.set_xticks(np.radians(LONGITUDES), [f"{d}°" for d in LONGITUDES])
    ax.set_yticks(miller(0, LATITUDES)[1], [f"{d}°" for d in LATITUDES])
    ax.grid(color="0.8", linewidth=0.5, zorder=0)
    ax.set(
        xlim=(-np.pi, np.pi), ylim=miller(0, [-EDGE, EDGE])[1], aspect="equal",
        xlabel=f"{kind}longitude (degrees)", ylabel=f"{kind}latitude (degrees)",
    )  # fmt: skip
    ax.legend(loc="lower left", fontsize="small", framealpha=0.9, ncols=2)


def _inside(ring: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return miller(ring[:, 0], ring[:, 1].clip(-EDGE, EDGE))


def _draw_belt(ax: Axes, belt: tuple[float, float], magnetic: bool) -> None:
    style = dict(colors="black", linewidths=0.8, linestyles="dashed", zorder=2)
    levels = sorted({-belt[1], -belt[0], belt[0], belt[1]})
    if magnetic:
        ax.hlines(miller(0, levels)[1], -np.pi, np.pi, **style)
        return
    from ..geometry.earth import magnetic as field

    longitude, latitude = np.meshgrid(np.linspace(-180, 180, 181), np.linspace(-68, 68, 137))
    along = field(latitude.ravel(), longitude.ravel(), np.datetime64("2022-05-01"))
    dip = along["mag_latitude"].reshape(latitude.shape)
    lines = ax.contour(*miller(longitude, latitude), dip, levels, **style)
    ax.clabel(lines, fmt=lambda value: f"{value:g}°", fontsize="x-small")


@dataclass
class MapExplorer:
    """See `map_explorer`."""

    table: pd.DataFrame
    title: str

    def static(self) -> str:
        """The map as a self-contained HTML fragment."""
        name = html.escape(self.title)
        points = [
            [
                *(round(float(getattr(r, column)), 2) for column in NEEDED[:4]),
                r.season,
                f"{np.datetime_as_string(np.datetime64(r.time), 'm').replace('T', ' ')} UT, "
                f"{r.season}, {r.frequency:.1f} kHz, {_place(r.latitude, r.longitude)}, "
                f"magnetic latitude {r.mag_latitude:.1f}°",
            ]
            for r in self.table.sort_values("time").itertuples()
        ]
        counts = self.table.season.value_counts()
        boxes = "".join(
            f'<label><input type="checkbox" data-season="{season}" checked>'
            f"{_symbol(season)}{season} ({counts.get(season, 0)})</label>"
            for season in SEASONS
        )
        body = (
            f"<style>{STYLE}</style><p><strong>{name}</strong></p>{self._drawing(points)}"
            f'<fieldset class="gv-tool"><legend>Seasons</legend>{boxes}</fieldset>'
            '<fieldset class="gv-tool"><legend>Coordinates</legend>'
            '<label><input type="radio" name="__ID__-frame" value="0" checked>geographic</label>'
            '<label><input type="radio" name="__ID__-frame" value="2">magnetic</label></fieldset>'
            '<label class="gv-tool">Regions in order of time'
            '<input type="range" data-part="slider" min="0" max="0" step="1" value="0"></label>'
            '<output class="gv-tool" data-part="text" aria-live="polite"></output>'
            '<output class="gv-tool" data-part="counts" aria-live="polite"></output>'
            f'<p class="gv-first">{_counted(points)}. Where scripts run, seasons can be '
            "switched, and each region tells its time, frequency and place.</p>"
        )
        return fragment("map.js", {"points": [point[:5] for point in points]}, body, self.title)

    def _drawing(self, points: list) -> str:
        width, height = 720.0, 720 * miller(0, EDGE)[1] / np.pi

        def at(longitude, latitude) -> tuple[np.ndarray, np.ndarray]:
            x, y = miller(longitude, np.clip(latitude, -EDGE, EDGE))
            return width * (x / np.pi + 1) / 2, height / 2 - width * y / (2 * np.pi)

        land = "".join(
            "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(*at(*ring.T), strict=True)) + "z"
            for ring in coastline()
        )
        lines = "".join(
            [f'<path d="M{at(d, 0)[0]:.1f} 0V{height:.1f}"/>' for d in LONGITUDES]
            + [f'<path d="M0 {at(0, d)[1]:.1f}H{width:g}"/>' for d in LATITUDES]
        )
        words = "".join(
            [f'<text x="{at(d, 0)[0]:.1f}" y="{height - 4:.1f}">{d}°</text>' for d in LONGITUDES]
            + [f'<text x="4" y="{at(0, d)[1] - 3:.1f}">{d}°</text>' for d in LATITUDES]
        )
        marks = "".join(
            f'<path data-point="{i}" d="{SHAPES[SEASONS[season][1]]}" '
            f'fill="{SEASONS[season][0]}" transform="translate({x:.1f} {y:.1f})">'
            f"<title>{text}</title></path>"
            for i, (longitude, latitude, _, _, season, text) in enumerate(points)
            for x, y in [at(longitude, latitude)]
        )
        label = f"{html.escape(self.title)}: map of {_counted(points)}, coloured by season."
        return (
            f'<svg viewBox="0 0 {width:g} {height:.1f}" role="img" aria-label="{label}">'
            f'<path class="gv-land" d="{land}"/><g class="gv-lines">{lines}</g>'
            f'<g class="gv-words">{words}</g><g class="gv-marks">{marks}</g>'
            '<circle class="gv-ring" data-part="ring" r="9" visibility="hidden"/></svg>'
        )

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": self.static(), "text/plain": self.title}


STYLE = """
#__ID__ svg {width: 100%; height: auto; border: 1px solid #888; background: #fff; display: block}
#__ID__ .gv-land {fill: #e2e2e2; stroke: #999; stroke-width: 0.5}
#__ID__ .gv-lines path {stroke: #bbb; stroke-width: 0.4; fill: none}
#__ID__ .gv-words text {font-size: 11px; fill: #444}
#__ID__ .gv-marks path, #__ID__ label path {stroke: #000; stroke-width: 0.5}
#__ID__ .gv-ring {fill: none; stroke: #d00; stroke-width: 2.5}
#__ID__ fieldset {border: 0; padding: 0; margin: 0.4rem 0}
#__ID__ fieldset label {margin-right: 1rem; white-space: nowrap}
#__ID__ label svg {display: inline-block; width: 0.9em; height: 0.9em; border: 0; margin: 0 0.3em;
  background: none; vertical-align: -0.1em}
"""


def _symbol(season: str) -> str:
    colour, marker = SEASONS[season]
    return (
        f'<svg viewBox="-6 -6 12 12" aria-hidden="true"><path d="{SHAPES[marker]}" '
        f'fill="{colour}"/></svg>'
    )


def _place(latitude: float, longitude: float) -> str:
    north, east = "N" if latitude >= 0 else "S", "E" if longitude >= 0 else "W"
    return f"{abs(latitude):.1f}° {north} {abs(longitude):.1f}° {east}"


def _counted(points: list) -> str:
    return f"{len(points)} region{'s' * (len(points) != 1)}"


def map_explorer(table: pd.DataFrame, *, title: str = "Regions on the map") -> MapExplorer:
    """Explore where and when regions appear, on a page with or without a kernel.

    Seasons can be switched on and off, coordinates are geographic or magnetic, and a slider (with
    the keyboard: arrow keys) or the mouse goes from region to region.

    Parameters
    ----------
    table : DataFrame
        From `region_table`.
    title : str

    Raises
    ------
    UsageError
        A column is missing, there is no region, a season is unknown, or a place is not on the
        Earth.

    Examples
    --------
    >>> import pandas as pd
    >>> from geoviz_ml.show import map_explorer
    >>> region = {"longitude": -60, "latitude": 55, "mag_longitude": 10, "mag_latitude": 65}
    >>> region |= {"season": "spring", "frequency": 6.2, "time": pd.Timestamp("2022-03-01")}
    >>> regions = pd.DataFrame([region, region | {"season": "winter"}])
    >>> "Nuclei: map of 2 regions" in map_explorer(regions, title="Nuclei").static()  # for a page
    True
    """
    if absent := [name for name in NEEDED if name not in table]:
        raise UsageError(f"the table has no column {', '.join(absent)}.")
    if table.empty:
        raise UsageError("the table has no region: there is nothing to explore.")
    if unknown := set(table.season) - set(SEASONS):
        raise UsageError(f"seasons are {', '.join(SEASONS)}, not {unknown}.")
    if not (np.isfinite(table[NEEDED[:4]]).all(axis=None) and table.latitude.abs().max() <= 90):
        raise UsageError("a region has no place, or its latitude is not within 90 degrees.")
    return MapExplorer(table[NEEDED].reset_index(drop=True), title)
