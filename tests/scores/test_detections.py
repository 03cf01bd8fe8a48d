"""Scores of detections, against a second implementation."""

import numpy as np
import pandas as pd
import pytest

from geoviz_ml.errors import UsageError
from geoviz_ml.scores import detection_scores, f1_tally, recall_by_size
from geoviz_ml.scores.detections import (
    COCO,
    average_precision,
    choose_confidence,
    precision_recall,
)
from geoviz_ml.scores.matching import box_iou, count_matches, match_boxes


def random_boxes(seed, pictures=12):
    """True boxes, and found ones: some near, some twice, some nowhere."""
    rng = np.random.default_rng(seed)
    found, truth = [], []
    for _ in range(pictures):
        low = rng.uniform(0, 200, (rng.integers(0, 5), 2))
        true = np.hstack([low, low + rng.uniform(15, 50, low.shape)])
        near = np.repeat(true, 2, axis=0) + rng.normal(0, 4, (2 * len(true), 4))
        low = rng.uniform(0, 200, (rng.integers(0, 3), 2))
        boxes = np.vstack([near[rng.random(len(near)) < 0.6], np.hstack([low, low + 25])])
        found.append(np.column_stack([boxes, rng.random(len(boxes))]))
        truth.append(true)
    return found, truth


def overlap(a, b):
    across = min(a[2], b[2]) - max(a[0], b[0])
    down = min(a[3], b[3]) - max(a[1], b[1])
    both = max(across, 0) * max(down, 0)
    return both / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - both)


def by_hand(found, truth, iou):
    """All found boxes by falling confidence: (confidence, right or wrong)."""
    rows = []
    for boxes, true in zip(found, truth, strict=True):
        free = list(range(len(true)))
        for box in sorted(boxes.tolist(), key=lambda b: -b[4]):
            best = max(free, key=lambda i: overlap(box, true[i]), default=None)
            right = best is not None and overlap(box, true[best]) >= iou
            if right:
                free.remove(best)
            rows.append((box[4], right))
    return sorted(rows, reverse=True)


def average_precision_by_hand(found, truth, iou):
    """COCO's: precision made monotone, read at 101 recalls."""
    right = np.array([row[1] for row in by_hand(found, truth, iou)])
    recall = right.cumsum() / sum(map(len, truth))
    precision = right.cumsum() / np.arange(1, len(right) + 1)
    precision = np.maximum.accumulate(precision[::-1])[::-1]
    steps = [precision[recall >= level - 1e-12] for level in np.linspace(0, 1, 101)]
    return np.mean([step[0] if len(step) else 0 for step in steps])


@pytest.mark.parametrize("seed", range(4))
def test_scores_agree_with_those_computed_by_hand(seed):
    found, truth = random_boxes(seed)
    scores = detection_scores(found, truth, confidence=0.3)
    for iou in (0.5, 0.7):
        sure = [b[b[:, 4] >= 0.3] for b in found]
        rows = by_hand(sure, truth, iou)
        hits = sum(right for _, right in rows)
        precision, recall = hits / len(rows), hits / sum(map(len, truth))
        assert scores[f"precision at IoU {iou}"] == pytest.approx(precision)
        assert scores[f"recall at IoU {iou}"] == pytest.approx(recall)
        assert scores[f"F1 at IoU {iou}"] == pytest.approx(2 / (1 / precision + 1 / recall))
    assert scores["simplified mAP at IoU 0.7"] == pytest.approx(precision * recall)
    aps = [average_precision_by_hand(found, truth, iou) for iou in COCO]
    assert scores["ap50"] == pytest.approx(aps[0], abs=1e-4)
    assert scores["ap50_95"] == pytest.approx(np.mean(aps), abs=1e-4)


def test_the_papers_f1_follows_from_its_precision_and_recall_and_its_map_does_not():
    precision, recall = 0.8075, 0.7422
    assert 2 * precision * recall / (precision + recall) == pytest.approx(0.7735, abs=5e-4)
    assert precision * recall == pytest.approx(0.5993, abs=1e-4)  # printed: 0.6137


