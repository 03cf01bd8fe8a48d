"""Targets and curves of detectors, as drawn."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from geoviz_ml.boxes import encode_boxes
from geoviz_ml.errors import UsageError
from geoviz_ml.scores.matching import count_matches
from geoviz_ml.show import plot_precision_recall, plot_target
from geoviz_ml.show.plots import plot_sun

BOXES = np.array([[10.0, 20, 40, 60], [50, 40, 60, 60]])


@pytest.fixture
def ax():
    figure, ax = plt.subplots()
    yield ax
    plt.close(figure)


def test_arrows_lead_from_a_cell_of_a_box_to_its_corners(ax):
    target = encode_boxes(BOXES, (64, 64), stride=8)
    plot_sun(ax, np.zeros((64, 64)), near=(30, 40, 20))
    plot_target(ax, target, BOXES[1])
    ends = [np.add(arrow.xy, 0.5) for arrow in ax.texts]
    np.testing.assert_allclose(ends, BOXES[1].reshape(2, 2))
    x, y = np.add(ax.texts[0].xyann, 0.5) / 8  # of the cell
    assert target[0, int(y), int(x)] == 1
    assert ax.axis() == (10, 50, 60, 20)  # what is shown stays
    legend = [text.get_text() for text in ax.get_legend().get_texts()]
    assert legend == ["covered cells", "corners, from one cell"]


def test_shaded_are_the_cells_that_an_object_covers(ax):
    target = encode_boxes(BOXES, (64, 64), stride=8)
    plot_target(ax, target, BOXES[0])
    shade = ax.images[0]
    np.testing.assert_array_equal(~shade.get_array().mask, target[0] == 1)
    assert shade.get_extent() == [-0.5, 63.5, 63.5, -0.5]


def test_a_box_that_the_target_does_not_know_is_an_error(ax):
    with pytest.raises(UsageError, match="no cell points at the box"):
        plot_target(ax, encode_boxes(BOXES, (64, 64)), [0, 0, 30, 30])


def test_the_dot_lies_where_the_chosen_confidence_leads(ax):
    truth = [BOXES, BOXES[:1]]
    found = [
        np.array([[10, 20, 40, 60, 0.9], [0, 0, 9, 9, 0.5], [50, 40, 60, 60, 0.4]]),
        np.array([[0, 0, 9, 9, 0.7]]),
    ]
    plot_precision_recall(ax, {"one": found}, truth, {"one": 0.45})
    _, dot = ax.lines
    hits, wrong, missed = count_matches([b[b[:, 4] >= 0.45] for b in found], truth)
    assert dot.get_xydata().tolist() == [[hits / (hits + missed), hits / (hits + wrong)]]
    assert ax.get_legend_handles_labels()[1] == ["one"]
