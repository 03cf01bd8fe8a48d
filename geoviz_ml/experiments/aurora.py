"""What the aurora chapter trains and measures: SimCLR on a sky, and probes of its features."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property, partial
from typing import ClassVar

import numpy as np
from fastai.learner import Learner
from torch import nn

from ..classical.texture import texture_features
from ..datasets import load_oath
from ..learn import features, probe, simclr_learner
from ..models.simclr import ResNet18
from ..prepare import Views, block_folds, oath_splits
from ..prepare.scaling import shrink
from ..settings import set_seed
from ..simulate import aurora
from .experiment import Experiment
from .trainings import Training

CALLED = {"official": "official splits", "blocks": "folds of blocks"}
FEW = 0.05  # part of the labels


class Aurora(Experiment):
    """All-sky pictures of six classes, and what a network learns of them without labels.

    Examples
    --------
    >>> from geoviz_ml import setup
    >>> from geoviz_ml.experiments import Aurora
    >>> quick, full = Aurora(setup("quick")), Aurora(setup("paper"))
    >>> quick.encoder().out_features, full.encoder().out_features  # ResNet18, narrow and as it is
    (128, 512)
    """

    chapter, version = "aurora", aurora.VERSION
    columns: ClassVar = {
        "data_seed": ((2021, 7201), "of the simulated sky"),
        "pictures": ((1200, 5824, 5824), "of the whole set"),
        "in_a_row": ((5.0, 20.4, 20.4), "pictures of one display, mean"),
        "side": ((48, 256, 256), "pixels of a picture, each way"),
        "pixels": ((24, 32), 'the same, of what "raw pixels" are given'),
        "width": ((16, 64, 64), "channels of the first layers of ResNet18"),
        "batch_size": ((64, 128, 128), "pictures, each with two views"),
        "lr": ((1e-3, 3e-4, 3e-4), "learning rate"),
        "one_cycle": ((True, False, False), "the learning rate goes up and down, or is fixed"),
        "temperature": ((0.2, 0.5, 0.5), "of the contrastive loss"),
        "epochs": ((24, 50, 100), "of SimCLR"),
        "views": (
            (
                {"crop": (0.5, 1.0), "flip_lr": 0.5, "gamma": 0.5},
                {"crop": (0.5, 1.0), "flip_lr": 0.5, "gamma": 0.5},
                {"crop": (0.08, 1.0)},
            ),
            "what a view may change, beside the flip top and bottom",
        ),
        "C": ((0.1, 0.1, 1.0), "of the probes: the smaller, the stronger the penalty"),
        "seeds": ((3, 3), "networks trained by SimCLR"),
        "seeds_published": ((0, 3), "the same, with the paper's views"),
        "labelled": (
            (
                {"steps": 150, "batch_size": 32, "lr": 2e-3},
                {"steps": 300, "batch_size": 128, "lr": 3e-4},
            ),
            "how networks are taught with labels",
        ),
        "block": ((50, 200), "neighbours that are kept together in a split"),
        "shares": (((0.01, 0.05, 0.2), (0.01, 0.05, 0.2)), "of the labels, where they are few"),
        "short": ((5, 10), "epochs, where views are compared"),
        "seeds_short": ((2, 2), "networks of each kind there"),
    }

    @cached_property
    def folder(self):
        """Of the simulated sky, in OATH's format; it is made if it is not there."""
        run = self.run
        folder = self.data / f"{run.pictures}-{run.in_a_row}-{run.data_seed}"
        aurora.make(folder, run.pictures, seed=run.data_seed, in_a_row=run.in_a_row)
        return folder

    @cached_property
    def sky(self):
        """All pictures with their table and labels, see `load_oath`."""
        return load_oath(self.folder)

    @cached_property
    def pictures(self) -> np.ndarray:
        """The pictures (N, side, side) uint8 that networks see."""
        return shrink(self.sky.pictures, self.run.side)

    @cached_property
    def splits(self) -> dict[str, list]:
        """OATH's five random ones, and folds of blocks of neighbours."""
        n = len(self.sky.labels)
        return {"official": oath_splits(n), "blocks": block_folds(n, block=self.run.block)}

    @property
    def encoder(self) -> partial:
        """Makes the encoder of this run."""
        return partial(ResNet18, width=self.run.width)

    def learner(self, seed: int = 0, rows=slice(None), views: dict | None = None) -> Learner:
        """An untrained learner of pairs of views of some of the pictures."""
        run = self.run
        return simclr_learner(
            self.pictures[rows],
            self.encoder,
            views=Views(**(run.views if views is None else views)),
            batch_size=run.batch_size,
            lr=run.lr,
            temperature=run.temperature,
            seed=seed,
            device=self.settings.device,
        )

    @property
    def variants(self) -> dict[str, dict]:
        """What a view may change, in the ablation."""
        whole = {"crop": self.run.views["crop"], "flip_lr": 0.5, "gamma": 0.5}
        return {
            "crop, both flips, stretch": whole,
            "no stretch": whole | {"gamma": 0.0},
            "crop and one flip (the paper's)": whole | {"flip_lr": 0.0, "gamma": 0.0},
            "with rotation": whole | {"rotate": 180.0},
        }

    def trainings(self) -> Iterator[Training]:
        """SimCLR, with the paper's views too; of one fold; with other views, short."""
        run = self.run
        end = {"one_cycle": run.one_cycle, "key": run.key}
        published = {"crop": (0.08, 1.0)}
        for seed in range(run.seeds):
            make = partial(self.learner, seed)
            yield Training("SimCLR", seed, make, run.epochs, measure=self.measure, **end)
        for seed in range(run.seeds_published):
            make = partial(self.learner, seed, views=published)
            yield Training(
                "SimCLR, the paper's views", seed, make, run.epochs, measure=self.measure, **end
            )
        fold = self.splits["blocks"][0][0]
        make = partial(self.learner, rows=fold)
        yield Training("first fold", 0, make, run.epochs, measure=self.measure_strict, **end)
        for name, views in self.variants.items():
            for seed in range(run.seeds_short):
                make = partial(self.learner, seed, views=views)
                yield Training(name, seed, make, run.short, measure=self.measure_views, **end)

    def features(self, model: Learner | nn.Module) -> np.ndarray:
        """What an encoder sees in the pictures: (N, F) float32."""
        return features(model, self.pictures)

    @cached_property
    def untrained_features(self) -> np.ndarray:
        """The same of an encoder that has learned nothing, (N, F)."""
        set_seed(0)
        return self.features(self.encoder().to(self.settings.device))

    def linear(self, rows: np.ndarray) -> probe.Predictor:
        """A linear probe of features (N, F)."""
        return probe.linear_probe(rows, self.sky.labels, self.run.C)

    def taught(self, views: dict | None = None) -> probe.Predictor:
        """A network that learns from labels alone; its trainings are kept."""

        def new_network():
            encoder = self.encoder()
            return nn.Sequential(encoder, nn.Linear(encoder.out_features, 6))

        def train(learner, epochs):
            return self.keep(Training("ResNet18 with labels", 0, lambda: learner, epochs, True))

        return probe.supervised(
            self.pictures,
            self.sky.labels,
            new_network,
            train=train,
            augment=None if views is None else Views(**views),
            device=self.settings.device,
            **self.run.labelled,
        )

    def right(self, predictor: probe.Predictor, kind: str) -> dict[str, float]:
        """Means over the splits of a kind: accuracy, precision, recall, f1, and std."""
        return probe.score(predictor, self.sky.labels, self.splits[kind]).summary()

    def few(self, predictor: probe.Predictor) -> float:
        """Accuracy (share of right answers) under folds of blocks with 5 % of the labels."""
        table = probe.label_efficiency(
            predictor, self.sky.labels, self.splits["blocks"], shares=[FEW]
        )
        return float(table.accuracy.mean())

    def _accuracies(self, predictor: probe.Predictor) -> dict[str, float]:
        return {
            f"Accuracy, {called}: {{}}": self.right(predictor, kind)["accuracy"]
            for kind, called in CALLED.items()
        }

    def measure(self, learner: Learner) -> dict[str, float]:
        """Scores of a linear probe on the features."""
        seen = self.linear(self.features(learner))
        official = self.right(seen, "official")
        names = {"precision": "Precision", "recall": "Recall", "f1": "F1"}
        return {
            **self._accuracies(seen),
            **{f"{names[n]}, official splits: {{}}": official[n] for n in names},
            "Accuracy with 5 % of the labels, blocks: {}": self.few(seen),
            "Loss after the last epoch: {}": learner.history.rows[-1]["loss"],
        }

    def measure_strict(self, learner: Learner) -> dict[str, float]:
        """Of the pictures that the pretext task has not seen."""
        fold = self.splits["blocks"][:1]
        seen = self.linear(self.features(learner))
        scores = probe.score(seen, self.sky.labels, fold).summary()
        name = "Accuracy, first fold of blocks, SimCLR trained on the training part"
        return {name: scores["accuracy"]}

    def measure_views(self, learner: Learner) -> dict[str, float]:
        """Accuracy under folds of blocks."""
        scores = self.right(self.linear(self.features(learner)), "blocks")
        return {"Views, accuracy under blocks: {}": scores["accuracy"]}

    def untrained(self) -> dict[str, float]:
        """The predictor that never looks, pixels, textures, and networks taught with labels."""
        labels = self.sky.labels
        grey = (0.587 * self.pictures).round().astype(np.uint8)  # as in the published table
        predictors = {
            "never looks": probe.nearest_number(labels),
            "raw pixels": self.linear(probe.raw_pixels(self.pictures, self.run.pixels)),
            "textures, forest": probe.forest(texture_features(grey), labels, trees=100),
            "untrained ResNet18": self.linear(self.untrained_features),
            "ResNet18 with labels": self.taught(),
            "ResNet18 with labels and views": self.taught(self.run.views),
        }
        found = {
            claim.format(name): value
            for name, predictor in predictors.items()
            for claim, value in self._accuracies(predictor).items()
        }
        for name in list(predictors)[1:]:
            few = self.few(predictors[name])
            found[f"Accuracy with 5 % of the labels, blocks: {name}"] = few
        return found
