"""The aurora chapter's claims on many simulated skies, one network a sky: does a claim hold at all?

`aurora_acceptance` asks one sky with three networks; skies differ more than networks do. None of
these skies was used for choosing. Resumable: each sky's row is kept in the folder.

    python -m tests.benchmarks.aurora_skies --work FOLDER [--record]
"""

import argparse
import json
from pathlib import Path

import pandas as pd

from geoviz_ml import scoreboard, setup
from geoviz_ml.learn import features, probe, simclr_learner
from geoviz_ml.learn.training import fit
from geoviz_ml.models import ResNet18
from geoviz_ml.prepare import Views, block_folds
from geoviz_ml.readers import read_oath
from geoviz_ml.settings import set_seed
from geoviz_ml.simulate import aurora

from .aurora_acceptance import (
    BATCH,
    BLOCK,
    CROP,
    EPOCHS,
    FEW,
    LR,
    PICTURES,
    SIDE,
    STEPS,
    WIDTH,
    new_network,
    shrink,
)
from .deepsdo import kept

SKIES = range(7021, 7027)


def one_sky(work: Path, number: int) -> dict:
    """Mean accuracies over folds of blocks, with all labels and with `FEW` of them."""
    sky = read_oath(aurora.make(work / f"sky-{number}", PICTURES, seed=number))
    pictures, labels = shrink(sky.image.values, SIDE), sky.class6.values
    blocks, seed = block_folds(labels, block=BLOCK), number - 7000

    def right(predictor):
        return float(probe.score(predictor, labels, blocks).table.accuracy.mean())

    def few(predictor):
        table = probe.label_efficiency(predictor, labels, blocks, shares=[FEW], seed=100 * seed)
        return float(table.accuracy.mean())

    set_seed(seed)
    encoder = ResNet18(width=WIDTH)
    row = {
        "raw pixels": right(probe.linear_probe(probe.raw_pixels(pictures, SIDE // 2), labels)),
        "untrained": right(probe.linear_probe(features(encoder, pictures), labels)),
    }
    learner = simclr_learner(
        pictures, encoder, views=Views(crop=CROP), batch_size=BATCH, lr=LR, seed=seed
    )
    fit(learner, EPOCHS, one_cycle=True)
    learned = probe.linear_probe(features(learner, pictures), labels)
    taught = probe.supervised(
        pictures, labels, new_network, steps=STEPS, seed=seed, lr=2e-3, batch_size=32,
        augment=Views(crop=CROP),
    )  # fmt: skip
    return row | {
        "SimCLR": right(learned),
        "SimCLR, few labels": few(learned),
        "supervised, few labels": few(taught),
    }


def main(work: Path) -> pd.DataFrame:
    """One row a sky, with the paired differences that the chapter claims something about."""
    work.mkdir(parents=True, exist_ok=True)
    rows = {}
    for number in SKIES:
        rows[number] = kept(work / f"sky-{number}.json", lambda n=number: one_sky(work, n))
        print(number, json.dumps(rows[number]), flush=True)
    table = pd.DataFrame(rows).T
    table["SimCLR minus raw pixels"] = table["SimCLR"] - table["raw pixels"]
    table["SimCLR minus untrained"] = table["SimCLR"] - table["untrained"]
    table["SimCLR minus supervised, few labels"] = (
        table["SimCLR, few labels"] - table["supervised, few labels"]
    )
    return table


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    found = main(args.work)
    print(found.agg(["mean", "std"]).T.round(3).to_string())
    if args.record:
        for name in found:
            scoreboard.record(
                setup("quick"), "aurora", f"Six unseen skies, {name}", found[name],
                why=f"One network a sky, {EPOCHS} epochs; folds of blocks of {BLOCK}.",
                command="aurora_skies",
            )  # fmt: skip
