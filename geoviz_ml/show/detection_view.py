"""What one setting of its decoding makes of a grid detector's answers: boxes, matches, scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..boxes.decode import decode_coverage
from ..scores.matching import match_boxes
from .numbers import digits


@dataclass
class DetectionView:
    """What one setting makes of a detector's answers.

    Attributes
    ----------
    cells : list of int
        Cells with enough coverage, in each picture.
    boxes : list of ndarray (k, 5)
        x1, y1, x2, y2 in pixels and confidence.
    matches : list of ndarray (k,)
        Which true box each is, -1: none.
    truth : list of ndarray (m, 4)
    """

    setting: tuple[float, int, float]
    cells: list[int]
    boxes: list[np.ndarray]
    matches: list[np.ndarray]
    truth: list[np.ndarray]

    @property
    def counts(self) -> np.ndarray:
        """Hits, false alarms and misses of each picture, (N, 3)."""
        rows = [
            ((m >= 0).sum(), (m < 0).sum(), len(t) - (m >= 0).sum())
            for m, t in zip(self.matches, self.truth, strict=True)
        ]
        return np.array(rows, int)

    @property
    def scores(self) -> tuple[float, float, float]:
        """Precision, recall and F1 of all pictures together; NaN where not defined."""
        hits, wrong, missed = (int(n) for n in self.counts.sum(axis=0))
        precision = hits / (hits + wrong) if hits + wrong else np.nan
        recall = hits / (hits + missed) if hits + missed else np.nan
        both = precision + recall
        return precision, recall, 0.0 if both == 0 else 2 * precision * recall / both

    def text(self, picture: int = 0) -> str:
        """What is said of one picture and of all."""
        coverage, threshold, eps = self.setting
        hits, wrong, missed = self.counts[picture]
        precision, recall, f1 = (digits(score, 3) for score in self.scores)
        where = f"All {len(self.cells)} pictures" if len(self.cells) > 1 else "Scores"
        return (
            f"Coverage {digits(coverage, 2)}, threshold {threshold}, eps {digits(eps, 2)}: "
            f"{self.cells[picture]} cells propose, {hits + wrong} boxes are left, {hits} right, "
            f"{wrong} false, {missed} missed. "
            f"{where}: precision {precision}, recall {recall}, F1 {f1}"
        )


def detection_view(
    outputs: np.ndarray,
    truth: Sequence[np.ndarray],
    coverage: float,
    threshold: int,
    eps: float,
    stride: int = 8,
    iou: float = 0.5,
) -> DetectionView:
    """Decode answers with one setting and match the boxes with the true ones.

    Parameters
    ----------
    outputs : ndarray (N, 5, h, w)
        Coverage in 0..1 and corners in pixels.
    truth : sequence of N arrays (m, 4)
        x1, y1, x2, y2 in pixels.
    coverage, threshold, eps, stride
        As in `decode_coverage`.
    iou : float
        Least overlap of a box that is right.
    """
    options = {"coverage": coverage, "threshold": threshold, "eps": eps}
    boxes = [decode_coverage(out, stride, **options) for out in outputs]
    matches = [match_boxes(b, t, iou) for b, t in zip(boxes, truth, strict=True)]
    cells = [int((out[0] >= coverage).sum()) for out in outputs]
    return DetectionView((coverage, threshold, eps), cells, boxes, matches, list(truth))
