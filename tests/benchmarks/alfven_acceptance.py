"""The alfven chapter's claims, measured on nights that nothing was chosen on.

Trains the quick network on simulated nights with hand-drawn labels (three seeds), chooses the
threshold by the hand-drawn labels of validation nights (and, beside it, by their truth), and
reports on test nights of a simulation that no chapter, test or
choice has used. With --real it shows the networks the real Sierra Nevada day as well.

    python -m tests.benchmarks.alfven_acceptance --work FOLDER [--real FOLDER] [--record]
"""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd

from geoviz_ml import scoreboard, setup
from geoviz_ml.analysis import compare_with_truth, track_fringes
from geoviz_ml.classical import label_fringes, tune_label_fringes
from geoviz_ml.datasets import load_nights
from geoviz_ml.files import open_nc
from geoviz_ml.learn import segmentation_learner
from geoviz_ml.learn.segmentation import predict
from geoviz_ml.learn.training import fit
from geoviz_ml.models import UNet
from geoviz_ml.prepare.augment import published_augmentation
from geoviz_ml.scores import iou
from geoviz_ml.scores.thresholds import choose_threshold
from geoviz_ml.settings import set_seed
from geoviz_ml.simulate import alfven

from .alfven_real_day import halves, real_day

SIZE = (192, 96)
TRAIN, VALID, TEST = slice(0, 80), slice(80, 112), slice(112, 160)
NIGHTS_SEED, SEEDS = 7001, (11, 12, 13)


def train(nights, masks, seed: int, folder: Path):
    set_seed(seed)
    learner = segmentation_learner(
        (nights.pictures[TRAIN], masks[TRAIN]),
        (nights.pictures[VALID], masks[VALID]),
        UNet(base=8, norm=True, head=8, prior=0.08),
        batch_size=4,
        lr=1e-2,
        augment=published_augmentation(),
        seed=seed,
    )
    fit(learner, 10, one_cycle=True, folder=folder)
    return learner


def spacing_errors(learner, nights, part: slice, cut: float, truth: Path) -> pd.DataFrame:
    """Tracked and true spacing on the nights of `part`."""
    tables = []
    for i in range(part.start, part.stop):
        prob = predict(learner, nights.pictures[[i]])[0]
        table = track_fringes(prob, nights.frequency, nights.time[i], height=cut)
        tables.append(compare_with_truth(table, open_nc(truth / f"{nights.dates[i]}.nc").delta_f))
    return pd.concat(tables)


def main(work: Path, real: Path | None) -> dict:
    folder = alfven.make(work / "nights", TEST.stop, seed=NIGHTS_SEED)
    nights = load_nights(folder, SIZE)
    by_hand = load_nights(folder, SIZE, masks="mask_b").masks
    truth = nights.masks
    quiet = ~truth[TEST].any(axis=(1, 2))
    the_day = halves(real_day(real), SIZE) if real else None

    tuned = tune_label_fringes(nights.pictures[TRAIN], truth[TRAIN])
    peaks = np.stack([label_fringes(p, **tuned) for p in nights.pictures[TEST]])
    result = {
        "all background, IoU of the background": iou(
            np.zeros_like(peaks), truth[TEST], positive=False
        ),
        "peak tracking, IoU of the IAR": iou(peaks, truth[TEST]),
        "peak tracking, flagged on nights without IAR": float(peaks[quiet].mean()),
        "nights without IAR in the test": int(quiet.sum()),
        "seeds": [],
    }
    for seed in SEEDS:
        learner = train(nights, by_hand, seed, work / f"seed-{seed}")
        on_choosing = predict(learner, nights.pictures[VALID])
        cut = choose_threshold(on_choosing, by_hand[VALID])  # as one must who has no truth
        ideal = choose_threshold(on_choosing, truth[VALID])
        answers = predict(learner, nights.pictures[TEST])
        mask = answers >= cut
        on_valid, on_test = (
            spacing_errors(learner, nights, part, cut, folder / "truth") for part in (VALID, TEST)
        )
        inflate = np.quantile((on_valid.error / on_valid.delta_f_sigma).abs(), 0.683)
        one = {
            "seed": seed,
            "threshold": cut,
            "IoU of the IAR": iou(mask, truth[TEST]),
            "flagged on nights without IAR": float(mask[quiet].mean()),
            "threshold chosen by the truth": ideal,
            "IoU of the IAR at that": iou(answers >= ideal, truth[TEST]),
            "median error of delta_f, Hz": float(on_test.error.abs().median()),
            "covered by one sigma": float(
                ((on_test.error / on_test.delta_f_sigma).abs() < inflate).mean()
            ),
            "sigma times": float(inflate),
        }
        if real:
            one["flagged on the real day"] = float((predict(learner, the_day) >= cut).mean())
        result["seeds"].append(one)
        print(json.dumps(one), flush=True)
    return result


def record(result: dict) -> None:
    """Keep the numbers of the real day with the results of the chapter."""
    flagged = [one["flagged on the real day"] for one in result["seeds"]]
    scoreboard.record(
        setup("quick"), "alfven", "Flagged of a real day without IAR (Sierra Nevada)", flagged,
        data="real", why="Trained on simulation alone; the paper shows one such day as a picture.",
        command="alfven_acceptance",
    )  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--real", type=Path, help="folder of the Sierra Nevada day")
    parser.add_argument("--record", action="store_true", help="keep the real day's numbers")
    args = parser.parse_args()
    found = main(args.work, args.real)
    print(json.dumps(found, indent=1))
    if args.record and args.real:
        record(found)
