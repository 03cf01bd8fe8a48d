"""SimCLR in pictures: what is drawn is what was given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from geoviz_ml.errors import UsageError
from geoviz_ml.show.contrastive import draw_simclr, plot_samples, plot_similarities


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_the_heat_map_holds_the_cosines_and_rings_the_partners():
    z = np.array([[1.0, 0], [0, 2], [3, 0], [0, -1]])
    _, ax = plt.subplots()
    plot_similarities(ax, z, np.array([0, 1]))
    drawn = ax.images[0].get_array()
    assert np.allclose(drawn, [[1, 0, 1, 0], [0, 1, 0, -1], [1, 0, 1, 0], [0, -1, 0, 1]])
    assert ax.lines[0].get_ydata().tolist() == [2, 3, 0, 1]


def test_views_without_partners_are_refused():
    _, ax = plt.subplots()
    with pytest.raises(UsageError, match="3 views"):
        plot_similarities(ax, np.eye(3))


def test_samples_stand_in_their_rows_with_their_captions():
    pictures = np.arange(5, dtype=np.uint8)[:, None, None] * np.ones((1, 4, 4), np.uint8)
    fig = plot_samples(pictures, {"a": np.array([4, 2]), "b": np.array([1])}, list("vwxyz"))
    titles = [ax.get_title() for ax in fig.axes]
    assert titles == ["z", "x", "w", ""]
    assert fig.axes[0].images[0].get_array().max() == 4
    assert not fig.axes[3].images
    with pytest.raises(UsageError, match="no picture"):
        plot_samples(pictures, {}, [])


def test_the_diagram_shows_the_picture_and_both_views():
    pictures = np.random.default_rng(0).uniform(size=(3, 8, 8))
    fig = draw_simclr(pictures[0], pictures[1:])
    insets = fig.axes[0].child_axes
    assert [ax.get_title() for ax in insets] == ["picture x", "view 1", "view 2"]
    assert all((ax.images[0].get_array() == p).all() for ax, p in zip(insets, pictures))  # noqa: B905
