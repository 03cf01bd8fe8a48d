"""Run the experiments of a paper: python -m geoviz_ml.experiments NAME [--profile paper]."""

from __future__ import annotations

import argparse
import ast
import dataclasses
import importlib
import sys
import time
from pathlib import Path

from .. import scoreboard
from ..errors import GeovizError
from ..papers import chapters
from ..settings import PROFILES, setup
from .cards import Done, leave_cards
from .experiment import Experiment, claims
from .trainings import Unfinished
from .weights import NAME

LEFT = 3  # exit status: something is left to do


def main(arguments: list[str] | None = None) -> int:
    """The command; its exit status: 0 all done, 3 something is left, 1 an error, 130 stopped."""
    options = _parser().parse_args(arguments)
    try:
        settings = setup(options.profile)
        experiment = of_chapter(options.name)(
            settings, folder=options.out, minutes=options.minutes, **dict(options.set)
        )
        return run(experiment, options.seeds, options.only)
    except GeovizError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. The same command continues.", file=sys.stderr)
        return 130


def of_chapter(name: str) -> type[Experiment]:
    """The experiment of a chapter: ``geoviz_ml.experiments.<name>.<Name>``."""
    return getattr(importlib.import_module(f".{name}", __package__), name.capitalize())


def run(experiment: Experiment, seeds: int | None = None, only: list[str] | None = None) -> int:
    """Do what is missing, one seed of everything first, and write the results when all is there.

    `only` names groups of trainings; the others are left out, and so are their results.
    """
    for group in only or ():
        experiment.training(group)  # there is such a group, or its error says which there are
    todo = [one for one in experiment.trainings() if seeds is None or one.seed < seeds]
    todo = [one for one in todo if not only or one.group in only]
    todo.sort(key=lambda one: one.seed)
    measured: dict[str, list[dict]] = {}
    left, done = [], []
    for number, training in enumerate(todo, 1):
        began = time.monotonic()
        try:
            learner = experiment.keep(training, wait=False)
        except Unfinished as unfinished:
            left.append(training.name)
            print(f"[{number}/{len(todo)}] {unfinished}", flush=True)
            continue
        measured.setdefault(training.group, []).append(learner.measured)
        network = getattr(learner.model, "built", None) or [type(learner.model).__name__]
        told = experiment.keep.told(training, learner, experiment.tell)
        done.append(Done(training.group, network[0], learner.place, learner.kept, told))
        took = f"{learner.seconds:.0f} s of training, {time.monotonic() - began:.0f} s now"
        print(f"[{number}/{len(todo)}] {training.name}: {took}", flush=True)
        del learner
    beside = {}
    if not left:
        try:
            beside = experiment.untrained()
        except Unfinished as unfinished:
            left.append(f"what stands beside the trainings ({unfinished})")
    cards = leave_cards(experiment.chapter, vars(experiment.run), done, beside)
    if left:
        print(f"Left: {'; '.join(left)}.")
        print("Call again: what is done stays, and what was begun goes on.")
        return LEFT
    path = write(experiment, claims(measured | {"": [beside]}))
    print(f"All {len(todo)} trainings are done; the results are in {path}.")
    print(f"{cards} folders hold {NAME} with a model card, {Path(NAME).stem}.md.")
    return 0


def write(experiment: Experiment, found: dict) -> Path:
    """The results as a file of the scoreboard, in the folder of the trainings."""
    settings = dataclasses.replace(experiment.settings, results=experiment.keep.folder)
    why = f"Simulated; data of seed {experiment.run.data_seed}."
    scoreboard.record(settings, experiment.chapter, found, why=why)
    return settings.results / f"{experiment.chapter}-{settings.profile}-simulated.json"


def _setting(text: str) -> tuple[str, object]:
    name, _, value = text.partition("=")
    try:
        return name, ast.literal_eval(value)
    except (ValueError, SyntaxError):
        return name, value


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m geoviz_ml.experiments",
        description="Train and measure what a chapter claims. Calling again does what is missing.",
    )
    parser.add_argument("name", choices=chapters())
    parser.add_argument("--profile", choices=PROFILES, help="paper runs the full column")
    parser.add_argument("--minutes", type=float, help="stop cleanly after so many")
    parser.add_argument("--seeds", type=int, help="at most so many of each training")
    parser.add_argument(
        "--only", action="append", metavar="GROUP", help='these trainings alone, such as "U-net"'
    )
    parser.add_argument("--out", type=Path, help="folder of trainings and results")
    parser.add_argument(
        "--set",
        type=_setting,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="another value for a setting, such as epochs=3",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
