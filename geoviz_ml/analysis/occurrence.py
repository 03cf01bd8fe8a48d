"""A whole archive of nights through a trained network: one tidy table, whatever they hold.

Bookkeeping of our own; the fringes are those of `track_fringes`.
"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from ..datasets.night_folder import NightFolder
from ..errors import DataFileError, MissingDataError, UsageError, height_and_width
from ..geometry.instant import instant
from ..learn.segmentation import predict
from ..models.prediction import network_of
from ..prepare.pictures import picture
from ..prepare.steady import without_steady_lines
from ..survey import Survey, file_stamp, survey, weights_key
from .fringes import COLUMNS, track_fringes

NIGHT = ["date", "status", "flagged", "gap"]
KINDS = {"date": "day", "flagged": "number", "gap": "number"}
KINDS |= {name: "time" if name == "time" else "number" for name in COLUMNS}


def survey_archive(
    model,
    folder: str | PathLike,
    dates: Iterable,
    out: str | PathLike,
    *,
    size: tuple[int, int],
    threshold: float,
    without_steady: bool = True,
    executor: Executor | int | None = None,
) -> pd.DataFrame:
    """Predict every night, track its fringes and write one table, ``out/archive.csv``.

    Each night is written as soon as it is done, so a run that was killed goes on where it was.
    Another model, size or threshold starts anew, beside the first.

    Parameters
    ----------
    model : torch.nn.Module or Learner
        Maps pictures to logits of the fringe class.
    folder : path-like
        As of `geoviz_ml.datasets.load_nights`: spectrograms, or raw hours.
    dates : iterable of dates
        The nights asked for, there or not.
    out : path-like
        Folder of the results.
    size : (int, int)
        Picture size the model was trained on.
    threshold : float
        Probability from which a pixel counts as fringe.
    without_steady : bool
        Take out what stands at one frequency for most of a night before the network looks, see
        `geoviz_ml.prepare.steady`: a sensor's own lines are no fringes.
    executor : Executor or int, optional
        Who does it, see `geoviz_ml.survey.survey`.

    Returns
    -------
    DataFrame
        One row a time and fringe with the columns of `track_fringes`, and for each night date,
        status, flagged (part of the pixels) and gap (part of the night without data). A night
        without a comb has one row. Status is "fringes", "none", "empty" (no data in the file),
        "missing" (no file), "damaged", or "failed" (anything else; tried again by the next call).
        The file has `item` and `note` too, which says what is wrong.

    Examples
    --------
    >>> import tempfile
    >>> import torch
    >>> from geoviz_ml.analysis import survey_archive
    >>> from geoviz_ml.simulate import alfven
    >>> folder, size = alfven.make(tempfile.mkdtemp(), 1, p_gap=0), (96, 48)
    >>> model = torch.nn.Conv2d(1, 1, 1)
    >>> _ = model.weight.data.fill_(0), model.bias.data.fill_(-9)  # never finds any
    >>> dates = [next(folder.glob("spectrograms/*.nc")).stem, "2030-01-01"]
    >>> found = survey_archive(model, folder, dates, tempfile.mkdtemp(), size=size, threshold=0.5)
    >>> found.status.tolist()
    ['none', 'missing']
    """
    made = survey_nights(
        model,
        folder,
        dates,
        out,
        size=size,
        threshold=threshold,
        without_steady=without_steady,
        executor=executor,
    )
    return pd.read_csv(made.table, parse_dates=["date", "time"])[NIGHT + COLUMNS]


def survey_nights(
    model,
    folder: str | PathLike,
    dates: Iterable | None,
    out: str | PathLike,
    *,
    size: tuple[int, int],
    threshold: float,
    without_steady: bool = True,
    **options,
) -> Survey:
    """What `survey_archive` does, without reading the table, and with all options of a survey.

    Parameters
    ----------
    model, folder, dates, out, size, threshold, without_steady
        As of `survey_archive`. Without `dates` all nights of the folder. The threshold is a
        probability.
    **options
        ``executor``, ``shard``, ``batch`` (nights of a month that the network sees at once) and
        ``readers`` of `geoviz_ml.survey.survey`.

    Returns
    -------
    Survey

    Examples
    --------
    >>> import tempfile
    >>> import torch
    >>> from geoviz_ml.analysis import survey_nights
    >>> from geoviz_ml.simulate import alfven
    >>> folder = alfven.make(tempfile.mkdtemp(), 1, p_gap=0)
    >>> model = torch.nn.Conv2d(1, 1, 1)
    >>> _ = model.weight.data.fill_(0), model.bias.data.fill_(-9)  # never finds any
    >>> made = survey_nights(model, folder, None, tempfile.mkdtemp(), size=(96, 48), threshold=0.5)
    >>> made.done, made.table.name
    (1, 'archive.csv')
    """
    nights, size = NightFolder(Path(folder)), height_and_width(size)
    todo = [instant(date, "D") for date in (nights.dates if dates is None else dates)]
    hours = nights.hours  # listed once, before the work travels

    def stamp(date: np.datetime64) -> str:
        return file_stamp(nights.path(date), *hours.get(date, []))

    month = {"group": lambda date: date.astype("datetime64[M]")} if options.get("batch") else {}
    return survey(
        todo,
        NightWork(network_of(model), nights, size, threshold, without_steady),
        out,
        {
            "weights": weights_key(network_of(model)),
            "threshold": threshold,
            "size": list(size),
            "without steady lines": without_steady,
        },
        columns=KINDS,
        stamp=stamp,
        label="surveying nights",
        **month,
        **options,
    )


@dataclass(frozen=True)
class NightWork:
    """Finds the fringes of a night: what is sent to the workers of a survey.

    Attributes
    ----------
    model : torch.nn.Module
    nights : NightFolder
    size : (int, int)
        Of pictures.
    threshold : float
        A probability.
    without_steady : bool
        Whether lines that stand still are taken out first.
    """

    model: object
    nights: NightFolder
    size: tuple[int, int]
    threshold: float
    without_steady: bool = True

    def __call__(self, date: np.datetime64) -> pd.DataFrame:
        """The rows of one night."""
        return self.many([date], [self.read(date)])[0]

    def read(self, date: np.datetime64):
        """The picture of a night (frequency, time), or a dict that says why there is none."""
        try:
            shot = picture(self.nights.open(date), self.size)
        except MissingDataError as error:
            return {"status": "missing", "note": str(error)}
        except (DataFileError, UsageError) as error:
            return {"status": "damaged", "note": str(error)}
        if not self.without_steady:
            return shot
        mended = without_steady_lines(shot.fillna(0).values, shot.frequency.values)
        return shot.copy(data=np.where(shot.isnull(), np.nan, mended))

    def many(self, dates: list, shots: list) -> list[pd.DataFrame]:
        """The rows of several nights, whose pictures go through the network together."""
        seen = [i for i, shot in enumerate(shots) if not isinstance(shot, dict)]
        seen = [i for i in seen if not shots[i].isnull().all()]
        pictures = np.array([shots[i].fillna(0).values for i in seen])
        found = dict(zip(seen, predict(self.model, pictures), strict=True)) if seen else {}
        return [
            self._rows(date, shot, found.get(i))
            for i, (date, shot) in enumerate(zip(dates, shots, strict=True))
        ]

    def _rows(self, date: np.datetime64, shot, prob: np.ndarray | None) -> pd.DataFrame:
        nothing = pd.DataFrame(np.nan, [0], COLUMNS)
        if prob is None:
            why = shot if isinstance(shot, dict) else {"status": "empty"}
            return nothing.assign(date=date, flagged=np.nan, gap=1.0, **why)
        prob = np.where(shot.isnull().values, 0, prob)  # nothing is seen in a gap
        flagged = prob >= self.threshold
        fringes = track_fringes(np.where(flagged, prob, 0), shot.frequency.values, shot.time.values)
        return (fringes if len(fringes) else nothing).assign(
            date=date,
            status="fringes" if len(fringes) else "none",
            flagged=float(flagged.mean()),
            gap=float(shot.isnull().all("frequency").mean()),
        )
