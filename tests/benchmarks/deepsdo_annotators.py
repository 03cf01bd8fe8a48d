"""How well the annotators of the real sunspot boxes agree with themselves half a day later.

    python -m tests.benchmarks.deepsdo_annotators --data FOLDER [--record]

FOLDER as in tests/benchmarks/deepsdo.py.
"""

import argparse
import json
from datetime import datetime
from pathlib import Path

import numpy as np
from PIL import Image

from geoviz_ml import scoreboard, setup
from geoviz_ml.boxes import as_boxes
from geoviz_ml.geometry import disk_position, find_disk, rotate, sun_b0
from geoviz_ml.readers import read_yolo
from geoviz_ml.scores import detection_scores
from geoviz_ml.scores.detections import OVERLAPS
from geoviz_ml.scores.matching import count_matches

from .deepsdo import MONTHS, SIZE, intensity


def agreement(folder: Path, months: tuple[str, ...]) -> dict:
    """Each box turned with the Sun to the next picture, and scored against the boxes there.

    Boxes within 60 degrees of the central meridian in both, of pictures at most 14 hours apart,
    of `months`. What is missing to 1 is the Sun's change in half a day and the annotators'.
    Beside it, how long the boxes are of which a tenth is longer.
    """
    files = [file for file in sorted((folder / "images").glob("*.jpg")) if file.name[:6] in months]
    total, sides = np.zeros(3, int), []
    for one, other in zip(files[:-1], files[1:], strict=True):
        times = [
            np.datetime64(datetime.strptime(f.name[:15], "%Y%m%d_%H%M%S")) for f in (one, other)
        ]
        days = (times[1] - times[0]) / np.timedelta64(1, "D")
        if days > 14 / 24:
            continue
        disks = [find_disk(intensity(Image.open(file))) for file in (one, other)]
        boxes = [
            as_boxes(read_yolo(folder / "labels" / f"{f.stem}.txt", SIZE)) for f in (one, other)
        ]
        sides += [max(x2 - x1, y2 - y1) for x1, y1, x2, y2 in boxes[0]]
        places = [heliographic(*args) for args in zip(boxes, disks, times, strict=True)]
        turned = [
            rotate(longitude, latitude, sign * days)
            for (latitude, longitude), sign in zip(places, (1, -1), strict=True)
        ]
        central = [
            (np.abs(place[1]) < 60) & (np.abs(then) < 60)
            for place, then in zip(places, turned, strict=True)
        ]
        x, y, _ = disk_position(places[0][0], turned[0], sun_b0(times[1]), disks[1])
        shorter = np.cos(np.radians(turned[0])) / np.cos(np.radians(places[0][1]))
        half = (boxes[0][:, 2:] - boxes[0][:, :2]) / 2
        half[:, 0] *= shorter
        middle = np.stack([x, y], axis=1)
        guess = np.hstack([middle - half, middle + half, np.ones((len(x), 1))])
        total += count_matches([guess[central[0]]], [boxes[1][central[1]]])
    hits, wrong, missed = total.tolist()
    return {
        "annotators and themselves: F1 at IoU 0.5": 2 * hits / (2 * hits + wrong + missed),
        "boxes: a tenth is longer than, pixels": float(np.percentile(sides, 90)),
    }


def elsewhere(folder: Path, months: tuple[str, ...]) -> dict:
    """A floor: each picture is given the boxes of another one of these months, drawn by chance."""
    files = [file for file in sorted((folder / "images").glob("*.jpg")) if file.name[:6] in months]
    boxes = [as_boxes(read_yolo(folder / "labels" / f"{f.stem}.txt", SIZE)) for f in files]
    drawn = np.random.default_rng(0).permutation(len(boxes))
    found = [np.column_stack([boxes[i], np.ones(len(boxes[i]))]) for i in drawn]
    scores = detection_scores(found, boxes, overlaps=(0.3, *OVERLAPS))
    return {f"floor, another picture's boxes: {score}": v for score, v in scores.items()}


def heliographic(boxes: np.ndarray, disk: tuple, time: np.datetime64) -> tuple:
    """Latitude and longitude from the central meridian of the middles of boxes, degrees."""
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    right, up = (middle[:, 0] - disk[0]) / disk[2], (disk[1] - middle[:, 1]) / disk[2]
    shrink = np.maximum(np.hypot(right, up) / 0.995, 1)  # boxes at the limb reach beyond it
    right, up = right / shrink, up / shrink
    toward, b0 = np.sqrt(1 - right**2 - up**2), np.radians(sun_b0(time))
    latitude = np.arcsin(up * np.cos(b0) + toward * np.sin(b0))
    longitude = np.arctan2(right, toward * np.cos(b0) - up * np.sin(b0))
    return np.degrees(latitude), np.degrees(longitude)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--record", action="store_true", help="keep the number")
    args = parser.parse_args()
    for name, months in MONTHS.items():
        measured = agreement(args.data, months) | elsewhere(args.data, months)
        print(name, json.dumps(measured))
        where = "" if name == "spring" else f" in {name}"
        for claim, value in measured.items() if args.record else ():
            scoreboard.record(
                setup("quick"), "sunspots", f"Real continuum pictures{where}, {claim}", value,
                data="real", why="Boxes of half a day before, turned with the Sun.",
                command="deepsdo_annotators",
            )  # fmt: skip
