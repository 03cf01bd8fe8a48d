"""What an experiment is: settings, data, trainings, and what is measured of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from os import PathLike
from typing import Any, ClassVar

import numpy as np
import pandas as pd
from fastai.learner import Learner

from ..errors import UsageError
from ..scores import Tally, interval, tally
from ..settings import COLUMNS, PROFILES, Settings, changed_settings
from .trainings import Training, Trainings


class Experiment:
    """What a chapter trains and measures. A chapter calls it, and so does the command.

    Parameters
    ----------
    settings : Settings
        From `geoviz_ml.setup`.
    folder : path-like, optional
        Keeps the trainings; by default one of the chapter's name in ``settings.trainings``.
    minutes : float, optional
        No epoch begins after so many minutes from now.
    **changed
        Other values for some of the settings; they go before those of `changed_settings`.

    Attributes
    ----------
    chapter : str
    columns : dict
        The table of settings: name -> values as of `Settings.choose`, and what the setting is.
    run : Choice
        The settings of this run.
    data : Path
        Folder of the simulated data.
    keep : Trainings

    Examples
    --------
    >>> from geoviz_ml import setup
    >>> from geoviz_ml.experiments import Experiment
    >>> class Toy(Experiment):
    ...     chapter, version = "toy", 1
    ...     columns = {
    ...         "epochs": ((3, 30), "times each picture is seen"),
    ...         "seeds": ((1, 5), "networks trained"),
    ...     }
    >>> few, many = Toy(setup("quick")), Toy(setup("paper"), seeds=2)
    >>> few.run.epochs, many.run.epochs, many.run.seeds  # the full column, but for what was changed
    (3, 30, 2)
    """

    chapter: ClassVar[str]
    version: ClassVar[str]
    columns: ClassVar[dict[str, tuple[tuple, str]]]

    def __init__(
        self,
        settings: Settings,
        *,
        folder: str | PathLike | None = None,
        minutes: float | None = None,
        **changed: Any,
    ):
        self.settings = settings
        table = {name: values for name, (values, _) in self.columns.items()}
        self.run = settings.choose(changed_settings(self.chapter) | changed, **table)
        self.data = settings.data / f"{self.chapter}-{self.version}"
        self.keep = Trainings(folder or settings.trainings / self.chapter, minutes)

    def explained(self) -> pd.DataFrame:
        """The settings: a row each, with what it is and the values of all columns, as texts."""
        heads = list(COLUMNS)
        active = PROFILES.index(self.settings.profile)
        rows = []
        for name, (values, meaning) in self.columns.items():
            cells = [*map(str, values), ""][: len(heads)]
            cells[active] = str(getattr(self.run, name))
            rows.append([name, meaning, *cells])
        heads[active] += " (this run)"
        return pd.DataFrame(rows, columns=["setting", "meaning", *heads])

    def trainings(self) -> Iterator[Training]:
        """All trainings of this run, group by group."""
        raise NotImplementedError

    def untrained(self) -> dict[str, float]:
        """What is measured beside the trainings, such as floors and classical methods.

        Raises
        ------
        Unfinished
            Something of it takes a training, for which there is no time.
        """
        return {}

    def use(self, training: Training, learner: Learner) -> dict[str, Any]:
        """Settings with which a trained and measured network is used, such as a threshold."""
        return {}

    def tallies(self, training: Training, learner: Learner) -> dict[str, Tally]:
        """What of the measured was counted in independent things: claim -> counts of this seed."""
        return {}

    def tell(self, training: Training, learner: Learner) -> dict[str, Any]:
        """What a model card needs beside what was measured.

        Returns
        -------
        dict
            `use`, and `intervals`: claim -> bounds of the score in its unit, and the number of
            independent things that were drawn again for them.
        """
        told: dict[str, Any] = {"use": self.use(training, learner), "intervals": {}}
        for claim, counted in self.tallies(training, learner).items():
            if counted.parts.shape[1] > 1:
                one = interval(counted)
                if math.isfinite(one.low) and math.isfinite(one.high):
                    told["intervals"][claim] = [one.low, one.high, one.things]
        return told

    def training(self, group: str, seed: int = 0) -> Training:
        """One of `trainings`.

        Raises
        ------
        UsageError
            There is none of this group and seed.
        """
        groups = {}
        for one in self.trainings():
            if (one.group, one.seed) == (group, seed):
                return one
            groups[one.group] = None
        raise UsageError(
            f"this run has no training {group!r} with seed {seed}.",
            advice=f"Its groups are {', '.join(groups)}.",
        )

    def trained(self, group: str) -> list[Learner]:
        """The learners of a group, one a seed: those that are kept, and the rest trained now.

        Nothing is measured of them.

        Raises
        ------
        UsageError
            There is no such group.
        """
        trainings = [one for one in self.trainings() if one.group == group]
        return [self.keep(one, measure=False) for one in trainings or [self.training(group)]]


def iou_tally(found: np.ndarray, truth: np.ndarray, groups: np.ndarray | None = None) -> Tally:
    """IoU of masks (N, H, W), or (seeds, N, H, W), counted by picture or by `groups` (N,)."""
    return tally((found & truth).sum((-2, -1)), (found | truth).sum((-2, -1)), groups)


def claims(measured: dict[str, list[dict[str, float]]]) -> dict[str, list[float]]:
    """Claims for the scoreboard, from what was measured of the trainings of each group.

    A name with ``{}`` gets the group in its place. What is not finite is left out: there was
    nothing to score.

    Examples
    --------
    >>> claims({"U-net": [{"IoU: {}": 0.5}, {"IoU: {}": 0.6}]})
    {'IoU: U-net': [0.5, 0.6]}
    """
    found: dict[str, list[float]] = {}
    for group, several in measured.items():
        for one in several:
            for name, value in one.items():
                if math.isfinite(value):
                    found.setdefault(name.format(group), []).append(float(value))
    return found
