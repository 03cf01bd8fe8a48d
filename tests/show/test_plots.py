"""Plots of the chapters: what is drawn, where, in which colours."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import xarray as xr
from matplotlib.colors import to_hex, to_rgb

from geoviz_ml.show.plots import (
    COLOURS,
    plot_mask,
    plot_night,
    plot_overlay,
    plot_spectrogram,
    plot_sun,
)

MASK = np.array([[1, 1, 0], [0, 0, 0]], bool)
TRUTH = np.array([[1, 0, 0], [0, 0, 1]], bool)


@pytest.fixture
def ax():
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


@pytest.fixture
def amplitude():
    time = np.datetime64("2020-03-01T18:00", "ns") + np.arange(60) * np.timedelta64(300, "s")
    frequency = np.linspace(0, 10, 21)
    values = np.random.default_rng(0).lognormal(size=(60, 21))
    values[10:20] = np.nan
    return xr.DataArray(
        values,
        coords={"time": time, "frequency": frequency},
        dims=("time", "frequency"),
        attrs={"units": "pT/sqrt(Hz)"},
    )


def test_spectrogram_has_hours_hertz_and_units(ax, amplitude):
    plot_spectrogram(ax, amplitude)
    ax.figure.canvas.draw()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("time (hours UT)", "frequency (Hz)")
    assert ax.figure.axes[1].get_ylabel() == "log10 amplitude (pT/√Hz)"
    assert "20" in [label.get_text() for label in ax.get_xticklabels()]
    low, high = ax.get_xlim()
    assert 17.9 < low <= 18
    assert 22.9 <= high < 23.1


def test_gaps_of_a_spectrogram_are_grey(ax, amplitude):
    plot_spectrogram(ax, amplitude)
    (mesh,) = ax.collections
    drawn = mesh.get_array()
    np.testing.assert_array_equal(np.ma.getmaskarray(drawn), np.isnan(amplitude.values.T))
    assert to_hex(mesh.cmap.get_bad()) == to_hex("0.75")


def test_a_spectrogram_that_is_all_gap_can_be_drawn(ax, amplitude):
    plot_spectrogram(ax, amplitude * np.nan)
    ax.figure.canvas.draw()


@pytest.mark.parametrize("kind", [bool, float])
def test_row_zero_of_a_mask_is_at_the_bottom(ax, kind):
    plot_mask(ax, MASK.astype(kind))
    low, high = ax.get_ylim()
    assert low < high


@pytest.mark.parametrize("kind", [bool, np.uint8, float])
def test_overlay_shows_each_class_in_its_colour(ax, kind):
    plot_overlay(ax, MASK.astype(kind), TRUTH.astype(kind))
    classes = ax.images[1]
    colours = classes.to_rgba(classes.get_array())
    assert to_hex(colours[0, 0]) == COLOURS["hit"]
    assert to_hex(colours[0, 1]) == COLOURS["false alarm"]
    assert to_hex(colours[1, 2]) == COLOURS["miss"]
    assert (colours[~(MASK | TRUTH)][:, 3] == 0).all()
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == list(COLOURS)


def seen_without(cones: np.ndarray, colour: str) -> np.ndarray:
    """RGB (3,) in 0..1 of what the eye makes of a colour, by a matrix for linear RGB."""
    rgb = np.array(to_rgb(colour))
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = (cones @ linear).clip(0, 1)
    return np.where(seen <= 0.0031308, 12.92 * seen, 1.055 * seen ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize(
    "cones",  # without red cones, without green ones: Machado et al. 2009, severity 1
    [
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
         [-0.003882, -0.048116, 1.051998]],
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
         [-0.011820, 0.042940, 0.968881]],
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", COLOURS)
def test_hits_and_errors_do_not_become_grey_without_red_or_green_cones(kind, cones):
    seen = seen_without(np.array(cones), COLOURS[kind])
    assert np.ptp(seen) > 0.25


def test_boxes_lie_around_their_pixels_and_stand_in_the_legend(ax):
    picture = np.zeros((20, 30))
    plot_sun(ax, picture, truth=[[3, 4, 8, 10]], found_ones=np.array([[1, 1, 5, 5, 0.9]]))
    one, other = ax.patches
    assert one.get_bbox().extents.tolist() == [2.5, 3.5, 7.5, 9.5]
    assert other.get_linestyle() != one.get_linestyle()
    assert [t.get_text() for t in ax.get_legend().get_texts()] == ["truth", "found ones"]
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # row 0 at the top


def test_a_magnetogram_has_a_bar_in_gauss_and_axes_in_pixels(ax):
    plot_sun(ax, np.full((20, 30), 0.5), gauss=250, axes=True)
    bar = ax.images[0].colorbar
    assert [t.get_text() for t in bar.ax.get_yticklabels()] == ["−250", "0", "250"]
    assert "(G)" in bar.ax.get_ylabel()
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("x (pixels)", "y (pixels)")


def test_a_night_is_drawn_with_its_lowest_frequency_at_the_bottom(ax):
    plot_night(ax, np.arange(6.0).reshape(2, 3), "night", limits=(0, 1))
    (image,) = ax.images
    assert image.origin == "lower"
    assert image.get_clim() == (0, 1)
    assert (ax.get_title(), ax.get_ylabel()) == ("night", "frequency (pixels)")
