"""The alfven chapter's full column: nights that nothing was trained or chosen on, with intervals.

Reads trainings that ``python -m geoviz_ml.experiments alfven --profile paper`` has kept (of one
group: ``--only "U-net, set B"``), or trains what is missing. Beside the networks stand what knowing
nothing scores, peak tracking with and without the rule of quiet nights, and the labels themselves.

    python -m tests.benchmarks.alfven_full [--out FOLDER] [--seeds N] [--record]
"""

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from geoviz_ml import scoreboard, setup
from geoviz_ml.experiments import Alfven
from geoviz_ml.experiments.experiment import iou_tally
from geoviz_ml.learn.segmentation import predict
from geoviz_ml.scores import interval, lead, tally
from tests.benchmarks.arcs_acceptance import report

GROUP = "U-net, set B"


def measure(experiment: Alfven) -> Iterator[tuple[str, list, str]]:
    """Yield claims: claim, values a seed, and the interval over nights and seeds."""
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
    ious = {}
    for name, several in methods.items():
        ious[name] = iou_tally(np.stack(several), test.masks)
        marked = tally([m[quiet].mean((1, 2)) for m in several])
        for claim, counted in (
            ("IoU of the IAR", ious[name]),
            ("flagged on nights without IAR", marked),
        ):
            nights = f"{counted.parts.shape[1]} nights: {interval(counted)}."
            yield f"{claim}: {name}", counted.by_seed().tolist(), nights
    of_nights = zip(ious[GROUP].parts, ious[GROUP].wholes, strict=True)
    for seed, (hits, union) in enumerate(of_nights):
        alone = tally(hits, union)
        nights = f"{len(hits)} nights, this network alone: {interval(alone)}."
        yield f"IoU of the IAR, seed {seed} alone: {GROUP}", [alone.score], nights
    for other in ("peak tracking", "labels by hand"):
        by = lead(ious[GROUP], ious[other], (GROUP, other), things="nights")
        claim = f"IoU of the IAR, difference: {GROUP}, and {other}"
        yield claim, [by.difference.value], f"{by}."
    begun = time.perf_counter()
    predict(learners[0], test.pictures)
    took = (time.perf_counter() - begun) / len(test.pictures)
    yield f"seconds of training: {GROUP}", [one.seconds for one in learners], ""
    yield f"milliseconds a picture: {GROUP}", [1000 * took], ""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="folder of the trainings")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--record", action="store_true", help="keep the numbers")
    args = parser.parse_args()
    chapter = Alfven(setup("paper"), folder=args.out, seeds=args.seeds)
    run = chapter.run
    rows, columns = run.size
    size = (
        f"{run.nights_train} nights with labels by hand, {run.nights_valid} to choose, "
        f"{run.nights_test} to test, {rows} x {columns}, {run.epochs} epochs."
    )

    def keep(claim, values, why):
        scoreboard.record(
            chapter.settings, "alfven", f"Full column, {claim}", values,
            why=f"{size} {why}".strip(), command="alfven_full",
        )  # fmt: skip

    report([measure(chapter)], keep if args.record else None)
