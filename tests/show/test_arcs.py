"""Arcs as drawn: outlines where the mask ends, curves of what was measured."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import xarray as xr

from geoviz_ml.show import plot_arc_night, plot_sky


def test_the_outline_lies_at_the_edge_of_the_mask():
    mask = np.zeros((16, 16), bool)
    mask[4:8, 6:10] = True
    fig, ax = plt.subplots()
    plot_sky(ax, np.zeros((16, 16), np.uint8), mask, "sky")
    (outline,) = ax.collections
    corners = outline.get_paths()[0].vertices
    np.testing.assert_allclose([corners.min(0), corners.max(0)], [[5.5, 3.5], [9.5, 7.5]])
    plt.close(fig)


def test_every_brightness_of_the_sky_is_grey_so_that_a_coloured_outline_is_seen_on_it():
    fig, ax = plt.subplots()
    plot_sky(ax, np.arange(256, dtype=np.uint8).reshape(16, 16))
    (image,) = ax.images
    red, green, blue, _ = image.to_rgba(image.get_array(), bytes=True).transpose(2, 0, 1)
    np.testing.assert_array_equal(red, green)
    np.testing.assert_array_equal(red, blue)
    plt.close(fig)


def test_an_empty_mask_has_no_outline():
    fig, ax = plt.subplots()
    plot_sky(ax, np.zeros((4, 4), np.uint8), np.zeros((4, 4), bool))
    assert not ax.collections
    plt.close(fig)


def test_a_night_shows_what_was_measured_beside_the_truth():
    time = pd.date_range("2020-01-01", periods=4, freq="min")
    columns = {"area": 2000.0, "length": 300.0, "brightness": 50.0, "background": 20.0}
    ours, truth = (pd.DataFrame({"time": time, **columns}) for _ in range(2))
    slices = xr.DataArray(
        np.random.default_rng(0).random((3, 4)),
        {"latitude": [60.0, 61.0, 62.0], "time": time},
        ("latitude", "time"),
    )
    fig = plot_arc_night(slices, ours, truth, time[1])
    area, length = fig.axes[1], fig.axes[2]
    np.testing.assert_array_equal(area.lines[0].get_ydata(), [2, 2, 2, 2])
    np.testing.assert_array_equal(length.lines[0].get_ydata(), [300] * 4)
    np.testing.assert_array_equal(fig.axes[3].lines[0].get_ydata(), [30] * 4)
    assert fig.axes[4].get_xlabel() == "counts"  # the bar of the keogram
    plt.close(fig)
