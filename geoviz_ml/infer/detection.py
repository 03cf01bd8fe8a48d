"""From a detector's output to boxes."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import numpy as np
import torch
from torch import nn
from tqdm.auto import tqdm

from ..boxes.decode import decode_coverage
from ..errors import UsageError
from ..scores.detections import choose_confidence, count_matches


def predict_coverage(
    model: nn.Module, pictures: np.ndarray, batch_size: int = 4, progress: bool = False
) -> np.ndarray:
    """DetectNet's answers (N, 5, h, w) float32 for pictures (N, H, W): coverage 0..1, corners."""
    parts = [out.numpy() for out in _answers(model, pictures, batch_size, progress)]
    out = np.concatenate(parts)
    out[:, 0] = 1 / (1 + np.exp(-out[:, 0]))
    return out


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
        Values in 0..1, as in training.
    batch_size : int
    **decoding
        For DetectNet, see `decode_coverage`.

    Returns
    -------
    list of N ndarray (k, 5)
        x1, y1, x2, y2 in pixels and confidence.

    Raises
    ------
    UsageError
        `pictures` is not (N, H, W).
    """
    model = getattr(model, "model", model)
    if hasattr(model, "stride"):
        outputs = predict_coverage(model, pictures, batch_size, progress)
        return [decode_coverage(out, model.stride, **decoding) for out in outputs]
    found = []
    for answer in _answers(model, pictures, batch_size, progress):
        found += [np.hstack([a["boxes"], a["scores"][:, None]]).astype(float) for a in answer]
    return found


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
        As in `detect`.
    boxes : list of N arrays (k, 4)
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
        Nothing is found.
    """
    model = getattr(model, "model", model)
    if hasattr(model, "stride"):
        answers = predict_coverage(model, pictures)
        tries = [
            {"coverage": c, "eps": e, "threshold": threshold} for c, e in product(coverage, eps)
        ]
        found = [[decode_coverage(a, model.stride, **one) for a in answers] for one in tries]
    else:
        tries, found = [{}], [detect(model, pictures)]
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


def _answers(model: nn.Module, pictures: np.ndarray, batch_size: int, progress: bool):
    """The model's answers, batch by batch, on the CPU."""
    if np.ndim(pictures) != 3 or len(pictures) == 0:
        raise UsageError(
            f"pictures must be (N, H, W), not {np.shape(pictures)}.",
            advice="For one picture use picture[None].",
        )
    model = getattr(model, "model", model)
    device = next(model.parameters()).device
    was_training = model.training
    model.eval()
    try:
        for i in tqdm(range(0, len(pictures), batch_size), "detecting", disable=not progress):
            x = torch.from_numpy(np.ascontiguousarray(pictures[i : i + batch_size], np.float32))
            with torch.inference_mode():
                answer = model(x[:, None].to(device))
            if isinstance(answer, list):
                yield [{k: v.float().cpu().numpy() for k, v in one.items()} for one in answer]
            else:
                yield answer.float().cpu()
    finally:
        model.train(was_training)
