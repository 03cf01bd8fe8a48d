"""Callbacks: repeatable epochs, a tidy history, checkpoints."""

from __future__ import annotations

import random
from pathlib import Path

import torch
from fastai.callback.core import Callback

from ..errors import DataFileError, UsageError
from ..files import atomic_path
from ..settings import set_seed


class EpochSeed(Callback):
    """Seed every generator from (seed, epoch), so that an epoch is the same whenever it runs."""

    order = -10

    def __init__(self, seed: int, augment=None):
        self.seed, self.augment = seed, augment

    def before_train(self):
        number = random.Random(f"{self.seed} {self.epoch}").randrange(2**31)
        set_seed(number)
        self.learn.dls.train.rng = random.Random(number)
        if self.augment is not None:
            self.augment.seed(number)


class History(Callback):
    """Keeps one row an epoch: mean loss and IoU (at probability 0.5), training and validation.

    The training values are taken while the network learns, with dropout on, as Keras reports them.
    """

    order = 60

    def __init__(self):
        self.rows: list[dict] = []

    def before_epoch(self):
        self.row = {"epoch": self.epoch + 1}

    def _start(self):
        self.losses, self.counts, self.pictures, self.pixels = [], 0, 0, 0

    before_train = before_validate = _start

    def after_batch(self):  # sums stay on the device: asking for a number would make it wait
        pred, truth = self.pred.detach() >= 0, self.yb[0] >= 0.5
        counts = [(pred & truth).sum(), (pred & ~truth).sum(), (~pred & truth).sum()]
        self.counts = self.counts + torch.stack(counts)
        self.losses.append(self.loss.detach() * len(truth))
        self.pictures += len(truth)
        self.pixels += truth.numel()

    def _finish(self, part: str):
        tp, fp, fn = self.counts.tolist()
        tn = self.pixels - tp - fp - fn
        self.row[f"{part}_loss"] = torch.stack(self.losses).sum().item() / self.pictures
        self.row[f"{part}_iou"] = tp / (tp + fp + fn) if tp + fp + fn else float("nan")
        self.row[f"{part}_iou_background"] = tn / (tn + fp + fn) if tn + fp + fn else float("nan")

    def after_train(self):
        self._finish("train")

    def after_validate(self):
        self._finish("valid")

    def after_epoch(self):
        if "train_loss" in self.row:  # epochs that are done already are skipped
            self.rows.append(self.row)


class Checkpoint(Callback):
    """Writes model, optimiser and history after every epoch, whole or not at all.

    Parameters
    ----------
    path : Path
        The file.
    recipe : dict
        What was trained and how; a checkpoint of another recipe is refused.
    """

    order = 70

    def __init__(self, path: Path, recipe: dict):
        self.path, self.recipe = path, recipe

    def after_epoch(self):
        if not self.history.rows or self.history.rows[-1]["epoch"] != self.epoch + 1:
            return  # skipped: done already
        content = {
            "recipe": self.recipe,
            "epoch": self.epoch + 1,
            "model": self.model.state_dict(),
            "opt": self.opt.state_dict(),
            "rows": list(self.history.rows),
        }
        with atomic_path(self.path) as tmp:
            torch.save(content, tmp)

    def resume(self, learner) -> int:
        """Put a kept state into `learner`; the number of epochs that are done (0: none kept).

        Raises
        ------
        DataFileError
            The file is damaged.
        UsageError
            It belongs to another configuration.
        """
        if not self.path.exists():
            return 0
        try:
            content = torch.load(self.path, map_location=learner.dls.device, weights_only=True)
            recipe, epoch = content["recipe"], content["epoch"]
        except Exception as error:  # torch.load raises many kinds
            raise DataFileError(
                f"not a whole checkpoint ({type(error).__name__}).", self.path, "Delete it."
            ) from error
        if recipe != self.recipe:
            keys = {**self.recipe, **recipe}
            other = [k for k in keys if recipe.get(k) != self.recipe.get(k)]
            raise UsageError(
                f"this checkpoint differs in {', '.join(other)}.",
                self.path,
                "Delete it or give another folder.",
            )
        learner.model.load_state_dict(content["model"])
        learner.create_opt()
        learner.opt.load_state_dict(content["opt"])
        learner.history.rows[:] = content["rows"]
        return epoch
