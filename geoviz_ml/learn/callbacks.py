"""Callbacks: repeatable epochs, changed pictures, schedules, fresh batch normalisation."""

from __future__ import annotations

import math
import random
import time

from fastai.callback.core import Callback
from torch.optim.swa_utils import update_bn

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


class Clock(Callback):
    """Adds the wall time of every whole epoch to ``learner.seconds``."""

    order = 65  # after the history has waited for the device, before the checkpoint

    def before_fit(self):
        self.since = time.monotonic()

    def after_epoch(self):
        now = time.monotonic()
        self.learn.seconds += now - self.since
        self.since = now


class Augment(Callback):
    """Changes the pictures of a training batch, where they are."""

    order = 9  # before mixed precision

    def __init__(self, augment):
        self.augment = augment

    def before_batch(self):
        if self.training and self.augment is not None:
            self.learn.xb = (self.augment(*self.xb),)


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

    Loshchilov and Hutter 2017; Li et al. 2024 restart at 20, and then change the rate "based on the
    convergence result", without saying how: here all cycles are equally long.
    End the training at the end of a cycle.
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
