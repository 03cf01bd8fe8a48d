"""Spectrograms as pictures for a network: averaged to a size, logarithmic, scaled to 0..1.

Pictures are arrays (frequency, time) with row 0 the lowest frequency.

The logarithm as in Marangio et al. 2020, Computers & Geosciences 145, 104598.
"""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..errors import UsageError, height_and_width


def in_order(values, *dims: str):
    """A DataArray of these dimensions with them in this order; else an array of any shape as it is.

    NumPy sees no names: a square array that lies on its side would be taken as it lies.
    """
    turned = set(getattr(values, "dims", ())) == set(dims)
    return values.transpose(*dims) if turned else values


def check_times(values) -> None:
    """Raise `UsageError` unless the coordinate `time` (n,) holds dates of NumPy, in UT."""
    kind = values.time.dtype
    if not isinstance(kind, np.dtype) or kind.kind != "M":
        raise UsageError(
            f"the time coordinate holds {kind}, not dates in UT.",
            advice="Of pandas' times with a zone use times.tz_convert(None).",
        )


def average_matrix(n_in: int, n_out: int) -> np.ndarray:
    """Matrix (n_out, n_in) that averages `n_in` samples into `n_out` equal cells, rows sum to 1."""
    edges_in = np.arange(n_in + 1) / n_in
    edges = np.arange(n_out + 1) / n_out
    overlap = np.minimum(edges[1:, None], edges_in[None, 1:]) - np.maximum(
        edges[:-1, None], edges_in[None, :-1]
    )
    overlap = overlap.clip(0)
    return overlap / overlap.sum(axis=1, keepdims=True)


