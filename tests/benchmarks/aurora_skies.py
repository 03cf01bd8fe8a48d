"""The aurora chapter's claims on many simulated skies, one network a sky: does a claim hold at all?

`aurora_acceptance` asks one sky with three networks; skies differ more than networks do. None of
these skies was used for choosing. Every sky is drawn twice, with as many pictures of many short
displays and of few long ones. Resumable: each row is kept in the folder.

    python -m tests.benchmarks.aurora_skies --work FOLDER [--record]
"""

import argparse
import json
from pathlib import Path

import pandas as pd

from geoviz_ml import scoreboard, setup
from geoviz_ml.learn import probe
from geoviz_ml.prepare import block_folds
from geoviz_ml.prepare.scaling import shrink
from geoviz_ml.readers import read_oath
from geoviz_ml.simulate import aurora

from .aurora_acceptance import (
    BLOCK,
    EPOCHS,
    FEW,
    IN_A_ROW,
    PICTURES,
    SIDE,
    VIEWS,
    linear,
    pretrained,
    taught,
)
from .deepsdo import kept

SKIES = range(7071, 7077)
DISPLAYS = {"short": IN_A_ROW, "long": 20.4}  # pictures of one: thinned, and as in the real table


def one_sky(work: Path, number: int, in_a_row: float) -> dict:
    """Mean accuracies over folds of blocks, with all labels and with `FEW` of them."""
    folder = work / f"sky-{number}-{in_a_row:g}"
    sky = read_oath(aurora.make(folder, PICTURES, seed=number, in_a_row=in_a_row))
    pictures, labels = shrink(sky.image.values, SIDE), sky.class6.values
    blocks, seed = block_folds(labels, block=BLOCK), number - 7000

    def right(predictor):
        return float(probe.score(predictor, labels, blocks).table.accuracy.mean())

    def few(predictor):
        table = probe.label_efficiency(predictor, labels, blocks, shares=[FEW], seed=100 * seed)
        return float(table.accuracy.mean())

    before, h, encoder = pretrained(pictures, seed)
    learned = linear(h, labels)
    with_views = taught(pictures, labels, seed, VIEWS)
    tuned = taught(pictures, labels, seed, VIEWS, encoder)
    return {
        "raw pixels": right(linear(probe.raw_pixels(pictures, SIDE // 2), labels)),
        "untrained": right(linear(before, labels)),
        "SimCLR": right(learned),
        "SimCLR, few labels": few(learned),
        "supervised, few labels": few(taught(pictures, labels, seed)),
        "supervised with views, few labels": few(with_views),
        "supervised with views": right(with_views),
        "fine-tuned with views, few labels": few(tuned),
        "fine-tuned with views": right(tuned),
    }


def main(work: Path) -> pd.DataFrame:
    """A row a kind of displays and a sky, with the differences that the chapter talks about."""
    work.mkdir(parents=True, exist_ok=True)
    rows = {}
    for number in SKIES:
        for kind, in_a_row in DISPLAYS.items():
            note = work / f"sky-{number}-{kind}.json"
            rows[kind, number] = kept(note, lambda n=number, m=in_a_row: one_sky(work, n, m))
            print(kind, number, json.dumps(rows[kind, number]), flush=True)
    table = pd.DataFrame(rows).T
    table["SimCLR minus raw pixels"] = table["SimCLR"] - table["raw pixels"]
    table["SimCLR minus untrained"] = table["SimCLR"] - table["untrained"]
    for kind in ("supervised", "supervised with views"):
        table[f"SimCLR minus {kind}, few labels"] = (
            table["SimCLR, few labels"] - table[f"{kind}, few labels"]
        )
    for known in ("", ", few labels"):
        table[f"fine-tuned minus supervised, both with views{known}"] = (
            table[f"fine-tuned with views{known}"] - table[f"supervised with views{known}"]
        )
    return table.sort_index()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--record", action="store_true")
    args = parser.parse_args()
    found = main(args.work)
    print(found.groupby(level=0).agg(["mean", "std"]).T.round(3).to_string())
    if args.record:
        for kind, name in [(kind, name) for kind in DISPLAYS for name in found]:
            scoreboard.record(
                setup("quick"), "aurora", f"Six unseen skies, {kind} displays, {name}",
                found.loc[kind, name],
                why=f"One network a sky, {EPOCHS} epochs; folds of blocks of {BLOCK}.",
                command="aurora_skies",
            )  # fmt: skip
