"""A whole archive through a trained network: one tidy table, whatever the nights hold."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd

from ..datasets.night_folder import NightFolder
from ..errors import DataFileError, MissingDataError, UsageError
from ..files import atomic_path
from ..learn.segmentation import predict
from ..prepare.pictures import picture
from ..progress import progress
from .fringes import track_fringes

NIGHT = ["date", "status", "flagged", "gap"]


def survey_archive(
    model,
    folder: str | PathLike,
    dates: Iterable,
    out: str | PathLike,
    *,
    size: tuple[int, int],
    threshold: float,
) -> pd.DataFrame:
    """Predict every night, track its fringes and write one table, ``out/archive.csv``.

    Each night is written as soon as it is done, so a run that was killed goes on where it was.
    Another model, size or threshold starts anew, beside the first.

    Parameters
    ----------
    model : torch.nn.Module
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

    Returns
    -------
    DataFrame
        One row a time and fringe with the columns of `track_fringes`, and for each night date,
        status, flagged (part of the pixels) and gap (part of the night without data). A night
        without a comb has one row. Status is "fringes", "none", "empty" (no data in the file),
        "missing" (no file) or "damaged".

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
    nights, out = NightFolder(Path(folder)), Path(out)
    weights = hashlib.sha256()
    for value in model.state_dict().values():
        weights.update(value.detach().cpu().contiguous().numpy().tobytes())
    recipe = {"weights": weights.hexdigest(), "threshold": threshold, "size": list(size)}
    name = hashlib.sha256(json.dumps(recipe).encode()).hexdigest()[:12]

    parts = []
    for date in progress(list(dates), "surveying nights"):
        part = out / f"nights-{name}" / f"{np.datetime64(date, 'D')}.csv"
        if not part.exists():
            night = _survey_night(model, nights, np.datetime64(date, "D"), size, threshold)
            with atomic_path(part) as tmp:
                night.to_csv(tmp, index=False)
        parts.append(pd.read_csv(part, parse_dates=["date", "time"]))
    whole = pd.concat(parts, ignore_index=True)
    with atomic_path(out / "archive.csv") as tmp:
        whole.to_csv(tmp, index=False)
    return whole


def _survey_night(model, nights: NightFolder, date, size, threshold) -> pd.DataFrame:
    night = {"date": date, "status": "none", "flagged": np.nan, "gap": 1.0}
    fringes = track_fringes(np.zeros((0, 0)), [], [])
    try:
        shot = picture(nights.open(date), size)
    except MissingDataError:
        night["status"] = "missing"
    except (DataFileError, UsageError):
        night["status"] = "damaged"
    else:
        night["gap"] = float(shot.isnull().all("frequency").mean())
        if night["gap"] == 1:
            night["status"] = "empty"
        else:
            prob = predict(model, shot.fillna(0).values[None])[0]
            prob[shot.isnull().values] = 0  # nothing is seen in a gap
            night["flagged"] = float((prob >= threshold).mean())
            fringes = track_fringes(
                np.where(prob >= threshold, prob, 0), shot.frequency.values, shot.time.values
            )
            night["status"] = "fringes" if len(fringes) else "none"
    table = fringes if len(fringes) else pd.DataFrame(np.nan, [0], fringes.columns)
    return table.assign(**night)[NIGHT + list(fringes.columns)]
