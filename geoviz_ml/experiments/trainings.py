"""Trainings kept in a folder: each is done once, and one that was cut goes on."""

from __future__ import annotations

import gc
import hashlib
import json
import math
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import filelock
import torch
from fastai.callback.core import Callback, CancelFitException
from fastai.learner import Learner

from ..errors import DataFileError, DiskError, GeovizError
from ..files import alone, atomic_path, read_json
from ..learn import fit
from ..scoreboard import provenance
from ..survey import weights_key
from .weights import NAME, load_weights, save_weights

TIDY = 10.0  # seconds; shorter trainings leave little to free, and looking takes half of one


class Unfinished(GeovizError, RuntimeError):
    """A training that has not come to its end: the time is over, or another process is at it.

    Examples
    --------
    >>> import tempfile
    >>> from functools import partial
    >>> import numpy as np
    >>> from geoviz_ml.experiments import Training, Trainings, Unfinished
    >>> from geoviz_ml.learn import segmentation_learner
    >>> from geoviz_ml.models import UNet
    >>> data = np.zeros((2, 32, 32), np.float32), np.ones((2, 32, 32), bool)
    >>> make = partial(segmentation_learner, data, data, partial(UNet, base=2))
    >>> try:
    ...     Trainings(tempfile.mkdtemp(), minutes=0)(Training("U-net", 0, make, epochs=1))
    ... except Unfinished as error:
    ...     print(error)
    U-net, seed 0: no time is left to go on.
    """


@dataclass(frozen=True)
class Training:
    """One training of an experiment.

    Attributes
    ----------
    group : str
        What is trained, such as "U-net, set B"; trainings of a group differ by their seed alone.
    seed : int
    make : callable
        Makes the untrained learner, with a function of `geoviz_ml.learn`.
    epochs : int
    one_cycle : bool
        See `geoviz_ml.learn.fit`.
    measure : callable, optional
        What is measured of the trained learner: numbers by name, each in the unit it names.
    key : str
        Of what is measured, and on what: under another one it is measured anew.

    Examples
    --------
    >>> from geoviz_ml.experiments import Training
    >>> from geoviz_ml.models import UNet
    >>> Training("U-net, set B", seed=1, make=UNet, epochs=10).name
    'U-net, set B, seed 1'
    """

    group: str
    seed: int
    make: Callable[[], Learner]
    epochs: int
    one_cycle: bool = False
    measure: Callable[[Learner], dict[str, float]] | None = None
    key: str = ""

    @property
    def name(self) -> str:
        """Of the training among those of its experiment."""
        return f"{self.group}, seed {self.seed}"


class Trainings:
    """A folder of trainings.

    Each has a folder of its own, named after it and after all that decides its result: a
    ``checkpoint.pt`` while it runs; ``weights.safetensors`` and ``result.json`` once it has ended.
    Two processes may work in one folder: a training is done by one of them.

    Parameters
    ----------
    folder : path-like
    minutes : float, optional
        No epoch begins after so many minutes from now.

    Examples
    --------
    >>> import tempfile
    >>> from functools import partial
    >>> import numpy as np
    >>> from geoviz_ml.experiments import Training, Trainings
    >>> from geoviz_ml.learn import segmentation_learner
    >>> from geoviz_ml.models import UNet
    >>> masks = np.eye(32, dtype=bool)[None].repeat(2, axis=0)
    >>> data, keep = (masks.astype(np.float32), masks), Trainings(tempfile.mkdtemp())
    >>> make = partial(segmentation_learner, data, data, partial(UNet, base=2))
    >>> first, again = (keep(Training("U-net", 0, make, epochs=1)) for _ in range(2))
    >>> len(again.history.rows), again.seconds == first.seconds  # trained once, found again
    (1, True)
    """

    def __init__(self, folder: str | PathLike, minutes: float | None = None):
        self.folder = Path(folder)
        self.end = None if minutes is None else time.monotonic() + 60 * minutes
        self.tidied = time.monotonic()

    def __call__(self, training: Training, *, wait: bool = True, measure: bool = True) -> Learner:
        """The trained learner: from the folder if it is there, else trained now and kept.

        Parameters
        ----------
        training : Training
        wait : bool
            For another process that is at this training; a line says so.
        measure : bool
            Measure what is not measured yet.

        Returns
        -------
        Learner
            With `history` and `seconds`, in `measured` what was measured, if anything, and in
            `kept` all that its folder `place` tells of it.

        Raises
        ------
        Unfinished
            The time is over; or another process is at it, and `wait` is False.
        DataFileError
            What the folder holds of this training is damaged, or is of another training.
        DiskError
            The folder cannot be written to, or the disk is full.
        """
        learner = training.make()
        place = self.folder / _name(training, learner)
        with self._alone(place, training, wait):
            result = _kept(place / "result.json", _decisive(training, learner))
            if result is None:
                result = self._train(training, learner, place)
            else:
                load_weights(learner.model, place / NAME)
                if result.get("weights", key := weights_key(learner)) != key:
                    problem = "not the weights of the result beside it."
                    raise DataFileError(problem, place / NAME, "Delete its folder.")
                learner.history.rows[:], learner.seconds = result["history"], result["seconds"]
            if result["key"] != training.key:
                result |= {"key": None, "measured": {}}
            if result["key"] is None and measure and training.measure:
                result |= {"key": training.key, "measured": training.measure(learner)}
                _write(place / "result.json", result)
            _tidy(place, "checkpoint.pt", ".checkpoint.pt.*.tmp")
        learner.measured, learner.kept, learner.place = result["measured"], result, place
        return learner

    def told(
        self, training: Training, learner: Learner, tell: Callable[[Training, Learner], dict]
    ) -> dict:
        """What `tell` says of a training that was measured: kept with it, said anew for a new key.

        Parameters
        ----------
        training : Training
        learner : Learner
            As this folder gave it.
        tell : callable
        """
        kept = learner.kept.get("told")
        if not isinstance(kept, dict) or kept.get("key") != training.key:
            kept = learner.kept["told"] = {"key": training.key, **tell(training, learner)}
            _write(learner.place / "result.json", learner.kept)
        return kept

    def _train(self, training: Training, learner: Learner, place: Path) -> dict:
        """Train and keep; nothing is measured yet."""
        if self.end is not None and time.monotonic() >= self.end:
            raise Unfinished(f"{training.name}: no time is left to go on.")
        _tidy(place, ".checkpoint.pt.*.tmp")  # of a run that was killed while it wrote
        if time.monotonic() - self.tidied > TIDY:
            gc.collect()  # learners that nobody holds any more, with their pictures
            self.tidied = time.monotonic()
        if learner.dls.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()
        stop = Stop(self.end)
        with learner.added_cbs(stop):
            fit(learner, training.epochs, one_cycle=training.one_cycle, folder=place)
        if stop.early:
            done = len(learner.history.rows)
            raise Unfinished(f"{training.name}: {done} of {training.epochs} epochs are done.")
        result = {
            "name": training.name,
            **_decisive(training, learner),
            "history": learner.history.rows,
            "seconds": learner.seconds,
            "weights": weights_key(learner),
            "made": provenance(learner.dls.device),
            "key": None,
            "measured": {},
        }
        if learner.dls.device.type == "cuda":
            result["gpu_memory_gb"] = torch.cuda.max_memory_allocated() / 2**30
        save_weights(learner.model, place / NAME)
        _write(place / "result.json", result)
        return result

    @contextmanager
    def _alone(self, place: Path, training: Training, wait: bool) -> Iterator[None]:
        """While no other process is at this training."""
        try:
            place.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise DiskError(error.errno, place) from error
        try:
            with alone(place / "lock", wait):
                yield
        except filelock.Timeout:
            raise Unfinished(f"{training.name}: another process is at it.") from None


