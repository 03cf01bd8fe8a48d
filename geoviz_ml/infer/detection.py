"""From a detector's output to boxes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
from torch import nn

from ..boxes.decode import decode_coverage
from ..boxes.encode import as_boxes
from ..errors import UsageError, whole_number
from ..learn.detection_loss import DetectNetLoss
from ..models.pictures import as_tensor
from ..models.prediction import network_of, network_outputs, run_batches
from ..scores.detections import choose_confidence
from ..scores.matching import count_matches


def predict_coverage(
    model: nn.Module, pictures: np.ndarray, batch_size: int = 4, progress: bool = False
) -> np.ndarray:
    """DetectNet's answers (N, 5, h, w) float32 for pictures (N, H, W): coverage 0..1, corners.

    Parameters
    ----------
    model : nn.Module or Learner
        `DetectNet`.
    pictures : ndarray (N, H, W)
        Bytes, or floats in 0..1.
    batch_size : int
    progress : bool
        Show a bar.

    Raises
    ------
    UsageError
        `pictures` is not what it should be.
    """
    label = "detecting" if progress else ""
    return network_outputs(
        model, pictures, batch_size, DetectNetLoss().activation, label, grey=True
    )


def detect(
    model: nn.Module,
    pictures: np.ndarray,
    *,
    batch_size: int = 4,
    progress: bool = False,
    **decoding,
) -> list[np.ndarray]:
    """Boxes that a detector finds.

    Parameters
    ----------
    model : nn.Module or Learner
        `DetectNet`, or a detector of torchvision.
    pictures : ndarray (N, H, W)
        Bytes, or floats in 0..1.
    batch_size : int
    progress : bool
        Show a bar.
    **decoding
        For DetectNet, see `decode_coverage`.

    Returns
    -------
    list of N ndarray (k, 5)
        x1, y1, x2, y2 in pixels and confidence.

    Raises
    ------
    UsageError
        `pictures` is not what it should be.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from geoviz_ml.infer import detect
    >>> from geoviz_ml.models import DetectNet
    >>> _ = torch.manual_seed(0)
    >>> boxes = detect(DetectNet(width=0.125), np.zeros((1, 64, 64)), coverage=0.99)
    >>> len(boxes), boxes[0].shape  # one array a picture; nothing is so sure
    (1, (0, 5))
    """
    network = network_of(model)
    if hasattr(network, "stride"):
        outputs = predict_coverage(network, pictures, batch_size, progress)
        return [decode_coverage(out, network.stride, **decoding) for out in outputs]
    batches = as_tensor(pictures, grey=True).split(whole_number(batch_size, "batch_size"))
    answers = run_batches(network, batches, label="detecting" if progress else "")
    return [
        np.hstack([one["boxes"], one["scores"][:, None]]).astype(float)
        for batch in answers
        for one in batch
    ]


def choose_decoding(
    model: nn.Module,
    pictures: np.ndarray,
    boxes: Sequence[np.ndarray],
    *,
    coverage: Sequence[float] = (0.3, 0.4, 0.5, 0.6, 0.7),
    eps: Sequence[float] = (0.02, 0.1, 0.2, 0.3, 0.5),
    threshold: int = 1,
) -> tuple[dict, float]:
    """The thresholds with the best F1 at an overlap of 0.5; give it validation pictures.

    Parameters
    ----------
    model, pictures
        As in `detect`: pictures (N, H, W).
    boxes : sequence of N arrays (k, 4)
        Or tables: x1, y1, x2, y2 in pixels.
    coverage, eps : sequence of float
        Values to try for DetectNet's decoding; other detectors have none.
    threshold : int
        See `group_rectangles`.

    Returns
    -------
    decoding : dict
        For `decode_coverage`; empty for other detectors than DetectNet.
    confidence : float
        From which on a box should count.

    Raises
    ------
    UsageError
        Nothing is found; `pictures` is not what it should be, or there are not boxes for each; or
        boxes are none.

    Examples
    --------
    >>> import numpy as np
    >>> import torch
    >>> from geoviz_ml.infer import choose_decoding
    >>> from geoviz_ml.models import small_faster_rcnn
    >>> _ = torch.manual_seed(0)
    >>> net = small_faster_rcnn()
    >>> net.roi_heads.score_thresh = 0.0  # an untrained network is sure of nothing
    >>> pictures = np.random.default_rng(0).random((1, 64, 64))
    >>> decoding, confidence = choose_decoding(net, pictures, [np.array([[16, 16, 48, 48]])])
    >>> decoding, 0 < confidence < 1  # a decoding is chosen for DetectNet only
    ({}, True)
    """
    network, boxes = network_of(model), [as_boxes(one) for one in boxes]
    if len(boxes) != len(pictures):
        raise UsageError(f"there are {len(pictures)} pictures and boxes of {len(boxes)}.")
    if hasattr(network, "stride"):
        outputs = predict_coverage(network, pictures)
        tries = [
            {"coverage": c, "eps": e, "threshold": threshold} for c, e in product(coverage, eps)
        ]
        found = [[decode_coverage(o, network.stride, **one) for o in outputs] for one in tries]
    else:
        tries, found = [{}], [detect(network, pictures)]
    best, chosen = -1.0, None
    for options, rows in zip(tries, found, strict=True):
        if sum(map(len, rows)):
            cut = choose_confidence(rows, boxes)
            hits, wrong, missed = count_matches([r[r[:, 4] >= cut] for r in rows], boxes)
            f1 = 2 * hits / (2 * hits + wrong + missed)
            if f1 > best:
                best, chosen = f1, (options, cut)
    if chosen is None:
        raise UsageError("nothing is found in these pictures.", advice="Train longer.")
    return chosen
