"""Amplitude spectrogram of a search coil: band-pass, then one Welch periodogram a window.

Source: Marangio et al. 2020, section 2.1 (Butterworth 0.5 to 10 Hz, 100 s windows, Hann, 4096
points at 100 Hz, 864 periodograms a day). The paper states neither the filter's order, nor that it
runs both ways, nor the overlap of the Welch segments: order 4, zero phase and one half are ours.
"""

from __future__ import annotations

import numpy as np
import xarray as xr
from scipy.signal import butter, sosfiltfilt, sosfreqz, welch

from ..errors import UsageError
from .pictures import check_times

BAND = (0.5, 10.0)  # Hz
BLOCK = 36  # windows worked on at a time, an hour of 100 s windows: bounds the memory
SETTLE = 30.0  # periods of the lower band edge after which the filter has forgotten (below 1e-15)


def bandpass_gain(
    frequency: np.ndarray, rate: float, band: tuple[float, float] = BAND, order: int = 4
) -> np.ndarray:
    """Amplitude gain of the zero-phase filter of `spectrogram`.

    Parameters
    ----------
    frequency : ndarray (n,), Hz
    rate : float
        Samples a second.
    band : (float, float), Hz
    order : int

    Returns
    -------
    ndarray (n,)
        The squared magnitude of one Butterworth pass, because the filter runs forwards and
        backwards: one in the band, one half (-6 dB) at both edges of the band.
    """
    sos = _bandpass(rate, band, order)
    return np.abs(sosfreqz(sos, np.asarray(frequency, float), fs=rate)[1]) ** 2


