"""Nights of a mid-latitude search coil: Alfvén resonance fringes and all that hides them.

A night runs from 18:00 to 06:00 UT in 432 windows of 100 s. Its power spectral density
``S(t, f)`` in pT^2/Hz is the sum of

* a coloured background, its level wandering over hours, above an instrument floor;
* Schumann resonances, broad lines near 7.8, 14.1, 20.4 and 26.8 Hz;
* the fringes of the ionospheric Alfvén resonator (IAR), ``f_n = f_0 + n delta_f``
  (see `geoviz_ml.simulate.resonator`);
* Pc1 pulsations, man-made harmonics of 1 Hz, lightning and local interference;
* gaps: a missing hour is a missing file.

Periodograms of Gaussian noise with that density are drawn in one of two ways that give the same
distribution (a test compares them): sample by sample (`time_series`), or directly
(`draw_periodograms`), 500 times faster.

References: Marangio et al. 2020 (what is in the picture); Belyaev et al. 1989 and Lysak 1988
(resonator); Schumann 1952; Beggan and Musur 2018 (amplitudes at Eskdalemuir).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from functools import partial
from os import PathLike
from pathlib import Path

import numpy as np
import xarray as xr
from scipy.signal import welch

from ..datasets.layout import RAW, SPECTROGRAMS, TRUTH
from ..errors import UsageError
from ..files import save_nc
from ..prepare.spectrogram import BAND, bandpass_gain, spectrogram
from ..progress import progress
from ..readers.search_coil import read_search_coil
from . import search_coil_sources as sources
from .parallel import run
from .recipe import keep_recipe, physics_of
from .resonator import SECONDS, WINDOW, WINDOWS, fringes, wander
from .writers_search_coil import write_search_coil_hour

VERSION = 2  # of the simulated sky: another number, other bytes
RATE = 100  # samples a second
NFFT = 4096  # samples of a Welch segment
FREQUENCY = np.arange(int(BAND[1] * NFFT / RATE) + 1) * RATE / NFFT  # Hz, up to 10 Hz


@dataclass(frozen=True)
class Physics:
    """What a simulated sky is made of; give any of these to `make` as keyword arguments.

    Probabilities are per night, frequencies in Hz, amplitudes in pT/sqrt(Hz), times in hours.

    Examples
    --------
    >>> from geoviz_ml.simulate import alfven
    >>> sky = alfven.Physics()
    >>> round(2 * sky.width * sky.delta_f, 3)  # Hz: a fringe's full width at half its height
    0.225
    """

    p_fringes: float = 0.75  # a night has IAR at all
    p_pc1: float = 0.3  # Pc1 pulsations
    p_harmonics: float = 0.2  # man-made harmonics of 1 Hz
    p_gap: float = 0.15  # missing hours
    delta_f: float = 0.75  # spacing late in a winter night
    decay: float = 3.0  # loss of F-region plasma after sunset, e-folding time
    contrast: float = 2.2  # power of a fringe over the background, at best
    width: float = 0.15  # half width at half maximum of a fringe, in units of delta_f
    background: float = 0.6  # amplitude at 1 Hz
    slope: float = 0.85  # amplitude falls as f ** -slope
    floor: float = 0.1  # instrument and distant lightning
    schumann: float = 0.5  # amplitude of the first Schumann resonance
    visible: float = 0.5  # a pixel is IAR where fringe power > this x the background


@dataclass
class Night:
    """One night before noise is drawn: density, truth and what happened.

    Attributes
    ----------
    date : numpy.datetime64
        Evening of the night.
    psd : ndarray (432, F), pT^2/Hz
        Density on `FREQUENCY` (or the grid given to `night`).
    mask, mask_b : ndarray of bool (432, F)
        True fringes; the same as a person would have drawn them.
    f_0, delta_f : ndarray (432,), Hz
        Lowest fringe and spacing; NaN while no fringe is visible.
    gaps : list of int
        Missing hours, counted from 18:00 UT.
    events : dict
        What the night holds, for the curious.
    """

    date: np.datetime64
    psd: np.ndarray
    mask: np.ndarray
    mask_b: np.ndarray
    f_0: np.ndarray
    delta_f: np.ndarray
    gaps: list
    events: dict


def night(
    date: np.datetime64,
    rng: np.random.Generator,
    physics: Physics | None = None,
    frequency: np.ndarray = FREQUENCY,
) -> Night:
    """Draw what happens in one night, which begins on the evening of `date` at 18:00 UT.

    Its power spectral density (432, F), pT^2/Hz, is given at each `frequency` (F,), Hz.
    """
    p = physics or Physics()
    f = np.maximum(frequency, 0.05)[None, :]
    events: dict = {}

    level = p.background * np.exp(rng.normal(0, 0.25) + 0.15 * wander(rng, 2.0))[:, None]
    slope = p.slope + rng.normal(0, 0.15)
    floor = p.floor * np.exp(rng.normal(0, 0.2))
    base = (level * f**-slope) ** 2 + floor**2
    psd = base + sources.schumann(f, rng, p.schumann)

    excess, mask, mask_b, f_0, delta_f = fringes(date, f, base / psd, rng, p)
    events["fringes"] = bool(mask.any())
    psd = psd + base * excess

    if rng.random() < p.p_pc1:
        events["pc1"] = rng.integers(1, 3)
        for _ in range(events["pc1"]):
            psd = psd + sources.pc1(f, rng)
    if rng.random() < p.p_harmonics:
        events["harmonics"] = True
        psd = psd + sources.harmonics(f, rng)
    psd = psd + sources.broadband(f, rng, events)

    gaps: list[int] = []
    if rng.random() < p.p_gap:
        first = int(rng.integers(0, 12))
        gaps = list(range(first, min(12, first + int(rng.integers(1, 4)))))
    for hour in gaps:  # nothing is to be seen there
        mask[hour * 36 : (hour + 1) * 36] = mask_b[hour * 36 : (hour + 1) * 36] = False
    events = {k: (v if isinstance(v, bool) else int(v)) for k, v in events.items()}
    return Night(date, psd, mask, mask_b, f_0, delta_f, gaps, events)


def draw_periodograms(night: Night, rng: np.random.Generator) -> np.ndarray:
    """Welch amplitude spectra of Gaussian noise with the night's density, (432, F) in pT/sqrt(Hz).

    The density is smooth over a few bins of 0.024 Hz, so the Welch estimate of coloured noise is
    the density times the Welch estimate of white noise, segment overlap and Hann leakage included.
    """
    rows = []
    for _ in range(0, WINDOWS, 36):  # an hour at a time bounds the memory
        noise = rng.standard_normal((36, RATE * WINDOW), dtype=np.float32)
        _, white = welch(noise, fs=1, window="hann", nperseg=NFFT, detrend=False, axis=-1)
        rows.append(white[:, : night.psd.shape[1]] / 2)  # one-sided white noise has density 2
    amplitude = np.sqrt(night.psd * np.concatenate(rows)) * bandpass_gain(FREQUENCY, RATE)
    for hour in night.gaps:
        amplitude[hour * 36 : (hour + 1) * 36] = np.nan
    return amplitude.astype(np.float32)


def as_spectrogram(night: Night, rng: np.random.Generator) -> xr.DataArray:
    """The night, with noise of `rng`, as `spectrogram` would give it: (432, F) in pT/sqrt(Hz)."""
    start = night.date.astype("datetime64[ns]") + np.timedelta64(18, "h")
    return xr.DataArray(
        draw_periodograms(night, rng),
        dims=("time", "frequency"),
        coords={
            "time": start + (SECONDS * 1e9).astype("timedelta64[ns]"),
            "frequency": ("frequency", FREQUENCY, {"units": "Hz"}),
        },
        name="amplitude",
        attrs={"units": "pT/sqrt(Hz)"},
    )


def time_series(night: Night, frequency: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Gaussian noise whose density follows the night's, 12 h at 100 Hz in pT, (4 320 000,) float32.

    `frequency` (F,), Hz, is that of the night's densities (432, F).

    Independent blocks of noise, each shaped in the frequency domain by the density of its time,
    are cross-faded with sine windows; squared windows sum to one, so the variance is kept.
    """
    block, hop = 2 * NFFT, NFFT
    length = WINDOWS * WINDOW * RATE
    blocks = length // hop + 2
    grid = np.fft.rfftfreq(block, 1 / RATE)
    fade = np.sin(np.pi * (np.arange(block) + 0.5) / block).astype(np.float32)
    out = np.zeros((blocks + 1) * hop, np.float32)
    for b in range(blocks):
        row = np.clip(int((b * hop) / RATE / WINDOW), 0, WINDOWS - 1)  # density at block centre
        density = np.interp(grid, frequency, night.psd[row])
        density[0] = 0
        real, imag = rng.standard_normal((2, len(grid)))
        spectrum = (real + 1j * imag) * np.sqrt(density * RATE * block / 4)
        out[b * hop : b * hop + block] += fade * np.fft.irfft(spectrum, block)
    return out[hop : hop + length]


