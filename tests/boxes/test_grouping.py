"""Grouping of rectangles, against what OpenCV 4 answered."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from geoviz_ml.boxes import decode_coverage, encode_boxes, group_rectangles
from geoviz_ml.errors import UsageError

RECORDED = json.loads(Path(__file__).with_name("grouping_opencv.json").read_text())["cases"]


@pytest.mark.parametrize("case", RECORDED)
def test_answers_are_those_recorded_from_opencv(case):
    found, counts = group_rectangles(np.array(case["boxes"]), case["threshold"], case["eps"])
    assert found.tolist() == case["rectangles"]
    assert counts.tolist() == case["counts"]


def test_answers_are_those_of_an_installed_opencv():
    cv2 = pytest.importorskip("cv2")
    if not hasattr(cv2, "groupRectangles"):
        pytest.skip("this OpenCV has no groupRectangles")
    rng = np.random.default_rng(3)
    for _ in range(200):
        boxes = np.hstack([rng.integers(0, 12, (20, 2)), rng.integers(20, 30, (20, 2))])
        found, counts = cv2.groupRectangles(boxes.tolist(), 2, 0.2)
        ours, numbers = group_rectangles(boxes, 2, 0.2)
        assert ours.tolist() == np.reshape(found, (-1, 4)).tolist()
        assert numbers.tolist() == np.ravel(counts).tolist()


def test_three_boxes_are_too_few_for_the_published_threshold_and_four_are_enough():
    boxes = np.array([[10, 10, 40, 30]] * 4)
    assert len(group_rectangles(boxes[:3])[0]) == 0
    found, counts = group_rectangles(boxes)
    assert found.tolist() == [[10, 10, 40, 30]]
    assert counts.tolist() == [4]


def test_no_box_gives_no_box():
    found, counts = group_rectangles(np.zeros((0, 4)))
    assert found.shape == (0, 4)
    assert counts.shape == (0,)


def test_fractions_are_refused_not_cut():
    with pytest.raises(UsageError, match="whole numbers"):
        group_rectangles(np.array([[0.5, 0, 10, 10]]))


def test_a_group_within_a_rounded_margin_of_a_larger_one_is_dropped():
    """OpenCV: dx = cvRound(48 * 0.02) = 1: one pixel beyond the large one is still inside."""
    large, small = [[10, 10, 48, 48]] * 8, [[9, 20, 20, 20]] * 4
    assert group_rectangles(np.array(large + small))[0].tolist() == [[10, 10, 48, 48]]
    beyond = [[8, 20, 20, 20]] * 4
    assert len(group_rectangles(np.array(large + beyond))[0]) == 2


def test_a_rectangle_without_an_end_is_refused():
    with pytest.raises(UsageError, match="round first"):
        group_rectangles([[0, 0, np.inf, 1]] * 4)


def test_an_answer_is_of_one_picture():
    target = encode_boxes([[8, 8, 40, 40]], (64, 64))
    found = decode_coverage(target[:5])
    np.testing.assert_array_equal(decode_coverage(target[:5].tolist()), found)
    np.testing.assert_array_equal(decode_coverage(torch.from_numpy(target[:5])), found)
    for wrong in (target, target[None, :5]):
        with pytest.raises(UsageError, match=r"an answer is \(5, h, w\)"):
            decode_coverage(wrong)
