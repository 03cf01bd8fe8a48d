"""The target on the grid, and crops with their boxes."""

import numpy as np
import pandas as pd
import pytest

from geoviz_ml.boxes import coverage_rectangle, encode_boxes
from geoviz_ml.errors import UsageError
from geoviz_ml.prepare import BoxCrops

SIZE = (352, 1248)


@pytest.mark.parametrize(
    ("box", "rectangle", "columns", "rows", "norm"),
    [
        ((100, 100, 200, 180), (130, 124, 170, 156), (8, 10), (7, 9), 0.2),
        ((0, 0, 40, 40), (10, 10, 30, 30), (0, 1), (0, 1), 0.64),
        ((5, 5, 15, 15), (5, 5, 15, 15), (0, 0), (0, 0), 2.56),
    ],
)
def test_worked_examples_of_nvidias_rule(box, rectangle, columns, rows, norm):
    assert coverage_rectangle(np.array([box], float)).tolist() == [list(rectangle)]
    target = encode_boxes([box], SIZE, stride=16)
    covered = np.argwhere(target[0] == 1)
    assert covered.min(axis=0).tolist() == [rows[0], columns[0]]
    assert covered.max(axis=0).tolist() == [rows[1], columns[1]]
    assert len(covered) == (rows[1] - rows[0] + 1) * (columns[1] - columns[0] + 1)
    row, column = covered[-1]
    seen = np.array(box) - np.array([column, row, column, row]) * 16
    assert target[1:5, row, column].tolist() == seen.tolist()
    width, height = box[2] - box[0], box[3] - box[1]
    expected = norm / np.array([width, height, width, height])
    np.testing.assert_allclose(target[5:, row, column], expected, rtol=1e-6)
    assert not target[:, target[0] == 0].any()


def test_coverage_agrees_with_overlaps_computed_cell_by_cell():
    rng = np.random.default_rng(0)
    for _ in range(20):
        low = rng.uniform(0, 90, 2)
        box = np.hstack([low, low + rng.uniform(1, 60, 2)]).clip(0, 128)
        (x1, y1, x2, y2) = coverage_rectangle(box[None])[0]
        target = encode_boxes([box], (128, 128), 8)[0]
        for row in range(16):
            for column in range(16):
                across = min(x2, column * 8 + 8) - max(x1, column * 8)
                down = min(y2, row * 8 + 8) - max(y1, row * 8)
                assert target[row, column] == float(across > 0 and down > 0)


def test_the_later_box_gets_a_cell_that_two_want():
    target = encode_boxes([[0, 0, 64, 64], [16, 16, 48, 48]], (64, 64), 8)
    assert target[1:5, 4, 4].tolist() == [16 - 32, 16 - 32, 48 - 32, 48 - 32]


def test_boxes_are_cut_at_the_edge_and_those_outside_dropped():
    cut = encode_boxes([[-20, 10, 30, 40], [100, 100, 120, 120]], (64, 64), 8)
    np.testing.assert_array_equal(cut, encode_boxes([[0, 10, 30, 40]], (64, 64), 8))


def test_a_picture_without_boxes_has_an_empty_target():
    assert not encode_boxes([], (64, 64), 8).any()


def test_a_table_is_as_good_as_an_array():
    table = pd.DataFrame([["spot", 0, 0, 30, 30]], columns=["label", "x1", "y1", "x2", "y2"])
    np.testing.assert_array_equal(
        encode_boxes(table, (64, 64)), encode_boxes([[0, 0, 30, 30]], (64, 64))
    )


@pytest.mark.parametrize("boxes", [[[5, 5, 1, 9]], [[0, 0, np.nan, 9]], [[1, 2, 3]], [1, 2, 3, 4]])
def test_boxes_that_are_none_are_refused(boxes):
    with pytest.raises(UsageError, match="box"):
        encode_boxes(boxes, (64, 64))


def test_crops_keep_the_boxes_on_their_things():
    """The picture holds a bright rectangle where its box is; so does every crop."""
    picture = np.zeros((96, 128), np.float32)
    picture[30:50, 60:90] = 1
    crop = BoxCrops(64, keep=0.0)
    seen = 0
    for _ in range(100):
        part, boxes = crop(picture, np.array([[60.0, 30, 90, 50]]))
        assert part.shape == (64, 64)
        for x1, y1, x2, y2 in boxes.astype(int):
            expected = np.zeros((64, 64))
            expected[y1:y2, x1:x2] = 1
            np.testing.assert_array_equal(part, expected)
            seen += 1
        assert len(boxes) or not part.any()
    assert seen > 60


def test_little_of_a_box_is_no_box():
    crop = BoxCrops(32, near=0, keep=0.5, flip=False)
    for _ in range(50):
        part, boxes = crop(np.eye(64), np.array([[20.0, 20, 44, 44]]))
        for x1, y1, x2, y2 in boxes:
            assert (x2 - x1) * (y2 - y1) > 0.5 * 24 * 24


def test_the_same_seed_gives_the_same_crops():
    crop, picture = BoxCrops(32), np.random.default_rng(0).random((64, 64))
    runs = []
    for _ in range(2):
        crop.seed(4)
        runs.append([crop(picture, np.array([[10.0, 10, 30, 30]]))[0] for _ in range(5)])
    np.testing.assert_array_equal(*runs)


def test_a_crop_larger_than_the_picture_is_refused():
    with pytest.raises(UsageError, match="no crop of 256"):
        BoxCrops(256)(np.zeros((64, 64)), np.zeros((0, 4)))


def test_three_quarters_of_the_crops_are_laid_around_a_box():
    """A box in the middle of a large picture, which chance would hold once in ten crops."""
    crops, boxes = BoxCrops(64), np.array([[300.0, 300, 310, 310]])
    held = np.mean([len(crops(np.zeros((640, 640)), boxes)[1]) for _ in range(600)])
    by_chance = 64**2 / 577**2
    assert held == pytest.approx(0.75 + 0.25 * by_chance, abs=0.06)


def test_boxes_of_bytes_have_their_middle_where_those_of_floats_have_it():
    box = np.array([[100, 100, 250, 250]])
    expected = coverage_rectangle(box.astype(float))
    np.testing.assert_array_equal(coverage_rectangle(box.astype(np.uint8)), expected)
    np.testing.assert_array_equal(coverage_rectangle(box.tolist()), expected)
