"""From the scores of patches to masks of arcs: scanned, mended by a CRF, and measured."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

import numpy as np
import pandas as pd
from fastai.learner import Learner

from ..datasets import ArcPictures
from ..infer import raster_scan, refine_crf
from ..prepare.patches import high_sky
from ..scores import Tally, boundary_f, iou, tally
from .arc_nights import ArcNights, some

EMPTY = "Share of an arc-free sky that is called arc"
SHIFTS, REACHES = (0, 0.7), (10, 20)  # of the scores; of the CRF in pixels: tried
CHOSEN = "shift and reach as chosen, then CRF"  # the way of making a mask that is used elsewhere
NAMES = {  # of claims, for each way of making a mask
    "the scores as they are": "{}",
    "scores shifted": "{}, scores shifted",
    "CRF alone": "{}, CRF without a shift",
    "scores shifted, then CRF": "{}, scores shifted, then CRF",
    CHOSEN: "{}, then CRF",
    "the authors' CRF": "{}, then the authors' CRF",
}


def scan(learner: Learner, pictures: np.ndarray, step: int) -> np.ndarray:
    """A score at every pixel of the high sky, (N, H, W); see `raster_scan` for `step`."""
    high = high_sky()
    scores = [raster_scan(learner, picture, step=step, where=high) for picture in pictures]
    return np.where(high, scores, -30)


def refined(pictures: np.ndarray, scores: np.ndarray, shift: float, reach: float) -> np.ndarray:
    """Masks (N, H, W) after the CRF, which starts from the scores (N, H, W) and a shift."""
    prob = 1 / (1 + np.exp(-(scores + shift)))
    crf = {"bilateral_sxy": reach, "bilateral_compat": 10, "compat": 1}
    pairs = zip(pictures, prob, strict=True)
    return high_sky() & [refine_crf(picture, p, **crf) >= 0.5 for picture, p in pairs]


def refined_as_published(pictures: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Masks (N, H, W) after the CRF of the authors' code, which starts from the hard mask of the
    scores (N, H, W): Gaussian 3 pixels, weight 3; bilateral 80 pixels, 13 levels, weight 10."""
    pairs = zip(pictures, scores >= 0, strict=True)
    return high_sky() & [refine_crf(picture, mask) >= 0.5 for picture, mask in pairs]


def agreement(masks: np.ndarray, sky: ArcPictures) -> dict[str, float]:
    """Of masks (N, H, W) with the truth in the high sky."""
    truth = sky.masks & high_sky()
    return {"IoU": iou(masks, truth), "boundary F": boundary_f(masks, truth)}


def overlap(masks: np.ndarray, sky: ArcPictures) -> tuple[np.ndarray, np.ndarray]:
    """Pixels in mask and truth, and in mask or truth, of each picture: (N,) and (N,)."""
    truth = sky.masks & high_sky()
    return (masks & truth).sum((1, 2)), (masks | truth).sum((1, 2))


def try_crf(sky: ArcPictures, scores: np.ndarray) -> pd.DataFrame:
    """Every `shift` and `reach`, and their agreement on pictures with scores (N, H, W)."""
    tried = [{"shift": shift, "reach": reach} for shift, reach in product(SHIFTS, REACHES)]
    return pd.DataFrame(
        [crf | agreement(refined(sky.pictures, scores, **crf), sky) for crf in tried]
    )


def best_crf(tried: pd.DataFrame) -> dict[str, float]:
    """Shift and reach of the best IoU and boundary F together."""
    best = tried.iloc[int(np.argmax(tried["IoU"] + tried["boundary F"]))]
    return {"shift": float(best["shift"]), "reach": float(best["reach"])}


