"""Two real folders, marked as anybody's own: membranes with masks, sunspots with boxes.

ISBI 2012: 24 pictures of membranes (electron microscopy), masks for 18; the six others are scored
with the masks that were held back. DeepSDO: every fourth of 396 HMI pictures with boxes (YOLO), one
of five of these without. Resumable: call it again and it goes on.

    python -m tests.benchmarks.own_real --data FOLDER --out FOLDER

FOLDER of --data holds isbi/ and solar/deepsdo/. On one core 1 and 3 minutes; the lines that it
prints in November 2026: IoU of membranes .65 [.63, .66] on pictures not seen, .64 on the six held
back, beside .46 for brightness alone and .23 for marking everything; F1 of sunspots' boxes .69
[.63, .74].
"""

import argparse
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from geoviz_ml.own import mark_folder
from geoviz_ml.scores import iou

HELD_BACK = range(18, 24)


def membranes(path: Path) -> np.ndarray:
    """What is dark in ISBI's labels, (512, 512) bool."""
    return np.asarray(Image.open(path).convert("L")) < 128


def isbi(data: Path, folder: Path) -> None:
    """Pictures, and masks of membranes for those that are not held back."""
    (folder / "masks").mkdir(parents=True, exist_ok=True)
    for i in range(24):
        shutil.copy(data / "image" / f"{i}.png", folder / f"{i:02}.png")
        if i not in HELD_BACK:
            mask = 255 * membranes(data / "label" / f"{i}.png").astype(np.uint8)
            Image.fromarray(mask).save(folder / "masks" / f"{i:02}.png")


def deepsdo(data: Path, folder: Path) -> None:
    """Every fourth picture, with its boxes but for every fifth of these."""
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for i, picture in enumerate(sorted((data / "images").glob("*.jpg"))[3::4], 1):
        shutil.copy(picture, folder / "images")
        if i % 5:
            shutil.copy(data / "labels" / f"{picture.stem}.txt", folder / "labels")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    isbi(given.data / "isbi", given.out / "isbi")
    marked = mark_folder(given.out / "isbi", steps=120, mirror="all", say=print)
    found = [np.asarray(Image.open(marked.out / "masks" / f"{i:02}.png")) > 0 for i in HELD_BACK]
    truth = [membranes(given.data / "isbi" / "label" / f"{i}.png") for i in HELD_BACK]
    print(f"held back: IoU {iou(np.stack(found), np.stack(truth)):.3f}")
    deepsdo(given.data / "solar" / "deepsdo", given.out / "deepsdo")
    mark_folder(given.out / "deepsdo", steps=150, blocks=12, say=print)


if __name__ == "__main__":
    main()
