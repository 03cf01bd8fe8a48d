"""What the nucleus chapter trains and measures: ten networks, and the parts of ODM_Unet."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import ClassVar

import numpy as np
import torch
from fastai.learner import Learner
from torch import nn

from ..classical import canny_mask, tune_canny
from ..datasets import load_half_orbits
from ..datasets.layout import BOXES
from ..learn import segmentation_learner
from ..learn.callbacks import FreshNorms, Temperature, WarmRestarts
from ..learn.losses import CrossEntropyDice
from ..learn.segmentation import predict
from ..models import ODMUNet, compared
from ..prepare.augment import table_1_augmentation
from ..prepare.half_orbit import box_mask, split_by_orbit
from ..readers import read_voc
from ..scores import Tally, all_scores, iou
from ..simulate import nucleus
from .experiment import Experiment, iou_tally
from .trainings import Training

CALM, PUBLISHED = "ODM_Unet, calm", "ODM_Unet as published"  # a changed network, and the paper's
REPEATED = CALM, "U-net"  # with more seeds than the others
TABLE_4 = {  # claim: its score
    "Table 4, mIoU: {}": "mean_iou",
    "Table 4, mPA (pixel accuracy): {}": "pixel_accuracy",
    "IoU of the nucleus: {}": "iou",
}
BATCH = {"IoU of the nucleus, statistics of the batch: {}": "batch"}
ABLATION = "Ablation, IoU of the nucleus: "


@dataclass(frozen=True)
class Group:
    """Trainings that differ by their seed alone: how they are made, and what is claimed of them.

    Attributes
    ----------
    seeds : int
    network : callable
        Makes the untrained network.
    changed : dict
        See `Nucleus.learner`.
    claims, side : dict
        Claim and score: of each training, and of the first few.
    """

    seeds: int
    network: Callable[[], nn.Module]
    changed: dict = field(default_factory=dict)
    claims: dict[str, str] = field(default_factory=dict)
    side: dict[str, str] = field(default_factory=dict)


class Nucleus(Experiment):
    """A year of half-orbits, and networks that mark the nuclei in them.

    Examples
    --------
    >>> from geoviz_ml import setup
    >>> from geoviz_ml.experiments import Nucleus
    >>> chapter = Nucleus(setup("quick"), seeds=2)
    >>> [one.name for one in chapter.trainings() if one.group == "U-net"]
    ['U-net, seed 0', 'U-net, seed 1']
    >>> Nucleus(setup("paper")).run.half_orbits  # the paper's 1115, and 402 more
    1517
    """

    chapter, version = "nucleus", nucleus.VERSION
    columns: ClassVar = {
        "data_seed": ((3, 7101), "of the simulated year"),
        "half_orbits": (
            (320, 1115 + 402, 1115),
            "simulated, three of four with a nucleus; the paper labelled 1115 pictures",
        ),
        "quiet": ((120, 600), "half-orbits more, none with a nucleus, to count false alarms"),
        "shares": (
            ((0.33, 0.1, 0.57), (0.66, 0.07, 0.27)),
            "of the orbits: training, choosing, testing",
        ),
        "coarse": ((4, 4, 1), "spectra and frequencies averaged in a file"),
        "size": (
            ((96, 96), (256, 224)),
            "pixels: frequency, time; the paper does not tell its own",
        ),
        "encoder": (
            ("mobilenetv3_small_050", "mobilenetv3_large_100", "MobileNetV3 in its own"),
            "ours: the same for all networks, random weights",
        ),
        "decoder": ((0.5, 1.0), "width of the decoders"),
        "prior": ((0.01, 0.01, 0.5), "the untrained network's answer"),
        "batch_size": ((8, 16, 16), "half-orbits a step"),
        "lr": ((3e-3, 1e-3, 1e-3), "highest learning rate, of Adam"),
        "epochs": ((6, 10, 1200), "the last weights count; the paper's is a maximum"),
        "one_cycle": (
            (True, True, False),
            "rate up and down once; else warm restarts (the paper tells one, at 20)",
        ),
        "hot_epochs": ((2, 3), "until the temperature of ODConv is 1"),
        "fresh_every": ((2, 5), "epochs until the batch normalisation is measured afresh"),
        "seeds": ((3, 5), "trainings of the calm ODM_Unet and of U-net"),
        "seeds_others": ((1, 5), "trainings of each other network"),
        "seeds_published": ((1, 5), "trainings of ODM_Unet exactly as published"),
        "ablation": (
            (("sdi",), ("sdi", "odconv", "scse")),
            "parts that are taken away one at a time",
        ),
        "seeds_ablation": ((1, 3), "trainings of each ablation"),
        "seeds_side": ((1, 3), "trainings of each side experiment"),
        "canny": ((120, 120), "half-orbits that Canny's settings are chosen on"),
        "augment": ((False, True, True), "the changes of Table 1"),
    }

    @cached_property
    def folder(self):
        """Of the simulated half-orbits; they are made if they are not there."""
        run = self.run
        folder = self.data / f"year_{run.half_orbits}_{run.data_seed}_{run.coarse}"
        return nucleus.make(folder, run.half_orbits, seed=run.data_seed, coarse=run.coarse)

    @cached_property
    def half_orbits(self):
        """All half-orbits with the true masks, see `load_half_orbits`."""
        return load_half_orbits(self.folder, self.run.size)

    @cached_property
    def rectangles(self) -> np.ndarray:
        """Masks (N, H, W) bool as they are drawn, corners included."""
        files = (self.folder / BOXES / f"{name}.xml" for name in self.half_orbits.names)
        return np.stack([box_mask(read_voc(file), self.run.size) for file in files])

    @cached_property
    def parts(self) -> list[np.ndarray]:
        """Row numbers (k,) of the half-orbits to train on, to choose on, and to test on."""
        return split_by_orbit(self.half_orbits.orbit, self.run.shares)

    @cached_property
    def sets(self) -> list:
        """The half-orbits of the three `parts`."""
        return [self.half_orbits[part] for part in self.parts]

    @cached_property
    def quiet(self):
        """Other half-orbits of the same sky, none with a nucleus, see `load_half_orbits`."""
        run = self.run
        folder = self.data / f"quiet_{run.quiet}_{run.data_seed}_{run.coarse}"
        options = {"coarse": run.coarse, "share": 0.0}
        nucleus.make(folder, run.quiet, seed=run.data_seed + 1, **options)
        return load_half_orbits(folder, run.size)

    @property
    def networks(self) -> dict[str, partial]:
        """Makers of the networks of Table 4, ODM_Unet as published and with a calm start."""
        run = self.run
        sizes = {"encoder": run.encoder, "decoder": run.decoder, "prior": run.prior}
        found = {CALM: partial(compared.make, "ODM_Unet", **sizes)}
        if run.seeds_published:
            found[PUBLISHED] = self.odm(calm=False)
        others = (name for name in compared.NAMES if name != "ODM_Unet")
        return found | {name: partial(compared.make, name, **sizes) for name in others}

    def odm(self, **parts: bool) -> partial:
        """Makes an ODM_Unet of this run; `parts` switches parts of it off."""
        run = self.run
        widths = compared.decoder_widths("ODM_Unet", run.decoder)
        return partial(ODMUNet, encoder=run.encoder, prior=run.prior, **widths, **parts)

    def learner(
        self, network: Callable[[], nn.Module], seed: int, *, drawn: bool = False, **changed
    ) -> Learner:
        """An untrained learner of a network.

        It is taught with the true masks, or with the `drawn` rectangles. `changed` are arguments
        of `segmentation_learner` that differ from the settings.
        """
        run, (train, valid, _) = self.run, self.sets
        callbacks = [Temperature(epochs=run.hot_epochs), FreshNorms(run.fresh_every)]
        options = {
            "batch_size": run.batch_size,
            "lr": run.lr,
            "loss": CrossEntropyDice(),
            "augment": table_1_augmentation(batches=True) if run.augment else None,
            "callbacks": callbacks + ([] if run.one_cycle else [WarmRestarts(20)]),
            "drop_last": True,
            "device": self.settings.device,
        }
        masks = self.rectangles[self.parts[0]] if drawn else train.masks
        both, options = (train.pictures, masks), {**options, **changed}
        return segmentation_learner(both, valid.pair, network, seed=seed, **options)

    @property
    def groups(self) -> dict[str, Group]:
        """All trainings of this run, by their groups."""
        run = self.run
        seeds = dict.fromkeys(REPEATED, run.seeds) | {PUBLISHED: run.seeds_published}
        found = {
            name: Group(seeds.get(name, run.seeds_others), network, claims=TABLE_4 | BATCH)
            for name, network in self.networks.items()
        }
        found[CALM].claims[f"{ABLATION}all three"] = "iou"
        found["U-net"].claims[f"{ABLATION}none (U-net)"] = "iou"
        found["U-net"].side.update(_labels("masks"))
        for part in run.ablation:
            claims = {f"{ABLATION}without {part}": "iou"} | BATCH
            network = self.odm(**{part: False})
            found[f"{CALM}, without {part}"] = Group(run.seeds_ablation, network, claims=claims)
        unet, published = self.networks["U-net"], self.odm(sdi=False, calm=False)
        printed, score = {"loss": CrossEntropyDice(printed=True)}, {"IoU of the nucleus: {}": "iou"}
        for name, network, changed, claims in (
            (f"{PUBLISHED}, without sdi", published, {}, score | BATCH),
            ("U-net, the loss as printed", unet, printed, score),
            ("U-net, taught with rectangles", unet, {"drawn": True}, _labels("rectangles")),
        ):
            found[name] = Group(run.seeds_side, network, changed, claims)
        return found

    def trainings(self) -> Iterator[Training]:
        """The ten networks; ODM_Unet without its parts; another loss, and other labels."""
        run = self.run
        for name, group in self.groups.items():
            for seed in range(group.seeds):
                claims = group.claims | (group.side if seed < run.seeds_side else {})
                make = partial(self.learner, group.network, seed, **group.changed)
                measure = partial(self.measure, claims)
                yield Training(name, seed, make, run.epochs, run.one_cycle, measure, run.key)

    def measure(self, claims: dict[str, str], learner: Learner) -> dict[str, float]:
        """Scores of the test half-orbits, by claim."""
        test = self.sets[2]
        found = predict(learner, test.pictures) >= 0.5
        scores = all_scores(found, test.masks)
        if "rectangles" in claims.values():
            scores["rectangles"] = iou(found, self.rectangles[self.parts[2]])
        if "batch" in claims.values():
            answers = answers_of_batches(learner, test, self.run.batch_size)
            scores["batch"] = iou(answers, test.masks[: len(answers)])
        return {claim: scores[score] for claim, score in claims.items()}

    def use(self, training: Training, learner: Learner) -> dict:
        """Size of a half-orbit's picture, and the threshold (a probability) of the scores."""
        return {"size": list(self.run.size), "threshold": 0.5}

    def tallies(self, training: Training, learner: Learner) -> dict[str, Tally]:
        """IoU, orbit by orbit."""
        test = self.sets[2]
        found = predict(learner, test.pictures) >= 0.5
        return {"IoU of the nucleus: {}": iou_tally(found, test.masks, test.orbit)}

    def canny(self) -> np.ndarray:
        """Masks (N, H, W) bool of the test half-orbits, by the classical method."""
        train, _, test = self.sets
        few = slice(self.run.canny)
        of_canny = tune_canny(train.pictures[few], train.masks[few])
        return np.stack([canny_mask(picture, **of_canny) for picture in test.pictures])

    def untrained(self) -> dict[str, float]:
        """Floor and classical method; and what a network taught with rectangles can reach."""
        truth = self.sets[2].masks
        found = {
            claim.format(name): all_scores(masks, truth)[score]
            for name, masks in {"Canny": self.canny(), "nothing": np.zeros_like(truth)}.items()
            for claim, score in TABLE_4.items()
        }
        drawn = iou(self.rectangles[self.parts[2]], truth)
        return found | {"IoU with the true masks, the rectangles themselves": drawn}


def _labels(kind: str) -> dict[str, str]:
    """Claims of a U-net taught with a kind of labels."""
    return {
        f"IoU with the true masks, U-net taught with {kind}": "iou",
        f"IoU with rectangles, U-net taught with {kind}": "rectangles",
    }


def answers_of_batches(learner: Learner, half_orbits, batch_size: int) -> np.ndarray:
    """Masks (n, H, W) of bool where batch normalisation takes the values of the batch.

    So it is in training; in use, it takes those that were measured then. A last picture that would
    be a batch alone is left out.

    Parameters
    ----------
    learner : Learner
        Trained; a copy of its network answers.
    half_orbits : HalfOrbits
    batch_size : int
        Pictures.
    """
    model = copy.deepcopy(learner.model).train()
    answers = []
    with torch.no_grad():
        for batch in torch.from_numpy(half_orbits.pictures)[:, None].split(batch_size):
            if len(batch) > 1:
                answers.append(model(batch.to(learner.dls.device)).argmax(1).bool().cpu().numpy())
    return np.concatenate(answers)
