"""The arcs chapter's claims, measured on nights that nothing was chosen on.

The networks, steps and choices are those of the chapter's quick column, the nights are others, and
there are eight seeds. Every comparison is kept with its interval over nights and seeds; PN and PNU
of one seed are a pair, with the same labels and first weights.

    python -m tests.benchmarks.arcs_acceptance --work FOLDER [--record]
"""

import argparse
import itertools
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from geoviz_ml import scoreboard, setup
from geoviz_ml.experiments import Arcs
from geoviz_ml.experiments.arc_masks import CHOSEN, NAMES, floor_masks, mask_scores, overlap
from geoviz_ml.experiments.arc_nights import estimated_prior, some
from geoviz_ml.learn.pnu import predict_scores
from geoviz_ml.scores import Tally, interval, lead, tally

OTHERS = {"data_seed": 7011, "nights": 120, "seeds": 8, "seeds_prior": 8, "scanned": 40}
KINDS = ("PN", "PU", "NU", "PNU")
TRUE = {  # the groups that are told the true prior
    f"{kind}, true prior": f"{kind}, assumed prior 1 times the true one" for kind in ("PN", "PNU")
}
PAIRS = ("PNU", "PN"), ("PNU, true prior", "PN, true prior")
TAKEN_AWAY = {  # name of a difference: the two ways of making a mask
    "CRF as chosen, against none": (CHOSEN, "the scores as they are"),
    "CRF after the shift, against the shift alone": ("scores shifted, then CRF", "scores shifted"),
}


def over(counted: Tally) -> str:
    """The interval of a score, and over what."""
    value = interval(counted)
    seeds = "one seed" if value.seeds == 1 else f"{value.seeds} seeds"
    return f"{value} over {value.things} nights, {seeds}."


def patches(experiment: Arcs, groups: dict[str, str]):
    """Yield claims about patches, of groups of trainings by name: claim, values a seed, why."""
    run, empty = experiment.run, experiment.nights.empty_patches
    never = experiment.never(run.seeds)
    seen, arc = experiment.nights.test_set
    yield "Weight of unlabeled patches, chosen", experiment.chosen, "By the validation risk."
    yield "Patches, error: never arc", never.score, over(never)
    errors = {}
    for name, group in groups.items():
        nets = experiment.trained(group)
        errors[name] = experiment.errors(nets)
        said, alarms = (
            np.array([predict_scores(net, some) >= 0 for net in nets]) for some in (seen, empty)
        )
        yield f"Patches, error: {name}", errors[name].by_seed(), over(errors[name])
        yield f"Patches, called arc: {name}", said.mean(1), ""
        yield f"Patches, arcs found: {name}", said[:, arc].mean(1), ""
        yield f"Patches, called arc in empty skies: {name}", alarms.mean(1), ""
        why = lead(errors[name], never, (name, "never arc"), lower_is_better=True, things="nights")
        gain = errors[name].by_seed() - never.score
        yield f"Difference in error: {name} minus never arc", gain, f"{why}."
    for pair in PAIRS:
        if pair[0] in errors:
            ours, theirs = (errors[name] for name in pair)
            why = lead(ours, theirs, pair, lower_is_better=True, things="nights", same_seeds=True)
            gain = ours.by_seed() - theirs.by_seed()
            yield f"Difference in error: {' minus '.join(pair)}", gain, f"{why}."


def priors(experiment: Arcs):
    """Yield claims about the estimated prior."""
    run, off, true = experiment.run, [], []
    for seed in range(run.seeds):
        L, y, U, hidden = experiment.nights.draw(seed, run.labels, run.unlabeled)
        true.append((hidden == 1).mean())
        off.append(estimated_prior(L, y, U) - true[-1])
    yield "True prior", true, ""
    yield "Prior by energy distance minus true prior", off, "One draw of labels a seed."


def masks(experiment: Arcs, groups: dict[str, str]):
    """Yield claims about masks, of groups of trainings by name: claim, values a seed, why."""
    nights, run = experiment.nights, experiment.run
    frames = some(nights.test, run.scanned)
    for name, mask in floor_masks(nights, frames).items():
        counted = tally(*overlap(mask, frames), groups=frames.table.night)
        yield f"Masks, IoU, {name}: no network", counted.score, over(counted)
    of = {}
    for kind, group in groups.items():
        nets = experiment.trained(group)
        of[kind], edges = mask_scores(nets, nights, run.scanned, run.scan_step)
        for way, counted in of[kind].items():
            yield f"Masks, IoU, {way}: {kind}", counted.by_seed(), over(counted)
            yield f"Masks, boundary F, {way}: {kind}", edges[way], ""
        for name, ways in TAKEN_AWAY.items():
            ours, theirs = (of[kind][way] for way in ways)
            why = lead(ours, theirs, ways, things="nights", same_seeds=True)
            gain = ours.by_seed() - theirs.by_seed()
            yield f"Difference in IoU, {name}: {kind}", gain, f"{kind}: {why}."
    for pair in PAIRS:
        for way in NAMES if pair[0] in of else ():
            ours, theirs = (of[kind][way] for kind in pair)
            why = lead(ours, theirs, pair, things="nights", same_seeds=True)
            gain = ours.by_seed() - theirs.by_seed()
            yield f"Difference in IoU, {way}: {' minus '.join(pair)}", gain, f"{way}: {why}."


def report(parts, record: Callable | None) -> None:
    """Print claims as they come, and keep them with `record`."""
    for claim, values, why in itertools.chain(*parts):
        print(f"{claim}: {np.round(np.mean(values), 4)} {np.round(values, 4)} {why}", flush=True)
        if record:
            record(claim, np.atleast_1d(values), why=why)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="keeps the trainings")
    parser.add_argument("--record", action="store_true", help="keep the numbers")
    args = parser.parse_args()
    settings = setup("quick")
    arcs = Arcs(settings, folder=args.work, **OTHERS)
    keep = partial(scoreboard.record, settings, "arcs", command="arcs_acceptance")
    groups = {kind: kind for kind in KINDS} | TRUE
    both = {"PN": "PN", "PNU": "PNU"} | TRUE
    report([patches(arcs, groups), priors(arcs), masks(arcs, both)], keep if args.record else None)
