"""Nights of a search coil: spectrograms as pictures, with the fringes where they are known."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import ClassVar

import numpy as np

from ..errors import DataFileError, MissingDataError, UsageError
from ..files import open_nc
from ..prepare.pictures import mask_picture, picture
from .base import PictureSet, picture_table, truth_of
from .layout import SPECTROGRAMS, TRUTH

MASKS = {"auto": "mask", "truth": "mask", "mask": "mask", "mask_b": "mask_b", None: None}


@dataclass(frozen=True, kw_only=True)
class Nights(PictureSet):
    """Nights as pictures, 0 to 1, row 0 the lowest frequency, gaps as 0.

    Attributes
    ----------
    frequency : ndarray (H,), Hz
    time : ndarray (N, W) of datetime64, UT
        Of each column.

    See `PictureSet` for the rest; the table adds `date`, the evening, and `gap`, the part of the
    night without data.
    """

    frequency: np.ndarray
    time: np.ndarray

    shared: ClassVar[tuple[str, ...]] = ("folder", "frequency")

    @property
    def dates(self) -> np.ndarray:
        """The evening of each night, (N,) datetime64[D]."""
        return self.table.date.to_numpy().astype("datetime64[D]")


def load_nights(
    folder: str | PathLike, size: tuple[int, int], masks: str | None = "auto"
) -> Nights:
    """Load all nights of a folder in order of time.

    Parameters
    ----------
    folder : path-like
        Holds ``spectrograms/YYYY-MM-DD.nc`` and, for masks, ``truth/YYYY-MM-DD.nc``.
    size : (int, int)
        Height and width of the pictures.
    masks : {"auto", "truth", "mask_b", None}
        The known truth if the folder has it; the known truth; as drawn by hand; none.

    Raises
    ------
    MissingDataError
        No spectrograms there, no truth that was asked for, or truth of some nights only.
    DataFileError
        A file is damaged or holds something else.
    UsageError
        Another kind of masks, or a spectrogram smaller than `size`.
    """
    if masks not in MASKS:
        raise UsageError(f"masks are one of {[*MASKS]}, not {masks!r}.")
    folder = Path(folder)
    files = sorted((folder / SPECTROGRAMS).glob("*.nc"))
    if not files:
        raise MissingDataError(
            f"no {SPECTROGRAMS}/*.nc in this folder.",
            folder,
            "Simulate some nights or give another.",
        )
    truth = None
    if masks is not None:
        truth = truth_of([f.stem for f in files], lambda name: _truth(folder, name), folder,
                         "masks", asked=masks != "auto")  # fmt: skip
    shots = [_shot(file, size) for file in files]
    gaps = [float(shot.isnull().all("frequency").mean()) for shot in shots]
    dates = np.array([file.stem for file in files], dtype="datetime64[D]")
    return Nights(
        pictures=np.stack([shot.fillna(0).values for shot in shots]),
        table=picture_table(
            folder,
            files,
            [shot.time.values[0] for shot in shots],
            [shot.attrs.get("station", "") for shot in shots],
            date=dates.astype("datetime64[s]"),
            gap=gaps,
        ),
        folder=folder,
        masks=truth and np.stack([_mask(path, MASKS[masks], size) for path in truth]),
        frequency=shots[0].frequency.values,
        time=np.stack([shot.time.values for shot in shots]),
    )


def _truth(folder: Path, name: str) -> Path | None:
    path = folder / TRUTH / f"{name}.nc"
    return path if path.is_file() else None


def _shot(file: Path, size: tuple[int, int]):
    data = open_nc(file)
    if "amplitude" not in data:
        raise DataFileError("holds no variable 'amplitude'.", file, "Is it a spectrogram?")
    return picture(data["amplitude"], size).assign_attrs(data["amplitude"].attrs)


def _mask(file: Path, name: str, size: tuple[int, int]) -> np.ndarray:
    data = open_nc(file)
    if name not in data:
        raise DataFileError(f"holds no mask {name!r}.", file)
    return mask_picture(data[name], size).values
