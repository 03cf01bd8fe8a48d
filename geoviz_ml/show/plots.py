"""Pictures for the chapters: pure functions that draw on an Axes."""

from __future__ import annotations

import numpy as np
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Circle, Patch, Rectangle
from matplotlib.ticker import MultipleLocator

from ..moved import also

# Told apart by every kind of colour vision (after Okabe and Ito 2008), and none becomes
# grey without red or green cones, because most pictures below them are grey.
COLOURS = {"hit": "#f0e442", "false alarm": "#d55e00", "miss": "#56b4e9"}


def plot_spectrogram(ax: Axes, amplitude) -> None:
    """Draw a spectrogram: log10 of the amplitude over hours and frequency, gaps grey.

    Parameters
    ----------
    ax : Axes
    amplitude : DataArray (time, frequency)
        Amplitude spectral density with ``attrs["units"]``.
    """
    with np.errstate(divide="ignore"):
        level = np.log10(amplitude.transpose("frequency", "time").values)
    inside = level[np.isfinite(level) & (amplitude.frequency.values > 0.5)[:, None]]
    low, high = np.percentile(inside, [1, 99.5]) if inside.size else (0, 1)
    midnight = amplitude.time.values[0].astype("datetime64[D]")
    hours = (amplitude.time.values - midnight) / np.timedelta64(1, "h")
    mesh = ax.pcolormesh(
        hours,
        amplitude.frequency,
        np.ma.masked_invalid(level),
        cmap=colormaps["cividis"].with_extremes(bad="0.75"),
        vmin=low,
        vmax=high,
        shading="nearest",
        rasterized=True,
    )
    hours_and_hertz(ax, every=2)
    unit = amplitude.attrs.get("units", "").replace("sqrt(Hz)", "√Hz")
    ax.figure.colorbar(mesh, ax=ax, label=f"log10 amplitude ({unit})")


def plot_night(
    ax: Axes,
    picture: np.ndarray,
    title: str = "",
    *,
    limits: tuple[float | None, float | None] = (None, None),
    ylabel: str | None = None,
    extent: tuple[float, float, float, float] | None = None,
    bar: str = "",
) -> None:
    """Draw the picture (H, W) of a night, or a map of probabilities; row 0 at the bottom.

    Parameters
    ----------
    ax : Axes
    picture : ndarray (H, W)
    title : str
    limits : (float, float)
        Values of the darkest and the brightest colour, in the unit of the picture; by default its
        own.
    ylabel : str, optional
        In place of "frequency (Hz)".
    extent : (float, float, float, float), optional
        First and last time (hours) and frequency (Hz), as from `geoviz_ml.show.nights.extent`;
        without it the axes count pixels.
    bar : str
        Label of a colour bar; none is drawn without it.
    """
    low, high = limits
    drawn = ax.imshow(
        picture, origin="lower", aspect="auto", cmap="cividis", vmin=low, vmax=high, extent=extent
    )
    ax.set_title(title)
    if extent is None:
        ax.set(xlabel="time (pixels)", ylabel="frequency (pixels)")
    else:
        hours_and_hertz(ax)
    if ylabel is not None:
        ax.set_ylabel(ylabel)
    if bar:
        ax.figure.colorbar(drawn, ax=ax, label=bar)


def hours_and_hertz(ax: Axes, every: int = 3) -> None:
    """Label the axes: hours of the day in UT, one tick `every` so many, and hertz."""
    ax.xaxis.set_major_locator(MultipleLocator(every))
    ax.xaxis.set_major_formatter(lambda hour, _: f"{int(hour) % 24:02d}")
    ax.set(xlabel="time (hours UT)", ylabel="frequency (Hz)")


def plot_mask(
    ax: Axes,
    mask: np.ndarray,
    title: str = "",
    extent: tuple[float, float, float, float] | None = None,
) -> None:
    """Draw a mask (H, W) on `ax`, row 0 at the bottom, dark where it is 1, under a `title`.

    With an `extent`, see `plot_night`, the axes are labelled in hours and hertz.
    """
    ax.imshow(
        mask, origin="lower", aspect="auto", cmap="Greys", vmin=0, vmax=1, interpolation="none",
        extent=extent,
    )  # fmt: skip
    if title:
        ax.set_title(title)
    if extent is not None:
        hours_and_hertz(ax)
        ax.set_ylabel("")


