"""Callbacks: repeatable epochs, a tidy history, schedules, checkpoints."""

from __future__ import annotations

import math
import random
from pathlib import Path

import torch
from fastai.callback.core import Callback
from torch.optim.swa_utils import update_bn

from ..errors import DataFileError, UsageError
from ..files import atomic_path
from ..models.odconv import set_temperature
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
        pred = self.loss_func.decodes(self.pred.detach()) >= 0.5
        truth = self.yb[0] >= 0.5
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


class Schedule(Callback):
    """Sets something before every training step to ``at(epochs done, with a fraction)``.

    It knows where it is from the epoch and the step alone, so a resumed training goes on as if it
    had never stopped, and a longer one begins like a shorter one. Its ``repr`` says what it does.
    """

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{k}={v}' for k, v in self.settings.items())})"

    def _done(self, steps: int = 0) -> float:
        return self.epoch + (self.iter + steps) / self.n_iter


class Temperature(Schedule):
    """Lowers the temperature of every `ODConv2d` in a straight line from `start` to 1.

    Hot attentions are all alike: at first every kernel learns from every picture (Li et al. 2022).

    Parameters
    ----------
    start : float
    epochs : float
        After these it is 1. The original: 30 and 10, of 100 or 150 epochs. Shorter than the
        training, or the network ends hotter than 1; the temperature is saved with the weights.
    """

    def __init__(self, start: float = 30.0, epochs: float = 10):
        self.start, self.epochs = start, epochs
        self.settings = {"start": start, "epochs": epochs}

    def at(self, done: float) -> float:
        """Temperature after `done` epochs."""
        return 1 + (self.start - 1) * max(0.0, 1 - done / self.epochs)

    def before_batch(self):
        if self.training:
            set_temperature(self.model, self.at(self._done(1)))


class WarmRestarts(Schedule):
    """Lets the learning rate fall by half a cosine to 0, and start again, every `epochs` epochs.

    Loshchilov and Hutter 2017; Li et al. 2024 restart at 20, and do not say what follows: here all
    cycles are equally long. End the training at the end of a cycle.
    """

    def __init__(self, epochs: int = 20):
        self.epochs = epochs
        self.settings = {"epochs": epochs}

    def at(self, done: float) -> float:
        """Part of the full rate after `done` epochs."""
        return (1 + math.cos(math.pi * (done % self.epochs) / self.epochs)) / 2

    def before_batch(self):
        if self.training:
            self.opt.set_hyper("lr", self.learn.lr * self.at(self._done()))


class FreshNorms(Callback):
    """Measures mean and variance of every batch normalisation anew before a validation.

    While a network learns, its normalisations use the values of the batch; afterwards running means
    of them, which trail some ten steps behind the weights. In a short training at a high rate the
    two drift apart, and a network that is good on the batch can be useless on a single picture.
    This takes the mean over one pass through the training set with the present weights
    (`torch.optim.swa_utils.update_bn`), which costs the time of that pass.

    Parameters
    ----------
    every : int
        Epochs between two measurements; the last validation always has one.
    """

    def __init__(self, every: int = 1):
        self.every = every

    def __repr__(self) -> str:
        return f"FreshNorms(every={self.every})"

    def before_validate(self):
        if (self.epoch + 1) % self.every == 0 or self.epoch + 1 == self.n_epoch:
            update_bn(self.dls.train, self.model)


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
