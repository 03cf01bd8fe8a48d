"""All ten networks and the parts of ODM_Unet with a longer budget than the chapter's, some seeds.

Trains on simulated half-orbits that no chapter or choice has used and reports the test half-orbits.
A run that was stopped goes on where it was.

    python -m tests.benchmarks.nucleus_ranking --work FOLDER [--epochs 20] [--seeds 3] [--record]
"""

import argparse
from functools import partial
from pathlib import Path

import numpy as np

from geoviz_ml import scoreboard, setup
from geoviz_ml.learn import segmentation_learner
from geoviz_ml.learn.callbacks import FreshNorms, Temperature
from geoviz_ml.learn.losses import CrossEntropyDice
from geoviz_ml.learn.segmentation import predict
from geoviz_ml.learn.training import fit
from geoviz_ml.models import ODMUNet, compared
from geoviz_ml.prepare.half_orbit import load_half_orbits, split_by_orbit
from geoviz_ml.scores import all_scores
from geoviz_ml.settings import set_seed
from geoviz_ml.simulate import nucleus

ENCODER, DECODER = "mobilenetv3_small_050", (128, 64, 32, 16, 8)
PRIOR = 0.01  # of the untrained networks; one pixel in a thousand is nucleus
odm = partial(ODMUNet, encoder=ENCODER, decoder=DECODER, prior=PRIOR)
NETWORKS = {
    name: partial(compared.make, name, encoder=ENCODER, decoder=0.5, prior=PRIOR)
    for name in compared.NAMES
} | {
    "ODM_Unet without SDI": partial(odm, sdi=False),
    "ODM_Unet without ODConv": partial(odm, odconv=False),
    "ODM_Unet without SCSE": partial(odm, scse=False),
    "ODM_Unet as published": partial(odm, calm=False),
}


def main(work: Path, epochs: int, seeds: int) -> dict[str, list[float]]:
    folder = nucleus.make(work / "half-orbits", 360, seed=7002, coarse=4)
    everything = load_half_orbits(folder, (96, 96))
    parts = split_by_orbit(everything.orbit, (0.3, 0.1, 0.6))
    train, valid, test = (everything[part] for part in parts)
    found = {name: [] for name in NETWORKS}
    for seed in range(seeds):
        for name, make in NETWORKS.items():
            set_seed(seed)
            learner = segmentation_learner(
                train.pair, valid.pair, make(), batch_size=8, lr=3e-3, loss=CrossEntropyDice(),
                seed=seed, drop_last=True,
                callbacks=[Temperature(epochs=epochs // 4), FreshNorms(epochs)],
            )  # fmt: skip
            kept = work / f"{name.replace(' ', '-')}-{epochs}-{seed}"
            fit(learner, epochs, one_cycle=True, folder=kept)
            iou = all_scores(predict(learner, test.pictures) >= 0.5, test.masks)["iou"]
            found[name].append(iou)
            print(f"{name}, seed {seed}: {iou:.3f}", flush=True)
    return found


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    found = main(args.work, args.epochs, args.seeds)
    for name, values in found.items():
        print(f"{name}: {np.mean(values):.3f} +- {np.std(values, ddof=1):.3f}")
        if args.record:
            scoreboard.record(
                setup("quick"), "nucleus", f"IoU of the nucleus after {args.epochs} epochs: {name}",
                values, why="A longer training than the chapter's, on other half-orbits.",
                command="nucleus_ranking",
            )  # fmt: skip
