"""Mount Wilson class of real sunspot groups from their continuum cut-outs, split by NOAA number.

Boxes of the archive get their class from NOAA's summaries. Alpha, beta, and complex (all with gamma
or delta: too few regions each for a class of their own). Regions, not boxes, are split into five
folds; all methods see the same folds, and nothing is chosen on what is tested. Resumable: stopped
at any time, the same command goes on after its last fold. Five minutes of one core; --repeats 2 or
more splits anew. A split at random, where a region's other days are trained on, is measured too.

    python -m tests.benchmarks.mount_wilson --data FOLDER --out FOLDER [--record]

FOLDER of --data holds deepsdo/images/*.jpg, deepsdo/labels/*.txt and
srs/mount_wilson_1996_2026.csv.
"""

import argparse
import json
import time
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from PIL import Image
from scipy.ndimage import label
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, f1_score
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn
from tqdm import tqdm

from geoviz_ml import scoreboard, setup
from geoviz_ml.experiments.sunspot_classes import nearest_day
from geoviz_ml.files import atomic_path
from geoviz_ml.geometry import find_disk, regions_in_picture
from geoviz_ml.learn import classification_learner, fit
from geoviz_ml.learn.classification import classify
from geoviz_ml.models import GoogLeNet
from geoviz_ml.prepare import Views, cut_boxes, flatten_disk, join_boxes
from geoviz_ml.readers import read_srs, read_yolo
from geoviz_ml.settings import set_seed

from .deepsdo import LIMB, intensity, stretched

CLASSES = ("Alpha", "Beta", "complex")
SIDE = 96  # pixels of a cut-out at the picture's own scale: 98 of 100 groups fit in
FOLDS, EPOCHS = 5, 25
REGIONS, RANDOM = "by region", "at random"
SPLITS = {REGIONS: StratifiedGroupKFold, RANDOM: StratifiedKFold}
WHY = {
    REGIONS: "Alpha, beta, complex from light alone, regions kept apart; folds in place of seeds. "
    "The paper's four classes are of magnetograms.",
    RANDOM: "A leak: the same region on other days is among the training cut-outs.",
}
SCORES = ("accuracy", "macro F1")


def load(data: Path, cache: Path) -> tuple[np.ndarray, pd.DataFrame]:
    """Cut-outs (N, 96, 96) in 0..1, 0.5 where the Sun is quiet; box, class and number of each."""
    table = cache.with_suffix(".csv")
    if not table.exists():
        regions = read_srs(data / "srs" / "mount_wilson_1996_2026.csv")
        cuts, rows = [], []
        for file in tqdm(sorted((data / "deepsdo" / "images").glob("*.jpg")), "cutting"):
            boxes = read_yolo(data / "deepsdo" / "labels" / f"{file.stem}.txt", (512, 512))
            if boxes.empty:
                continue
            picture = intensity(Image.open(file))
            disk = find_disk(picture)
            day = pd.to_datetime(file.name[:15], format="%Y%m%d_%H%M%S").to_datetime64()
            joined = join_boxes(boxes, regions_in_picture(regions, day, disk))
            flat = stretched(flatten_disk(picture, disk, LIMB))
            middle = (joined[["x1", "y1"]].to_numpy() + joined[["x2", "y2"]].to_numpy()) / 2
            cuts += cut_boxes(flat, np.hstack([middle - SIDE / 2, middle + SIDE / 2]).round(), SIDE)
            rows.append(joined.assign(file=file.name))
        with atomic_path(cache) as tmp, open(tmp, "wb") as out:
            np.save(out, np.stack(cuts).astype(np.float16))
        with atomic_path(table) as tmp:
            pd.concat(rows).to_csv(tmp, index=False)
    rows = pd.read_csv(table, keep_default_na=False)
    known = (rows.mount_wilson != "").to_numpy()
    return np.load(cache)[known].astype(np.float32), rows[known].reset_index(drop=True)


def features(cut: np.ndarray) -> list[float]:
    """Areas, contrasts and shape of the spots in a cut-out: what an observer would measure."""
    dark = (0.5 - cut).clip(0) / 2  # part of the light that is missing
    spots = dark > 0.06
    pieces, count = label(spots)
    sizes = np.sort(np.bincount(pieces.ravel())[1:])[::-1] if count else np.zeros(1)
    y, x = np.nonzero(spots) if count else (np.zeros(1), np.zeros(1))
    spread = np.sqrt(np.linalg.eigvalsh(np.cov([x, y]) if len(x) > 1 else np.zeros((2, 2))).clip(0))
    return [
        np.log1p(spots.sum()),
        np.log1p((dark > 0.2).sum()),
        np.log1p(dark[spots].sum()),
        dark.max(),
        (sizes > 2).sum(),
        sizes[0] / max(sizes.sum(), 1),
        np.log1p(sizes[1]) if len(sizes) > 1 else 0,
        np.ptp(x),
        np.ptp(y),
        spread[1],
        spread[0] / max(spread[1], 1e-6),
    ]