def test_perfect_empty_and_wrong():
    _, truth = random_boxes(1)
    perfect = [np.column_stack([t, np.ones(len(t))]) for t in truth]
    assert list(detection_scores(perfect, truth).values()) == pytest.approx([1] * 9)
    none = detection_scores([np.zeros((0, 5))] * len(truth), truth)
    assert np.isnan(none["precision at IoU 0.5"])
    assert none["recall at IoU 0.5"] == none["ap50"] == 0
    assert np.isnan(none["F1 at IoU 0.5"]) or none["F1 at IoU 0.5"] == 0
    nothing_there = detection_scores(perfect, [np.zeros((0, 4))] * len(truth))
    assert nothing_there["precision at IoU 0.7"] == 0
    assert np.isnan(nothing_there["recall at IoU 0.7"])
    assert np.isnan(nothing_there["ap50"])


def test_a_second_box_on_the_same_thing_is_wrong():
    truth = [np.array([[0.0, 0, 20, 20]])]
    found = [np.array([[0, 0, 20, 20, 0.9], [1, 1, 21, 21, 0.8]])]
    assert count_matches(found, truth) == (1, 1, 0)


@pytest.mark.parametrize("seed", range(4))
def test_the_chosen_confidence_has_the_best_f1_of_all(seed):
    found, truth = random_boxes(seed)
    every = np.unique(np.concatenate([b[:, 4] for b in found]))

    def f1(cut):
        hits, wrong, missed = count_matches([b[b[:, 4] >= cut] for b in found], truth)
        return 2 * hits / (2 * hits + wrong + missed)

    assert f1(choose_confidence(found, truth)) == pytest.approx(max(map(f1, every)))


def test_precision_and_recall_are_those_of_the_boxes_from_each_confidence_on():
    found, truth = random_boxes(2)
    found = [np.round(boxes, 1) for boxes in found]  # some share a confidence
    cuts, precision, recall = precision_recall(found, truth)
    assert cuts.tolist() == sorted({c for b in found for c in b[:, 4]}, reverse=True)
    for cut, p, r in zip(cuts, precision, recall, strict=True):
        hits, wrong, missed = count_matches([b[b[:, 4] >= cut] for b in found], truth)
        assert (p, r) == pytest.approx((hits / (hits + wrong), hits / (hits + missed)))


def test_without_true_boxes_recall_is_not_a_number_and_without_found_ones_there_is_no_curve():
    one = [np.array([[0, 0, 9, 9, 0.5]])]
    _, precision, recall = precision_recall(one, [np.zeros((0, 4))])
    assert precision.tolist() == [0]
    assert np.isnan(recall).all()
    with pytest.raises(UsageError, match="nothing is found"):
        precision_recall([np.zeros((0, 5))], [np.zeros((0, 4))])


def test_lists_that_do_not_fit_are_refused():
    with pytest.raises(UsageError, match="2 pictures"):
        detection_scores([np.zeros((0, 5))] * 2, [np.zeros((0, 4))])
    with pytest.raises(UsageError, match=r"\(k, 5\)"):
        detection_scores([np.zeros((1, 4))], [np.zeros((0, 4))])


