"""Curves of the chapters that stand for several methods: pure functions that draw."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes

MARKERS = "osD^vP*X"  # told apart without colour


def plot_label_efficiency(
    ax: Axes, efficiency: Mapping[str, pd.DataFrame], whole: pd.DataFrame
) -> None:
    """Draw the accuracy of several methods against the share of labels that is known.

    Parameters
    ----------
    ax : Axes
        Its horizontal axis becomes logarithmic. Points of one share are drawn side by side.
    efficiency : mapping of names to DataFrames
        Each from `geoviz_ml.learn.probe.label_efficiency`; bars are the spread over its splits.
    whole : DataFrame
        With all labels: a row a name, `accuracy` and its spread `std`. A method that is not in it
        has no point there.

    Examples
    --------
    >>> import pandas as pd
    >>> from matplotlib.figure import Figure
    >>> from geoviz_ml.show import plot_label_efficiency
    >>> simclr = pd.DataFrame({"share": [0.01, 0.01, 0.1, 0.1], "accuracy": [0.6, 0.7, 0.8, 0.8]})
    >>> whole = pd.DataFrame({"accuracy": [0.85], "std": [0.01]}, index=["SimCLR"])
    >>> ax = Figure().subplots()
    >>> plot_label_efficiency(ax, {"SimCLR": simclr}, whole)
    >>> [text.get_text() for text in ax.get_xticklabels()]
    ['1%', '10%', '100%']
    >>> [round(float(mean), 2) for mean in ax.containers[0].lines[0].get_ydata()]  # over the splits
    [0.65, 0.8, 0.85]
    """
    shares = sorted({1.0}.union(*(rows.share for rows in efficiency.values())))
    for place, (name, rows) in enumerate(efficiency.items()):
        curve = rows.groupby("share").accuracy.agg(["mean", "std"])
        if name in whole.index:
            curve.loc[1.0] = whole.loc[name, ["accuracy", "std"]].tolist()
        ax.errorbar(
            curve.index * 1.06 ** (place - len(efficiency) // 2),
            curve["mean"],
            curve["std"],
            marker=MARKERS[place % len(MARKERS)],
            capsize=3,
            label=name,
        )
    ax.set(xscale="log", xlabel="share of the labels that is known", ylabel="accuracy")
    ax.set_xticks(shares, [f"{share:.0%}" for share in shares])
    ax.minorticks_off()
