"""What knowing nothing scores, against the scores themselves."""

import numpy as np
import pytest
import torch

from geoviz_ml.errors import UsageError
from geoviz_ml.scores import (
    constant_cross_entropy,
    constant_soft_iou,
    majority_accuracy,
    soft_iou,
)


@pytest.mark.parametrize("ones", [1, 40, 110])
def test_a_constant_has_the_loss_and_the_soft_iou_that_the_floors_say(ones):
    truth = np.zeros(1100)
    truth[:ones] = 1
    share = ones / 1100
    said = torch.full((1100,), share, dtype=torch.float64)
    loss = torch.nn.functional.binary_cross_entropy(said, torch.from_numpy(truth))
    assert constant_cross_entropy(share) == pytest.approx(loss.item(), rel=1e-12)
    assert constant_soft_iou(share) == pytest.approx(soft_iou(said.numpy(), truth, smooth=0))


def test_no_other_constant_has_a_lower_loss():
    truth = torch.tensor([1.0] + 10 * [0.0], dtype=torch.float64)
    others = [
        torch.nn.functional.binary_cross_entropy(torch.full_like(truth, p), truth).item()
        for p in np.linspace(0.01, 0.99, 99)
    ]
    assert constant_cross_entropy(1 / 11) <= min(others)


def test_ten_pixels_of_background_for_one_give_the_numbers_of_the_chapter():
    assert round(constant_cross_entropy(1 / 11), 3) == 0.305
    assert round(constant_soft_iou(10 / 11), 3) == 0.833


def test_where_all_is_one_class_nothing_is_left_to_lose():
    assert constant_cross_entropy(0) == constant_cross_entropy(1) == 0
    with pytest.raises(UsageError, match="a share of 2"):
        constant_soft_iou(2)


def test_the_majority_is_right_as_often_as_it_occurs():
    assert majority_accuracy(["alpha", "beta", "beta", "gamma"]) == 0.5
    with pytest.raises(UsageError, match="no labels"):
        majority_accuracy([])


@pytest.mark.parametrize("labels", [{"alpha", "beta"}, (name for name in "ab"), "beta", [["a"]]])
def test_the_majority_is_one_of_a_list(labels):
    with pytest.raises(UsageError, match="Give a list"):
        majority_accuracy(labels)
