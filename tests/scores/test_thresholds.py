"""The rule that chooses a threshold."""

import numpy as np
import pytest

from geoviz_ml.errors import UsageError
from geoviz_ml.scores.thresholds import THRESHOLDS, choose_threshold

TRUTH = np.zeros((4, 10, 10), bool)
TRUTH[:2, 3:6] = True


def test_the_best_iou_wins_when_quiet_pictures_stay_quiet():
    prob = np.where(TRUTH, 0.62, 0.31)
    assert 0.31 < choose_threshold(prob, TRUTH) <= 0.62


def test_a_threshold_that_flags_quiet_pictures_is_not_allowed():
    prob = np.where(TRUTH, 0.62, 0.0)
    prob[2:, 0] = 0.7  # a false alarm on one row in ten
    assert choose_threshold(prob, TRUTH) > 0.7
    assert choose_threshold(prob, TRUTH, quiet_limit=0.2) <= 0.62


def test_without_an_allowed_threshold_the_highest_is_taken():
    assert choose_threshold(np.ones(TRUTH.shape), TRUTH) == THRESHOLDS[-1]


def test_without_quiet_pictures_the_best_iou_decides():
    prob = np.where(TRUTH, 0.62, 0.31)
    assert 0.31 < choose_threshold(prob[:2], TRUTH[:2]) <= 0.62


@pytest.mark.parametrize(
    ("prob", "truth", "said"),
    [
        (TRUTH[0], TRUTH[0], r"\(10, 10\)"),
        (TRUTH, TRUTH[:2], r"\(4, 10, 10\) pixels with \(2, 10, 10\)"),
        (TRUTH[:0], TRUTH[:0], r"\(0, 10, 10\)"),
        (TRUTH, TRUTH * 0.3, "prob >= 0.5"),
    ],
)
def test_what_are_no_pictures_with_masks_is_refused(prob, truth, said):
    with pytest.raises(UsageError, match=said):
        choose_threshold(prob * 1.0, truth)


def test_one_quiet_pixel_in_400_may_be_flagged_of_all_quiet_pictures_together():
    """Ten quiet pictures of 100 pixels: two may be flagged, also in one picture; three may not."""
    truth = np.zeros((11, 10, 10), bool)
    truth[0, 3:6] = True
    prob = np.where(truth, 0.42, 0.0)
    for flagged, kept in ((2, True), (3, False)):
        prob[1].flat[:flagged] = 0.92
        assert (choose_threshold(prob, truth) <= 0.42) == kept
    quiet = np.zeros((5, 10, 10), bool)
    quiet[0, 3:6] = True
    prob = np.where(quiet, 0.42, 0.0)
    prob[1, 0, 0] = 0.92  # one of 400, which is just the limit
    assert choose_threshold(prob, quiet) <= 0.42
