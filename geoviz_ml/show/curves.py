"""Curves of the chapters that stand for several methods or counts: pure functions that draw."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
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


def plot_histogram(ax: Axes, found: pd.DataFrame, truth: pd.DataFrame | None = None) -> None:
    """Draw counts as bars with their errors, and true counts as steps.

    Parameters
    ----------
    ax : Axes
    found, truth : DataFrame
        From `geoviz_ml.analysis.nuclei.histogram`, both with the same edges.
    """
    edges = np.append(found.low, found.high.iloc[-1])
    ax.bar(
        (found.low + found.high) / 2,
        found["count"],
        width=(found.high - found.low) * 0.85,
        color="#7aa6c2",
        yerr=found.sigma,
        label="found",
    )
    if truth is not None:
        ax.stairs(truth["count"], edges, color="black", label="truth")
