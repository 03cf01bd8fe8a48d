"""Rows of pictures and curves, as drawn."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from geoviz_ml.errors import UsageError
from geoviz_ml.show import picture_grid, plot_history


def test_pictures_stand_in_rows_with_their_titles_and_the_rest_is_empty():
    fig, axes = picture_grid(
        np.eye(3)[None].repeat(5, 0), ["a", "b"], columns=3, rows=["one", "two"]
    )
    assert axes.shape == (2, 3)
    assert [ax.get_title() for ax in axes[0]] == ["a", "b", ""]
    assert [ax.get_ylabel() for ax in axes[:, 0]] == ["one", "two"]
    assert [len(ax.images) for ax in axes.flat] == [1, 1, 1, 1, 1, 0]
    plt.close(fig)


def test_no_picture_is_an_error():
    with pytest.raises(UsageError, match="no picture"):
        picture_grid([])


def test_curves_of_all_seeds_share_one_name_in_the_legend():
    curve = pd.DataFrame({"epoch": [1, 2], "train_loss": [2.0, 1.0], "valid_loss": [3.0, 2.0]})
    fig, ax = plt.subplots()
    plot_history(ax, [curve, curve], {"train_loss": "training", "valid_loss": "validation"})
    assert len(ax.lines) == 4
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["training", "validation"]
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), curve.train_loss)
    plt.close(fig)
