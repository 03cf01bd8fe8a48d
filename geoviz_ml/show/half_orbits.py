"""Half-orbits as pictures: time, latitude and frequency, and what networks mark on them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ..errors import UsageError
from .plots import COLOURS, draw_kinds, kind_patches

TOP = 14.0  # kHz: nuclei lie below
UNIT = "log10 of the power, (mV/m)²/Hz"


def plot_half_orbit(
    ax: Axes,
    picture: np.ndarray,
    place,
    mask: np.ndarray | None = None,
    *,
    latitude: bool = False,
    bar: bool = False,
) -> None:
    """Draw half an orbit, time to the right and frequency upward, with the outline of a mask.

    Parameters
    ----------
    ax : Axes
    picture : ndarray (H, W) in 0..1
        Row 0 is the highest frequency.
    place : Dataset
        Its coordinates `time` and `frequency` (Hz), as from `half_orbit_picture`.
    mask : ndarray of bool (H, W), optional
    latitude : bool
        An axis of magnetic latitude above, in degrees.
    bar : bool
        A bar of the colours: log10 of the power, of which `place` tells the ends.

    Examples
    --------
    >>> import tempfile
    >>> from matplotlib.figure import Figure
    >>> from geoviz_ml.datasets import load_half_orbits
    >>> from geoviz_ml.simulate import nucleus
    >>> from geoviz_ml.show import plot_half_orbit
    >>> sky = load_half_orbits(nucleus.make(tempfile.mkdtemp(), 1, coarse=16), (32, 48))
    >>> ax = Figure().subplots()
    >>> plot_half_orbit(ax, sky.pictures[0], sky.places[0], latitude=True)
    >>> ax.get_ylabel(), [axis.get_xlabel() for axis in ax.child_axes]
    ('frequency (kHz)', ['magnetic latitude'])
    """
    minutes, kHz = _axes(place)
    low, high = (place.attrs[name] for name in ("low", "high")) if bar else (0.0, 1.0)
    image = ax.imshow(
        low + np.asarray(picture) * (high - low), cmap="cividis", vmin=low, vmax=high,
        aspect="auto", extent=_extent(minutes, kHz),
    )  # fmt: skip
    if mask is not None and mask.any():
        ax.contour(minutes, kHz, mask, [0.5], colors="#ff9e4a", linewidths=1)
    ax.set(xlabel="time (minutes since the start)", ylabel="frequency (kHz)")
    if latitude:
        _latitudes(ax, place, minutes)
    if bar:
        ax.figure.colorbar(image, ax=ax, label=UNIT)


def plot_answers(
    pictures: Sequence[np.ndarray],
    truth: Sequence[np.ndarray],
    answers: Mapping[str, Sequence[np.ndarray]],
    places: Sequence,
    names: Sequence[str] = (),
    top: float = TOP,
) -> tuple[Figure, np.ndarray]:
    """Draw half-orbits, a row each: the picture with its label, then what each method answers.

    Hits, false alarms and misses of pixels have the colours of `COLOURS`.

    Parameters
    ----------
    pictures, truth : sequence of ndarray (H, W)
        In 0..1, and bool.
    answers : mapping of names to sequences of ndarray (H, W) of bool
        One a half-orbit.
    places : sequence of Dataset
        See `plot_half_orbit`.
    names : sequence of str
        Of the half-orbits, at the left.
    top : float
        Highest frequency that is drawn, kHz.

    Returns
    -------
    figure, axes
        Axes as an array (half-orbits, 1 + methods).

    Raises
    ------
    UsageError
        There is no half-orbit.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.datasets import load_half_orbits
    >>> from geoviz_ml.simulate import nucleus
    >>> from geoviz_ml.show import plot_answers
    >>> sky = load_half_orbits(nucleus.make(tempfile.mkdtemp(), 2, coarse=16), (32, 48))
    >>> answers = {"nothing": sky.masks & False}
    >>> fig, axes = plot_answers(sky.pictures, sky.masks, answers, sky.places)
    >>> axes.shape, [text.get_text() for text in fig.legends[0].get_texts()]
    ((2, 2), ['hit', 'false alarm', 'miss'])
    """
    if not len(pictures):
        raise UsageError("there is no half-orbit to draw.")
    shape = (len(pictures), 1 + len(answers))
    size = (min(2.3 * shape[1], 12), 2.1 * shape[0] + 0.6)
    fig, axes = plt.subplots(*shape, figsize=size, layout="constrained", squeeze=False)
    for row, (picture, real, place) in enumerate(zip(pictures, truth, places, strict=True)):
        minutes, kHz = _axes(place)
        view = {"aspect": "auto", "extent": _extent(minutes, kHz), "interpolation": "none"}
        shown = axes[row, 0].imshow(picture, cmap="cividis", vmin=0, vmax=1, **view)
        if real.any():
            axes[row, 0].contour(minutes, kHz, real, [0.5], colors="#ff9e4a", linewidths=1.2)
        for ax, several in zip(axes[row, 1:], answers.values(), strict=True):
            ax.imshow(picture, cmap="Greys_r", vmin=0, vmax=1.6, **view)
            draw_kinds(ax, several[row], real, **view)
        axes[row, 0].set_ylabel("\n".join([*names[row : row + 1], "frequency (kHz)"]))
    for ax in axes.flat:
        ax.set_ylim(0, top)
        ax.label_outer()
    for ax, name in zip(axes[0], ["picture and label", *answers], strict=True):
        ax.set_title(fill(name, 13), fontsize=10)
    fig.supxlabel("time (minutes since the start)", fontsize=10)
    fig.legend(handles=kind_patches(), loc="outside upper center", ncols=3, frameon=False)
    fig.colorbar(shown, ax=axes, label="stretched log10 power", shrink=0.8)
    return fig, axes


def plot_judged(ax: Axes, judged: pd.DataFrame, column: str, edges: Sequence[float]) -> None:
    """Draw a column of judged regions as stacked bars: hits, false alarms, misses.

    Parameters
    ----------
    ax : Axes
    judged : DataFrame
        From `geoviz_ml.analysis.judge_regions`.
    column : str
        Such as "frequency".
    edges : sequence of float
        Of the bars, in the column's unit.

    Examples
    --------
    >>> import pandas as pd
    >>> from matplotlib.figure import Figure
    >>> from geoviz_ml.show import plot_judged
    >>> judged = pd.DataFrame({"judged": ["hit", "hit", "miss"], "frequency": [5.2, 6.5, 6.8]})
    >>> ax = Figure().subplots()
    >>> plot_judged(ax, judged, "frequency", edges=[5, 6, 7])
    >>> ax.dataLim.y1.item(), len(ax.patches)  # two regions from 6 to 7 kHz; three colours by two
    (2.0, 6)
    """
    values = [judged.loc[judged.judged == name, column] for name in COLOURS]
    look = {"color": list(COLOURS.values()), "edgecolor": "0.3", "linewidth": 0.4}
    ax.hist(values, edges, stacked=True, label=list(COLOURS), **look)
    ax.set_ylabel("regions")


def _axes(place) -> tuple[np.ndarray, np.ndarray]:
    """Minutes since the start (W,) and frequencies in kHz (H,)."""
    minutes = (place.time.values - place.time.values[0]) / np.timedelta64(1, "m")
    return minutes, place.frequency.values / 1000


def _extent(minutes: np.ndarray, kHz: np.ndarray) -> tuple[float, float, float, float]:
    return (0, minutes[-1], kHz[-1], kHz[0])


def _latitudes(ax: Axes, place, minutes: np.ndarray) -> None:
    """Magnetic latitudes at seven times, above the picture."""
    at = np.linspace(0, len(minutes) - 1, 7).round().astype(int)
    above = ax.secondary_xaxis("top")
    above.set_xticks(minutes[at], [f"{x:.0f}°" for x in place.mag_latitude.values[at]])
    above.set_xlabel("magnetic latitude")
