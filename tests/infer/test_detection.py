"""From a grid of answers to boxes."""

import numpy as np
import pandas as pd
import pytest
import torch

from geoviz_ml.boxes import decode_coverage, encode_boxes
from geoviz_ml.errors import UsageError
from geoviz_ml.infer.detection import choose_decoding, detect
from geoviz_ml.models import DetectNet, small_faster_rcnn

BOXES = np.array([[100.0, 100, 200, 180], [20, 300, 80, 340], [300, 40, 340, 80]])


@pytest.mark.parametrize("stride", [8, 16])
def test_a_perfect_answer_decodes_to_the_boxes_it_was_made_from(stride):
    found = decode_coverage(encode_boxes(BOXES, (384, 384), stride)[:5], stride)
    assert sorted(found[:, :4].tolist()) == sorted(BOXES.tolist())


def test_confidence_is_the_logarithm_of_the_number_of_cells():
    target = encode_boxes(BOXES[:1], (384, 384), 16)
    assert decode_coverage(target[:5], 16)[0, 4] == pytest.approx(np.log(9))


def test_a_box_seen_by_fewer_than_four_cells_is_never_found_as_published():
    """8 x 8 pixels in the middle of a cell: one cell sees it, whatever the network learns."""
    target = encode_boxes([[68, 68, 76, 76]], (128, 128), 16)
    assert target[0].sum() == 1
    assert len(decode_coverage(target[:5], 16)) == 0
    assert len(decode_coverage(target[:5], 16, threshold=0)) == 1


def test_low_coverage_and_low_boxes_are_left_out():
    target = encode_boxes(BOXES, (384, 384), 8)[:5]
    assert len(decode_coverage(target, 8, min_height=50)) == 1
    assert len(decode_coverage(target * 0.5, 8)) == 0


def test_a_corner_out_of_order_is_no_box():
    target = encode_boxes(BOXES[:1], (384, 384), 8)[:5]
    target[[1, 3]] = target[[3, 1]]
    assert decode_coverage(target, 8).shape == (0, 5)


@pytest.mark.parametrize("make", [lambda: DetectNet(width=0.125), small_faster_rcnn])
def test_detectors_answer_with_boxes_and_confidence_and_keep_their_mode(make):
    torch.manual_seed(0)
    model = make().train()
    found = detect(model, np.random.default_rng(0).random((3, 64, 96)), batch_size=2)
    assert len(found) == 3
    assert all(boxes.ndim == 2 and boxes.shape[1] == 5 for boxes in found)
    assert model.training


def test_one_picture_alone_is_refused_with_advice():
    with pytest.raises(UsageError, match=r"picture\[None\]"):
        detect(DetectNet(width=0.125), np.zeros((64, 64)))
    with pytest.raises(UsageError, match="must have one size"):
        detect(DetectNet(width=0.125), [np.zeros((64, 64)), np.zeros((64, 80))])


class Answers(torch.nn.Module):
    """A DetectNet that answers what it is told, whatever the pictures."""

    stride = 8

    def __init__(self, targets):
        super().__init__()
        answer = torch.from_numpy(np.stack([t[:5] for t in targets]))
        answer[:, 0] = torch.logit(answer[:, 0].clamp(0.01, 0.99))
        self.answer = torch.nn.Parameter(answer, requires_grad=False)

    def forward(self, x):
        return self.answer[: len(x)].clone()


def test_thresholds_are_those_that_let_the_true_boxes_through_and_no_others():
    target = encode_boxes(BOXES, (384, 384), 8)
    rows, columns = np.nonzero(encode_boxes(BOXES[2:], (384, 384), 8)[0])
    target[0, rows, columns] = 0.45  # that box is seen faintly
    decoding, confidence = choose_decoding(
        Answers([target]), np.zeros((1, 384, 384)), [BOXES], coverage=(0.4, 0.5)
    )
    assert decoding["coverage"] == 0.4
    found = decode_coverage(target[:5], 8, **decoding)
    assert (found[:, 4] >= confidence).sum() == len(BOXES)
    decoding, confidence = choose_decoding(
        Answers([target]), np.zeros((1, 384, 384)), [BOXES[:2]], coverage=(0.4, 0.5)
    )
    found = decode_coverage(target[:5], 8, **decoding)
    assert (found[:, 4] >= confidence).sum() == 2


