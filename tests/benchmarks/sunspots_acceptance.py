"""The detectors of the sunspots chapter with three seeds, on Suns that nothing was chosen on.

Trains DetectNet and Faster R-CNN as the chapter does, on other Suns; chooses on six, tests on
twelve. Says who is ahead of whom, by bootstrap over Suns and seeds. Resumable: a training that is
done is kept.

    python -m tests.benchmarks.sunspots_acceptance --work FOLDER [--record]
"""

import argparse
import dataclasses
from itertools import combinations, product
from pathlib import Path

import pandas as pd

from geoviz_ml import scoreboard, setup
from geoviz_ml.experiments import Sunspots
from geoviz_ml.experiments.field_threshold import threshold_method
from geoviz_ml.experiments.sunspots import PUBLISHED, box_scores
from geoviz_ml.infer import detect
from geoviz_ml.scores import f1_tally, interval, lead

SETTINGS = {"data_seed": 7207, "suns": (9, 6, 12), "seeds": 3, "seeds_peer": 3, "seeds_class": 0}
COMMAND = "sunspots_acceptance"
PAIRS = [
    *combinations(("DetectNet", "Faster R-CNN", "threshold method"), 2),
    *(("DetectNet", f"DetectNet, {how}") for how in PUBLISHED),
]
WHY = {
    "DetectNet": "Simulated magnetograms; a quarter of the channels, random weights, minutes.",
    "DetectNet, published decoding": "The same networks; coverage 0.6, threshold 3, eps 0.02.",
    "DetectNet, published decoding with eps 0.2": "About how NVIDIA's code reads its 0.02.",
    "floor, another picture's boxes": "What knowing nothing of the picture scores.",
}


def answers(experiment: Sunspots) -> dict[str, list]:
    """Of each method, one a seed: boxes in the test pictures, and the confidence that counts."""
    test = experiment.test.pictures
    found = {}
    for name in ("DetectNet", "Faster R-CNN"):
        for learner in experiment.trained(name):
            decoding, cut = experiment.chosen(learner)
            print(name, decoding, f"{cut:.2f}, {learner.seconds:.0f} s", flush=True)
            found.setdefault(name, []).append((detect(learner, test, **decoding), cut))
            for how, other in PUBLISHED.items() if decoding else ():
                boxes = detect(learner, test, **other)
                found.setdefault(f"DetectNet, {how}", []).append((boxes, 0.0))
    find, cut = threshold_method(experiment.train[:: experiment.run.tune_every], experiment.valid)
    found["threshold method"] = [(find(test), cut)]
    found["floor, another picture's boxes"] = [(experiment.elsewhere(test), 0.0)]
    return found


def measure(experiment: Sunspots) -> tuple[dict[str, dict], dict[str, float]]:
    """Scores of each method, one a seed; and what is said of each pair."""
    truth, suns = experiment.test.boxes, experiment.test_suns
    scores, tallies = {}, {}
    for name, several in answers(experiment).items():
        sure = [[b[b[:, 4] >= cut] for b in boxes] for boxes, cut in several]
        rows = [box_scores(boxes, truth, cut) for boxes, cut in several]
        scores[name] = pd.DataFrame(rows).dropna(axis="columns").to_dict("list")
        tallies[name] = {iou: f1_tally(sure, truth, suns, iou=iou) for iou in (0.5, 0.7)}
    for name, of in tallies.items():
        print(name, {iou: str(interval(counted)) for iou, counted in of.items()})
    leads = {}
    for (one, other), iou in product(PAIRS, (0.5, 0.7)):
        same = other.startswith(f"{one}, ")  # the same networks, read in another way
        pair = tallies[one][iou], tallies[other][iou]
        said = lead(*pair, (one, other), same_seeds=same)
        print(f"F1 at IoU {iou}: {said}")
        for part in ("value", "low", "high"):
            leads[f"F1 at IoU {iou}, {one} less {other}: {part}"] = getattr(said.difference, part)
    return scores, leads


def record(scores: dict[str, dict], leads: dict[str, float]) -> None:
    """Keep the numbers."""
    for name, several in scores.items():
        claims = {f"Unseen simulated Suns, {name}: {score}": v for score, v in several.items()}
        why = WHY.get(name, "Not in the paper; the same Suns.")
        scoreboard.record(setup("quick"), "sunspots", claims, why=why, command=COMMAND)
    claims = {f"Unseen simulated Suns, {name}": value for name, value in leads.items()}
    why = "Bootstrap over twelve Suns and three seeds, 95 of 100 draws."
    scoreboard.record(setup("quick"), "sunspots", claims, why=why, command=COMMAND)


def main(work: Path, keep: bool) -> None:
    settings = dataclasses.replace(setup("quick"), data=work)
    experiment = Sunspots(settings, folder=work / "trainings", **SETTINGS)
    found = measure(experiment)
    print(pd.DataFrame({k: pd.DataFrame(v).mean() for k, v in found[0].items()}).round(3))
    if keep:
        record(*found)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="keeps pictures and trainings")
    parser.add_argument("--record", action="store_true", help="keep the numbers")
    args = parser.parse_args()
    main(args.work, args.record)
