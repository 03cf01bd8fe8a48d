"""Nights of a search coil: spectrograms as pictures, with the fringes where they are known."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import ClassVar

import numpy as np
import xarray as xr

from ..errors import DataFileError, MissingDataError, UsageError
from ..files import open_nc
from ..prepare.pictures import mask_picture, picture
from ..progress import progress
from .base import PictureSet, existing, picture_table, truth_of
from .layout import SPECTROGRAMS, TRUTH
from .night_folder import NightFolder

MASKS = {"auto": "mask", "truth": "mask", "mask_b": "mask_b", None: None}


@dataclass(frozen=True, kw_only=True, repr=False)
class Nights(PictureSet):
    """Nights as pictures, 0 to 1, row 0 the lowest frequency, gaps as 0.

    Attributes
    ----------
    frequency : ndarray (H,), Hz
    time : ndarray (N, W) of datetime64, UT
        Of each column.

    See `PictureSet` for the rest; the table adds `date`, the evening, and `gap`, the part of the
    night without data.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.datasets import load_nights
    >>> from geoviz_ml.simulate import alfven
    >>> nights = load_nights(alfven.make(tempfile.mkdtemp(), 1), (44, 48))
    >>> nights
    Nights: 1 simulated pictures, (44, 48) pixels, masks
    >>> nights.frequency.round(1)[[0, -1]].tolist(), nights.time.shape  # Hz; a time of each column
    ([0.6, 9.9], (1, 48))
    """

    frequency: np.ndarray
    time: np.ndarray

    shared: ClassVar[tuple[str, ...]] = ("folder", "frequency")

    @property
    def dates(self) -> np.ndarray:
        """The evening of each night, (N,) datetime64[D]."""
        return self.table.date.to_numpy().astype("datetime64[D]")


def load_nights(
    folder: str | PathLike,
    size: tuple[int, int],
    masks: str | None = "auto",
    *,
    cache: str | PathLike | None = None,
    channel: int = 1,
) -> Nights:
    """Load all nights of a folder in order of time.

    Parameters
    ----------
    folder : path-like
        Holds ``spectrograms/YYYY-MM-DD.nc``, or raw hours of a search coil, also in folders below,
        which become spectrograms of nights from 18:00 to 06:00 UT: see `NightFolder`. For masks it
        holds ``truth/YYYY-MM-DD.nc``.
    size : (int, int)
        Height and width of the pictures.
    masks : {"auto", "truth", "mask_b", None}
        The known truth if the folder has it; the known truth; as drawn by hand; none.
    cache : path-like, optional
        Keeps the spectrograms made of raw hours; by default `folder` does.
    channel : {1, 2}
        Of raw hours: north-south or east-west.

    Raises
    ------
    MissingDataError
        No nights there, no truth that was asked for, or truth of some nights only.
    DataFileError
        A file is damaged or holds something else. A damaged raw hour is a gap.
    UsageError
        Another kind of masks, a spectrogram smaller than `size`, or no place to keep it.

    Notes
    -----
    Format: raw hours are ASCII at 100 Hz in pT (Eskdalemuir) or 16-bit counts at 256 Hz in V
    (Sierra Nevada), amplitudes are pT/sqrt(Hz) in 432 windows of 100 s. Masks: IAR fringes.
    No splits are published: choose whole nights. Citation: Marangio et al. 2020,
    doi:10.1016/j.cageo.2020.104598 (Eskdalemuir); Salinas et al. 2022,
    doi:10.1016/j.cageo.2022.105148 (Sierra Nevada). Licence: Eskdalemuir no limitation of access,
    copyright NERC (BGS), acknowledge NERC; Sierra Nevada a repository under GPL-3.0. To fetch:
    ``alfven``, ``alfven-sample``.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.datasets import load_nights
    >>> from geoviz_ml.simulate import alfven
    >>> load_nights(alfven.make(tempfile.mkdtemp(), 1), (44, 48))
    Nights: 1 simulated pictures, (44, 48) pixels, masks
    """
    if masks not in MASKS:
        raise UsageError(f"masks are one of {[*MASKS]}, not {masks!r}.")
    folder = Path(folder)
    nights = NightFolder(folder, Path(cache) if cache else None, channel)
    dates = nights.dates
    if not len(dates):
        raise MissingDataError(
            f"no {SPECTROGRAMS}/*.nc and no raw hours of a search coil in this folder.",
            folder,
            "Simulate some nights or give another.",
        )
    truth = None
    if masks is not None:
        found = {date: existing(folder / TRUTH / f"{date}.nc") for date in dates}
        truth = truth_of(found, folder, "masks", asked=masks != "auto")
    shots = [_shot(nights, date, size) for date in progress(dates, "reading nights")]
    places = [shot.attrs.get("station", "") for shot in shots]
    table = picture_table(
        folder,
        [nights.path(date) for date in dates],
        [shot.time.values[0] for shot in shots],
        places,
        [place == "simulated" for place in places],
        date=dates.astype("datetime64[s]"),
        gap=[float(shot.isnull().all("frequency").mean()) for shot in shots],
    )
    return Nights(
        pictures=np.stack([shot.fillna(0).values for shot in shots]),
        table=table,
        folder=folder,
        masks=truth and np.stack([_mask(path, MASKS[masks], size) for path in truth]),
        frequency=shots[0].frequency.values,
        time=np.stack([shot.time.values for shot in shots]),
    )


def _shot(nights: NightFolder, date: np.datetime64, size: tuple[int, int]) -> xr.DataArray:
    amplitude = nights.open(date)
    return picture(amplitude, size).assign_attrs(amplitude.attrs)


def _mask(file: Path, name: str, size: tuple[int, int]) -> np.ndarray:
    data = open_nc(file)
    if name not in data:
        raise DataFileError(f"holds no mask {name!r}.", file)
    return mask_picture(data[name], size).values