def make(
    folder: str | PathLike, n: int, seed: int = 0, *, raw_nights: int = 0,
    processes: int | None = None, **physics: float,
) -> Path:  # fmt: skip
    """Write `n` simulated nights with their truth; the same seed writes the same bytes.

    Parameters
    ----------
    folder : path-like
        Gets ``spectrograms/YYYY-MM-DD.nc`` (amplitude in pT/sqrt(Hz) by time and frequency),
        ``truth/YYYY-MM-DD.nc`` (mask, mask_b, f_0, delta_f) and, for the first `raw_nights`
        nights, ``raw/CH1_yyyy_mm_dd_hh.dat`` (100 Hz ASCII samples, an hour a file).
        Nights that are there already are kept if the seed and the physics are the same.
    n : int
        Number of nights, spread over September 2012 to December 2018, in order of time.
    seed : int
        Night i depends on (seed, i) alone.
    raw_nights : int
        Nights whose spectrogram is made from the raw samples rather than drawn directly.
    processes : int, optional
        As in `geoviz_ml.simulate.parallel.run`; the files are the same.
    **physics : float
        Any field of `Physics`.

    Returns
    -------
    pathlib.Path
        The folder.

    Raises
    ------
    UsageError
        An unknown physical parameter, fewer than one night, more than the 2300 evenings, or a
        folder that holds nights of another simulation.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.simulate import alfven
    >>> len(list(alfven.make(tempfile.mkdtemp(), 2).glob("truth/*.nc")))  # a file a night
    2
    """
    folder = Path(folder)
    p = physics_of(Physics, physics)
    evenings = np.arange(np.datetime64("2012-09-01"), np.datetime64("2018-12-31"))
    if not 1 <= n <= len(evenings):
        raise UsageError(f"cannot simulate {n} nights: ask for 1 to {len(evenings)}.")
    dates = np.sort(np.random.default_rng([seed, n]).choice(evenings, n, replace=False))

    recipe = {
        "simulator": VERSION,
        "n": n,
        "seed": seed,
        "raw_nights": raw_nights,
        "physics": asdict(p),
    }
    keep_recipe(folder, recipe, "nights")
    left = [job for job in enumerate(dates) if not _truth_file(folder, job[1]).exists()]
    write = partial(_write_night, folder=folder, seed=seed, p=p, raw_nights=raw_nights)
    for _ in progress(run(left, write, processes), "simulating nights", len(left)):
        pass
    return folder


