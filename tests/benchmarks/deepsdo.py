"""Sunspot groups on real continuum pictures: DetectNet, Faster R-CNN and a tuned threshold method.

Makes every choice with a network trained on September 2010 to February 2011 and March 2011 to
choose on; trains it anew on all seven months; tests it once on April and May 2011. With
``--months autumn`` the test is on October and November 2010, of a network trained on the months
more than two weeks before or after, with the choices of March too; it is not trained anew. The Sun
of the autumn was quieter: the two tests together tell what is the method's and what the months'.
Autumn was taken after the spring's scores, and the threshold method's in every month, were known.

Resumable: stopped at any time, the same command goes on after its last epoch. What can be asked of
a method is bounded by the annotators' agreement with themselves
(tests/benchmarks/deepsdo_annotators.py).

    python -m tests.benchmarks.deepsdo --data FOLDER --out FOLDER [--months autumn]
                                       [--only METHOD ...] [--record]

FOLDER of --data holds images/*.jpg, 512 x 512, and labels/*.txt in YOLO's format.
"""

import argparse
import json
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from geoviz_ml import scoreboard, setup
from geoviz_ml.boxes import as_boxes
from geoviz_ml.classical import find_active_regions, tune_find_active_regions
from geoviz_ml.files import atomic_path
from geoviz_ml.infer.detection import choose_decoding, detect
from geoviz_ml.learn import detection_learner
from geoviz_ml.learn.training import fit
from geoviz_ml.models import DetectNet, small_faster_rcnn
from geoviz_ml.prepare import BoxCrops, flatten_disk
from geoviz_ml.readers import read_yolo
from geoviz_ml.scores import detection_scores
from geoviz_ml.scores.detections import OVERLAPS
from geoviz_ml.scores.matching import count_matches
from geoviz_ml.settings import set_seed

SIZE = (512, 512)
VALID = "201103"  # the month of choices
MONTHS = {"spring": ("201104", "201105"), "autumn": ("201010", "201011")}  # of a test
LONG = 80  # pixels: a tenth of the boxes in spring is longer, hardly any in autumn
APART = pd.Timedelta(days=14)  # a group crosses the disk in two weeks
SEED, LIMB = 0, 0.998  # one in ten boxes lies within three hundredths of the limb
NETWORKS = {  # maker, side of a crop, epochs of one crop a picture, learner's options
    "faster_rcnn": (small_faster_rcnn, 256, 90, {"batch_size": 8, "lr": 1e-3}),
    "detectnet": (lambda: DetectNet(width=0.25), 160, 100, {"batch_size": 8, "lr": 2e-3}),
    "detectnet_256": (lambda: DetectNet(width=0.25), 256, 100, {"batch_size": 8, "lr": 2e-3}),
}
METHODS = {
    "classical": "threshold method",
    "faster_rcnn": "Faster R-CNN",
    "detectnet": "DetectNet",
    "detectnet_256": "DetectNet with crops of 256 pixels",  # not the one March chose
}


def intensity(colours: Image.Image) -> np.ndarray:
    """Level 0..255 of a picture in the archive's red colours, (H, W).

    As measured in these pictures, green is the level, red 2.78 times as much until it is full, and
    blue sets in at 165. Luminance has the full resolution of a JPEG file, and rises with the level.
    """
    level = np.arange(256)
    red, blue = np.minimum(2.78 * level, 255), np.clip(2.9 * (level - 165), 0, 255)
    luminance = 0.299 * red + 0.587 * level + 0.114 * blue
    return np.interp(np.asarray(colours.convert("L"), float), luminance, level)


def load(folder: Path, cache: Path, months: str = "spring") -> dict:
    """The parts train, valid and test: flattened pictures (N, 512, 512), their boxes."""
    files = sorted((folder / "images").glob("*.jpg"))
    if not cache.exists():
        flat = [flatten_disk(intensity(Image.open(file)), limb=LIMB) for file in files]
        with atomic_path(cache) as tmp, open(tmp, "wb") as out:
            np.save(out, np.stack(flat).astype(np.float16))
    pictures = np.load(cache)
    boxes = [
        as_boxes(read_yolo(folder / "labels" / f"{file.stem}.txt", pictures.shape[1:]))
        for file in files
    ]
    month = np.array([file.name[:6] for file in files])
    day = pd.to_datetime([file.name[:8] for file in files]).values
    parts = {"valid": month == VALID, "test": np.isin(month, MONTHS[months])}
    away = np.abs(day[:, None] - day[parts["test"]]).min(axis=1) > APART
    parts["train"] = away & ~parts["valid"]
    return {
        name: (pictures[chosen], [boxes[i] for i in np.flatnonzero(chosen)])
        for name, chosen in parts.items()
    }


def stretched(flat: np.ndarray) -> np.ndarray:
    """What the networks see: 0.5 where the Sun is quiet, 0 where a quarter of the light is gone."""
    return np.clip(2 * flat - np.float16(1.5), 0, 1)


