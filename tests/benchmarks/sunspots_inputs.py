"""What a classifier of sunspot groups is shown: the range of the field, its levels, the resolution.

The same simulated Suns at 1024 pixels, and averaged to 512: five kinds of cut-outs, one network
each and fold. Regions are split into five folds, so that each is tested once. Resumable: stopped at
any time, the same command goes on after its last network.

    python -m tests.benchmarks.sunspots_inputs --work FOLDER [--record]
"""

import argparse
import json
from functools import partial
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import recall_score
from sklearn.model_selection import StratifiedGroupKFold

from geoviz_ml import scoreboard, setup
from geoviz_ml.datasets import load_suns
from geoviz_ml.experiments.sunspot_classes import class_scores, named_boxes
from geoviz_ml.files import atomic_path
from geoviz_ml.learn import classification_learner, fit
from geoviz_ml.learn.classification import classify
from geoviz_ml.models import GoogLeNet
from geoviz_ml.prepare import cut_boxes, sun_picture
from geoviz_ml.readers import read_magnetogram
from geoviz_ml.scores import lead, tally
from geoviz_ml.simulate import sunspots

PICTURES, SEED, FOLDS, EPOCHS, SIDE, MARGIN = 196, 7209, 5, 16, 64, 4
WHY = "Simulated; five folds of whole regions in place of seeds."
COMMAND = "sunspots_inputs"


def grey(field: np.ndarray, limit: float, levels: int | None) -> np.ndarray:
    """-limit to limit G as 0 to 1, in so many levels if any."""
    part = field.clip(-limit, limit) / (2 * limit) + 0.5
    return part if levels is None else np.round(part * (levels - 1)) / (levels - 1)


INPUTS = {  # limit in G, levels, pixels of the picture's side
    "±250 G in 256 levels, 3 Mm a pixel": (250, 256, 512),
    "±1500 G in 256 levels, 3 Mm a pixel": (1500, 256, 512),
    "±1500 G, 3 Mm a pixel": (1500, None, 512),
    "±250 G in 256 levels, 1.5 Mm a pixel": (250, 256, 1024),
    "±1500 G, 1.5 Mm a pixel": (1500, None, 1024),
}


def load(work: Path) -> tuple[dict[str, np.ndarray], pd.DataFrame]:
    """Cut-outs (N, 64, 64) of each input, and the boxes with their classes."""
    folder = sunspots.make(work / "suns", PICTURES, SEED, size=1024)
    suns = load_suns(folder, 512)
    named = named_boxes(suns)
    cuts = {name: np.empty((len(named), SIDE, SIDE), np.float32) for name in INPUTS}
    for i, boxes in named.groupby("picture"):
        data = read_magnetogram(folder / "fits" / f"{suns.table.picture[i]}.fits")
        fine = sun_picture(data, 1024).values
        fields = {1024: fine, 512: fine.reshape(512, 2, 512, 2).mean(axis=(1, 3))}
        corners = boxes[["x1", "y1", "x2", "y2"]].to_numpy()
        for name, (limit, levels, size) in INPUTS.items():
            times = size // 512
            picture = grey(fields[size], limit, levels)
            cuts[name][boxes.index] = cut_boxes(picture, times * corners, SIDE, times * MARGIN)
    return cuts, named


def answers(cuts: np.ndarray, codes: np.ndarray, folds: list, work: Path, name: str) -> np.ndarray:
    """The class of each cut-out, (N,) int, by the network that has not seen its region."""
    said = np.full(len(codes), -1)
    for fold, (train, test) in enumerate(folds):
        note = work / "folds" / f"{name.replace(' ', '_')}-{fold}.json"
        if not note.exists():
            learner = classification_learner(
                (cuts[train], codes[train]),
                None,
                partial(GoogLeNet, classes=3, width=0.25),
                batch_size=32,
                lr=2e-3,
                seed=fold,
            )
            fit(learner, EPOCHS, one_cycle=True)
            note.parent.mkdir(parents=True, exist_ok=True)
            with atomic_path(note) as tmp:
                tmp.write_text(json.dumps(classify(learner, cuts[test]).argmax(1).tolist()))
            print(name, fold, flush=True)
        said[test] = json.loads(note.read_text())
    return said


def main(work: Path, keep: bool) -> None:
    cuts, named = load(work)
    classes, codes = named.paper.cat.categories, named.paper.cat.codes.to_numpy(int)
    folds = list(
        StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0).split(codes, codes, named.number)
    )
    print(f"{len(named)} cut-outs of {named.number.nunique()} regions", np.bincount(codes))
    methods = {name: answers(cuts[name], codes, folds, work, name) for name in INPUTS}
    majority = np.empty(len(codes), int)
    for train, test in folds:
        majority[test] = np.bincount(codes[train]).argmax()
    methods["majority class"] = majority
    claims, tallies = {"Class by input: regions": named.number.nunique()}, {}
    for name, said in methods.items():
        rows = []
        for _, test in folds:
            truth, answer = codes[test], said[test]
            found = recall_score(truth, answer, labels=[0, 1, 2], average=None, zero_division=0)
            recalls = {f"recall of {c}": value for c, value in zip(classes, found, strict=True)}
            rows.append(class_scores(truth, answer) | recalls)
        table = pd.DataFrame(rows)
        print(name, table.mean().round(3).to_dict())
        claims |= {f"Class by input, {name}: {score}": table[score].to_list() for score in table}
        tallies[name] = tally((said == codes).astype(float), groups=named.number)
    for one, other in combinations(tallies, 2):
        said = lead(tallies[one], tallies[other], (one, other))
        print("accuracy:", said)
        for part in ("value", "low", "high"):
            claim = f"Class by input, accuracy, {one} less {other}: {part}"
            claims[claim] = getattr(said.difference, part)
    if keep:
        scoreboard.record(setup("quick"), "sunspots", claims, why=WHY, command=COMMAND)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--work", type=Path, required=True, help="keeps pictures and answers")
    parser.add_argument("--record", action="store_true", help="keep the numbers")
    args = parser.parse_args()
    main(args.work, args.record)