def test_f1_of_a_tally_is_that_of_the_scores_and_counts_whole_suns():
    found, truth = random_boxes(3)
    counted = f1_tally([found, found], truth, np.arange(12) // 4, iou=0.7)
    assert counted.parts.shape == (2, 3)
    assert counted.score == pytest.approx(detection_scores(found, truth)["F1 at IoU 0.7"])
    with pytest.raises(UsageError, match="11 pictures"):
        f1_tally([found[1:]], truth)


def test_recall_is_counted_by_the_side_of_the_true_box():
    truth = [np.array([[0.0, 0, 10, 10], [50, 50, 75, 75]]), np.array([[0.0, 0, 60, 40]])]
    found = [np.array([[0, 0, 10, 10, 1.0]]), np.array([[0, 0, 60, 35, 1.0], [0, 0, 9, 9, 2]])]
    rows = recall_by_size(found, truth)
    assert rows.index.tolist() == ["0 to 15 pixels", "20 to 30 pixels", "30 pixels or more"]
    assert rows.recall.tolist() == [1, 0, 1]
    assert rows.boxes.sum() == 3
    assert recall_by_size(found, truth, iou=0.9).recall.tolist() == [1, 0, 0]


def test_boxes_of_whole_numbers_overlap_as_those_of_floats():
    whole = np.array([[0, 0, 20, 10], [10, 0, 30, 10]])
    np.testing.assert_allclose(box_iou(whole, whole), box_iou(whole * 1.0, whole * 1.0))


def test_unsigned_boxes_that_lie_apart_do_not_overlap():
    one, other = np.array([[[0, 0, 200, 200]], [[210, 199, 410, 399]]], np.uint16)
    assert box_iou(one, other).tolist() == [[0]]
    assert box_iou(other, one).tolist() == [[0]]


SCORES = [
    count_matches,
    recall_by_size,
    average_precision,
    choose_confidence,
    precision_recall,
    detection_scores,
    lambda found, truth: f1_tally([found], truth).score,
]


@pytest.mark.parametrize("score", SCORES)
def test_boxes_may_be_lists_and_what_are_no_boxes_is_refused(score):
    found, truth = random_boxes(4)
    lists = [one.tolist() for one in found], [one.tolist() for one in truth]
    assert str(score(*lists)) == str(score(found, truth))
    with pytest.raises(UsageError, match="12 pictures, true ones in 11"):
        score(found, truth[1:])
    with pytest.raises(UsageError, match=r"\(k, 5\), these \(\d+, 4\)"):
        score([one[:, :4] for one in found], truth)


@pytest.mark.parametrize("score", [recall_by_size, choose_confidence, precision_recall])
def test_no_pictures_are_refused(score):
    with pytest.raises(UsageError, match="pictures"):
        score([], [])


def test_boxes_without_confidence_and_edges_that_do_not_ascend_are_refused():
    box = np.array([[0, 0, 9, 9]])
    with pytest.raises(UsageError, match=r"these \(1, 4\)"):
        match_boxes(box, box)
    for edges in [(0,), (0, 20, 10)]:
        with pytest.raises(UsageError, match="ascend"):
            recall_by_size([], [], edges)


def test_a_box_of_just_the_confidence_and_of_just_the_overlap_counts():
    """Half of the true box, so that IoU is exactly 0.5; its confidence is the one that is asked."""
    found, truth = [np.array([[0.0, 0, 10, 20, 0.4]])], [np.array([[0.0, 0, 20, 20]])]
    scores = detection_scores(found, truth, confidence=0.4)
    assert scores["precision at IoU 0.5"] == scores["recall at IoU 0.5"] == 1
    assert detection_scores(found, truth, confidence=0.41)["recall at IoU 0.5"] == 0
    assert recall_by_size(found, truth).to_dict("index") == {
        "20 to 30 pixels": {"recall": 1.0, "boxes": 1}
    }


def test_the_strictest_overlap_of_the_mean_precision_is_95_percent():
    """IoU 0.93: right at 0.5, 0.55 ... 0.9 and wrong at 0.95, nine of ten."""
    found, truth = [np.array([[0.0, 0, 93, 100, 0.9]])], [np.array([[0.0, 0, 100, 100]])]
    assert average_precision(found, truth) == pytest.approx((1, 0.9), abs=1e-6)


def test_columns_of_a_table_are_found_by_their_names():
    table = pd.DataFrame(
        {"confidence": [0.9], "class": [3], "x1": [0], "y1": [0], "x2": [20], "y2": [10]}
    )
    assert box_iou(table, [[0, 0, 20, 10]]).tolist() == [[1.0]]
    assert match_boxes(table, table).tolist() == [0]
    with pytest.raises(UsageError, match="needs a column confidence"):
        match_boxes(table.drop(columns="confidence"), table)


def test_a_box_of_width_and_height_is_refused_where_it_shows():
    with pytest.raises(UsageError, match="make x, y, x [+] width"):
        box_iou([[50, 50, 10, 10]], [[50, 50, 60, 60]])
    assert box_iou([[5, 5, 5, 5]], [[0, 0, 9, 9]]).tolist() == [[0.0]]  # a point is a box
