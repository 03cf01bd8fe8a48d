"""What the alfven chapter trains and measures: U-nets on nights with two sets of labels."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, partial

import numpy as np
from fastai.learner import Learner

from ..classical import label_fringes, tune_label_fringes
from ..datasets import load_nights
from ..learn import segmentation_learner
from ..learn.segmentation import predict
from ..models import UNet
from ..prepare.augment import published_augmentation
from ..scores import iou
from ..scores.thresholds import choose_threshold
from ..simulate import alfven
from .experiment import Experiment
from .trainings import Training


class Alfven(Experiment):
    """Nights of a search coil, and networks that mark the resonances in them."""

    chapter, version = "alfven", alfven.VERSION
    columns = {
        "data_seed": (2, 7101),
        "nights_train": (72, 178, 178),
        "nights_valid": (24, 60),
        "nights_test": (32, 120),
        "size": ((160, 96), (256, 256), (256, 256)),  # frequency, time
        "base": (8, 64, 64),  # channels of the first level
        "norm": (True, True, False),  # batch normalisation
        "head": (8, 8, 2),  # channels before the last convolution
        "prior": (0.08, 0.08, 0.5),  # the untrained network's answer
        "on_device": (False, True),  # augment whole batches there, not one picture after another
        "batch_size": (4, 4, 2),
        "lr": (1e-2, 1e-3, 1e-4),
        "one_cycle": (True, True, False),  # learning rate: up and down, or constant
        "epochs": (10, 10, 10),
        "seeds": (3, 3, 1),
        "seeds_side": (2, 3),  # for set A and for side experiments
        "seeds_peer": (1, 3),
        "seeds_published": (0, 3),  # of the network exactly as published
        "overfit_nights": (8, 178, 178),
        "overfit_epochs": (30, 100, 100),
        "kfold_nights": (30, 178, 178),
        "kfold_epochs": (2, 4, 10),
        "search_trials": (8, 24, 3150),
        "search_epochs": (3, 9, 10),
        "search_nights": (16, 178, 178),
        "search_base": (4, 16, 64),
        "archive_nights": (40, 400, 2100),
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
    def labels(self) -> dict[str, np.ndarray]:
        """Masks (N, H, W) as an algorithm finds them, set "A", and as a hand draws them, "B"."""
        part = self.nights[self.train]
        tuned = tune_label_fringes(part.pictures, part.masks)
        return {
            "A": np.stack([label_fringes(p, **tuned) for p in self.nights.pictures]),
            "B": load_nights(self.folder, self.run.size, masks="mask_b").masks,
        }

    @property
    def unet(self) -> partial:
        """Makes the U-net of this run."""
        run = self.run
        return partial(UNet, base=run.base, norm=run.norm, head=run.head, prior=run.prior)

    def learner(self, labels: str, seed: int, **changed) -> Learner:
        """An untrained learner of the labels of a set.

        `changed` are arguments of `segmentation_learner` that differ from the settings; also
        ``time_flip``, and ``nights``: how many to train on.
        """
        part = slice(changed.pop("nights", self.run.nights_train))
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
        few = {"nights": run.overfit_nights}
        as_published = {"model": UNet, "batch_size": 2, "lr": 1e-4}
        for group, seeds, labels, epochs, changed in (
            ("U-net, set B", run.seeds, "B", run.epochs, {}),
            ("U-net, set A", side, "A", run.epochs, {}),
            ("MobileNetV3, set B", run.seeds_peer, "B", run.epochs, {"model": mobile_unet}),
            ("U-net, set B, no flip", side, "B", run.epochs, {"time_flip": False}),
            ("U-net, set B, few nights", 1, "B", run.overfit_epochs, few),
            ("U-net as published, set A", run.seeds_published, "A", run.epochs, as_published),
            ("U-net as published, set B", run.seeds_published, "B", run.epochs, as_published),
        ):
            one_cycle = run.one_cycle and changed is not as_published
            for seed in range(seeds):
                make = partial(self.learner, labels, seed, **changed)
                yield Training(group, seed, make, epochs, one_cycle, self.measure, run.key)

    def threshold(self, learner: Learner) -> float:
        """A probability, chosen on the validation nights."""
        part = self.nights[self.valid]
        return choose_threshold(predict(learner, part.pictures), part.masks)

    def measure(self, learner: Learner) -> dict[str, float]:
        """Scores of the test nights at the threshold chosen on the validation nights."""
        cut = self.threshold(learner)
        return {
            "Threshold chosen: {}": cut,
            **self.scores(predict(learner, self.nights[self.test].pictures) >= cut),
        }

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
            "labels by hand": self.labels["B"][self.test],
        }
        return {
            name.format(method): value
            for method, masks in found.items()
            for name, value in self.scores(masks).items()
        }


def mobile_unet():
    """A modern peer: a U-net on MobileNetV3 of segmentation_models_pytorch."""
    import segmentation_models_pytorch as smp

    return smp.Unet(
        "tu-mobilenetv3_small_100",
        encoder_weights=None,
        in_channels=1,
        classes=1,
        decoder_channels=(64, 32, 16, 8, 8),
    )
