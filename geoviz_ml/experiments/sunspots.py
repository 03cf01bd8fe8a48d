"""What the sunspots chapter trains and measures: detectors of active regions, and their classes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cached_property, partial
from typing import ClassVar

import numpy as np
import pandas as pd
from fastai.learner import Learner
from torch import nn

from ..datasets import Suns, load_suns
from ..datasets.layout import SUN_FITS
from ..errors import UsageError
from ..infer import choose_decoding, detect
from ..learn import classification_learner, detection_learner
from ..learn.classification import classify
from ..models import DetectNet, GoogLeNet, small_faster_rcnn
from ..prepare import BoxCrops, cut_boxes, sun_picture
from ..readers import read_magnetogram
from ..scores import Tally, count_matches, detection_scores, recall_by_size, tally
from ..simulate import sunspots
from .experiment import Experiment
from .field_threshold import Finder, threshold_method
from .sunspot_classes import (
    Split,
    class_scores,
    copied,
    frequent_classes,
    named_boxes,
    nearest_day,
    splits,
)
from .trainings import Training

DAYS = 14  # pictures of one Sun
PUBLISHED = {  # decodings of DetectNet; NVIDIA's code reads 0.02 so that it is about 0.2 here
    "published decoding": {"coverage": 0.6, "threshold": 3, "eps": 0.02},
    "published decoding with eps 0.2": {"coverage": 0.6, "threshold": 3, "eps": 0.2},
}
NEAREST = "class of the nearest day"
FLOOR = "floor, another picture's boxes"
MARGIN = 4  # pixels around a box that is cut out
WIDE = "GoogLeNet on ±1500 G"
TASKS = (  # scheme, split by, method
    ("paper's", "random", "GoogLeNet"),
    ("paper's", "region number", "GoogLeNet"),
    ("NOAA's", "region number", "GoogLeNet"),
    ("paper's", "region number", WIDE),
)


class Sunspots(Experiment):
    """Magnetograms of Suns, networks that find active regions in them, and that name a class.

    Examples
    --------
    >>> from geoviz_ml import setup
    >>> from geoviz_ml.experiments import Sunspots
    >>> chapter = Sunspots(setup("quick"), suns=(9, 2, 3))
    >>> chapter.parts  # pictures: 14 days of each Sun, to train, choose and test on
    [0, 126, 154, 196]
    """

    chapter, version = "sunspots", sunspots.VERSION
    columns: ClassVar = {
        "data_seed": ((1, 7101), "of the simulated Suns"),
        "suns": (((9, 2, 3), (50, 14, 7)), "Suns to train, choose and test on; 14 days each"),
        "width": ((0.25, 1.0, 1.0), "share of GoogLeNet's channels"),
        "crop": ((160, 512, 512), "pixels of a training picture's side"),
        "batch_size": ((8, 10), "pictures a step, of both detectors"),
        "lr": ((2e-3, 2e-4), "highest learning rate of DetectNet"),
        "epochs": ((40, 30), "of DetectNet"),
        "peer_epochs": ((18, 10), "of Faster R-CNN"),
        "peer_lr": ((1e-3, 1e-3), "highest learning rate of Faster R-CNN"),
        "side": ((64, 224), "pixels of a cut-out's side"),
        "class_epochs": ((16, 15), "of the networks that name classes"),
        "class_lr": ((2e-3, 1e-3), "their highest learning rate"),
        "seeds": ((1, 3), "trainings of DetectNet"),
        "seeds_peer": ((1, 3), "trainings of Faster R-CNN"),
        "seeds_class": ((1, 3), "trainings of each classifier"),
        "tune_every": ((4, 16), "one training picture in so many tunes the threshold method"),
        "quiet": ((6, 28), "pictures without regions, for false alarms"),
    }

    @cached_property
    def folder(self):
        """Of the simulated Suns; they are made if they are not there."""
        n, seed = self.parts[-1], self.run.data_seed
        return sunspots.make(self.data / f"suns_{n}_{seed}", n, seed=seed)

    @property
    def parts(self) -> list[int]:
        """Pictures at which training, choosing and testing begin, and the number of all."""
        return [int(n) for n in np.cumsum([0, *self.run.suns]) * DAYS]

    @cached_property
    def suns(self) -> Suns:
        """All pictures, with boxes and regions."""
        return load_suns(self.folder)

    @property
    def train(self) -> Suns:
        """The Suns to train on."""
        return self.suns[slice(*self.parts[:2])]

    @property
    def valid(self) -> Suns:
        """The Suns to choose on."""
        return self.suns[slice(*self.parts[1:3])]

    @property
    def test(self) -> Suns:
        """The Suns to test on, once."""
        return self.suns[slice(*self.parts[2:])]

    @cached_property
    def quiet(self) -> Suns:
        """Pictures without a region."""
        n, seed = self.run.quiet, self.run.data_seed + 7
        return load_suns(
            sunspots.make(self.data / f"quiet_{n}_{seed}", n, seed=seed, fits=0, rate=0.0)
        )

    @cached_property
    def named(self) -> pd.DataFrame:
        """All boxes that have a class, see `named_boxes`."""
        return named_boxes(self.suns)

    @cached_property
    def cuts_250(self) -> np.ndarray:
        """These boxes cut out of the pictures, (N, side, side) in 0..1: -250 to 250 G."""
        return self._cut_outs(lambda i: self.suns.pictures[i])

    @cached_property
    def cuts_1500(self) -> np.ndarray:
        """The same of the field in the FITS files, (N, side, side): -1500 to 1500 G."""

        def wide(i: int) -> np.ndarray:
            path = self.folder / SUN_FITS / f"{self.suns.table.picture[i]}.fits"
            field = sun_picture(read_magnetogram(path)).values
            return field.clip(-1500, 1500) / 3000 + 0.5

        return self._cut_outs(wide)

    def _cut_outs(self, picture_of: Callable[[int], np.ndarray]) -> np.ndarray:
        cuts = np.empty((len(self.named), self.run.side, self.run.side), np.float32)
        for i, boxes in self.named.groupby("picture"):
            cuts[boxes.index] = cut_boxes(picture_of(i), boxes, self.run.side, MARGIN)
        return cuts

    def task(self, scheme: str, split_by: str) -> tuple[pd.Series, Split]:
        """The classes of all boxes in a scheme, and a split of their rows; see `TASKS`."""
        labels = self.named.paper if scheme == "paper's" else frequent_classes(self.named)
        return labels, splits(self.named)[split_by]

    def detector(self, name: str, seed: int = 0) -> Learner:
        """An untrained learner of "DetectNet" or "Faster R-CNN"."""
        run = self.run
        # torchvision's detectors give no validation loss: one picture will do
        model, lr, valid = {
            "DetectNet": (partial(DetectNet, width=run.width), run.lr, self.valid[::7]),
            "Faster R-CNN": (small_faster_rcnn, run.peer_lr, self.valid[:1]),
        }[name]
        return detection_learner(
            self.train.pair,
            valid.pair,
            model,
            batch_size=run.batch_size,
            lr=lr,
            augment=BoxCrops(run.crop) if run.crop < 512 else None,
            score=self.progress if name == "DetectNet" else None,
            seed=seed,
            device=self.settings.device,
        )

    def progress(self, model: nn.Module) -> dict[str, float]:
        """Precision and recall at IoU 0.7 on a few validation pictures, before any choice."""
        some = self.valid[::7]
        found = detect(model, some.pictures, coverage=0.5, threshold=1, eps=0.2)
        hits, wrong, missed = count_matches(found, some.boxes, 0.7)
        precision, recall = hits / max(hits + wrong, 1), hits / max(hits + missed, 1)
        return {"precision": precision, "recall": recall, "product": precision * recall}

    def classifier(self, scheme: str, split_by: str, method: str, seed: int = 0) -> Learner:
        """An untrained learner of one of `TASKS`."""
        labels, (first, second) = self.task(scheme, split_by)
        codes, cuts = labels.cat.codes.to_numpy(int), self._cuts(method)
        return classification_learner(
            (cuts[first], codes[first]),
            (cuts[second], codes[second]),
            partial(GoogLeNet, classes=len(labels.cat.categories), width=self.run.width),
            batch_size=32,
            lr=self.run.class_lr,
            seed=seed,
            device=self.settings.device,
        )

    def _cuts(self, method: str) -> np.ndarray:
        return self.cuts_1500 if method == WIDE else self.cuts_250

    @property
    def tasks(self) -> dict[str, tuple[str, str, str]]:
        """Group of the trainings of each of `TASKS`."""
        return {f"{method}, {s} scheme, split by {by}": (s, by, method) for s, by, method in TASKS}

    def trainings(self) -> Iterator[Training]:
        """Both detectors, and GoogLeNet on each of `TASKS`."""
        run = self.run
        for name, seeds, epochs in (
            ("DetectNet", run.seeds, run.epochs),
            ("Faster R-CNN", run.seeds_peer, run.peer_epochs),
        ):
            for seed in range(seeds):
                make = partial(self.detector, name, seed)
                yield Training(name, seed, make, epochs, True, self.measure_boxes, run.key)
        for group, (scheme, split_by, method) in self.tasks.items():
            measure = partial(self.measure_classes, scheme, split_by, method)
            for seed in range(run.seeds_class):
                make = partial(self.classifier, scheme, split_by, method, seed)
                yield Training(group, seed, make, run.class_epochs, True, measure, run.key)

    def chosen(self, learner: Learner) -> tuple[dict, float]:
        """Decoding and confidence (a score), chosen on the validation Suns or else as published."""
        try:
            return choose_decoding(learner, *self.valid.pair)
        except UsageError:  # nothing is found
            return {}, 0.0

    def use(self, training: Training, learner: Learner) -> dict:
        """What `geoviz_ml.sunspots` must know: decoding and confidence, or classes and cut-outs."""
        if training.group not in self.tasks:
            decoding, confidence = self.chosen(learner)
            return {"size": 512, "decoding": decoding, "confidence": confidence}
        labels, _ = self.task(*self.tasks[training.group][:2])
        classes = [str(name) for name in labels.cat.categories]
        return {"classes": classes, "side": self.run.side, "margin": MARGIN}

    def tallies(self, training: Training, learner: Learner) -> dict[str, Tally]:
        """Accuracy of a classifier, region by region."""
        if training.group not in self.tasks:
            return {}
        scheme, split_by, method = self.tasks[training.group]
        labels, (_, second) = self.task(scheme, split_by)
        answers = classify(learner, self._cuts(method)[second]).argmax(1)
        right = answers == labels.cat.codes.to_numpy()[second]
        (name,) = (one for one in learner.measured if one.endswith(": accuracy"))
        return {name: tally(right, groups=self.named.number.iloc[second])}

    @property
    def test_suns(self) -> np.ndarray:
        """The Sun of each test picture, (N,) int: its days are not independent."""
        return np.arange(len(self.test)) // DAYS

    def elsewhere(self, pictures: np.ndarray) -> list[np.ndarray]:
        """A floor: boxes (k, 5) of a training picture drawn by chance, whatever one is shown."""
        rng = np.random.default_rng(self.run.data_seed)
        drawn = rng.integers(0, len(self.train), len(pictures))
        return [
            np.column_stack([b, np.ones(len(b))]) for b in map(self.train.boxes.__getitem__, drawn)
        ]

    def measure_boxes(self, learner: Learner) -> dict[str, float]:
        """Scores of a detector on the test Suns, and false alarms on empty ones.

        Of DetectNet with the published decoding too.
        """
        decoding, confidence = self.chosen(learner)
        found = self.scores(partial(detect, learner, **decoding), confidence)
        for name, other in PUBLISHED.items() if decoding else ():
            scores = self.scores(partial(detect, learner, **other), 0.0)
            found |= {k.replace("{}", f"{{}}, {name}"): v for k, v in scores.items()}
        return found

    def scores(self, find: Finder, confidence: float) -> dict[str, float]:
        """Of a function that finds boxes (k, 5) in pictures, and a confidence that counts."""
        scores = box_scores(find(self.test.pictures), self.test.boxes, confidence)
        alarms = sum(int((b[:, 4] >= confidence).sum()) for b in find(self.quiet.pictures))
        return {
            **{f"Detection, {{}}: {score}": value for score, value in scores.items()},
            "False alarms on an empty disk, {}": alarms / len(self.quiet),
        }

    def measure_classes(
        self, scheme: str, split_by: str, method: str, learner: Learner
    ) -> dict[str, float]:
        """Scores of a network on the test side of one of `TASKS`."""
        labels, (_, second) = self.task(scheme, split_by)
        answers = classify(learner, self._cuts(method)[second]).argmax(1)
        return self._class_claims(scheme, split_by, method, labels.cat.categories[answers])

    def _class_claims(self, scheme, split_by, method, answers) -> dict[str, float]:
        labels, (_, second) = self.task(scheme, split_by)
        count = "" if scheme == "paper's" else f", {len(labels.cat.categories)} classes"
        start = f"Class, {scheme}{count} scheme, split by {split_by}, {method}"
        scores = class_scores(labels.iloc[second], answers)
        return {f"{start}: {score}": value for score, value in scores.items()}

    def untrained(self) -> dict[str, float]:
        """The threshold method, the most frequent class, and what a random split leaks."""
        some = self.train[:: self.run.tune_every]
        scores = self.scores(*threshold_method(some, self.valid))
        found = {name.format("threshold method"): value for name, value in scores.items()}
        floor = self.scores(self.elsewhere, 0.0)
        found |= {name.format(FLOOR): value for name, value in floor.items()}
        for scheme, split_by, method in TASKS:
            if method != WIDE:
                labels, (first, second) = self.task(scheme, split_by)
                majority = [labels.iloc[first].mode()[0]] * len(second)
                found |= self._class_claims(scheme, split_by, "majority class", majority)
                copy = nearest_day(self.named, (first, second), labels)
                found |= self._class_claims(scheme, split_by, NEAREST, copy)
        seen, right = copied(self.named, splits(self.named)["random"])
        start = "Leak of a random split:"
        found |= {
            f"{start} test cut-outs whose region is in training": seen,
            f"{start} accuracy of copying the nearest day's class": right,
        }
        return found


def box_scores(
    found: list[np.ndarray], truth: list[np.ndarray], confidence: float
) -> dict[str, float]:
    """Scores of boxes (k, 5) from a `confidence` on, beside true ones (m, 4); recall by size."""
    sure = [boxes[boxes[:, 4] >= confidence] for boxes in found]
    sizes = recall_by_size(sure, truth).recall
    return detection_scores(found, truth, confidence=confidence) | {
        f"recall at IoU 0.5 of {size}": sizes[size] for size in sizes.index
    }