def googlenet(train, labels, test, seed: int) -> np.ndarray:
    """A small GoogLeNet; rare classes weigh as much as frequent ones, as for the others."""
    set_seed(seed)
    weights = len(labels) / (len(CLASSES) * np.bincount(labels, minlength=len(CLASSES)))
    learner = classification_learner(
        (train, labels),
        None,
        GoogLeNet(classes=len(CLASSES), width=0.25),
        batch_size=32,
        lr=2e-3,
        loss=nn.CrossEntropyLoss(weight=torch.tensor(weights).float()),
        augment=Views(crop=(0.7, 1.0), flip_ud=0.5, flip_lr=0.5, radius=None),
        seed=seed,
    )
    fit(learner, EPOCHS, one_cycle=True)
    return classify(learner, test).argmax(axis=1)


def shallow(model):
    """A method on features."""

    def run(train, labels, test, _seed):
        model.fit([features(c) for c in train], labels)
        return model.predict([features(c) for c in test])

    return run


METHODS = {
    "majority class": shallow(DummyClassifier(strategy="most_frequent")),
    "chance": shallow(DummyClassifier(strategy="uniform", random_state=0)),
    "areas and contrasts, logistic regression": shallow(
        make_pipeline(StandardScaler(), LogisticRegression(class_weight="balanced", max_iter=2000))
    ),
    "areas and contrasts, random forest": shallow(
        RandomForestClassifier(
            300, class_weight="balanced", min_samples_leaf=3, random_state=0, n_jobs=1
        )
    ),
    "GoogLeNet": googlenet,
}
NEAREST = "class of the nearest day"  # of the same region; no picture is looked at
LEAKING = [name for name in METHODS if name.startswith("areas")]  # the quick ones show the leak
LEAKING.append(NEAREST)


def run(data: Path, out: Path, repeats: int = 1, only=(*METHODS, NEAREST)) -> pd.DataFrame:
    """Scores of every method of `only`, repeat and fold."""
    cuts, table = load(data, out / "cuts.npy")
    labels = np.select([table.mount_wilson == name for name in CLASSES[:2]], [0, 1], 2)
    regions = table.groupby(labels).number.nunique().tolist()
    print(f"{len(cuts)} cut-outs of {table.number.nunique()} regions; a class each:")
    print({c: (int(n), r) for c, n, r in zip(CLASSES, np.bincount(labels), regions, strict=True)})
    days = pd.to_datetime(table.file.str[:15], format="%Y%m%d_%H%M%S")
    days = table.assign(time=days)
    rows = []
    for repeat, (split, maker) in product(range(repeats), SPLITS.items()):
        folds = maker(FOLDS, shuffle=True, random_state=repeat).split(cuts, labels, table.number)
        for fold, (train, test) in enumerate(folds):
            for name in METHODS if split == REGIONS else LEAKING:
                if name not in only:
                    continue
                note = out / "folds" / f"{name}-{split}-{repeat}-{fold}.json".replace(" ", "_")
                if not note.exists():
                    start = time.monotonic()
                    seed = 100 * repeat + fold
                    if name == NEAREST:
                        answer = nearest_day(days, (train, test), pd.Series(labels)).astype(int)
                    else:
                        answer = METHODS[name](cuts[train], labels[train], cuts[test], seed)
                    result = {
                        "method": name,
                        "split": split,
                        "repeat": repeat,
                        "fold": fold,
                        "accuracy": accuracy_score(labels[test], answer),
                        "macro F1": f1_score(labels[test], answer, average="macro"),
                        "seconds": round(time.monotonic() - start, 1),
                    }
                    with atomic_path(note) as tmp:
                        tmp.write_text(json.dumps(result))
                rows.append(json.loads(note.read_text()))
                print(rows[-1], flush=True)
    return pd.DataFrame(rows)


def record(results: pd.DataFrame) -> None:
    """Keep mean and spread of all folds."""
    for (name, split), rows in results.groupby(["method", "split"], sort=False):
        leak = "" if split == REGIONS else f", split {split}"
        for score in SCORES:
            scoreboard.record(
                setup("quick"), "sunspots",
                f"Mount Wilson class of real continuum cut-outs, {name}{leak}: {score}",
                rows[score].to_list(),
                data="real", command="mount_wilson",
                why=WHY[split],
            )  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="keeps cut-outs and folds")
    parser.add_argument("--repeats", type=int, default=1, help="of the five folds")
    parser.add_argument("--record", action="store_true", help="keep the numbers for the book")
    parser.add_argument("--only", nargs="+", default=(*METHODS, NEAREST), metavar="METHOD")
    args = parser.parse_args()
    measured = run(args.data, args.out, args.repeats, args.only)
    print(
        measured.groupby(["method", "split"], sort=False)[[*SCORES, "seconds"]]
        .agg(["mean", "std"])
        .round(3)
    )
    if args.record:
        record(measured)
