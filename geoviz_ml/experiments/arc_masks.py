"""From the scores of patches to masks of arcs: scanned, mended by a CRF, and measured."""

from __future__ import annotations

from itertools import product

import numpy as np
from fastai.learner import Learner

from ..datasets import ArcPictures
from ..infer import raster_scan, refine_crf
from ..prepare.patches import high_sky
from ..scores import boundary_f, iou

SHIFTS, REACHES = (0, 0.7), (10, 20)  # of the scores; of the CRF in pixels: tried


def scan(learner: Learner, pictures: np.ndarray, step: int) -> np.ndarray:
    """A score at every pixel of the high sky, (N, H, W); see `raster_scan` for `step`."""
    scores = [raster_scan(learner, picture, step=step) for picture in pictures]
    return np.where(high_sky(), scores, -30)


def refined(pictures: np.ndarray, scores: np.ndarray, shift: float, reach: float) -> np.ndarray:
    """Masks (N, H, W) after the CRF, which starts from the scores (N, H, W) and a shift."""
    prob = 1 / (1 + np.exp(-(scores + shift)))
    crf = {"bilateral_sxy": reach, "bilateral_compat": 10, "compat": 1}
    pairs = zip(pictures, prob, strict=True)
    return high_sky() & [refine_crf(picture, p, **crf) >= 0.5 for picture, p in pairs]


def agreement(masks: np.ndarray, sky: ArcPictures) -> dict[str, float]:
    """Of masks (N, H, W) with the truth in the high sky."""
    truth = sky.masks & high_sky()
    return {"IoU": iou(masks, truth), "boundary F": boundary_f(masks, truth)}


def choose_crf(sky: ArcPictures, scores: np.ndarray) -> dict[str, float]:
    """Shift and reach of the best agreement on pictures and their scores (N, H, W)."""
    tried = [{"shift": shift, "reach": reach} for shift, reach in product(SHIFTS, REACHES)]
    after = [agreement(refined(sky.pictures, scores, **crf), sky) for crf in tried]
    return tried[int(np.argmax([sum(both.values()) for both in after]))]


def best_level(sky: ArcPictures) -> int:
    """The threshold on brightness of the best IoU."""
    high = high_sky()
    truth = sky.masks & high
    return max(range(20, 255, 5), key=lambda level: iou((sky.pictures >= level) & high, truth))
