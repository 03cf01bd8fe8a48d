"""The sunspots chapter's detectors, measured on simulated Suns that nothing was chosen on.

Trains the quick DetectNet and its peer on nine Suns, chooses thresholds on six, tests on six
more: no region is in two parts. The simulator's seed is used nowhere else. Resumable.

    python -m tests.benchmarks.sunspots_acceptance --work FOLDER [--seeds N] [--record]
"""

import argparse
import json
from functools import partial
from pathlib import Path

import numpy as np
from scipy.ndimage import gaussian_filter

from geoviz_ml import scoreboard, setup
from geoviz_ml.classical import find_active_regions, tune_find_active_regions
from geoviz_ml.infer.detection import choose_decoding, detect
from geoviz_ml.learn import detection_learner
from geoviz_ml.learn.training import fit
from geoviz_ml.models import DetectNet, small_faster_rcnn
from geoviz_ml.prepare import BoxCrops, load_suns
from geoviz_ml.scores import detection_scores
from geoviz_ml.settings import set_seed
from geoviz_ml.simulate import sunspots

from .deepsdo import kept

PICTURES, PARTS = 294, (slice(0, 126), slice(126, 210), slice(210, 294))  # nine, six, six Suns
SUN_SEED, SEEDS = 7207, (31, 32, 33)
CROP = 160
NETWORKS = {  # maker, epochs of one crop a picture, learner's options
    "DetectNet": (lambda: DetectNet(width=0.25), 40, {"batch_size": 8, "lr": 2e-3}),
    "Faster R-CNN": (small_faster_rcnn, 18, {"batch_size": 8, "lr": 1e-3}),
}
GRID = {
    "low": (0.16, 0.2, 0.24), "high": (0.3, 0.4), "join": (6.0, 10.0, 14.0),
    "margin": (2.0, 4.0), "least": (0.0, 10.0, 20.0, 40.0),
}  # fmt: skip
WHY = "Simulated magnetograms; a narrower network and minutes of training."


def train(name: str, suns, seed: int, folder: Path | None = None):
    """A network of `NETWORKS`, trained on a random crop of every picture in each epoch."""
    make, epochs, options = NETWORKS[name]
    set_seed(seed)
    learner = detection_learner(
        suns.pair, suns[:2].pair, make(), augment=BoxCrops(CROP), seed=seed, **options
    )
    fit(learner, epochs, folder=folder, one_cycle=True)
    return learner


def signal(picture: np.ndarray) -> np.ndarray:
    """Strength of the field over 250 G, averaged over 6 Mm, for `find_active_regions`."""
    return gaussian_filter(np.abs(2 * picture - 1), 2 * len(picture) / 512)


def threshold_method(train_set, test_set) -> dict:
    """Scores of the classical method, its parameters tuned on a third of the training pictures."""
    some = train_set[::3]
    chosen = tune_find_active_regions([signal(p) for p in some.pictures], some.boxes, GRID)
    cut = chosen.pop("least")
    found = [find_active_regions(signal(p), **chosen) for p in test_set.pictures]
    return detection_scores(found, test_set.boxes, confidence=cut)


def run(work: Path, seeds=SEEDS) -> dict:
    """Scores of all methods on the test Suns, a list over seeds for the networks."""
    folder = sunspots.make(work / "suns", PICTURES, SUN_SEED, fits=0)
    suns = load_suns(folder)
    first, second, last = (suns[part] for part in PARTS)

    def one(name: str, seed: int) -> dict:
        learner = train(name, first, seed, work / f"{name}-{seed}")
        decoding, confidence = choose_decoding(learner, *second.pair)
        found = detect(learner, last.pictures, **decoding)
        return detection_scores(found, last.boxes, confidence=confidence)

    scores = {}
    for name in NETWORKS:
        for seed in seeds:
            rows = scores.setdefault(name, [])
            rows.append(kept(work / f"{name}-{seed}.json", partial(one, name, seed)))
            print(name, seed, json.dumps(rows[-1]), flush=True)
    name = "threshold method"
    scores[name] = [kept(work / "threshold.json", partial(threshold_method, first, last))]
    print(name, json.dumps(scores[name][0]), flush=True)
    return scores


def record(scores: dict) -> None:
    for name, several in scores.items():
        for score in several[0]:
            scoreboard.record(
                setup("quick"), "sunspots", f"Unseen simulated Suns, {name}: {score}",
                [one[score] for one in several],
                why=WHY if name == "DetectNet" else "", command="sunspots_acceptance",
            )  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="keeps pictures and checkpoints")
    parser.add_argument("--seeds", type=int, default=len(SEEDS), help="how many")
    parser.add_argument("--record", action="store_true", help="keep the numbers")
    args = parser.parse_args()
    measured = run(args.work, SEEDS[: args.seeds])
    if args.record:
        record(measured)