def all_masks(
    pictures: np.ndarray, scores: np.ndarray, tried: pd.DataFrame
) -> dict[str, np.ndarray]:
    """Masks (N, H, W) from scores (N, H, W) in all ways of `NAMES`.

    `tried`, of other nights, says how far the CRF reaches with and without the shift, and which
    of the two is chosen.
    """
    plain, shifted = (best_crf(tried[tried["shift"] == shift]) for shift in SHIFTS)
    masks = {
        "the scores as they are": scores >= 0,
        "scores shifted": scores >= -SHIFTS[1],
        "CRF alone": refined(pictures, scores, **plain),
        "scores shifted, then CRF": refined(pictures, scores, **shifted),
    }
    last = "scores shifted, then CRF" if best_crf(tried) == shifted else "CRF alone"
    masks[CHOSEN] = masks[last]
    return masks | {"the authors' CRF": refined_as_published(pictures, scores)}


def floor_masks(nights: ArcNights, frames: ArcPictures) -> dict[str, np.ndarray]:
    """What masks (N, H, W) that take no network are worth: nothing, everything, and a threshold
    on brightness that is chosen on the training nights."""
    high, train = high_sky(), nights.train
    truth = train.masks & high
    level = max(range(20, 255, 5), key=lambda level: iou((train.pictures >= level) & high, truth))
    return {
        "never arc": np.zeros(frames.pictures.shape, bool),
        "the whole high sky": np.broadcast_to(high, frames.pictures.shape),
        "brightness threshold": (frames.pictures >= level) & high,
    }


def mask_scores(
    learners: Iterable[Learner], nights: ArcNights, n: int, step: int
) -> tuple[dict[str, Tally], dict[str, list[float]]]:
    """Of the masks that networks (one a seed) make of `n` test pictures in all ways of `NAMES`.

    Returns
    -------
    overlaps : dict of Tally
        Pixels of intersection and union, of shape (seeds, nights).
    boundaries : dict of lists
        Boundary F of each seed.
    """
    few, frames = some(nights.valid_arcs, 8), some(nights.test, n)
    counted = {name: [] for name in NAMES}
    boundaries = {name: [] for name in NAMES}
    for learner in learners:
        tried = try_crf(few, scan(learner, few.pictures, step))
        masks = all_masks(frames.pictures, scan(learner, frames.pictures, step), tried)
        for name, mask in masks.items():
            counted[name].append(overlap(mask, frames))
            boundaries[name].append(agreement(mask, frames)["boundary F"])
    night = frames.table.night.to_numpy()
    overlaps = {
        name: tally(*np.swapaxes(several, 0, 1), groups=night) for name, several in counted.items()
    }
    return overlaps, boundaries


def mask_claims(learner: Learner, nights: ArcNights, n: int, step: int) -> dict[str, float]:
    """Of masks of `n` test pictures before and after the CRF, which is chosen on other nights."""
    few, frames, empty = some(nights.valid_arcs, 8), some(nights.test, n), some(nights.empty, n)
    tried = try_crf(few, scan(learner, few.pictures, step))
    masks = all_masks(frames.pictures, scan(learner, frames.pictures, step), tried)
    found = agreements({NAMES[name]: mask for name, mask in masks.items()}, frames)
    for what in ("IoU of arcs", "boundary F of arcs"):
        gain = found[f"{what}: {{}}, then CRF"] - found[f"{what}: {{}}"]
        found[f"{what}, after minus before the CRF: {{}}"] = gain
    marked = refined(empty.pictures, scan(learner, empty.pictures, step), **best_crf(tried))
    return found | {f"{EMPTY}: {{}}, then CRF": float(marked[:, high_sky()].mean())}


def level_claims(nights: ArcNights, n: int) -> dict[str, float]:
    """Of `n` test pictures: the floors, see `floor_masks`."""
    empty = some(nights.empty, n)
    marked = floor_masks(nights, empty)["brightness threshold"]
    share = float(marked[:, high_sky()].mean())
    frames = some(nights.test, n)
    found = agreements(floor_masks(nights, frames), frames)
    return found | {f"{EMPTY}: brightness threshold": share}


def agreements(masks: dict[str, np.ndarray], sky: ArcPictures) -> dict[str, float]:
    """Claims of all masks (N, H, W)."""
    return {
        f"{what} of arcs: {name}": value
        for name, mask in masks.items()
        for what, value in agreement(mask, sky).items()
    }
