"""The aurora chapter's claims, measured on a simulated sky that nothing was chosen on.

Trains SimCLR as the quick chapter does (three seeds) and judges its features under folds of blocks
beside raw pixels, an untrained network, and networks trained with labels: of the pictures as they
are, with SimCLR's views, and with these views and SimCLR's weights to begin with (fine-tuned). All
labels are known, or 5 % of them, which are drawn anew with each seed, the same for every method.
Then clusters the features and compares with the true sub-types.

    python -m tests.benchmarks.aurora_acceptance --work FOLDER [--record]
"""

import argparse
import copy
import json
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import adjusted_mutual_info_score

from geoviz_ml import scoreboard, setup
from geoviz_ml.analysis import silhouette_scan
from geoviz_ml.learn import features, probe, simclr_learner
from geoviz_ml.learn.training import fit
from geoviz_ml.models import ResNet18
from geoviz_ml.prepare import Views, block_folds, oath_splits
from geoviz_ml.prepare.scaling import shrink
from geoviz_ml.readers import read_oath
from geoviz_ml.settings import set_seed
from geoviz_ml.simulate import aurora

PICTURES, IN_A_ROW, SIDE, WIDTH, BATCH, LR, EPOCHS = 1200, 5.0, 48, 16, 64, 1e-3, 24
BLOCK, FEW, STEPS, TEMPERATURE, C = 50, 0.05, 150, 0.2, 0.1
VIEWS = Views(crop=(0.5, 1.0), flip_lr=0.5, gamma=0.5)
SKY_SEED, SEEDS = 7081, (21, 22, 23)


def new_network(encoder: ResNet18 | None = None) -> torch.nn.Module:
    """A classifier on a new encoder, or on a copy of this one."""
    encoder = ResNet18(width=WIDTH) if encoder is None else copy.deepcopy(encoder)
    return torch.nn.Sequential(encoder, torch.nn.Linear(encoder.out_features, 6))


def pretrained(pictures: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray, ResNet18]:
    """Features of the pictures, of the network before and after the chapter's training, and it."""
    set_seed(seed)
    encoder = ResNet18(width=WIDTH)
    before = features(encoder, pictures)
    learner = simclr_learner(
        pictures, encoder, views=VIEWS, batch_size=BATCH, lr=LR, seed=seed,
        temperature=TEMPERATURE,
    )  # fmt: skip
    fit(learner, EPOCHS, one_cycle=True)
    return before, features(learner, pictures), encoder


def linear(features: np.ndarray, labels: np.ndarray) -> probe.Predictor:
    return probe.linear_probe(features, labels, C)


def taught(
    pictures: np.ndarray,
    labels: np.ndarray,
    seed: int,
    views: Views | None = None,
    encoder: ResNet18 | None = None,
) -> probe.Predictor:
    """The network that learns from labels, of the pictures as they are or of views of them.

    It begins with random weights, or with those of `encoder`.
    """
    return probe.supervised(
        pictures, labels, lambda: new_network(encoder), steps=STEPS, seed=seed, lr=2e-3,
        batch_size=32, augment=views,
    )  # fmt: skip


def main(work: Path, seed: int, seeds: tuple[int, ...]) -> list[dict]:
    """One row a network seed."""
    folder = aurora.make(work / f"sky-{seed}", PICTURES, seed=seed, in_a_row=IN_A_ROW)
    sky = read_oath(folder)
    pictures, labels = shrink(sky.image.values, SIDE), sky.class6.values
    truth = pd.read_csv(folder / "truth.csv")
    blocks, shuffles = block_folds(labels, block=BLOCK), oath_splits(labels)

    def right(predictor, splits=blocks):
        return float(probe.score(predictor, labels, splits).table.accuracy.mean())

    def few(predictor, draw):
        table = probe.label_efficiency(predictor, labels, blocks, shares=[FEW], seed=100 * draw)
        return float(table.accuracy.mean())

    pixels = linear(probe.raw_pixels(pictures, SIDE // 2), labels)
    once = {
        "never looks, official": right(probe.nearest_number(labels), shuffles),
        "never looks": right(probe.nearest_number(labels)),
        "raw pixels": right(pixels),
    }
    print(json.dumps(once), flush=True)
    rows = []
    for number in seeds:
        before, h, encoder = pretrained(pictures, number)
        row = {"seed": number, **once, "untrained": right(linear(before, labels))}
        row["raw pixels, few labels"] = few(pixels, number)
        learned, with_labels = linear(h, labels), taught(pictures, labels, number)
        with_views = taught(pictures, labels, number, VIEWS)
        tuned = taught(pictures, labels, number, VIEWS, encoder)
        scan = silhouette_scan(h, range(3, 16), labels=truth.kind.values, starts=4)
        mutual = partial(adjusted_mutual_info_score, scan.clusters[scan.best])
        row |= {
            "SimCLR, official": right(learned, shuffles),
            "SimCLR": right(learned),
            "SimCLR, few labels": few(learned, number),
            "supervised, few labels": few(with_labels, number),
            "supervised": right(with_labels),
            "supervised with views, few labels": few(with_views, number),
            "supervised with views": right(with_views),
            "fine-tuned with views, few labels": few(tuned, number),
            "fine-tuned with views": right(tuned),
            "best k": scan.best,
            "silhouette": float(scan.table.silhouette.max()),
            "adjusted mutual information, sub-types": float(mutual(truth.kind)),
            "adjusted mutual information, sequences": float(mutual(truth.sequence)),
        }
        rows.append(row)
        print(json.dumps(row), flush=True)
    return rows


def record(rows: list[dict], seed: int) -> None:
    """Keep the means over the seeds with the chapter's results."""
    table, settings = pd.DataFrame(rows), setup("quick")
    for name in table.columns.drop("seed"):
        scoreboard.record(
            settings, "aurora", f"Unseen sky {seed}, {name}", table[name],
            why=f"{EPOCHS} epochs; nothing was chosen on this sky; folds of blocks of {BLOCK}.",
            command="aurora_acceptance",
        )  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--sky", type=int, default=SKY_SEED, help="seed of the simulated sky")
    parser.add_argument("--seeds", type=int, nargs="+", default=SEEDS, help="of the networks")
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    found = main(args.work, args.sky, tuple(args.seeds))
    print(pd.DataFrame(found).drop(columns="seed").agg(["mean", "std"]).T.round(3).to_string())
    if args.record:
        record(found, args.sky)
