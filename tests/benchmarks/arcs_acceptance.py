"""PNU against PN with 100 labels, and the CRF, on nights and stations that no training has seen.

Simulates nights with a seed that no choice has used; two stations of the six are held out. Every
repetition draws its own labels, unlabeled patches and network and estimates its prior. Steps, rate,
eta, batch and the settings of the CRF were chosen on nights of seeds 11 to 13, which nights to cut
patches from on those of 7008: on all of them, with and without an arc, since a network meets both.
Errors are counted on pictures with an arc, and on those without apart.

    python -m tests.benchmarks.arcs_acceptance --work FOLDER [--seeds 8] [--record]
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import t as student

from geoviz_ml import scoreboard, setup
from geoviz_ml.analysis import energy_distance_prior
from geoviz_ml.infer import raster_scan, refine_crf
from geoviz_ml.learn import pnu_learner
from geoviz_ml.learn.pnu import predict_scores
from geoviz_ml.learn.training import fit
from geoviz_ml.models import PatchNet
from geoviz_ml.prepare.patches import (
    cut_patches,
    high_sky,
    label_by_truth,
    labels_at,
    load_arcs,
    patch_features,
    random_places,
)
from geoviz_ml.scores import iou
from geoviz_ml.scores.boundary import boundary_f
from geoviz_ml.settings import set_seed
from geoviz_ml.simulate import arcs

ETA, STEPS, LR, SHARES = 0.25, 400, 1e-3, (16, 16, 64)
CRF = dict(bilateral_sxy=10, bilateral_srgb=13, bilateral_compat=10, compat=1)
SHIFT = 0.7  # added to the scores before the CRF, which takes the thinner half of an edge away


def trained(sky, eta: float, seed: int, labels: int = 100, unlabeled: int = 3000) -> PatchNet:
    """A network from `labels` patches of true label and some without, cut from pictures `sky`."""
    rng = np.random.default_rng(seed)
    places, y = label_by_truth(sky.masks, labels, rng)
    pool = random_places(len(sky), unlabeled, rng)
    patches = cut_patches(sky.pictures, np.concatenate([places, pool]))
    known, rest = np.split(patch_features(patches[: labels + 1000]), [labels])
    prior = float(np.clip(energy_distance_prior(known[y == 1], known[y == -1], rest), 0.01, 0.99))
    set_seed(seed)
    model = PatchNet(width=8)
    learner = pnu_learner(
        (patches, np.r_[y, np.zeros(unlabeled, int)]), (patches[:labels], y), model,
        prior=prior, eta=eta, steps=STEPS, lr=LR, shares=SHARES, seed=seed,
    )  # fmt: skip
    with learner.no_bar(), learner.no_logging():
        fit(learner, 1, one_cycle=True)
    return model


def split(sky):
    """Pictures for training; for testing those with an arc to be seen, and those without any.

    Two stations are for testing only; of the others a night in four is for choosing.
    """
    arc = sky.masks[:, high_sky()].mean(1)
    table = sky.table
    out = table.site.isin(sorted(set(table.site))[:2]).to_numpy()
    choose = ~out & (table.night % 4 == 0).to_numpy()
    return sky[~out & ~choose], sky[out & (arc > 0.01)], sky[out & (arc == 0)]


def scan(model, sky) -> np.ndarray:
    """Scores of all pixels, (n, y, x); `SHIFT` is not added yet."""
    return np.stack([raster_scan(model, picture) for picture in sky.pictures])


def probability(scores: np.ndarray) -> np.ndarray:
    """Of an arc, as the CRF gets it: 0 near the horizon."""
    scores = scores + SHIFT
    return np.where(high_sky(), 1 / (1 + np.exp(-scores)), 0)


def refined(sky, scores) -> np.ndarray:
    pairs = zip(sky.pictures, probability(scores), strict=True)
    return np.stack([refine_crf(a, b, **CRF) >= 0.5 for a, b in pairs]) & high_sky()


def both(masks, sky) -> tuple[float, float]:
    """IoU and boundary F-score in the high sky."""
    truth = sky.masks & high_sky()
    return iou(masks, truth), boundary_f(masks, truth)


def nights(work: Path, minutes: int = 240):
    """Pictures of the nights that `main` trains and tests on."""
    return load_arcs(arcs.make(work / "nights", minutes, seed=7010, frames=1, minutes=3, every=16))


def main(work: Path, minutes: int, seeds: int) -> pd.DataFrame:
    train, test, empty = split(nights(work, minutes))
    print(f"{len(train)} pictures to train, {len(test)} with an arc to test, {len(empty)} without")
    frames = test[np.arange(0, len(test), 2)]
    places = random_places(len(test), 6000, np.random.default_rng(0))
    patches, y = cut_patches(test.pictures, places), labels_at(test.masks, places)
    places = random_places(len(empty), 6000, np.random.default_rng(1))
    sky = cut_patches(empty.pictures, places)
    rows = []
    for seed in range(seeds):
        models = {eta: trained(train, eta, 100 + seed) for eta in (0.0, ETA)}
        wrong = {
            eta: float(((predict_scores(model, patches) >= 0) != (y == 1)).mean())
            for eta, model in models.items()
        }
        alarms = [float((predict_scores(model, sky) >= 0).mean()) for model in models.values()]
        scores = scan(models[ETA], frames)
        masks = (scores >= 0) & high_sky(), (scores >= -SHIFT) & high_sky(), refined(frames, scores)
        (a, d), (b, e), (c, f) = (both(mask, frames) for mask in masks)
        rows.append((wrong[0.0], wrong[ETA], *alarms, a, b, c, d, e, f))
        print(seed, np.round(rows[-1], 4), flush=True)
    names = ["PN", "PNU", "PN alarms", "PNU alarms", "IoU before", "IoU shifted", "IoU after"]
    names += ["F before", "F shifted", "F after"]
    return pd.DataFrame(rows, columns=names)


def interval(values: np.ndarray) -> tuple[float, float]:
    """95 % interval of the mean of paired differences."""
    half = student.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / np.sqrt(len(values))
    return float(np.mean(values) - half), float(np.mean(values) + half)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--minutes", type=int, default=240)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--record", action="store_true", help="keep the numbers")
    args = parser.parse_args()
    table = main(args.work, args.minutes, args.seeds)
    for a, b, what in (
        ("PN", "PNU", "error rate of patches"),
        ("PN alarms", "PNU alarms", "patches called arc in skies without one"),
        ("IoU before", "IoU after", "IoU"),
        ("IoU shifted", "IoU after", "IoU"),
        ("F shifted", "F after", "boundary F-score"),
        ("F before", "F after", "boundary F-score"),
    ):
        low, high = interval(table[b] - table[a])
        print(
            f"{what}: {a} {table[a].mean():.4f}, {b} {table[b].mean():.4f}, "
            f"difference {low:+.4f} to {high:+.4f} (95 %, {len(table)} pairs)"
        )
    if args.record:
        settings = setup("quick")
        why = (
            "Simulated nights and stations that no training has seen; the abstract has no numbers."
        )
        for column, claim in (
            ("PN", "Error of patches with 100 labels, PN"),
            ("PNU", "Error of patches with 100 labels and 3000 unlabeled, PNU"),
            ("PN alarms", "Patches called arc in skies without an arc, PN"),
            ("PNU alarms", "Patches called arc in skies without an arc, PNU"),
            ("IoU before", "IoU of arcs before the CRF"),
            ("IoU shifted", "IoU of arcs before the CRF, scores shifted"),
            ("IoU after", "IoU of arcs after the CRF"),
            ("F before", "Boundary F-score of arcs before the CRF"),
            ("F shifted", "Boundary F-score of arcs before the CRF, scores shifted"),
            ("F after", "Boundary F-score of arcs after the CRF"),
        ):
            scoreboard.record(
                settings, "arcs", claim, table[column].to_list(), why=why, command="arcs_acceptance"
            )
        for a, b, claim in (
            ("PN", "PNU", "Error of patches, PNU minus PN"),
            ("IoU before", "IoU after", "IoU of arcs, after minus before the CRF"),
            ("F before", "F after", "Boundary F-score of arcs, after minus before the CRF"),
        ):
            low, high = interval(table[b] - table[a])
            scoreboard.record(
                settings, "arcs", claim, (table[b] - table[a]).to_list(),
                why=f"95 % interval of the mean: {low:+.3f} to {high:+.3f}.",
                command="arcs_acceptance",
            )  # fmt: skip
