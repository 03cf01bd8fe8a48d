"""From the scores of patches to masks of arcs: scanned, mended by a CRF, and measured."""

from __future__ import annotations

from itertools import product

import numpy as np
from fastai.learner import Learner

from ..datasets import ArcPictures
from ..infer import raster_scan, refine_crf
from ..prepare.patches import high_sky
from ..scores import boundary_f, iou
from .arc_nights import ArcNights, some

EMPTY = "Share of an arc-free sky that is called arc"
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


def mask_claims(learner: Learner, nights: ArcNights, n: int, step: int) -> dict[str, float]:
    """Of masks of `n` test pictures before and after the CRF, which is chosen on other nights."""
    few, frames, empty = some(nights.valid_arcs, 8), some(nights.test, n), some(nights.empty, n)
    crf = choose_crf(few, scan(learner, few.pictures, step))
    before = scan(learner, frames.pictures, step)
    masks = {
        "{}": before >= 0,
        "{}, scores shifted": before >= -crf["shift"],
        "{}, then CRF": refined(frames.pictures, before, **crf),
    }
    found = _agreements(masks, frames)
    for what in ("IoU of arcs", "boundary F of arcs"):
        gain = found[f"{what}: {{}}, then CRF"] - found[f"{what}: {{}}"]
        found[f"{what}, after minus before the CRF: {{}}"] = gain
    marked = refined(empty.pictures, scan(learner, empty.pictures, step), **crf)
    return found | {f"{EMPTY}: {{}}, then CRF": float(marked[:, high_sky()].mean())}


def level_claims(nights: ArcNights, n: int) -> dict[str, float]:
    """Of `n` test pictures: a threshold on brightness, chosen on the training nights, and a mask
    of everything."""
    high, train = high_sky(), nights.train
    frames, empty = some(nights.test, n), some(nights.empty, n)
    truth = train.masks & high
    level = max(range(20, 255, 5), key=lambda level: iou((train.pictures >= level) & high, truth))
    masks = {
        "brightness threshold": (frames.pictures >= level) & high,
        "the whole high sky": np.broadcast_to(high, frames.pictures.shape),
    }
    share = float((empty.pictures >= level)[:, high].mean())
    return _agreements(masks, frames) | {f"{EMPTY}: brightness threshold": share}


def _agreements(masks: dict[str, np.ndarray], sky: ArcPictures) -> dict[str, float]:
    """Claims of all masks."""
    return {
        f"{what} of arcs: {name}": value
        for name, mask in masks.items()
        for what, value in agreement(mask, sky).items()
    }
