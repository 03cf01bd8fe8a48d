"""The arcs chapter's claims, measured on nights that nothing was chosen on.

The networks, steps and choices are those of the chapter's quick column, the nights are others, and
there are eight seeds. Every comparison is kept with its interval over nights and seeds.

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
from geoviz_ml.scores import interval, lead, tally

OTHERS = {"data_seed": 7011, "nights": 120, "seeds": 8, "seeds_prior": 8, "scanned": 40}
SIMULATED = "Simulated nights and stations that no training has seen; the abstract has no numbers."
KINDS = ("PN", "PU", "NU", "PNU")
TRUE = "{}, assumed prior 1 times the true one"


def patches(experiment: Arcs, *, kinds=KINDS, true=("PN", "PNU")):
    """Yield claims about patches: name, values a seed, why; of `true` with the true prior too."""
    run = experiment.run
    never = experiment.never(run.seeds)
    seen, arc = experiment.nights.test_set
    yield "Error of patches, never arc", never.score, SIMULATED
    errors = {}
    for group in (*kinds, *map(TRUE.format, true)):
        nets = experiment.trained(group)
        errors[group] = experiment.errors(nets)
        said = np.array([predict_scores(net, seen) >= 0 for net in nets])
        why = str(lead(errors[group], never, (group, "never arc"), lower_is_better=True))
        yield (
            f"Error of patches with {run.labels} labels, {group}",
            errors[group].by_seed(),
            f"{why}.",
        )
        if group in kinds:
            yield f"Arc patches that are found, {group}", said[:, arc].mean(1), SIMULATED
            alarms = [
                (predict_scores(n, experiment.nights.empty_patches) >= 0).mean() for n in nets
            ]
            yield f"Patches called arc in skies without an arc, {group}", alarms, SIMULATED
    for names in (("PNU", "PN"), tuple(map(TRUE.format, ("PNU", "PN")))):
        if names[0] not in errors:
            continue
        pnu, pn = (errors[name] for name in names)
        why = str(lead(pnu, pn, names, lower_is_better=True))
        yield f"Error of patches, {names[0]} minus PN", pnu.by_seed() - pn.by_seed(), f"{why}."


def priors(experiment: Arcs):
    """Yield claims about the estimated prior."""
    run, off, true = experiment.run, [], []
    for seed in range(run.seeds):
        L, y, U, hidden = experiment.nights.draw(seed, run.labels, run.unlabeled)
        true.append((hidden == 1).mean())
        off.append(estimated_prior(L, y, U) - true[-1])
    yield "True prior", true, SIMULATED
    yield "Prior by energy distance minus true prior", off, "One draw of 100 labels a seed."


def masks(experiment: Arcs):
    """Yield claims about masks: name, values a seed, why."""
    nights, run = experiment.nights, experiment.run
    frames = some(nights.test, run.scanned)
    for name, mask in floor_masks(nights, frames).items():
        value = interval(tally(*overlap(mask, frames), groups=frames.table.night))
        yield f"IoU of arcs: {name}", value.value, f"{value} over {value.things} nights."
    of = {}
    for kind in ("PN", "PNU"):
        overlaps, boundaries = mask_scores(
            experiment.trained(kind), nights, run.scanned, run.scan_step
        )
        of[kind] = overlaps
        for way, name in NAMES.items():
            value = interval(overlaps[way])
            why = f"{value} over {value.things} nights and {value.seeds} seeds."
            yield f"IoU of arcs: {name.format(kind)}", overlaps[way].by_seed(), why
            yield f"boundary F of arcs: {name.format(kind)}", boundaries[way], SIMULATED
        gain = overlaps[CHOSEN].by_seed() - overlaps["the scores as they are"].by_seed()
        pair = CHOSEN, "the scores as they are"
        why = str(lead(*(overlaps[way] for way in pair), pair))
        yield f"IoU of arcs, after minus before the CRF: {kind}", gain, f"{why}."
        pair = "scores shifted, then CRF", "scores shifted"
        gain = overlaps[pair[0]].by_seed() - overlaps[pair[1]].by_seed()
        why = str(lead(*(overlaps[way] for way in pair), pair))
        yield f"IoU of arcs, CRF after the shift minus shift alone: {kind}", gain, f"{why}."
    for way, name in NAMES.items():
        pnu, pn = of["PNU"][way], of["PN"][way]
        claim = f"IoU of arcs, PNU minus PN: {name.format('both')}"
        yield claim, pnu.by_seed() - pn.by_seed(), f"{lead(pnu, pn, ('PNU', 'PN'))}."


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
    report([patches(arcs), priors(arcs), masks(arcs)], keep if args.record else None)
