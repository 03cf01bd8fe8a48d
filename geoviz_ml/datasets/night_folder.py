"""Nights of a search coil in a folder: spectrograms that are there, or made of raw hours, once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr

from ..errors import DataFileError, UsageError
from ..files import listing, open_nc, save_nc
from ..prepare.spectrogram import spectrogram
from ..readers.search_coil import read_search_coil, sierra_nevada_response
from ..readers.search_coil_files import named
from .base import files_below
from .layout import HOURS, SPECTROGRAMS

FIRST, LAST = pd.Timedelta("18h"), pd.Timedelta("30h")  # of a night, from its date's 00:00 UT
HOUR, LEAST = pd.Timedelta("1h"), pd.Timedelta("100s")  # of a file; of it in a night, a window
MADE_OF = "made_of"  # attribute of a spectrogram made here: names and sizes of its hours


@dataclass(frozen=True)
class NightFolder:
    """The nights of a folder, from 18:00 to 06:00 UT, named by their evening.

    Parameters
    ----------
    folder : pathlib.Path
        Holds ``spectrograms/YYYY-MM-DD.nc``, or raw hours (``CH1_yyyy_mm_dd_hh.dat`` or
        ``smplGRTU1_sensor_0_YYMMDDhhmm`` with its description), also in folders below.
    cache : pathlib.Path, optional
        Where spectrograms made of raw hours are kept, whole or not at all; by default beside them,
        in ``spectrograms`` of `folder`. One is made again when its hours have changed.
    channel : {1, 2}
        Of raw hours.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from geoviz_ml.datasets import NightFolder
    >>> folder = Path(tempfile.mkdtemp())
    >>> for hour in ("2013_01_05_23", "2013_01_06_02"):
    ...     (folder / f"CH1_{hour}.dat").touch()
    >>> NightFolder(folder).dates.astype(str).tolist()  # after midnight it is still that night
    ['2013-01-05']
    """

    folder: Path
    cache: Path | None = None
    channel: int = 1

    @cached_property
    def hours(self) -> dict[np.datetime64, list[Path]]:
        """Raw files of each night."""
        nights: dict[np.datetime64, list[Path]] = {}
        for path in files_below(self.folder, HOURS):
            told = named(path)
            if told is None or told.channel != self.channel or told.start is None:
                continue
            start = pd.Timestamp(told.start)
            for day in (start.normalize() - pd.Timedelta("1D"), start.normalize()):
                inside = min(start + HOUR, day + LAST) - max(start, day + FIRST)
                if inside >= LEAST:
                    nights.setdefault(np.datetime64(day, "D"), []).append(path)
        return dict(sorted(nights.items()))

    @property
    def dates(self) -> np.ndarray:
        """All evenings, (N,) datetime64[D].

        Raises
        ------
        DataFileError
            A spectrogram's name is no date.
        """
        there = listing(self.spectrograms, "*.nc") if self.spectrograms.is_dir() else []
        try:
            ready = {np.datetime64(path.stem, "D") for path in there}
        except ValueError as error:
            raise DataFileError(
                f"is not named by its date ({error}).", self.spectrograms, "Use YYYY-MM-DD.nc."
            ) from None
        return np.array(sorted(ready | {*self.hours}), "datetime64[D]")

    @property
    def spectrograms(self) -> Path:
        """The folder of spectrograms in `folder`, there or not."""
        return self.folder / SPECTROGRAMS

    def path(self, date: np.datetime64) -> Path:
        """Where the spectrogram of a night is, or will be."""
        there = self.spectrograms / f"{date}.nc"
        kept = (self.cache / SPECTROGRAMS if self.cache else self.spectrograms) / there.name
        return kept if kept.exists() or not there.exists() else there

    def open(self, date: np.datetime64) -> xr.DataArray:
        """The amplitude (time, frequency) of a night, in pT/sqrt(Hz); NaN in gaps.

        ``attrs["gaps"]`` of one made of raw hours tells in JSON what is missing and why.

        Raises
        ------
        MissingDataError
            There is neither a spectrogram nor a raw hour of the night.
        DataFileError
            The spectrogram is damaged; damaged hours are gaps.
        UsageError
            A spectrogram cannot be kept where it should.
        """
        path, hours = self.path(date), self.hours.get(date)
        made_of = hours and _made_of(hours, self.channel)
        if path.exists() or not hours:
            data = open_nc(path)
            if "amplitude" not in data:
                raise DataFileError("holds no variable 'amplitude'.", path, "Is it a spectrogram?")
            amplitude = data["amplitude"]
            if not hours or amplitude.attrs.get(MADE_OF, made_of) == made_of:
                return amplitude
        amplitude = night_of_hours(hours, date, self.channel).assign_attrs({MADE_OF: made_of})
        try:
            save_nc(amplitude.to_dataset(name="amplitude"), path)
        except OSError as error:
            raise UsageError(
                f"the spectrogram cannot be kept ({error}).", path, "Give a cache folder."
            ) from error
        return open_nc(path)["amplitude"]


def night_of_hours(hours: list[Path], date: np.datetime64, channel: int = 1) -> xr.DataArray:
    """The spectrogram of one night, made of raw hours.

    Parameters
    ----------
    hours : list of pathlib.Path
        Files of `read_search_coil`; what is damaged or absent becomes a gap.
    date : numpy.datetime64
        The evening.
    channel : {1, 2}

    Returns
    -------
    DataArray (time, frequency), pT/sqrt(Hz)
        432 windows of 100 s from 18:00 UT, as from `spectrogram`. Volts of the Sierra Nevada are
        divided by its coils' response (see `sierra_nevada_response` for where that is checked).
    """
    evening = pd.Timestamp(date)
    observatory = named(hours[0]).observatory
    spare = pd.Timedelta(0 if observatory else "4ms")  # a sample, so that the last window is whole
    data = read_search_coil(hours, evening + FIRST, evening + LAST + spare, channel, "gap")
    amplitude = spectrogram(data)
    attrs = amplitude.attrs
    if amplitude.attrs["station"] == "Sierra Nevada":
        frequency = amplitude.frequency.clip(amplitude.frequency[1])  # none at 0 Hz
        amplitude = amplitude / sierra_nevada_response(frequency).astype(np.float32)
        amplitude.attrs.update(attrs, units="pT/sqrt(Hz)")
    return amplitude


def _made_of(hours: list[Path], channel: int) -> str:
    told = [(path.name, path.stat().st_size) for path in hours]
    return hashlib.sha256(repr([channel, *sorted(told)]).encode()).hexdigest()