def plot_overlay(
    ax: Axes,
    mask: np.ndarray,
    truth: np.ndarray,
    picture: np.ndarray | None = None,
    extent: tuple[float, float, float, float] | None = None,
) -> None:
    """Draw hits, false alarms and misses of a mask on `ax`, row 0 at the bottom.

    `mask`, `truth` (bool) and the grey `picture` in 0..1 below them are (H, W). With an `extent`,
    see `plot_night`, the axes are labelled in hours and hertz.
    """
    view = {"origin": "lower", "aspect": "auto", "extent": extent}
    back = np.ones(np.shape(mask)) if picture is None else picture
    ax.imshow(back, cmap="Greys_r", vmin=0, vmax=1, **view)
    draw_kinds(ax, mask, truth, interpolation="none", **view)
    if extent is not None:
        hours_and_hertz(ax)
    ax.legend(handles=kind_patches(), loc="upper right", fontsize="small", framealpha=0.9)


def draw_kinds(ax: Axes, mask: np.ndarray, truth: np.ndarray, **view) -> None:
    """Draw the hits, false alarms and misses of a mask (H, W) in the colours of `COLOURS`.

    `truth` is (H, W) of bool, `view` are options of `Axes.imshow`.
    """
    mask, truth = np.asarray(mask, bool), np.asarray(truth, bool)
    kinds = np.select([mask & truth, mask & ~truth, ~mask & truth], [1, 2, 3], 0)
    look = {"cmap": ListedColormap(list(COLOURS.values())), "vmin": 1, "vmax": 3}
    ax.imshow(np.ma.masked_equal(kinds, 0), **look, **view)


def kind_patches() -> list[Patch]:
    """Patches for a legend: what the colours of hits, false alarms and misses are."""
    edge = {"edgecolor": "0.3", "linewidth": 0.5}
    return [Patch(facecolor=colour, label=name, **edge) for name, colour in COLOURS.items()]


def plot_sun(
    ax: Axes,
    picture: np.ndarray,
    *,
    title: str = "",
    limb: float | None = None,
    near: tuple[float, float, float] | None = None,
    gauss: float | None = None,
    axes: bool = False,
    **boxes: np.ndarray,
) -> None:
    """Draw a picture of the Sun and boxes on it.

    Parameters
    ----------
    ax : Axes
    picture : ndarray (H, W) in 0..1
        Row 0 is north.
    title : str
    limb : float, optional
        Radius in pixels of a disk in the middle of the picture; its edge is drawn.
    near : (float, float, float), optional
        Show the surroundings of a place only: its x and y, and half a side, in pixels.
    gauss : float, optional
        The field that is white, G, if the picture is a magnetogram; less that is black. A colour
        bar says so.
    axes : bool
        Draw axes in pixels.
    **boxes : array (k, 4) or more columns
        x1, y1, x2, y2 in pixels; the names stand in the legend. The first are drawn solid, the
        second dashed, the third dotted.
    """
    image = ax.imshow(picture, cmap="Greys_r", vmin=0, vmax=1, interpolation="none")
    if gauss is not None:
        bar = ax.figure.colorbar(
            image, ax=ax, shrink=0.75, label="field along the line of sight (G)"
        )
        bar.set_ticks([0, 0.5, 1], labels=[f"−{gauss:g}", "0", f"{gauss:g}"])
    if limb is not None:
        middle = (picture.shape[1] / 2 - 0.5, picture.shape[0] / 2 - 0.5)
        ax.add_patch(Circle(middle, limb, fill=False, ec="0.85", lw=0.8))
    styles = zip(("#e69f00", "#56b4e9", "#cc79a7"), ("-", "--", ":"), strict=True)
    handles = []
    for (name, rows), (colour, line) in zip(boxes.items(), styles, strict=False):
        for x1, y1, x2, y2 in np.asarray(rows)[:, :4]:
            style = {"fill": False, "ec": colour, "ls": line, "lw": 1.3}
            ax.add_patch(Rectangle((x1 - 0.5, y1 - 0.5), x2 - x1, y2 - y1, **style))
        handles.append(Patch(fill=False, ec=colour, ls=line, label=name.replace("_", " ")))
    if handles:
        ax.legend(handles=handles, loc="lower right", fontsize="small", framealpha=0.9)
    if near is not None:
        x, y, half = near
        ax.set(xlim=(x - half, x + half), ylim=(y + half, y - half))
    ax.set_title(title)
    if axes:
        ax.set(xlabel="x (pixels)", ylabel="y (pixels)")
    else:
        ax.set_axis_off()


__getattr__ = also(__name__, {"plot_half_orbit": "geoviz_ml.show.half_orbits"})
