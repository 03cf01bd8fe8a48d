"""A training on disk, epoch by epoch, so that a run that was killed goes on."""

from __future__ import annotations

import copy
import time
from pathlib import Path

import torch
from fastai.callback.core import Callback
from fastai.learner import Learner

from ..errors import DataFileError, UsageError
from ..files import atomic_path
from ..models.plain import as_plain

SECONDS = 1.0  # between two checkpoints of epochs that are shorter


class Checkpoint(Callback):
    """Writes model, optimiser and history, whole or not at all.

    It does so after every epoch; after every second where epochs are shorter, and at the end.

    Parameters
    ----------
    path : Path
        The file.
    recipe : dict
        What was trained and how; a checkpoint of another recipe is refused.
    """

    order = 70

    def __init__(self, path: Path, recipe: dict):
        self.path, self.recipe = path, as_plain(recipe)
        self.written, self.kept = time.monotonic() - SECONDS, True

    def after_epoch(self):
        self.kept = not self._whole()  # an epoch that was done already is skipped
        if time.monotonic() - self.written >= SECONDS:
            self._write()

    def after_cancel_fit(self):
        self._write()

    after_fit = after_cancel_fit

    def _whole(self) -> bool:
        """Does the history end with this epoch?"""
        return bool(self.history.rows) and self.history.rows[-1]["epoch"] == self.epoch + 1

    def _write(self):
        if self.kept or not self._whole():
            return
        content = {
            "recipe": self.recipe,
            "epoch": self.epoch + 1,
            "model": self.model.state_dict(),
            "opt": self.opt.state_dict(),
            "rows": list(self.history.rows),
            "seconds": self.learn.seconds,
        }
        with atomic_path(self.path) as tmp, tmp.open("wb") as file:  # a full disk is told by Python
            torch.save(content, file)
        self.kept, self.written = True, time.monotonic()

    def resume(self, learner: Learner) -> int:
        """Put a kept state into `learner`; the number of epochs that are done (0: none kept).

        Raises
        ------
        DataFileError
            The file is damaged, or is no checkpoint.
        UsageError
            It belongs to another configuration.
        """
        if not self.path.exists():
            return 0
        try:
            content = torch.load(self.path, map_location=learner.dls.device, weights_only=True)
            recipe = as_plain(dict(content["recipe"]))  # earlier versions kept tuples
            epoch, rows = content["epoch"], content["rows"]
            if type(epoch) is not int or rows[-1]["epoch"] != epoch:
                raise ValueError("its history does not end with its last epoch")
        except Exception as error:  # torch.load raises many kinds
            raise self._damaged(error) from error
        if recipe != self.recipe:
            keys = {**self.recipe, **recipe}
            other = [k for k in keys if recipe.get(k) != self.recipe.get(k)]
            raise UsageError(
                f"this checkpoint differs in {', '.join(other)}.",
                self.path,
                "Delete it or give another folder.",
            )
        before = copy.deepcopy(learner.model.state_dict())
        try:
            learner.model.load_state_dict(content["model"])
            learner.create_opt()
            learner.opt.load_state_dict(content["opt"])
            seconds = float(content.get("seconds", 0.0))
        except Exception as error:  # so do torch's loaders of states
            learner.model.load_state_dict(before)
            learner.opt = None
            raise self._damaged(error) from error
        learner.history.rows[:], learner.seconds = rows, seconds
        return epoch

    def _damaged(self, error: Exception) -> DataFileError:
        return DataFileError(
            f"not a whole checkpoint ({type(error).__name__}).", self.path, "Delete it."
        )
