"""Half-orbits on their axes, and what becomes of the regions that are marked on them."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import xarray as xr

from geoviz_ml.errors import UsageError
from geoviz_ml.show import plot_answers, plot_half_orbit, plot_judged

H, W = 20, 30
PLACE = xr.Dataset(
    coords={
        "frequency": ("frequency", np.linspace(25000, 0, H)),
        "time": np.datetime64("2022-03-01", "ns") + np.arange(W) * np.timedelta64(60, "s"),
        "mag_latitude": ("time", np.linspace(70, -70, W)),
    },
    attrs={"low": -8.0, "high": -3.0},
)
PICTURE = np.random.default_rng(0).random((H, W))
MASK = np.zeros((H, W), bool)
MASK[12:15, 4:8] = True


def test_a_half_orbit_has_kilohertz_minutes_latitudes_and_a_bar_of_power():
    fig, ax = plt.subplots()
    plot_half_orbit(ax, PICTURE, PLACE, MASK, latitude=True, bar=True)
    assert ax.get_ylim() == (0, 25)
    assert ax.get_xlim() == (0, W - 1)
    fig.draw_without_rendering()
    above = ax.child_axes[0]
    assert above.get_xticklabels()[0].get_text() == "70°"
    assert "mV/m" in fig.axes[-1].get_ylabel()
    assert ax.images[0].get_clim() == (-8, -3)
    plt.close(fig)


def test_answers_stand_a_row_a_half_orbit_with_one_legend():
    answers = {"nothing": [MASK & False] * 2, "right": [MASK] * 2}
    fig, axes = plot_answers([PICTURE] * 2, [MASK] * 2, answers, [PLACE] * 2, ["a", "b"])
    assert axes.shape == (2, 3)
    titles = [ax.get_title().split() for ax in axes[0]]
    assert titles == [["picture", "and", "label"], ["nothing"], ["right"]]
    assert axes[0, 1].images[1].get_array().compressed().tolist() == [3] * 12  # missed
    assert axes[1, 2].images[1].get_array().compressed().tolist() == [1] * 12  # hit
    assert [text.get_text() for text in fig.legends[0].get_texts()] == [
        "hit",
        "false alarm",
        "miss",
    ]
    plt.close(fig)
    with pytest.raises(UsageError, match="no half-orbit"):
        plot_answers([], [], {}, [])


def test_judged_regions_are_stacked():
    judged = pd.DataFrame({"judged": ["hit", "miss", "miss"], "frequency": [1.5, 1.5, 9.0]})
    fig, ax = plt.subplots()
    plot_judged(ax, judged, "frequency", np.arange(13))
    heights = [[bar.get_height() for bar in bars] for bars in ax.containers]
    assert [sum(h) for h in heights] == [1, 0, 2]
    assert ax.containers[2][1].get_y() == 1  # on the hit
    plt.close(fig)