def test_boxes_to_choose_by_may_be_lists_or_tables():
    model, pictures = Answers([encode_boxes(BOXES, (384, 384), 8)]), np.zeros((1, 384, 384))
    table = pd.DataFrame(BOXES, columns=["x1", "y1", "x2", "y2"]).assign(spots=3)
    expected = choose_decoding(model, pictures, [BOXES])
    assert choose_decoding(model, pictures, [BOXES.tolist()]) == expected
    assert choose_decoding(model, pictures, [table]) == expected
    with pytest.raises(UsageError, match="1 pictures and boxes of 2"):
        choose_decoding(model, pictures, [BOXES, BOXES])


def test_a_detector_that_finds_nothing_gives_no_thresholds():
    target = encode_boxes([], (128, 128), 8)
    with pytest.raises(UsageError, match="nothing is found"):
        choose_decoding(Answers([target]), np.zeros((1, 128, 128)), [np.zeros((0, 4))])


def grid(cells, coverage=1.0):
    """An answer of 8 x 8 cells of 8 pixels: these propose the box 10, 10, 50, 60."""
    answer = np.zeros((5, 8, 8), np.float32)
    for row, column in cells:
        answer[0, row, column] = coverage
        answer[1:, row, column] = np.array([10, 10, 50, 60]) - 8 * np.array([column, row] * 2)
    return answer


def test_the_published_decoding_is_what_nothing_said_means():
    """Coverage of 0.6, more than three cells, edges within 0.02 of half the sum of two sides."""
    four = [(2, 2), (2, 3), (3, 2), (3, 3)]
    just = grid(four, np.float32(0.6))
    assert len(decode_coverage(just.astype(np.float64).round(6))) == 1
    assert len(decode_coverage(grid(four, 0.59))) == 0
    assert len(decode_coverage(grid(four[:3]))) == 0
    apart = grid(four)
    apart[3, 3, 2:4] += 2  # 2 pixels; 0.02 (40 + 50) / 2 is 0.9
    assert len(decode_coverage(apart)) == 0
    assert len(decode_coverage(apart, eps=0.05)) == 1


def test_corners_are_rounded_to_the_nearest_pixel():
    answer = grid([(2, 2), (2, 3), (3, 2), (3, 3)])
    answer[1:] += np.array([0.6, -0.4, 0.6, -0.4])[:, None, None]
    assert decode_coverage(answer)[0, :4].tolist() == [11, 10, 51, 60]


def test_the_decoding_of_the_best_f1_is_chosen_not_of_precision_or_recall():
    """At 0.6 one of two boxes, at 0.5 both and a wrong one, at 0.4 four wrong ones more.

    F1 is 2/3, 4/5 and 4/9; precision is best at the first, recall at the last two.
    """
    true = [[8, 8, 40, 40], [72, 72, 104, 104]]
    wrong = [[8, 72, 40, 104], [72, 8, 104, 40], [136, 8, 168, 40], [136, 72, 168, 104],
             [136, 136, 168, 168]]  # fmt: skip
    target = encode_boxes([*true, *wrong], (192, 192), 8)
    for box, coverage in zip([*true, *wrong], (0.9, 0.55, 0.55, *[0.45] * 4), strict=True):
        left, top, right, bottom = np.array(box) // 8
        part = target[0, top:bottom, left:right]
        part[part > 0] = coverage
    model, pictures = Answers([target]), np.zeros((1, 192, 192))
    decoding, confidence = choose_decoding(model, pictures, [np.array(true, float)])
    assert decoding["coverage"] == 0.5
    assert decoding["threshold"] == 1
    (found,) = detect(model, pictures, **decoding)
    assert (found[:, 4] >= confidence).sum() == 3
