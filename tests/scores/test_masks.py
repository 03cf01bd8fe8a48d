"""Scores against scikit-learn and by hand."""

import math

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    jaccard_score,
    precision_score,
)

from geoviz_ml.errors import UsageError
from geoviz_ml.learn.losses import BinaryCrossEntropy
from geoviz_ml.scores import (
    all_scores,
    iou,
    mean_iou,
    mean_precision,
    mean_recall,
    pixel_accuracy,
    soft_iou,
)

RNG = np.random.default_rng(0)
PRED, TRUTH = RNG.random((3, 8, 9)) > 0.6, RNG.random((3, 8, 9)) > 0.7


@pytest.mark.parametrize("kind", [np.asarray, torch.from_numpy])
def test_scores_agree_with_scikit_learn(kind):
    pred, truth = kind(PRED), kind(TRUTH)
    flat = TRUTH.ravel(), PRED.ravel()
    assert iou(pred, truth) == pytest.approx(jaccard_score(*flat))
    assert iou(pred, truth, positive=False) == pytest.approx(jaccard_score(*flat, pos_label=0))
    assert mean_iou(pred, truth) == pytest.approx(jaccard_score(*flat, average="macro"))
    assert pixel_accuracy(pred, truth) == pytest.approx(accuracy_score(*flat))
    assert mean_precision(pred, truth) == pytest.approx(precision_score(*flat, average="macro"))
    assert mean_recall(pred, truth) == pytest.approx(balanced_accuracy_score(*flat))


def test_all_scores_are_those_of_their_functions():
    assert all_scores(PRED, TRUTH) == {
        "mean_iou": mean_iou(PRED, TRUTH),
        "iou": iou(PRED, TRUTH),
        "iou_background": iou(PRED, TRUTH, positive=False),
        "pixel_accuracy": pixel_accuracy(PRED, TRUTH),
        "mean_precision": mean_precision(PRED, TRUTH),
        "mean_recall": mean_recall(PRED, TRUTH),
    }


def test_background_everywhere_has_no_precision_and_a_recall_of_a_half():
    nothing = np.zeros_like(TRUTH)
    assert math.isnan(mean_precision(nothing, TRUTH))
    assert mean_recall(nothing, TRUTH) == 0.5


def test_soft_iou_of_a_mask_is_the_iou():
    hard = soft_iou(PRED.astype(float), TRUTH, smooth=0)
    assert hard == pytest.approx(iou(PRED, TRUTH))


@pytest.mark.parametrize(
    "score", [iou, soft_iou, mean_iou, pixel_accuracy, mean_precision, mean_recall]
)
def test_shapes_that_differ_are_not_stretched(score):
    with pytest.raises(UsageError, match=r"\(3, 8, 9\) pixels with \(8, 9\)"):
        score(PRED, TRUTH[0])


def test_nothing_to_score_is_nan():
    nothing = np.zeros((2, 2), bool)
    assert math.isnan(iou(nothing, nothing))
    assert soft_iou(nothing, nothing) == 1
    assert math.isnan(soft_iou(nothing, nothing, smooth=0))


def moved(values):
    """In rows of another number than another array's."""
    axes = {"y": np.arange(values.shape[0]) + values.sum(), "x": np.arange(values.shape[1])}
    return xr.DataArray(values, axes, ("y", "x"))


def renamed(values):
    """With names of the axes that another array does not have."""
    return xr.DataArray(values, dims=(f"y{values.sum()}", f"x{values.sum()}"))


@pytest.mark.parametrize(
    "kind", [moved, renamed, pd.DataFrame, np.ndarray.tolist, torch.from_numpy]
)
def test_pixels_are_compared_by_place_whatever_holds_them(kind):
    pred, truth = PRED[0], TRUTH[0]
    expected = all_scores(pred, truth)
    assert all_scores(kind(pred), kind(truth)) == expected
    assert all_scores(kind(pred), truth) == expected
    assert soft_iou(kind(pred), kind(truth)) == soft_iou(pred, truth)


@pytest.mark.parametrize("values", [[[1], [1, 0]], [["a", "b"]]])
def test_what_is_no_array_of_numbers_is_refused(values):
    with pytest.raises(UsageError, match="numbers"):
        iou(values, values)


def test_no_pixels_have_no_accuracy():
    with pytest.raises(UsageError, match="no pixels"):
        pixel_accuracy(np.zeros((0, 4)), np.zeros((0, 4)))


@pytest.mark.parametrize("kind", [np.float16, torch.float16, torch.bfloat16])
def test_sums_of_the_soft_iou_are_in_double_precision(kind):
    full = torch.full if isinstance(kind, torch.dtype) else np.full
    prob = full((512, 512), 0.9, dtype=kind)
    said = float(prob[0, 0])
    assert soft_iou(prob, np.ones((512, 512), bool), smooth=0) == pytest.approx(said)


@pytest.mark.parametrize("truth", [255 * TRUTH, np.where(TRUTH, np.nan, 0)])
def test_the_soft_iou_is_of_values_from_0_to_1(truth):
    with pytest.raises(UsageError, match="the truth must be in 0..1"):
        soft_iou(PRED, truth)


def test_a_probability_is_cut_at_the_threshold():
    prob = np.array([0.2, 0.4, 0.6])
    assert iou(prob, np.array([False, True, True]), threshold=0.4) == 1


@pytest.mark.parametrize(
    "pred",
    [
        np.array([0.9, np.nan, 0.1, 0.1]),
        np.array([0.3, 0.2, -4.0, -5.0]),  # logits: all above 0 would be right
        np.array([200, 120, 30, 20], np.uint8),  # probabilities in bytes
        np.array([0, 2, 1, 0]),  # classes
        np.array([np.inf, 0, 0, 0]),
    ],
)
@pytest.mark.parametrize("score", [iou, mean_iou, pixel_accuracy, mean_recall, all_scores])
def test_what_is_neither_a_mask_nor_a_probability_is_not_scored(score, pred):
    truth = np.array([True, True, False, False])
    with pytest.raises(UsageError, match="masks are 0 and 1 and probabilities between"):
        score(pred, truth)
    with pytest.raises(UsageError, match="masks are 0 and 1 and probabilities between"):
        score(truth, pred)


def test_a_mask_of_a_file_counts_as_one_of_bool():
    assert iou(255 * PRED.astype(np.uint8), TRUTH) == iou(PRED, TRUTH)
    assert iou(PRED, TRUTH.astype(np.float16)) == iou(PRED, TRUTH)


def test_arrays_with_their_dimensions_in_another_order_are_not_compared():
    one = xr.DataArray(np.eye(3) > 0, dims=("y", "x"))
    assert iou(one, one) == 1
    with pytest.raises(UsageError, match="transpose"):
        iou(one, one.transpose("x", "y"))


def test_loss_is_the_formula_in_float64():
    logits = torch.from_numpy(RNG.normal(size=(2, 1, 4, 4)))
    target = torch.from_numpy(TRUTH[:2, None, :4, :4])
    p, t = 1 / (1 + np.exp(-logits.numpy())), target.numpy()
    expected = -(t * np.log(p) + (1 - t) * np.log(1 - p)).mean()
    loss = BinaryCrossEntropy()
    assert loss(logits, target).item() == pytest.approx(expected, rel=1e-6)
    np.testing.assert_allclose(loss.activation(logits), p, rtol=1e-5)
    assert torch.equal(loss.decodes(logits), loss.activation(logits) > 0.5)
