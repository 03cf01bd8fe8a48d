"""A year of half-orbits through a trained network: one table of nuclei.

Bookkeeping of our own; the nuclei are those of `find_nuclei`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from os import PathLike
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from ..datasets.base import files_below
from ..datasets.layout import HALF_ORBIT
from ..errors import DataFileError, MissingDataError, UsageError, height_and_width
from ..learn.segmentation import predict
from ..models.prediction import network_of
from ..prepare.half_orbit import half_orbit_picture
from ..readers import read_cses
from ..survey import Survey, file_stamp, survey, weights_key
from .nuclei import REGION, find_nuclei

TEXTS = ("direction", "season", "hemisphere")
KINDS = {"flagged": "number", "gap": "number"} | dict.fromkeys(REGION, "number")
KINDS |= {"time": "time", "orbit": "whole", "pixels": "whole"} | dict.fromkeys(TEXTS, "text")


def survey_half_orbits(
    model,
    folder: str | PathLike,
    files: Iterable[str | PathLike] | None,
    out: str | PathLike,
    *,
    size: tuple[int, int],
    threshold: float,
    min_pixels: int = 1,
    **options,
) -> Survey:
    """Predict every half-orbit, find its nuclei and write one table, ``out/nuclei.csv``.

    Parameters
    ----------
    model : torch.nn.Module or Learner
        Maps pictures to logits of nuclei.
    folder : path-like
        Holds half-orbits, also in folders below.
    files : iterable of path-like, optional
        Those asked for, there or not, relative to `folder`; by default all that are there.
    out : path-like
        Folder of the results.
    size : (int, int)
        Of the pictures the model was trained on.
    threshold : float
        Probability from which a pixel counts as nucleus.
    min_pixels : int
        Smaller regions are left out.
    **options
        ``executor``, ``shard``, ``batch`` (half-orbits of a month that the network sees at once)
        and ``readers`` of `geoviz_ml.survey.survey`.

    Returns
    -------
    Survey
        One row a nucleus with the columns of `find_nuclei`, and `flagged` (part of the pixels) and
        `gap` (part of the time without data). A half-orbit without a nucleus has one row. Status
        is "nuclei", "none", "empty" (no data in the file), "missing", "damaged" or "failed".

    Raises
    ------
    MissingDataError
        The folder has no half-orbits.

    Examples
    --------
    >>> import tempfile
    >>> import torch
    >>> from geoviz_ml.analysis import survey_half_orbits
    >>> from geoviz_ml.simulate import nucleus
    >>> folder = nucleus.make(tempfile.mkdtemp(), 1, coarse=16)
    >>> model = torch.nn.Conv2d(1, 1, 1)
    >>> _ = model.weight.data.fill_(0), model.bias.data.fill_(-9)  # never finds any
    >>> out = tempfile.mkdtemp()
    >>> survey_half_orbits(model, folder, None, out, size=(32, 32), threshold=0.5).done
    1
    """
    folder, size = Path(folder), height_and_width(size)
    if files is None:
        files = [path.relative_to(folder) for path in files_below(folder, HALF_ORBIT)]
        if not files:
            raise MissingDataError(f"no half-orbits ({HALF_ORBIT}) in this folder.", folder)
    month = {"group": _month} if options.get("batch") else {}
    return survey(
        [Path(file).as_posix() for file in files],
        HalfOrbitWork(network_of(model), folder, size, threshold, min_pixels),
        out,
        {
            "weights": weights_key(network_of(model)),
            "threshold": threshold,
            "size": list(size),
            "min_pixels": min_pixels,
        },
        columns=KINDS,
        name="nuclei",
        stamp=lambda file: file_stamp(folder / file),
        label="surveying half-orbits",
        **month,
        **options,
    )


def _month(file: str) -> str:
    """Of CSES_01_EFD_3_L02_A1_021000_20220301_...h5: the year and month in its name."""
    days = [part for part in Path(file).stem.split("_") if len(part) == 8 and part.isdecimal()]
    return days[0][:6] if days else "unknown"


@dataclass(frozen=True)
class HalfOrbitWork:
    """Finds the nuclei of a half-orbit: what is sent to the workers of a survey.

    Attributes
    ----------
    model : torch.nn.Module
    folder : pathlib.Path
    size : (int, int)
        Of pictures.
    threshold : float
        A probability.
    min_pixels : int
    """

    model: object
    folder: Path
    size: tuple[int, int]
    threshold: float
    min_pixels: int

    def __call__(self, file: str) -> pd.DataFrame:
        """The rows of one half-orbit."""
        return self.many([file], [self.read(file)])[0]

    def read(self, file: str) -> xr.DataArray:
        """The picture of a half-orbit (frequency, time).

        Raises
        ------
        MissingDataError, DataFileError
            The file is not there, damaged, or no half-orbit.
        """
        try:
            return half_orbit_picture(read_cses(self.folder / file), self.size)
        except UsageError as error:
            raise DataFileError(error.problem, self.folder / file, error.advice) from error

    def many(self, files: list[str], shots: list[xr.DataArray]) -> list[pd.DataFrame]:
        """The rows of several half-orbits (frequency, time), seen by the network together."""
        masks = predict(self.model, np.stack([shot.fillna(0).values for shot in shots]))
        return [self._rows(m >= self.threshold, s) for m, s in zip(masks, shots, strict=True)]

    def _rows(self, mask: np.ndarray, shot: xr.DataArray) -> pd.DataFrame:
        mask = mask & shot.seen.values
        found = find_nuclei(mask, shot, self.min_pixels)
        of_all = {"flagged": float(mask.mean()), "gap": shot.attrs["gap"]}
        if not len(found):
            status = "empty" if shot.attrs["gap"] == 1 else "none"
            names = {k: shot.attrs.get(k) for k in ("orbit", "direction")}
            return pd.DataFrame([{"status": status, **names, **of_all}])
        return found.assign(status="nuclei", **of_all)