def average(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Area average of floats (H, W) to `size`, in their precision.

    NaN and infinity are left out; NaN where less than a quarter of a cell is left.
    """
    if values.shape == size:
        return values
    known = np.isfinite(values)
    down, across = (
        average_matrix(*sides).astype(values.dtype)
        for sides in zip(values.shape, size, strict=True)
    )
    total = down @ np.where(known, values, 0) @ across.T
    weight = down @ known.astype(values.dtype) @ across.T
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(weight > 0.25, total / weight, np.nan)


def picture(
    amplitude: xr.DataArray, size: tuple[int, int], band: tuple[float, float] = (0.5, 10.0)
) -> xr.DataArray:
    """Turn a spectrogram into a picture that a network can take.

    Power is averaged over each pixel (averaging before the logarithm keeps the level unbiased),
    log10 is taken, and the picture is stretched so that its 1st and 99.5th percentiles become 0
    and 1. The stretch makes the picture independent of the sensor's unit and gain.

    Parameters
    ----------
    amplitude : DataArray (time, frequency)
        Amplitude spectral density, as from `spectrogram`, not negative; NaN in gaps.
    size : (int, int)
        Height (frequency) and width (time) in pixels.
    band : (float, float)
        Frequencies kept, Hz.

    Returns
    -------
    DataArray (frequency, time), float32 in 0..1
        Gaps are NaN; use ``.fillna(0)`` before a network. All NaN if the night is empty.

    Raises
    ------
    UsageError
        The band or the size does not fit the spectrogram, or it holds negative numbers.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import xarray as xr
    >>> from geoviz_ml.prepare import picture
    >>> axes = {"time": pd.date_range("2013-01-05T18", periods=432, freq="100s")}
    >>> axes["frequency"] = np.arange(410) * 100 / 4096  # Hz
    >>> amplitude = xr.DataArray(np.random.default_rng(0).rayleigh(0.2, (432, 410)), axes)
    >>> one, other = (picture(unit * amplitude, (88, 96)) for unit in (1, 1000))
    >>> one.shape, bool(np.allclose(one, other, atol=1e-4))  # the sensor's gain does not matter
    ((88, 96), True)
    """
    inside = _within(amplitude, size, band)
    if (inside.values < 0).any():
        raise UsageError(
            "an amplitude is never negative: is this a level in dB, or a logarithm?",
            advice="Of dB use 10 ** (level / 20), of a power its square root.",
        )
    power = average(inside.values.astype(float) ** 2, size)
    with np.errstate(divide="ignore"):
        level = np.log10(power)
    level[~np.isfinite(level)] = np.nan
    if np.isfinite(level).any():
        low, high = np.nanpercentile(level, [1, 99.5])
        level = np.clip((level - low) / max(high - low, 1e-12), 0, 1)
    return xr.DataArray(
        level.astype(np.float32), dims=("frequency", "time"), coords=_cells(inside, size)
    )


def mask_picture(
    mask: xr.DataArray, size: tuple[int, int], band: tuple[float, float] = (0.5, 10.0)
) -> xr.DataArray:
    """The mask of a spectrogram at the size of its picture: a pixel is 1 where half of it is.

    Parameters
    ----------
    mask : DataArray (time, frequency)
        Bool, 0 and 1, or 0 and 255. NaN, where nothing is known, does not count.
    size, band
        As of `picture`.

    Returns
    -------
    DataArray (frequency, time), bool

    Raises
    ------
    UsageError
        The band or the size does not fit the mask, or it has other values.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> import xarray as xr
    >>> from geoviz_ml.prepare import mask_picture
    >>> axes = {"time": pd.date_range("2013-01-05T18", periods=4, freq="100s")}
    >>> axes["frequency"] = [1.0, 2.0, 3.0, 4.0]  # Hz
    >>> mask = xr.DataArray(np.eye(4) > 0, axes)  # rises from 1 to 4 Hz
    >>> mask_picture(mask, (2, 2)).astype(int).values.tolist()  # row 0 is the lowest frequency
    [[1, 0], [0, 1]]
    """
    inside = _within(mask, size, band)
    marks = inside.values.astype(float)
    marked = 255.0 if (marks == 255).any() else 1.0
    if not ((marks == 0) | (marks == marked) | np.isnan(marks)).all():
        raise UsageError(
            f"a mask has values other than 0 and {marked:g}.",
            advice="Use bool, 0 and 1, or 0 and 255; of probabilities mask >= 0.5.",
        )
    values = average(marks / marked, size) >= 0.5
    return xr.DataArray(values, dims=("frequency", "time"), coords=_cells(inside, size))


def _within(values: xr.DataArray, size: tuple[int, int], band: tuple[float, float]) -> xr.DataArray:
    """The band (frequency, time) of a spectrogram or its mask, enough for a picture of `size`."""
    if set(getattr(values, "dims", ())) != {"time", "frequency"}:
        raise UsageError(
            f"a spectrogram is a DataArray (time, frequency), not {type(values).__name__}.",
            advice="Its axes tell which frequencies the rows are; see spectrogram().",
        )
    if absent := sorted({"time", "frequency"} - set(values.indexes)):
        raise UsageError(f"a spectrogram has no coordinate {absent[0]}.")
    check_times(values)
    falls = [name for name in values.dims if not values.indexes[name].is_monotonic_increasing]
    inside = values.sortby(falls).sel(frequency=slice(*band)).transpose("frequency", "time")
    rows, columns = inside.shape
    height, width = height_and_width(size)
    if rows < height or columns < width:
        raise UsageError(
            f"a spectrogram of {rows} frequencies between {band[0]} and {band[1]} Hz and {columns} "
            f"windows does not fill a picture of {height} x {width} pixels.",
            advice="Choose a smaller size or a wider band.",
        )
    return inside


def _cells(inside: xr.DataArray, size: tuple[int, int]) -> dict:
    """Centres of the pixels in Hz and time."""
    frequency = average_matrix(inside.sizes["frequency"], size[0]) @ inside.frequency.values
    start = inside.time.values[0]
    seconds = (inside.time.values - start) / np.timedelta64(1, "s")
    seconds = average_matrix(inside.sizes["time"], size[1]) @ seconds
    time = start + (seconds * 1e9).astype("timedelta64[ns]")
    return {"frequency": ("frequency", frequency, {"units": "Hz"}), "time": time}
