"""Curves of several methods: what is drawn is what was given."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from geoviz_ml.show import plot_label_efficiency

ROWS = pd.DataFrame({"share": [0.1, 0.1, 0.5, 0.5], "accuracy": [0.2, 0.4, 0.6, 0.8]})
WHOLE = pd.DataFrame({"accuracy": [0.9], "std": [0.05]}, index=["probe"])


def test_a_method_has_means_over_splits_and_its_point_with_all_labels():
    ax = Figure().subplots()
    plot_label_efficiency(ax, {"probe": ROWS, "network": ROWS}, WHOLE)
    probe, network = (bars.lines[0].get_xydata() for bars in ax.containers)
    np.testing.assert_allclose(probe[:, 1], [0.3, 0.7, 0.9])
    np.testing.assert_allclose(network[:, 1], [0.3, 0.7])  # nothing is known of all labels
    np.testing.assert_allclose(network[:, 0], [0.1, 0.5])
    assert [bars.get_label() for bars in ax.containers] == ["probe", "network"]


def test_bars_are_the_spread_over_splits():
    ax = Figure().subplots()
    plot_label_efficiency(ax, {"probe": ROWS}, WHOLE)
    (bars,) = ax.containers[0].lines[2]
    half = [(stop - start) / 2 for (_, start), (_, stop) in bars.get_segments()]
    np.testing.assert_allclose(half, [0.2 / np.sqrt(2), 0.2 / np.sqrt(2), 0.05])


def test_shares_are_named_in_percent():
    ax = Figure().subplots()
    plot_label_efficiency(ax, {"probe": ROWS}, WHOLE)
    assert [text.get_text() for text in ax.get_xticklabels()] == ["10%", "50%", "100%"]
    assert ax.get_xscale() == "log"
