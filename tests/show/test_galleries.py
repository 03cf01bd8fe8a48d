"""Tables as pictures: what is drawn is what was given."""

import numpy as np
from matplotlib.figure import Figure

from geoviz_ml.show.galleries import plot_counts


def test_a_table_shows_counts_and_shades_shares():
    counts = np.array([[8, 2], [0, 0], [1, 1]])
    ax = Figure().subplots()
    plot_counts(ax, counts, ["a", "b", "c"], ["x", "y"])
    assert [t.get_text() for t in ax.texts] == ["8", "2", "0", "0", "1", "1"]
    np.testing.assert_allclose(ax.images[0].get_array(), [[0.8, 0.2], [0, 0], [0.5, 0.5]])
    assert ax.texts[0].get_color() == "white"
    assert ax.texts[1].get_color() == "black"