def _truth_file(folder: Path, date: np.datetime64) -> Path:
    return folder / TRUTH / f"{date}.nc"  # written last


def _write_night(job: tuple, folder: Path, seed: int, p: Physics, raw_nights: int) -> None:
    i, date = job
    rng = np.random.default_rng([seed, i, 1])
    if i < raw_nights:
        start = date.astype("datetime64[ns]") + np.timedelta64(18, "h")
        wide = np.fft.rfftfreq(NFFT, 1 / RATE)
        this = night(date, rng, p, wide)
        samples = time_series(this, wide, rng)
        for hour in set(range(12)) - set(this.gaps):
            at = start + np.timedelta64(hour, "h")
            values = samples[hour * 3600 * RATE : (hour + 1) * 3600 * RATE]
            write_search_coil_hour(folder / RAW, at, values)
        end = start + np.timedelta64(12, "h")
        amplitude = spectrogram(read_search_coil(folder / RAW, start, end))
    else:
        this = night(date, rng, p)
        amplitude = as_spectrogram(this, rng)
    amplitude.attrs["station"] = "simulated"
    keep = len(FREQUENCY)
    truth = xr.Dataset(
        {
            "mask": (("time", "frequency"), this.mask[:, :keep]),
            "mask_b": (("time", "frequency"), this.mask_b[:, :keep]),
            "f_0": ("time", this.f_0, {"units": "Hz"}),
            "delta_f": ("time", this.delta_f, {"units": "Hz"}),
        },
        coords={"time": amplitude.time, "frequency": FREQUENCY},
        attrs={k: int(v) for k, v in this.events.items()},
    )
    save_nc(amplitude.to_dataset(name="amplitude"), folder / SPECTROGRAMS / f"{date}.nc")
    save_nc(truth, _truth_file(folder, date))
