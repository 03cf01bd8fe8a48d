"""What the alfven chapter trains and measures: U-nets on nights with two sets of labels."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, partial
from typing import ClassVar

import numpy as np
from fastai.learner import Learner

from ..classical import label_fringes, tune_label_fringes
from ..datasets import load_nights
from ..learn import segmentation_learner
from ..learn.segmentation import predict
from ..models import UNet
from ..models.mobile import mobile_unet
from ..models.skipless import SkiplessUNet
from ..prepare.augment import published_augmentation
from ..scores import Tally, iou, tally
from ..scores.thresholds import choose_threshold
from ..simulate import alfven
from .experiment import Experiment, iou_tally
from .trainings import Training

QUIET = 0.0025  # of the pixels of a night without IAR: so much may be flagged


class Alfven(Experiment):
    """Nights of a search coil, and networks that mark the resonances in them.

    Examples
    --------
    >>> from geoviz_ml import setup
    >>> from geoviz_ml.experiments import Alfven
    >>> chapter = Alfven(setup("quick"), nights_train=6, nights_valid=3, nights_test=4)
    >>> chapter.train.stop, chapter.valid, chapter.test  # in order of time
    (6, slice(6, 9, None), slice(9, 13, None))
    >>> [one.name for one in chapter.trainings()][:2]
    ['U-net, set B, seed 0', 'U-net, set B, seed 1']
    """

    chapter, version = "alfven", alfven.VERSION
    columns: ClassVar = {
        "data_seed": ((2, 7101), "seed of the simulated nights"),
        "nights_train": ((72, 178, 178), "nights to train on, the earliest"),
        "nights_valid": ((24, 60), "nights to choose thresholds on"),
        "nights_test": ((32, 120), "nights to report on, the latest"),
        "size": (((160, 96), (256, 256)), "rows (frequency), columns (time)"),
        "base": ((8, 64, 64), "channels of the first level"),
        "norm": ((True, True, False), "batch normalisation"),
        "head": ((8, 8, 2), "channels before the last convolution"),
        "prior": ((0.08, 0.08, 0.5), "what the untrained network answers"),
        "on_device": ((False, True), "augment whole batches on the device"),
        "batch_size": ((4, 4, 2), "pictures a step"),
        "lr": ((1e-2, 1e-3, 1e-4), "learning rate, at its highest"),
        "one_cycle": ((True, True, False), "the rate rises and falls, or is constant"),
        "epochs": ((10, 10, 10), "times that each picture is seen"),
        "seeds": ((3, 3, 1), "networks of the main training"),
        "seeds_side": ((2, 3), "networks of each side experiment"),
        "seeds_peer": ((1, 3), "networks of the peer, and without skips"),
        "seeds_published": ((0, 3), "networks exactly as published"),
        "overfit_nights": ((8, 178, 178), "nights of the long training"),
        "overfit_epochs": ((30, 100, 100), "epochs of the long training"),
        "kfold_nights": ((30, 178, 178), "nights of the cross-validation"),
        "kfold_epochs": ((2, 4, 10), "epochs of each fold"),
        "search_trials": ((8, 24, 115), "combinations that the search tries, of 3150"),
        "search_epochs": ((3, 9, 10), "epochs of the best of them"),
        "search_nights": ((16, 178, 178), "nights of the search"),
        "search_base": ((4, 16, 64), "channels of its first level"),
        "archive_nights": ((32, 120, 2100), "nights of the survey, of those to report on"),
    }

    @cached_property
    def folder(self):
        """Of the simulated nights; they are made if they are not there."""
        n, seed = self.test.stop, self.run.data_seed
        return alfven.make(self.data / f"nights_{n}_{seed}", n, seed=seed)

    @property
    def train(self) -> slice:
        """The nights to train on."""
        return slice(self.run.nights_train)

    @property
    def valid(self) -> slice:
        """The nights to choose on."""
        return slice(self.train.stop, self.train.stop + self.run.nights_valid)

    @property
    def test(self) -> slice:
        """The nights to test on, once."""
        return slice(self.valid.stop, self.valid.stop + self.run.nights_test)

    @cached_property
    def nights(self):
        """All nights with the true masks."""
        return load_nights(self.folder, self.run.size)

    @cached_property
    def by_hand(self) -> np.ndarray:
        """Masks (N, H, W) as a hand draws them, set "B"."""
        return load_nights(self.folder, self.run.size, masks="mask_b").masks

    @cached_property
    def peaks(self) -> dict[str, dict]:
        """Thresholds of peak tracking, without and with the rule of quiet nights.

        Both are chosen by the labels by hand of the nights to train on.
        """
        known = self.nights[self.train].pictures, self.by_hand[self.train]
        return {
            "peak tracking": tune_label_fringes(*known),
            "peak tracking, quiet rule": tune_label_fringes(*known, QUIET),
        }

    @cached_property
    def labels(self) -> dict[str, np.ndarray]:
        """Masks (N, H, W) as an algorithm finds them, set "A", and as a hand draws them, "B"."""
        tuned = self.peaks["peak tracking"]
        return {
            "A": np.stack([label_fringes(p, **tuned) for p in self.nights.pictures]),
            "B": self.by_hand,
        }

    @property
    def quiet_peaks(self) -> np.ndarray:
        """What peak tracking marks of the test nights (n, H, W) under the rule of quiet nights."""
        tuned = self.peaks["peak tracking, quiet rule"]
        return np.stack([label_fringes(p, **tuned) for p in self.nights[self.test].pictures])

    @property
    def unet(self) -> partial:
        """Makes the U-net of this run."""
        run = self.run
        return partial(UNet, base=run.base, norm=run.norm, head=run.head, prior=run.prior)

    def learner(self, labels: str, seed: int, **changed) -> Learner:
        """An untrained learner of the labels of a set.

        `changed` are arguments of `segmentation_learner` that differ from the settings; also
        ``time_flip``; ``nights``: how many to train on; and ``with_iar``: of these, only nights on
        which the hand has drawn something, as the paper chose its nights.
        """
        part = np.arange(changed.pop("nights", self.run.nights_train))
        if changed.pop("with_iar", False):
            part = part[self.labels["B"][part].any(axis=(1, 2))]
        options = {
            "model": self.unet,
            "batch_size": self.run.batch_size,
            "lr": self.run.lr,
            "augment": published_augmentation(
                changed.pop("time_flip", True), batches=self.run.on_device
            ),
            "device": self.settings.device,
            **changed,
        }
        pictures, masks = self.nights.pictures, self.labels[labels]
        train, valid = ((pictures[p], masks[p]) for p in (part, self.valid))
        return segmentation_learner(train, valid, seed=seed, **options)

    def trainings(self) -> Iterator[Training]:
        """U-nets on both sets of labels, with changes, and as published; a modern peer."""
        run, side = self.run, self.run.seeds_side
        few, chosen = {"nights": run.overfit_nights}, {"with_iar": True}
        cut = {"model": partial(SkiplessUNet, **self.unet.keywords)}
        as_published = {"model": UNet, "batch_size": 2, "lr": 1e-4}
        for group, seeds, labels, epochs, changed in (
            ("U-net, set B", run.seeds, "B", run.epochs, {}),
            ("U-net, set A", side, "A", run.epochs, {}),
            ("U-net, set B, nights with IAR", side, "B", run.epochs, chosen),
            ("U-net, set A, nights with IAR", side, "A", run.epochs, chosen),
            ("U-net without skips, set B", run.seeds_peer, "B", run.epochs, cut),
            ("MobileNetV3, set B", run.seeds_peer, "B", run.epochs, {"model": mobile_unet}),
            ("U-net, set B, no flip", side, "B", run.epochs, {"time_flip": False}),
            ("U-net, set B, few nights", 1, "B", run.overfit_epochs, few),
            ("U-net as published, set A", run.seeds_published, "A", run.epochs, as_published),
            ("U-net as published, set B", run.seeds_published, "B", run.epochs, as_published),
        ):
            one_cycle = run.one_cycle and changed is not as_published
            measure = partial(self.measure, labels=labels)
            for seed in range(seeds):
                make = partial(self.learner, labels, seed, **changed)
                yield Training(group, seed, make, epochs, one_cycle, measure, run.key)

    def threshold(self, learner: Learner, labels: str) -> float:
        """A probability, chosen on the validation nights by labels of a set, or by the "truth"."""
        part = self.nights[self.valid]
        known = part.masks if labels == "truth" else self.labels[labels][self.valid]
        return choose_threshold(predict(learner, part.pictures), known, QUIET)

    def measure(self, learner: Learner, labels: str) -> dict[str, float]:
        """Scores of the test nights at the threshold chosen by the labels of a set."""
        cut = self.threshold(learner, labels)
        return {
            "Threshold chosen: {}": cut,
            **self.scores(predict(learner, self.nights[self.test].pictures) >= cut),
        }

    def use(self, training: Training, learner: Learner) -> dict:
        """Size of a night's picture, and the threshold (a probability) that was chosen."""
        size = list(self.run.size)
        return {"size": size, "threshold": learner.measured["Threshold chosen: {}"]}

    def tallies(self, training: Training, learner: Learner) -> dict[str, Tally]:
        """Night by night, at the threshold that was chosen."""
        test = self.nights[self.test]
        masks = predict(learner, test.pictures) >= learner.measured["Threshold chosen: {}"]
        quiet = ~test.masks.any(axis=(1, 2))
        found = {"Test IoU of the IAR: {}": iou_tally(masks, test.masks)}
        if quiet.any():
            flagged = tally(masks[quiet].mean(axis=(1, 2)))
            found["Flagged on test nights without IAR: {}"] = flagged
        return found

    def scores(self, masks: np.ndarray) -> dict[str, float]:
        """Of masks (N, H, W) of the test nights, against the truth."""
        truth = self.nights[self.test].masks
        quiet = ~truth.any(axis=(1, 2))
        return {
            "Test IoU of the IAR: {}": iou(masks, truth),
            "Test IoU of the background: {}": iou(masks, truth, positive=False),
            "Flagged on test nights without IAR: {}": float(masks[quiet].mean()),
        }

    def untrained(self) -> dict[str, float]:
        """Floor, ceiling and the classical method."""
        found = {
            "nothing": np.zeros_like(self.nights[self.test].masks),
            "peak tracking": self.labels["A"][self.test],
            "peak tracking, quiet rule": self.quiet_peaks,
            "labels by hand": self.labels["B"][self.test],
        }
        return {
            name.format(method): value
            for method, masks in found.items()
            for name, value in self.scores(masks).items()
        }
