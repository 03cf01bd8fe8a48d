"""The five learners, small: the same few lines make each of them."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from geoviz_ml.learn import (
    classification_learner,
    detection_learner,
    pnu_learner,
    segmentation_learner,
    simclr_learner,
)
from geoviz_ml.models import DetectNet, PatchNet, ResNet18, UNet
from geoviz_ml.prepare import BoxCrops, Views

from .drawn import bars
from .skies import skies
from .test_detection import squares
from .test_pnu import patches


def to_bytes(pictures):
    return pictures if pictures.dtype == np.uint8 else np.rint(255 * pictures).astype(np.uint8)


def to_floats(pictures):
    return to_bytes(pictures) / np.float32(255)


def classifier():
    encoder = ResNet18(width=4)
    return torch.nn.Sequential(encoder, torch.nn.Linear(encoder.out_features, 3))


@dataclass
class One:
    """A learner: where it comes from, what it learns from, and what else it wants."""

    learner: Callable
    train: tuple
    valid: tuple | None
    network: Callable
    options: dict

    def make(self, model=None, kind=to_floats, **options):
        """A learner of its network's maker (or of `model`), on pictures of a `kind`."""
        sets = [(kind(x), *rest) for x, *rest in (self.train, self.valid or self.train)]
        sets = sets if self.valid else [sets[0][0]]
        options = {"device": "cpu", "mixed_precision": False, **self.options, **options}
        return self.learner(*sets, model or self.network, **options)


FIVE = {
    "segmentation": One(
        segmentation_learner,
        bars(8),
        bars(4, seed=1),
        lambda: UNet(base=4, norm=True, head=8, prior=0.1),
        {"lr": 1e-2},
    ),
    "detection": One(
        detection_learner,
        squares(8),
        squares(4, seed=1),
        lambda: DetectNet(width=0.125),
        {"lr": 3e-3, "batch_size": 4, "augment": BoxCrops(64)},
    ),
    "classification": One(
        classification_learner, skies(), skies(48, seed=1), classifier, {"batch_size": 16}
    ),
    "pnu": One(
        pnu_learner,
        patches()[:2],
        patches((10, 10, 30), seed=9)[:2],
        lambda: PatchNet(width=4),
        {"prior": 0.4, "lr": 2e-3, "shares": (4, 4, 8), "steps": 6},
    ),
    "simclr": One(
        simclr_learner,
        skies()[:1],
        None,
        lambda: ResNet18(width=4),
        {"batch_size": 24, "views": Views(crop=(0.5, 1))},
    ),
}


def weights(learner):
    return torch.cat([p.detach().ravel().float() for p in learner.model.state_dict().values()])
