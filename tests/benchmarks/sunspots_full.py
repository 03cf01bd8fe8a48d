"""The classifiers of the sunspots chapter's full column: the whole GoogLeNet, region by region.

Reads trainings that ``python -m geoviz_ml.experiments sunspots --profile paper --only GROUP`` has
kept, or trains what is missing. Beside the networks stand the most frequent class and the class of
the same region on the nearest day of training, with intervals over regions and seeds.

    python -m tests.benchmarks.sunspots_full [--out FOLDER] [--split SPLIT ...] [--record]
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from geoviz_ml import scoreboard, setup
from geoviz_ml.experiments import Sunspots
from geoviz_ml.experiments.sunspot_classes import class_scores, nearest_day
from geoviz_ml.experiments.sunspots import NEAREST
from geoviz_ml.learn.classification import classify
from geoviz_ml.scores import Tally, interval, lead, tally
from tests.benchmarks.arcs_acceptance import report

SCHEME, SPLITS = "paper's", ["region number", "random"]
NETWORK, MAJORITY = "GoogLeNet", "majority class"


def answers(experiment: Sunspots, split_by: str) -> dict[str, list[np.ndarray]]:
    """Of each method, one a seed: the classes of the test cut-outs of a split."""
    labels, split = experiment.task(SCHEME, split_by)
    first, second = split
    nets = experiment.trained(f"{NETWORK}, {SCHEME} scheme, split by {split_by}")
    said = [classify(net, experiment.cuts_250[second]).argmax(1) for net in nets]
    return {
        NETWORK: [labels.cat.categories[codes].to_numpy() for codes in said],
        MAJORITY: [np.full(len(second), labels.iloc[first].mode()[0])],
        NEAREST: [nearest_day(experiment.named, split, labels)],
    }


def measure(experiment: Sunspots, split_by: str) -> Iterator[tuple[str, list, str]]:
    """Yield claims about a split: claim, values a seed, why."""
    labels, (first, second) = experiment.task(SCHEME, split_by)
    truth, regions = labels.iloc[second].to_numpy(), experiment.named.number.iloc[second]
    start, sides = f"Class, split by {split_by}", (len(first), len(second))
    yield f"{start}: regions tested", [regions.nunique()], f"{sides} cut-outs to train and test."
    right: dict[str, Tally] = {}
    for name, several in answers(experiment, split_by).items():
        right[name] = tally([said == truth for said in several], groups=regions)
        rows = pd.DataFrame(class_scores(truth, said) for said in several)
        spread = f"{interval(right[name])} over {regions.nunique()} regions."
        yield f"{start}, {name}: accuracy", rows["accuracy"].tolist(), spread
        yield f"{start}, {name}: macro F1", rows["macro F1"].tolist(), ""
        for label in labels.cat.categories:
            these = truth == label
            found = [float((said[these] == label).mean()) for said in several]
            yield f"{start}, {name}: recall of {label}", found, f"{these.sum()} cut-outs."
    for other in (MAJORITY, NEAREST):
        by = lead(right[NETWORK], right[other], (NETWORK, other), things="regions")
        gain = right[NETWORK].by_seed() - right[other].score
        yield (
            f"Difference in accuracy, split by {split_by}: {NETWORK} minus {other}",
            gain,
            f"{by}.",
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="folder of the trainings")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--split", nargs="+", choices=SPLITS, default=SPLITS, help="which")
    parser.add_argument("--record", action="store_true", help="keep the numbers")
    args = parser.parse_args()
    suns = Sunspots(setup("paper"), folder=args.out, seeds_class=args.seeds)
    run = suns.run
    size = f"{sum(run.suns)} Suns, {run.side} x {run.side} pixels, {run.class_epochs} epochs."

    def keep(claim, values, why):
        scoreboard.record(
            suns.settings, "sunspots", f"Full column, {claim}", values,
            why=f"{size} {why}".strip(), command="sunspots_full",
        )  # fmt: skip

    report([measure(suns, split_by) for split_by in args.split], keep if args.record else None)
