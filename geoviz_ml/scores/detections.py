"""Scores of detections: precision, recall and what DIGITS calls mAP; standard average precision.

Boxes of a picture are an array (k, 4) or more columns: x1, y1, x2, y2 in pixels; of those found the
fifth is the confidence.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import numpy as np

from ..errors import UsageError
from .intervals import Tally, tally
from .matching import count_matches, in_pairs, match_boxes

OVERLAPS = (0.5, 0.7)  # IoU of a match: what is usual, and what DIGITS asks for
COCO = tuple(np.round(np.arange(0.5, 0.96, 0.05), 2).tolist())  # IoU of AP50:95


def detection_scores(
    found: Sequence[np.ndarray],
    truth: Sequence[np.ndarray],
    *,
    confidence: float = -math.inf,
    overlaps: Sequence[float] = OVERLAPS,
) -> dict[str, float]:
    """Precision, recall and F1 at overlaps that are named, and the average precisions.

    Parameters
    ----------
    found : list of N arrays (k, 5)
        x1, y1, x2, y2, confidence.
    truth : list of N arrays (m, 4)
    confidence : float
        Found boxes below it do not count for precision, recall, F1 and the simplified mAP; choose
        it on validation pictures. The average precisions look at all confidences.
    overlaps : sequence of float
        IoU that a match needs: each gets its precision, recall and F1.

    Returns
    -------
    dict
        `precision at IoU 0.5`, `recall at IoU 0.5`, `F1 at IoU 0.5` and so on for each overlap;
        `simplified mAP at IoU 0.7`, precision times recall as DIGITS has it (there, it seems,
        averaged over batches); `ap50` and `ap50_95` as COCO defines them. NaN where there is
        nothing to score.

    Raises
    ------
    UsageError
        The lists differ in length, or hold something else than boxes.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.scores import detection_scores
    >>> found = [np.array([[0, 0, 20, 20, 0.9], [50, 50, 60, 60, 0.4]])]
    >>> truth = [np.array([[0, 0, 20, 16]])]
    >>> scores = detection_scores(found, truth)
    >>> scores["precision at IoU 0.5"], scores["recall at IoU 0.7"]  # they overlap by 0.8
    (0.5, 1.0)
    """
    found, truth = in_pairs(found, truth)
    sure = [boxes[boxes[:, 4] >= confidence] for boxes in found]
    scores = {}
    for iou in overlaps:
        precision, recall = _precision_recall(*count_matches(sure, truth, iou))
        both = precision + recall
        scores[f"precision at IoU {iou:g}"] = precision
        scores[f"recall at IoU {iou:g}"] = recall
        scores[f"F1 at IoU {iou:g}"] = 0.0 if both == 0 else 2 * precision * recall / both
    strict = _precision_recall(*count_matches(sure, truth, 0.7))
    scores["simplified mAP at IoU 0.7"] = strict[0] * strict[1]
    scores["ap50"], scores["ap50_95"] = average_precision(found, truth)
    return scores


def f1_tally(
    found: Sequence[Sequence[np.ndarray]],
    truth: Sequence[np.ndarray],
    groups: np.ndarray | None = None,
    *,
    iou: float = 0.5,
) -> Tally:
    """F1 as the ratio of two sums, 2 TP over 2 TP + FP + FN, for `interval` and `lead`.

    Parameters
    ----------
    found : list, one a seed, of lists of N arrays (k, 5)
        Only the boxes that count.
    truth : list of N arrays (m, 4)
    groups : array (N,), optional
        The Sun of each picture: its pictures are counted together.
    iou : float
        Overlap that a match needs.

    Raises
    ------
    UsageError
        The lists differ in length, hold something else than boxes, or there is nothing.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.scores import f1_tally
    >>> found = [np.array([[0, 0, 20, 20, 0.9], [50, 50, 60, 60, 0.4]])]
    >>> truth = [np.array([[0, 0, 20, 16]])]
    >>> round(f1_tally([found], truth).score, 3)  # one seed: 2 TP / (2 TP + FP + FN)
    0.667
    """
    rows = []
    for boxes in found:
        pairs = zip(*in_pairs(boxes, truth), strict=True)
        rows.append([count_matches([f], [t], iou) for f, t in pairs])
    hits, wrong, missed = np.moveaxis(np.array(rows, float).reshape(len(rows), -1, 3), 2, 0)
    return tally(2 * hits, 2 * hits + wrong + missed, groups)


def recall_by_size(
    found: Sequence[np.ndarray],
    truth: Sequence[np.ndarray],
    edges: Sequence[float] = (0, 15, 20, 30, math.inf),
    iou: float = 0.5,
):
    """Which part of the small, middle and large true boxes is found.

    Parameters
    ----------
    found : list of N arrays (k, 5)
        Only the boxes that count.
    truth : list of N arrays (m, 4)
    edges : sequence of float
        Pixels of a box's side, the square root of its area, at which one size ends.
    iou : float
        Overlap that a match needs.

    Returns
    -------
    DataFrame
        A row a size, named "20 to 30 pixels": `recall`, and the number of `boxes`. Sizes of which
        there is no box are left out.

    Raises
    ------
    UsageError
        The lists differ in length, hold something else than boxes, or are empty; or edges
        do not ascend.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.scores import recall_by_size
    >>> found = [np.array([[0, 0, 20, 20, 0.9], [50, 50, 60, 60, 0.4]])]
    >>> truth = [np.array([[0, 0, 20, 16]])]
    >>> recall_by_size(found, truth).recall.to_dict()
    {'15 to 20 pixels': 1.0}
    """
    import pandas as pd

    if len(edges) < 2 or not (np.diff(edges) > 0).all():
        raise UsageError(f"edges of sizes are two numbers or more that ascend, not {edges}.")
    found, truth = in_pairs(found, truth)
    if not truth:
        raise UsageError("there are no pictures.")
    sides = [np.sqrt((t[:, 2:4] - t[:, :2]).prod(axis=1)) for t in truth]
    hit = [
        np.isin(np.arange(len(t)), match_boxes(f, t, iou))
        for f, t in zip(found, truth, strict=True)
    ]
    ends = [f"{a:g} to {b:g} pixels" for a, b in itertools.pairwise(edges)]
    if math.isinf(edges[-1]):
        ends[-1] = f"{edges[-2]:g} pixels or more"
    size = pd.cut(np.concatenate(sides), edges, right=False, labels=ends)
    rows = pd.DataFrame({"size": size, "hit": np.concatenate(hit)})
    return rows.groupby("size", observed=True).hit.agg(recall="mean", boxes="size")


def average_precision(
    found: Sequence[np.ndarray], truth: Sequence[np.ndarray]
) -> tuple[float, float]:
    """AP50 and AP50:95 of COCO, by torchmetrics and pycocotools; NaN without true boxes.

    A picture has an array (k, 5) of found and one (m, 4) of true boxes, as of `match_boxes`.

    Raises
    ------
    UsageError
        The lists differ in length, or hold something else than boxes.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.scores import average_precision
    >>> found = [np.array([[0, 0, 20, 20, 0.9], [50, 50, 60, 60, 0.4]])]
    >>> truth = [np.array([[0, 0, 20, 16]])]
    >>> round(average_precision(found, truth)[0], 2)  # the wrong box comes after the right one
    1.0
    """
    import torch
    from torchmetrics.detection import MeanAveragePrecision

    found, truth = in_pairs(found, truth)
    if not sum(map(len, truth)):
        return math.nan, math.nan
    recalls = np.linspace(0, 1, 101).tolist()  # torchmetrics' own are of single precision
    metric = MeanAveragePrecision(iou_thresholds=list(COCO), rec_thresholds=recalls)
    metric.warn_on_many_detections = False
    for boxes, true in zip(found, truth, strict=True):
        b, t = torch.from_numpy(boxes.copy()).float(), torch.from_numpy(true.copy()).float()
        metric.update(
            [{"boxes": b[:, :4], "scores": b[:, 4], "labels": torch.zeros(len(b), dtype=int)}],
            [{"boxes": t[:, :4], "labels": torch.zeros(len(t), dtype=int)}],
        )
    values = metric.compute()
    return float(values["map_50"]), float(values["map"])


def choose_confidence(
    found: Sequence[np.ndarray], truth: Sequence[np.ndarray], iou: float = 0.5
) -> float:
    """The confidence from which on boxes should count: the best F1, on validation pictures.

    A picture has an array (k, 5) of found and one (m, 4) of true boxes, as of `match_boxes`.

    Raises
    ------
    UsageError
        No box is found in any picture, the lists differ in length, or hold something else.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.scores import choose_confidence
    >>> found = [np.array([[0, 0, 20, 20, 0.9], [50, 50, 60, 60, 0.4]])]
    >>> truth = [np.array([[0, 0, 20, 16]])]
    >>> choose_confidence(found, truth)  # without the wrong box
    0.9
    """
    return best_f1(found, truth, iou)[1]


def best_f1(
    found: Sequence[np.ndarray], truth: Sequence[np.ndarray], iou: float = 0.5
) -> tuple[float, float]:
    """The best F1 over all confidences, and the one from which on boxes then count.

    Of each picture the boxes found (k, 5) and the true ones (m, 4), as of `match_boxes`.

    Raises
    ------
    UsageError
        As `choose_confidence`.
    """
    found, truth = in_pairs(found, truth)
    confidence, kept, hits = _ranked(found, truth, iou)
    f1 = 2 * hits / (kept + sum(map(len, truth)))
    best = f1.argmax()
    return float(f1[best]), float(confidence[best])


def precision_recall(
    found: Sequence[np.ndarray], truth: Sequence[np.ndarray], iou: float = 0.5
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Precision and recall of the boxes from each confidence on.

    Parameters
    ----------
    found : list of N arrays (k, 5)
        x1, y1, x2, y2, confidence.
    truth : list of N arrays (m, 4)
    iou : float
        Overlap that a match needs.

    Returns
    -------
    confidence, precision, recall : ndarray (n,)
        By falling confidence; boxes of one confidence come together. Recall is NaN without true
        boxes.

    Raises
    ------
    UsageError
        Nothing is found, the lists differ in length, or hold something else than boxes.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.scores import precision_recall
    >>> found = [np.array([[0, 0, 20, 20, 0.9], [50, 50, 60, 60, 0.4]])]
    >>> truth = [np.array([[0, 0, 20, 16]])]
    >>> confidence, precision, recall = precision_recall(found, truth)
    >>> precision.tolist(), recall.tolist()
    ([1.0, 0.5], [1.0, 1.0])
    """
    found, truth = in_pairs(found, truth)
    confidence, kept, hits = _ranked(found, truth, iou)
    return confidence, hits / kept, hits / (sum(map(len, truth)) or math.nan)


def _ranked(
    found: Sequence[np.ndarray], truth: Sequence[np.ndarray], iou: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Confidences, falling, and how many boxes and how many right ones are kept from each on."""
    rows = [
        np.column_stack([boxes[:, 4], match_boxes(boxes, true, iou) >= 0])
        for boxes, true in zip(found, truth, strict=True)
    ]
    if not sum(map(len, rows)):
        raise UsageError("nothing is found in these pictures.", advice="Train longer.")
    table = np.concatenate(rows)
    table = table[np.argsort(-table[:, 0], kind="stable")]
    last = np.append(table[1:, 0] != table[:-1, 0], True)  # of each confidence
    return table[last, 0], np.arange(1, len(table) + 1)[last], table[:, 1].cumsum()[last]


def _precision_recall(hits: int, wrong: int, missed: int) -> tuple[float, float]:
    return (
        hits / (hits + wrong) if hits + wrong else math.nan,
        hits / (hits + missed) if hits + missed else math.nan,
    )