def spectrogram(
    data: xr.DataArray,
    window: float = 100.0,
    band: tuple[float, float] = BAND,
    resolution: float = 100 / 4096,
    order: int = 4,
) -> xr.DataArray:
    """Turn evenly spaced samples into an amplitude spectrogram.

    Every run without a gap is filtered alone by a zero-phase Butterworth band-pass; every window
    is the square root of a Welch estimate of the power spectral density: Hann segments of
    ``1 / resolution`` seconds that overlap by one half, mean of their periodograms, one-sided, mean
    not removed (the filter has done so). White noise of density S (unit^2/Hz) gives sqrt(S); a sine
    of amplitude A on a bin gives a peak of ``A / sqrt(3 * resolution)``.

    Parameters
    ----------
    data : DataArray (time)
        As from `read_search_coil`; gaps are NaN. Any sampling rate above twice ``band[1]``.
    window : float, s
        Length of one row.
    band : (float, float), Hz
        The gain is one half at both edges: see `bandpass_gain`.
    resolution : float, Hz
        Spacing of the frequencies, met to within half a sample of the segment.
    order : int
        Order of the Butterworth filter.

    Returns
    -------
    DataArray (time, frequency), float32
        Named "amplitude", in the unit of `data` over sqrt(Hz). `time` is the centre of a window,
        `frequency` runs from 0 to ``band[1]``. A window that touches a gap is NaN in full;
        ``attrs["empty_windows"]`` counts them, also when they are all. A last window that is not
        complete is left out.

    Raises
    ------
    UsageError
        No time coordinate or one of a time zone, uneven sampling, a rate too low for the band, data
        shorter than a window, or a window shorter than a segment.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import xarray as xr
    >>> from geoviz_ml.prepare import spectrogram
    >>> seconds = np.arange(20_000) / 100  # 100 samples a second
    >>> time = pd.Timestamp("2013-01-05T18") + pd.to_timedelta(seconds, unit="s")
    >>> wave = np.sin(2 * np.pi * 5.00488 * seconds)  # pT; on a bin of 0.0244 Hz
    >>> amplitude = spectrogram(xr.DataArray(wave, {"time": time}, attrs={"units": "pT"}))
    >>> amplitude.shape, round(float(amplitude[0].idxmax("frequency")), 2)
    ((2, 410), 5.0)
    >>> round(float(amplitude[0].max()), 1), round((3 * 0.0244) ** -0.5, 1)  # pT/sqrt(Hz)
    (3.7, 3.7)
    """
    rate = _sampling_rate(data)
    if not resolution > 0:
        raise UsageError(f"a resolution of {resolution} Hz is not above 0.")
    if not 0 < band[0] < band[1]:
        raise UsageError(f"a band is (low, high) in Hz with 0 < low < high, not {band}.")
    if band[1] >= rate / 2:
        raise UsageError(
            f"{rate:g} samples a second cannot show {band[1]:g} Hz.",
            advice=f"Choose a band below {rate / 2:g} Hz.",
        )
    segment, length = round(rate / resolution), int(window * rate + 1e-6)
    if segment > length:
        raise UsageError(
            f"windows of {window:g} s are too short for a resolution of {resolution:g} Hz.",
            advice=f"Use windows of {1 / resolution:.1f} s or more.",
        )
    count = int((data.size / rate + 1e-6) // window)
    if count == 0:
        raise UsageError(
            f"the data last {data.size / rate:g} s, less than a window ({window:g} s)."
        )
    starts = np.round(np.arange(count) * window * rate).astype(int)
    starts = starts[starts + length <= data.size]

    sos = _bandpass(rate, band, order)
    margin = int(SETTLE / band[0] * rate)
    frequency = np.fft.rfftfreq(segment, 1 / rate)
    frequency = frequency[frequency <= band[1] * (1 + 1e-9)]
    amplitude = np.full((len(starts), len(frequency)), np.nan, np.float32)
    for first in range(0, len(starts), BLOCK):
        rows = starts[first : first + BLOCK]
        begin, end = max(rows[0] - margin, 0), min(rows[-1] + length + margin, data.size)
        filtered = _filter_runs(data.values[begin:end].astype(float), sos)
        windows = np.stack([filtered[s - begin : s - begin + length] for s in rows])
        good = np.isfinite(windows).all(axis=1)
        if good.any():
            _, density = welch(windows[good], rate, "hann", segment, detrend=False)
            amplitude[first + np.flatnonzero(good)] = np.sqrt(density[:, : len(frequency)])

    times = data.time.values[starts] + np.timedelta64(round(window / 2 * 1e9), "ns")
    keep = ("station", "channel", "gaps")
    return xr.DataArray(
        amplitude,
        {
            "time": ("time", times, {"long_name": "centre of the window, UT"}),
            "frequency": ("frequency", frequency, {"units": "Hz"}),
        },
        ("time", "frequency"),
        "amplitude",
        {
            "units": f"{data.attrs.get('units', '1')}/sqrt(Hz)",
            "window": window,
            "band": tuple(band),
            "order": order,
            "sampling_rate": rate,
            "empty_windows": int(np.isnan(amplitude[:, 0]).sum()),
            **{name: data.attrs[name] for name in keep if name in data.attrs},
        },
    )


def _bandpass(rate: float, band: tuple[float, float], order: int) -> np.ndarray:
    return butter(order, band, "bandpass", fs=rate, output="sos")


def _filter_runs(samples: np.ndarray, sos: np.ndarray) -> np.ndarray:
    """Filter every run of finite samples by itself; what is not filtered is NaN."""
    filtered = np.full(len(samples), np.nan)
    finite = np.concatenate([[False], np.isfinite(samples), [False]])
    edges = np.flatnonzero(np.diff(finite.astype(np.int8))).reshape(-1, 2)
    padding = 6 * (2 * len(sos) + 1)  # samples of the filter's own: a shorter run is no window
    for start, stop in edges:
        if stop - start > padding:
            filtered[start:stop] = sosfiltfilt(sos, samples[start:stop])
    return filtered


def _sampling_rate(data: xr.DataArray) -> float:
    """Samples a second from the time coordinate, which must be even to 1 % of a sample."""
    if data.dims != ("time",) or "time" not in data.coords:
        raise UsageError(
            f"a spectrogram needs one dimension, time, with a coordinate, not {data.dims}.",
            advice="Use the array that read_search_coil returns.",
        )
    if data.size < 2:
        raise UsageError(f"a spectrogram needs many samples, not {data.size}.")
    check_times(data)
    time = data.time.values.astype("datetime64[ns]", copy=False).view(np.int64)
    step = (time[-1] - time[0]) / (len(time) - 1)
    if step <= 0:
        raise UsageError("the time coordinate does not increase.")
    for first in range(0, len(time), 1_000_000):
        steps = np.diff(time[first : first + 1_000_001])
        if len(steps) and np.abs(steps - step).max() > 0.01 * step:
            raise UsageError(
                "the samples are not evenly spaced in time.",
                advice="Put them on an even grid first, with NaN in the gaps.",
            )
    return 1e9 / step
