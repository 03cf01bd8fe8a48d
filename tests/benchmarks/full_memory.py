"""Host memory of a chapter's full column: python -m tests.benchmarks.full_memory NAME

Data at their full size, what stands beside the trainings, and one step of the first training of
each group, on the CPU, in the numbers that a training takes there. Activations, which a GPU would
hold, count here: an upper bound. A line a part: seconds, what this process holds now, and its peak
so far, GB. Simulators in other processes are not counted.
"""

import argparse
import gc
import resource
import time

import psutil
from fastai.callback.core import Callback, CancelFitException

from geoviz_ml import setup
from geoviz_ml.experiments.__main__ import of_chapter
from geoviz_ml.learn import fit
from geoviz_ml.papers import chapters


class OneStep(Callback):
    """Ends a training after its first step."""

    def after_batch(self):
        raise CancelFitException


def peak() -> float:
    """GB of this process at the most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=chapters())
    parser.add_argument("--beside", action="store_true", help="also what stands beside trainings")
    args = parser.parse_args()
    began = time.monotonic()

    def told(what):
        held = psutil.Process().memory_info().rss / 2**30
        print(
            f"{time.monotonic() - began:5.0f} s  {held:5.2f}  {peak():5.2f} GB  {what}", flush=True
        )

    experiment = of_chapter(args.name)(setup("paper"))
    if args.name == "arcs":
        experiment.chosen = 0.5  # any eta takes the same; to choose one takes trainings
    told("libraries")
    groups = {one.group: one for one in reversed(list(experiment.trainings()))}
    told("data")
    for group, training in groups.items():
        gc.collect()  # as between the trainings of an experiment
        learner = training.make()
        told(f"{group}: before its step")
        with learner.added_cbs(OneStep()):
            fit(learner, 1)
        told(f"{group}: after it")
    if args.beside:
        experiment.untrained()
        told("what stands beside the trainings")


if __name__ == "__main__":
    main()
