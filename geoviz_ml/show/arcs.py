"""All-sky pictures with outlined arcs, and what was measured of them over a night."""

from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr
from matplotlib.axes import Axes
from matplotlib.dates import DateFormatter
from matplotlib.figure import Figure

BLUE, ORANGE = "#0072b2", "#d55e00"


def plot_sky(ax: Axes, picture: np.ndarray, mask: np.ndarray | None = None, title="") -> None:
    """Draw an all-sky picture (H, W) of bytes, and the edge of a mask (H, W) in orange.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> from geoviz_ml.show import plot_sky
    >>> sky, mask = np.full((64, 64), 40, np.uint8), np.zeros((64, 64), bool)
    >>> mask[20:30] = True
    >>> ax = Figure().subplots()
    >>> plot_sky(ax, sky, mask, "GILL, 06:00")
    >>> len(ax.images), len(ax.collections)  # the picture, and the edge of the mask
    (1, 1)
    """
    ax.imshow(picture, cmap="gray", vmin=0, vmax=255)
    if mask is not None and mask.any():
        ax.contour(mask, [0.5], colors="tab:orange", linewidths=0.8)
    ax.set(xticks=[], yticks=[])
    ax.set_title(title, fontsize=9)


def plot_arc_night(
    keogram: xr.DataArray, measured: pd.DataFrame, truth: pd.DataFrame, onset: pd.Timestamp
) -> Figure:
    """Draw a keogram, and below it area, length and brightness of the arcs.

    Parameters
    ----------
    keogram : DataArray (latitude, time)
        From `geoviz_ml.analysis.arcs.keogram`.
    measured, truth : DataFrame
        From `geoviz_ml.analysis.arcs.arc_table`.
    onset : Timestamp
        Marked by a dashed line.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import xarray as xr
    >>> from geoviz_ml.show import plot_arc_night
    >>> times = pd.date_range("2014-03-10T06:00", periods=5, freq="min")
    >>> sky = xr.DataArray(np.ones((3, 5)), {"latitude": [65, 66, 67], "time": times})
    >>> table = pd.DataFrame({"time": times, "area": 9e3, "length": 400, "brightness": 60})
    >>> fig = plot_arc_night(sky, table.assign(background=10), table, onset=times[2])
    >>> [ax.get_ylabel() for ax in fig.axes[:4]]  # the fifth is the bar of the colours
    ['magnetic latitude (°)', 'arc area (1000 km²)', 'arc length (km)', 'brightness (counts)']
    """
    fig, axes = plt.subplots(3, 1, figsize=(8.5, 7), layout="constrained", sharex=True)
    bright = np.nanpercentile(keogram, 99)
    drawn = axes[0].pcolormesh(keogram.time, keogram.latitude, keogram, cmap="cividis", vmax=bright)
    axes[0].set(ylabel="magnetic latitude (°)")
    for data, name, style in ((measured, "ours", "-"), (truth, "truth", ":")):
        axes[1].plot(data.time, data.area / 1e3, style, color=BLUE, label=name)
        axes[2].plot(data.time, data.length, style, color=BLUE, label=f"length, {name}")
    axes[1].set(ylabel="arc area (1000 km²)")
    axes[1].legend(frameon=False)
    axes[2].set(ylabel="arc length (km)", xlabel="UT")
    axes[2].legend(frameon=False, loc="upper left")
    axes[2].xaxis.set_major_formatter(DateFormatter("%H:%M"))
    twin = axes[2].twinx()
    twin.plot(measured.time, measured.brightness - measured.background, color=ORANGE)
    twin.set_ylabel("brightness (counts)", color=ORANGE)
    for ax in axes:
        ax.axvline(onset, color="tab:orange", ls="--", lw=1)
    fig.colorbar(drawn, ax=axes[0], location="top", label="counts")
    return fig