class Stop(Callback):
    """Ends a training after the epoch in which the time is over.

    Parameters
    ----------
    end : float or None
        By `time.monotonic`.
    """

    order = 80  # after the checkpoint

    def __init__(self, end: float | None):
        self.end, self.early = end, False

    def after_epoch(self):
        over = self.end is not None and time.monotonic() >= self.end
        if over and self.epoch + 1 < self.n_epoch:
            self.early = True
            raise CancelFitException


def _short(recipe: dict) -> dict:
    """The recipe with a digest in place of the text of the whole network."""
    network = hashlib.sha256(recipe["model"].encode()).hexdigest()
    return {**recipe, "model": network[:16]}


def _decisive(training: Training, learner: Learner) -> dict:
    """All that decides what comes of a training."""
    how = {"epochs": training.epochs, "one_cycle": training.one_cycle}
    return {"recipe": _short(learner.recipe), **how}


def _name(training: Training, learner: Learner) -> str:
    """Of the training's folder: another recipe, another folder."""
    decisive = list(_decisive(training, learner).values())
    digest = hashlib.sha256(json.dumps(decisive, sort_keys=True, default=str).encode()).hexdigest()
    return f"{re.sub(r'[^A-Za-z0-9]+', '-', training.name).strip('-')}-{digest[:10]}"


def _tidy(place: Path, *patterns: str) -> None:
    """Remove what is of no use any more, as far as the folder may be written to."""
    for pattern in patterns:
        for old in place.glob(pattern):
            with suppress(OSError):
                old.unlink()


def _write(path: Path, result: dict) -> None:
    """Keep a result, whole or not at all."""
    with atomic_path(path) as tmp:
        text = json.dumps(_plain(result), indent=1, ensure_ascii=False, allow_nan=False)
        tmp.write_text(text + "\n", encoding="utf-8")


def _plain(value):
    """The same without what JSON does not know: a number that is not finite is null."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _numbers(row: dict) -> dict:
    """The same with NaN where a file has null."""
    return {key: math.nan if value is None else value for key, value in row.items()}


def _kept(path: Path, decisive: dict) -> dict | None:
    """What is kept of a training that has ended; None if it has not."""
    if not path.exists():
        return None
    try:
        kept = read_json(path)
        kinds = {"history": list, "measured": dict, "seconds": float}
        if (
            not all(isinstance(kept[name], kind) for name, kind in kinds.items())
            or "key" not in kept
        ):
            raise ValueError("an entry is of another kind")
        kept["history"] = [_numbers(row) for row in kept["history"]]
        kept["measured"] = _numbers(kept["measured"])
    except (DataFileError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataFileError("not a whole result.", path, "Delete its folder.") from error
    wanted = json.loads(json.dumps(_plain(decisive)))
    if any(kept.get(name, value) != value for name, value in wanted.items()):
        raise DataFileError("the result of another training.", path, "Delete its folder.")
    return kept
