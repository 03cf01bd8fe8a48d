"""The picture of real beside simulated skies."""

import matplotlib.pyplot as plt
import numpy as np

from geoviz_ml.analysis import brightness_histogram, radial_spectrum
from geoviz_ml.show import plot_likeness


def test_both_sets_are_drawn_as_medians_and_bands():
    rng = np.random.default_rng(0)
    real, simulated = rng.integers(0, 256, (2, 5, 32, 32))
    _, axes = plt.subplots(1, 2)
    plot_likeness(axes, real, simulated)
    for ax, (x, y) in zip(axes, (brightness_histogram(real), radial_spectrum(real)), strict=True):
        first, second = ax.lines
        np.testing.assert_allclose(first.get_xdata(), x)
        np.testing.assert_allclose(first.get_ydata(), np.median(y, axis=0))
        assert first.get_linestyle() != second.get_linestyle()
        assert len(ax.collections) == 2
        assert ax.get_xlabel()
        assert ax.get_ylabel()
    assert [t.get_text() for t in axes[0].get_legend().get_texts()] == ["real (5)", "simulated (5)"]
    plt.close("all")
