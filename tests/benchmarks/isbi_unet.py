"""The U-net on a task of known difficulty: membranes in electron microscopy (ISBI 2012).

Trains on 18 pictures, tests on the other 6, prints membrane IoU beside trivial and classical
answers. Resumable: call it again and it goes on.

    python -m tests.benchmarks.isbi_unet --data FOLDER --out FOLDER [--epochs 90]

FOLDER of --data holds image/0.png .. image/23.png and label/0.png .. label/23.png.
"""

import argparse
import json
import time
from pathlib import Path

import numpy as np
from PIL import Image
from scipy.ndimage import uniform_filter

from geoviz_ml.learn import segmentation_learner
from geoviz_ml.learn.segmentation import predict
from geoviz_ml.learn.training import fit
from geoviz_ml.models import UNet
from geoviz_ml.prepare.augment import Augmentation
from geoviz_ml.scores import iou, pixel_accuracy
from geoviz_ml.settings import set_seed

TRAIN, TEST = range(18), range(18, 24)
THRESHOLDS = np.arange(0.1, 0.9, 0.05)


def load(folder: Path, numbers) -> tuple[np.ndarray, np.ndarray]:
    """Pictures (N, 512, 512) float32 in 0..1 and membrane masks (N, 512, 512)."""
    pictures = [np.asarray(Image.open(folder / "image" / f"{i}.png").convert("L")) for i in numbers]
    labels = [np.asarray(Image.open(folder / "label" / f"{i}.png").convert("L")) for i in numbers]
    return np.stack(pictures).astype(np.float32) / 255, np.stack(labels) < 128  # membranes are dark


def crops(size: int) -> Augmentation:
    """Random crops, turned and mirrored: a membrane has no up."""
    import albumentations as A

    return Augmentation(
        [
            A.RandomCrop(size, size),
            A.D4(),
            A.RandomBrightnessContrast(0.1, 0.1, p=0.5),
        ]
    )


def best_threshold(prob: np.ndarray, masks: np.ndarray) -> float:
    return float(max(THRESHOLDS, key=lambda t: iou(prob, masks, threshold=t)))


def classical(train, test) -> float:
    """A 5x5 mean, cut where it does best on the training pictures."""
    smooth = [1 - uniform_filter(p, size=(0, 5, 5)) for p, _ in (train, test)]
    cut = max(np.arange(0.3, 0.8, 0.02), key=lambda t: iou(smooth[0], train[1], threshold=t))
    return iou(smooth[1], test[1], threshold=cut)


def run(data, out=None, *, epochs=90, repeat=8, size=128, base=16, seed=0) -> dict:
    """Train and score; `repeat` crops a picture and epoch."""
    train, test = load(data, TRAIN), load(data, TEST)
    set_seed(seed)
    learner = segmentation_learner(
        tuple(np.concatenate([part] * repeat) for part in train),
        tuple(part[:1, :256, :256] for part in train),  # only for the history
        UNet(base=base, norm=True, head=8, prior=0.2),
        batch_size=8,
        lr=1e-2,
        augment=crops(size),
        seed=seed,
    )
    start = time.monotonic()
    fit(learner, epochs, folder=out, one_cycle=True)
    seconds = time.monotonic() - start
    cut = best_threshold(predict(learner, train[0], 2), train[1])
    prob = predict(learner, test[0], 2)
    return {
        "membrane_iou": iou(prob, test[1], threshold=cut),
        "accuracy": pixel_accuracy(prob >= cut, test[1]),
        "accuracy_all_cell": pixel_accuracy(np.zeros_like(test[1]), test[1]),
        "classical_iou": classical(train, test),
        "threshold": cut,
        "parameters": sum(p.numel() for p in learner.model.parameters()),
        "seconds_of_training": round(seconds),
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True, help="keeps the checkpoint")
    parser.add_argument("--epochs", type=int, default=90)
    args = parser.parse_args()
    print(json.dumps(run(args.data, args.out, epochs=args.epochs), indent=1))