def classical(parts: dict, out: Path, _epochs: int | None) -> dict:
    dark = {part: 1 - flat.astype(np.float32) for part, (flat, _) in parts.items()}

    def tune() -> dict:
        some = range(0, len(dark["train"]), 3)  # neighbours look alike
        return tune_find_active_regions(
            [dark["train"][i] for i in some] + list(dark["valid"]),
            [parts["train"][1][i] for i in some] + parts["valid"][1],
        )

    chosen = kept(out / "classical.json", tune)
    cut = chosen.pop("least")  # the confidence, which the average precision varies
    found = {
        part: [find_active_regions(picture, **chosen) for picture in dark[part]]
        for part in ("valid", "test")
    }
    return {"choices": chosen, "confidence": cut, "found": found}


def network(name: str, again: bool, parts: dict, out: Path, epochs: int | None) -> dict:
    """Train to choose, train for the test if `again`; DetectNet's decoding is chosen too."""
    first = train(name, parts, ("train",), out / name / "choice", epochs)
    choices = kept(out / f"{name}.json", lambda: choose(first, *parts["valid"]))
    final = train(name, parts, ("train", "valid"), out / name / "final", epochs) if again else first
    cut = choices["confidence"]
    decoding = {key: value for key, value in choices.items() if key != "confidence"}
    found = {
        part: detect(learner, stretched(parts[part][0]), **decoding)
        for part, learner in (("valid", first), ("test", final))
    }
    size = sum(p.numel() for p in final.model.parameters())
    return {"parameters": size, "choices": decoding, "confidence": cut, "found": found}


def train(name: str, parts: dict, used: tuple, folder: Path, epochs: int | None):
    """A learner trained on the parts named; it goes on where it was stopped."""
    make, crop, usual, options = NETWORKS[name]
    pictures = stretched(np.concatenate([parts[part][0] for part in used]))
    boxes = [rows for part in used for rows in parts[part][1]]
    set_seed(SEED)
    learner = detection_learner(
        (pictures, boxes),
        (pictures[:4], boxes[:4]),  # only for the history
        make(),
        augment=BoxCrops(crop),
        seed=SEED,
        **options,
    )
    start = time.monotonic()
    table = fit(learner, epochs or usual, folder=folder, one_cycle=True)
    loss, seconds = table.train_loss.iloc[-1], round(time.monotonic() - start)
    print(f"{name}, {' and '.join(used)}: loss {loss:.3f} after {seconds} s here", flush=True)
    return learner


def choose(learner, flat: np.ndarray, truth: list) -> dict:
    """The confidence, and for DetectNet the thresholds of decoding, with the best F1."""
    coverage = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
    decoding, confidence = choose_decoding(learner, stretched(flat), truth, coverage=coverage)
    return {**decoding, "confidence": confidence}


def kept(note: Path, make) -> dict:
    """What `make` returns, from the note of an earlier run if there is one."""
    if not note.exists():
        content = json.dumps(make())
        with atomic_path(note) as tmp:
            tmp.write_text(content)
    return json.loads(note.read_text())


def run(
    data: Path, out: Path, months: str, methods=tuple(METHODS), epochs: int | None = None
) -> dict:
    """Train, choose, test; what was found for each method."""
    parts = load(data, out / "flat.npy", months)
    spring, out = months == "spring", out if months == "spring" else out / months
    out.mkdir(parents=True, exist_ok=True)
    results = {}
    for name in methods:
        method = classical if name == "classical" else partial(network, name, spring)
        result = method(parts, out, epochs)
        found, cut = result.pop("found"), result["confidence"]
        for part in ("valid", "test"):
            result[part] = detection_scores(
                found[part], parts[part][1], confidence=cut, overlaps=(0.3, *OVERLAPS)
            )
        result["test"]["F1 at IoU 0.5 in March"] = result["valid"]["F1 at IoU 0.5"]
        result["test"] |= recall_of_long(found["test"], parts["test"][1], cut)
        results[name] = result
        print(name, json.dumps(result, default=float), flush=True)
    return results


def recall_of_long(found: list, truth: list, cut: float) -> dict:
    """Share of the boxes with a side of `LONG` pixels or more that are found; nothing below ten."""
    long = [boxes[(boxes[:, 2:] - boxes[:, :2]).max(axis=1) >= LONG] for boxes in truth]
    hits, _, missed = count_matches([rows[rows[:, 4] >= cut] for rows in found], long)
    return {"recall of long boxes": hits / (hits + missed)} if hits + missed >= 10 else {}


def record(results: dict, months: str) -> None:
    """Keep the test's numbers with the results of the chapter."""
    spring = months == "spring"
    where = "" if spring else f" in {months}"
    for name, result in results.items():
        for score, value in result["test"].items():
            claim = f"Real continuum pictures{where}, {METHODS[name]}: {score}"
            scoreboard.record(
                setup("quick"), "sunspots", claim, value,
                data="real", why="Continuum in place of magnetograms, groups in place of regions.",
                command="deepsdo" if spring else f"deepsdo_{months}",
            )  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="keeps pictures and checkpoints")
    parser.add_argument("--months", choices=MONTHS, default="spring", help="of the test")
    parser.add_argument("--only", nargs="+", choices=METHODS, default=tuple(METHODS))
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--record", action="store_true", help="keep the test's numbers")
    args = parser.parse_args()
    measured = run(args.data, args.out, args.months, args.only, args.epochs)
    if args.record:
        record(measured, args.months)
