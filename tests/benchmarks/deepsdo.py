"""Sunspot groups on real continuum pictures: DetectNet, Faster R-CNN and a tuned threshold method.

Trains on September 2010 to February 2011, makes every choice on March 2011, and tests once on
April and May 2011. Resumable: stopped at any time, the same command goes on after its last epoch.

    python -m tests.benchmarks.deepsdo --data FOLDER --out FOLDER [--only METHOD ...] [--record]

FOLDER of --data holds images/*.jpg, 512 x 512, and labels/*.txt in YOLO's format.
"""

import argparse
import json
import time
from itertools import product
from pathlib import Path

import numpy as np
from PIL import Image

from geoviz_ml import scoreboard, setup
from geoviz_ml.classical import find_active_regions, tune_find_active_regions
from geoviz_ml.files import atomic_path
from geoviz_ml.infer.detection import decode_coverage, detect, predict_coverage
from geoviz_ml.learn import detection_learner
from geoviz_ml.learn.detection_metrics import choose_confidence, count_matches
from geoviz_ml.learn.metrics import detection_scores
from geoviz_ml.learn.segmentation import fit
from geoviz_ml.models import DetectNet, small_faster_rcnn
from geoviz_ml.prepare import BoxCrops, flatten_disk
from geoviz_ml.prepare.detection import as_boxes
from geoviz_ml.readers import read_yolo
from geoviz_ml.settings import set_seed

VALID, TEST = "201103", "201104"  # the month of choices; the first month of the test
SEED = 0
NETWORKS = {  # maker, epochs of one crop a picture, learner's options
    "faster_rcnn": (small_faster_rcnn, 90, {"batch_size": 8, "lr": 1e-3}),
    "detectnet": (lambda: DetectNet(width=0.5), 90, {"batch_size": 8, "lr": 1e-3}),
}
METHODS = ("classical", *NETWORKS)
PAPER = {"precision": 0.8075, "recall": 0.7422, "f1": 0.7735, "map_simplified": 0.6137}


def intensity(colours: Image.Image) -> np.ndarray:
    """Level 0..255 of a picture in the archive's red colours, (H, W).

    As measured in these pictures, green is the level, red 2.78 times as much until it is full, and
    blue sets in at 165. Luminance has the full resolution of a JPEG file, and rises with the level.
    """
    level = np.arange(256)
    red, blue = np.minimum(2.78 * level, 255), np.clip(2.9 * (level - 165), 0, 255)
    luminance = 0.299 * red + 0.587 * level + 0.114 * blue
    return np.interp(np.asarray(colours.convert("L"), float), luminance, level)


def load(folder: Path, cache: Path) -> dict:
    """The parts train, valid and test: flattened pictures (N, 512, 512), their boxes."""
    files = sorted((folder / "images").glob("*.jpg"))
    if not cache.exists():
        flat = [flatten_disk(intensity(Image.open(file))) for file in files]
        with atomic_path(cache) as tmp, open(tmp, "wb") as out:
            np.save(out, np.stack(flat).astype(np.float16))
    pictures = np.load(cache)
    boxes = [
        as_boxes(read_yolo(folder / "labels" / f"{file.stem}.txt", pictures.shape[1:]))
        for file in files
    ]
    month = np.array([file.name[:6] for file in files])
    parts = {"train": month < VALID, "valid": month == VALID, "test": month >= TEST}
    return {
        name: (pictures[chosen], [boxes[i] for i in np.flatnonzero(chosen)])
        for name, chosen in parts.items()
    }


def stretched(flat: np.ndarray) -> np.ndarray:
    """What the networks see: 0.5 where the Sun is quiet, 0 where a quarter of the light is gone."""
    return np.clip(2 * flat - np.float16(1.5), 0, 1)


