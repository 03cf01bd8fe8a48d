"""Galleries and tables: what is drawn is what was given."""

import numpy as np
from matplotlib.figure import Figure

from geoviz_ml.show.galleries import plot_counts, plot_gallery


def test_a_gallery_has_a_row_a_group_and_black_where_there_is_no_more():
    pictures = np.arange(1, 8, dtype=np.uint8)[:, None, None] * np.ones((1, 4, 5), np.uint8)
    groups = np.array([1, 0, 0, 1, 0, 0, 0])
    ax = Figure().subplots()
    plot_gallery(ax, pictures, groups, ["many", "few"], per_group=3)
    drawn = ax.images[0].get_array()
    assert drawn.shape == (8, 15)
    assert drawn[::4, ::5].tolist() == [[2, 3, 6], [1, 4, 0]]  # of rows 1, 2, 4, 5, 6
    assert [t.get_text() for t in ax.get_yticklabels()] == ["many", "few"]


def test_a_table_shows_counts_and_shades_shares():
    counts = np.array([[8, 2], [0, 0], [1, 1]])
    ax = Figure().subplots()
    plot_counts(ax, counts, ["a", "b", "c"], ["x", "y"])
    assert [t.get_text() for t in ax.texts] == ["8", "2", "0", "0", "1", "1"]
    np.testing.assert_allclose(ax.images[0].get_array(), [[0.8, 0.2], [0, 0], [0.5, 0.5]])
    assert ax.texts[0].get_color() == "white"
    assert ax.texts[1].get_color() == "black"
