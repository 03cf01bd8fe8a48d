"""The alfven chapter's full column: nights that nothing was trained or chosen on, with intervals.

Reads trainings that ``python -m geoviz_ml.experiments alfven --profile paper`` has kept (of one
group: ``--only "U-net, set B"``), or trains what is missing. Beside the networks stand what knowing
nothing scores, peak tracking with and without the rule of quiet nights, and the labels themselves.

    python -m tests.benchmarks.alfven_full [--out FOLDER] [--seeds N] [--record]
"""

import argparse
import time
from pathlib import Path

import numpy as np
import pandas as pd

from geoviz_ml import scoreboard, setup
from geoviz_ml.experiments import Alfven
from geoviz_ml.experiments.experiment import iou_tally
from geoviz_ml.learn.segmentation import predict
from geoviz_ml.scores import interval, lead, tally

GROUP = "U-net, set B"


def main(experiment: Alfven) -> pd.DataFrame:
    """A row a claim: values, one a seed, and the interval over nights and seeds."""
    test = experiment.nights[experiment.test]
    learners = experiment.trained(GROUP)
    methods = {
        "everything marked": [np.ones_like(test.masks)],
        "peak tracking": [experiment.labels["A"][experiment.test]],
        "peak tracking, quiet rule": [experiment.quiet_peaks],
        GROUP: [predict(one, test.pictures) >= experiment.threshold(one, "B") for one in learners],
        "labels by hand": [experiment.by_hand[experiment.test]],
    }
    quiet = ~test.masks.any(axis=(1, 2))
    rows, ious = [], {}
    for name, several in methods.items():
        ious[name] = iou_tally(np.stack(several), test.masks)
        marked = tally([m[quiet].mean((1, 2)) for m in several])
        for claim, counted in (
            ("IoU of the IAR", ious[name]),
            ("flagged on nights without IAR", marked),
        ):
            nights = f"{counted.parts.shape[1]} nights: {interval(counted)}."
            rows.append((f"{claim}: {name}", counted.by_seed().tolist(), nights))
    of_nights = zip(ious[GROUP].parts, ious[GROUP].wholes, strict=True)
    for seed, (hits, union) in enumerate(of_nights):
        alone = tally(hits, union)
        nights = f"{len(hits)} nights, this network alone: {interval(alone)}."
        rows.append((f"IoU of the IAR, seed {seed} alone: {GROUP}", [alone.score], nights))
    for other in ("peak tracking", "labels by hand"):
        by = lead(ious[GROUP], ious[other], (GROUP, other), things="nights")
        claim = f"IoU of the IAR, difference: {GROUP}, and {other}"
        rows.append((claim, [by.difference.value], f"{by}."))
    begun = time.perf_counter()
    predict(learners[0], test.pictures)
    took = (time.perf_counter() - begun) / len(test.pictures)
    rows += [
        (f"seconds of training: {GROUP}", [one.seconds for one in learners], ""),
        (f"milliseconds a picture: {GROUP}", [1000 * took], ""),
    ]
    return pd.DataFrame(rows, columns=["claim", "values", "interval"])


def record(experiment: Alfven, found: pd.DataFrame) -> None:
    """Keep them with the results that the library carries."""
    run = experiment.run
    rows, columns = run.size
    why = (
        f"{run.nights_train} nights with labels by hand, {run.nights_valid} to choose, "
        f"{run.nights_test} to test, {rows} x {columns}, {run.epochs} epochs."
    )
    for row in found.itertuples():
        scoreboard.record(
            experiment.settings, "alfven", f"Full column, {row.claim}", row.values,
            why=f"{why} {row.interval}".strip(), command="alfven_full",
        )  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="folder of the trainings")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--record", action="store_true", help="keep the numbers")
    args = parser.parse_args()
    chapter = Alfven(setup("paper"), folder=args.out, seeds=args.seeds)
    measured = main(chapter)
    print(measured.to_string(max_colwidth=80))
    if args.record:
        record(chapter, measured)