def classical(parts: dict, out: Path) -> dict:
    dark = {name: 1 - flat.astype(np.float32) for name, (flat, _) in parts.items()}
    note = out / "classical.json"
    if not note.exists():  # a third of the pictures, as neighbours look alike
        some = [i for i in range(len(dark["train"])) if i % 3 == 0]
        chosen = tune_find_active_regions(
            [dark["train"][i] for i in some] + list(dark["valid"]),
            [parts["train"][1][i] for i in some] + parts["valid"][1],
        )
        with atomic_path(note) as tmp:
            tmp.write_text(json.dumps(chosen))
    chosen = json.loads(note.read_text())
    every = {**chosen, "least": 0.0}  # the confidence decides for the average precision
    return {
        "choices": chosen,
        "confidence": chosen["least"],
        "found": {
            name: [find_active_regions(picture, **every) for picture in dark[name]]
            for name in ("valid", "test")
        },
    }


def network(name: str, parts: dict, out: Path, epochs: int | None) -> dict:
    make, usual, options = NETWORKS[name]
    pictures = {part: stretched(flat) for part, (flat, _) in parts.items()}
    boxes = {part: rows for part, (_, rows) in parts.items()}
    set_seed(SEED)
    learner = detection_learner(
        (pictures["train"], boxes["train"]),
        (pictures["valid"][:4], boxes["valid"][:4]),  # only for the history
        make(),
        augment=BoxCrops(256),
        seed=SEED,
        **options,
    )
    start = time.monotonic()
    table = fit(learner, epochs or usual, folder=out / name, one_cycle=True)
    found = {
        "parameters": sum(p.numel() for p in learner.model.parameters()),
        "seconds": round(time.monotonic() - start),
        "train_loss": table.train_loss.iloc[-1],
    }
    if name == "detectnet":
        answers = {part: predict_coverage(learner, pictures[part]) for part in ("valid", "test")}
        found |= choose_decoding(answers, boxes["valid"], learner.model.stride)
    else:
        boxes_found = {part: detect(learner, pictures[part]) for part in ("valid", "test")}
        cut = choose_confidence(boxes_found["valid"], boxes["valid"])
        found |= {"found": boxes_found, "confidence": cut, "choices": {"confidence": cut}}
    return found


def choose_decoding(answers: dict, truth: list, stride: int) -> dict:
    """The thresholds of DetectNet's decoding with the best F1 on the validation pictures."""

    def decode(part: str, coverage: float, eps: float) -> list:
        options = {"coverage": coverage, "eps": eps, "threshold": 1}
        return [decode_coverage(answer, stride, **options) for answer in answers[part]]

    best = (-1.0, None)
    for coverage, eps in product((0.2, 0.3, 0.4, 0.5, 0.6, 0.7), (0.02, 0.1, 0.2, 0.3, 0.4, 0.6)):
        found = decode("valid", coverage, eps)
        if not sum(map(len, found)):
            continue
        cut = choose_confidence(found, truth)
        hits, wrong, missed = count_matches([b[b[:, 4] >= cut] for b in found], truth)
        best = max(best, (2 * hits / (2 * hits + wrong + missed), (coverage, eps, cut)))
    coverage, eps, cut = best[1]
    return {
        "choices": {"coverage": coverage, "eps": eps, "threshold": round(np.exp(cut)) - 1},
        "confidence": cut,
        "found": {part: decode(part, coverage, eps) for part in answers},
    }


def run(data: Path, out: Path, methods=METHODS, epochs: int | None = None) -> dict:
    """Train, choose, test; what was found for each method."""
    parts = load(data, out / "flat.npy")
    results = {}
    for name in methods:
        result = classical(parts, out) if name == "classical" else network(name, parts, out, epochs)
        found, cut = result.pop("found"), result.pop("confidence")
        for part in ("valid", "test"):
            result[part] = detection_scores(found[part], parts[part][1], confidence=cut)
        results[name] = result
        print(name, json.dumps(result, default=float), flush=True)
    return results


def record(results: dict) -> None:
    """Keep the test's numbers with the results of the chapter."""
    for name, result in results.items():
        for score, value in result["test"].items():
            scoreboard.record(
                setup("quick"), "sunspots", f"Real continuum pictures, {name}: {score}", value,
                paper=PAPER.get(score) if name == "detectnet" else None,
                data="real", why="Continuum in place of magnetograms, groups in place of regions.",
            )  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="keeps pictures and checkpoints")
    parser.add_argument("--only", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--record", action="store_true", help="keep the test's numbers")
    args = parser.parse_args()
    measured = run(args.data, args.out, args.only, args.epochs)
    if args.record:
        record(measured)
