"""What each of two ranks does in `test_distributed`: torchrun starts it."""

import json
import sys
import time
from pathlib import Path

import torch
from torch import nn

from geoviz_ml.errors import UsageError
from geoviz_ml.learn import simclr_learner
from geoviz_ml.learn.checkpoint import Checkpoint
from geoviz_ml.learn.distributed import GatheredNTXent, fit_ranks, ranks, world
from geoviz_ml.prepare import Views
from tests.learn.skies import skies

PLAIN = Views(crop=None, flip_ud=0)  # every view is the picture


class Small(nn.Sequential):
    """An encoder without batch normalisation."""

    def __init__(self):
        super().__init__(nn.Flatten(), nn.Linear(32 * 32, 16), nn.Tanh())
        self.out_features = 16


def learner(device="cpu", views=PLAIN):
    options = {"batch_size": 24, "lr": 1e-3, "device": device, "mixed_precision": False}
    return simclr_learner(skies()[0], Small, views=views, **options)


def vectors():
    """Pairs of float64 vectors, and the weights of a layer that they go through."""
    torch.manual_seed(0)
    return torch.randn(2, 8, 6, dtype=torch.float64), torch.randn(6, 5, dtype=torch.float64)


def weights(one):
    return torch.cat([p.detach().ravel() for p in one.model.parameters()])


def slow_disk():
    """Let the checkpoint of a training's end be a second late."""
    written = Checkpoint.after_fit

    def after_fit(self):
        time.sleep(1)
        written(self)

    Checkpoint.after_fit = after_fit


def main(out: Path):
    slow_disk()
    found = {}
    with ranks() as device:
        rank, of = world()
        pairs, layer = vectors()
        layer.requires_grad_()
        z1, z2 = (part.chunk(of)[rank] @ layer for part in pairs)
        loss = GatheredNTXent(0.5)(z1, z2)
        loss.backward()
        found["loss"], found["grad"] = loss.item(), layer.grad.tolist()
        one = learner(device)
        fit_ranks(one, 1, folder=out / "training")  # stopped, and gone on with
        one = learner(device)
        table = fit_ranks(one, 3, folder=out / "training")
        found["history"] = table.to_dict("records")
        found["weights"] = weights(one).tolist()
        try:
            fit_ranks(learner(device), 4, folder=out / ("training" if rank else "elsewhere"))
        except UsageError as error:
            found["apart"] = str(error)
        views = Views()
        fit_ranks(learner(device, views), 1)
        found["view"] = views(torch.linspace(0, 1, 1024).view(1, 1, 32, 32)).sum().item()
        (out / f"{rank}.json").write_text(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
