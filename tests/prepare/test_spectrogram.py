"""The spectrogram equals scipy's, window by window, and gives physical levels."""

import tracemalloc

import numpy as np
import pytest
import xarray as xr
from scipy.ndimage import uniform_filter
from scipy.signal import butter, sosfiltfilt, welch

from geoviz_ml.errors import UsageError
from geoviz_ml.prepare import spectrogram
from geoviz_ml.prepare.spectrogram import bandpass_gain

START = np.datetime64("2015-03-01T18:00", "ns")
BIN = 100 / 4096


def series(values, period_us=10_000):
    time = START + np.arange(len(values)) * np.timedelta64(period_us * 1000, "ns")
    data = xr.DataArray(np.asarray(values, np.float32), {"time": time}, ("time",))
    return data.assign_attrs(units="pT", station="somewhere", gaps=[])


def noise(n, seed=0):
    return np.random.default_rng(seed).standard_normal(n)


def reference(values, starts, length, segment, rate):
    """The recipe in float64, the whole run filtered in one piece."""
    sos = butter(4, [0.5, 10], "bandpass", fs=rate, output="sos")
    filtered = sosfiltfilt(sos, values.astype(np.float64))
    rows = [
        welch(filtered[s : s + length], rate, "hann", segment, segment // 2, detrend=False)[1]
        for s in starts
    ]
    frequency = np.fft.rfftfreq(segment, 1 / rate)
    kept = frequency <= 10
    return frequency[kept], np.sqrt(rows)[:, kept]


def assert_same(amplitude, expected):
    np.testing.assert_allclose(amplitude, expected, rtol=1e-5, atol=1e-6 * expected.max())


def test_every_window_equals_scipy_welch_at_100_hz():
    data = series(500 + 3 * noise(80 * 10_000 + 5000))  # more than two blocks, and a constant field
    result = spectrogram(data)
    frequency, expected = reference(data.values, np.arange(80) * 10_000, 10_000, 4096, 100.0)
    np.testing.assert_array_equal(result.frequency, frequency)
    assert_same(result.values, expected)
    assert result.dtype == np.float32
    assert result.dims == ("time", "frequency")
    assert result.name == "amplitude"
    assert result.attrs["units"] == "pT/sqrt(Hz)"
    assert result.attrs["station"] == "somewhere"
    centres = START + (np.arange(80) * 100 + 50) * np.timedelta64(10**9, "ns")
    np.testing.assert_array_equal(result.time, centres)


def test_every_window_equals_scipy_welch_at_256_016_hz():
    rate = 1e6 / 3906
    data = series(noise(int(40 * 100 * rate) + 1), 3906)
    result = spectrogram(data)
    starts = np.round(np.arange(40) * 100 * rate).astype(int)
    frequency, expected = reference(data.values, starts, 25_601, 10_486, rate)
    np.testing.assert_allclose(result.frequency, frequency)
    assert np.diff(result.frequency).mean() == pytest.approx(BIN, rel=1e-4)
    assert_same(result.values, expected)


@pytest.mark.parametrize("k", [21, 30, 82, 300, 400])
def test_sine_has_the_stated_peak_and_the_stated_gain(k):
    amplitude, f = 2.5, k * BIN
    data = series(amplitude * np.sin(2 * np.pi * f * np.arange(50_000) / 100))
    row = spectrogram(data)[2]  # away from the ends
    expected = amplitude / np.sqrt(3 * BIN) * bandpass_gain(f, 100.0)
    assert float(row[k]) == pytest.approx(expected, rel=2e-3)
    assert row.values.argmax() == k


def test_gain_is_one_half_at_both_edges_and_one_inside():
    gain = bandpass_gain(np.array([0, 0.5, 2, 5, 10]), 100.0)
    np.testing.assert_allclose(gain, [0, 0.5, 1, 1, 0.5], atol=3e-3)


@pytest.mark.parametrize("period_us", [10_000, 3906])
def test_white_noise_of_known_density_gives_that_level(period_us):
    density = 0.36  # pT^2/Hz
    rate = 1e6 / period_us
    data = series(np.sqrt(density * rate / 2) * noise(int(3600 * rate) + 9), period_us)
    result = spectrogram(data).sel(frequency=slice(2, 7))
    # One pixel scatters by 0.6 of its density and shares about half of that with its neighbour.
    error = 0.6 * np.sqrt(2.2 / result.size)
    assert float((result.astype(float) ** 2).mean()) == pytest.approx(density, rel=5 * error)


def test_windows_that_touch_a_gap_are_nan_and_the_others_are_filtered_by_run():
    values = noise(40 * 10_000)
    values[123_456] = np.nan  # in window 12
    values[250_000:320_000] = np.nan  # windows 25 to 31
    values[399_990:] = np.inf  # in window 39
    data = series(values)
    result = spectrogram(data)
    touched = [12, *range(25, 32), 39]
    empty = np.isnan(result.values).any(axis=1)
    assert np.flatnonzero(empty).tolist() == touched
    assert np.isnan(result.values[empty]).all()
    assert result.attrs["empty_windows"] == len(touched)

    for run, windows in (
        ((0, 123_456), range(0, 12)),
        ((123_457, 250_000), range(13, 25)),
        ((320_000, 399_990), range(32, 39)),
    ):
        starts = [w * 10_000 - run[0] for w in windows]
        _, expected = reference(data.values[slice(*run)], starts, 10_000, 4096, 100.0)
        assert_same(result.values[list(windows)], expected)


def test_day_without_data_is_all_nan_and_says_so():
    result = spectrogram(series(np.full(8_640_000, np.nan)))
    assert result.shape == (864, 410)
    assert np.isnan(result.values).all()
    assert result.attrs["empty_windows"] == 864


def test_memory_does_not_grow_with_the_length():
    def peak(hours):
        data = series(noise(hours * 360_000))
        tracemalloc.start()
        spectrogram(data)
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    assert peak(6) < 1.2 * peak(2)


def test_data_without_time_are_refused():
    with pytest.raises(UsageError, match="time"):
        spectrogram(xr.DataArray(noise(20_000), dims="time"))
    with pytest.raises(UsageError, match="dates"):
        spectrogram(xr.DataArray(noise(20_000), {"time": np.arange(20_000) / 100}, ("time",)))


def test_uneven_samples_are_refused():
    data = series(noise(30_000))
    with pytest.raises(UsageError, match="evenly"):
        spectrogram(data.drop_isel(time=20_000))


@pytest.mark.parametrize(
    ("data", "options", "problem"),
    [
        (series(noise(9_999)), {}, "less than a window"),
        (series(noise(1)), {}, "many samples"),
        (series(noise(20_000)[::-1])[::-1], {}, "does not increase"),
        (series(noise(2_000), 100_000), {}, "10 samples a second cannot show 10 Hz"),
        (series(noise(20_000)), {"band": (2, 1)}, "band"),
        (series(noise(20_000)), {"window": 20.0}, "too short"),
    ],
)
def test_senseless_requests_are_refused(data, options, problem):
    with pytest.raises(UsageError, match=problem):
        spectrogram(data, **options)


# -- a real day -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real_day(real_data):
    from geoviz_ml.readers import read_search_coil

    folder = real_data / "search_coil" / "sierra_nevada"
    with np.load(folder / "SN_1503_0.npz", allow_pickle=False) as file:
        published = {"frequency": file["arr_1"], "spectra": file["arr_3"], "peaks": file["arr_8"]}
    return spectrogram(read_search_coil(folder / "2015-03-01")), published


@pytest.mark.data
def test_first_schumann_resonance_of_a_real_day_is_where_it_should_be(real_day):
    amplitude, published = real_day
    assert amplitude.sizes["time"] == 863
    assert amplitude.attrs["empty_windows"] == 0
    median = amplitude.sel(frequency=slice(3, 9.9)).median("time")
    smooth = median.rolling(frequency=21, center=True).mean()  # half a hertz
    peak = float(smooth.idxmax("frequency"))
    assert abs(peak - 7.8) < 0.3
    assert abs(peak - np.median(published["peaks"][:, 1])) < 0.1  # its owners' own fits


@pytest.mark.data
def test_a_real_day_scatters_as_gaussian_noise_does(real_day):
    """What the fringes that are put into it take for granted; 0.7 to 9 Hz, about nearby points."""

    def scatter(amplitude):
        return (amplitude / uniform_filter(amplitude, 9)).std()

    band = real_day[0].sel(frequency=slice(0.7, 9)).values.astype(float)
    rate = real_day[0].attrs["sampling_rate"]
    samples = noise(100 * int(100 * rate)).reshape(100, -1)
    _, white = welch(samples, rate, "hann", round(rate / BIN), detrend=False)
    assert scatter(band) == pytest.approx(scatter(np.sqrt(white[:, 30:370])), abs=0.01)


@pytest.mark.data
def test_real_day_agrees_with_its_owners_spectra_where_the_bands_overlap(real_day):
    """Amplitudes in cells of 10 min and 0.25 Hz, 6 to 9.5 Hz, in pT/sqrt(Hz).

    Theirs are means of 10 s segments, ours of 41 s segments. If the two used different stretches of
    the same noise, each would scatter by 1 / (2 sqrt(B T)) with B T = 0.25 Hz x 600 s: a ratio by
    0.058. They use nearly the same samples, so the scatter must be below that; its median, over
    2000 cells, is 1 to about 0.003, to which a spectral line seen at two resolutions adds a little.
    The correlation of logarithms follows from that scatter and from how much the cells differ.
    """
    from geoviz_ml.readers.search_coil import sierra_nevada_response

    amplitude, published = real_day
    band = amplitude.sel(frequency=slice(6, 9.5))
    f = band.frequency.values
    calibrated = band / sierra_nevada_response(f) / bandpass_gain(f, band.attrs["sampling_rate"])
    intervals = 143
    ours = (calibrated.values[: 6 * intervals].reshape(intervals, 6, -1) ** 2).mean(axis=1)

    def cells(density, frequency):
        edges = np.arange(6, 9.51, 0.25)
        inside = [
            (frequency >= a) & (frequency < b) for a, b in zip(edges, edges[1:], strict=False)
        ]
        return np.sqrt(np.stack([density[:, i].mean(axis=1) for i in inside], axis=1))

    a = cells(ours, f)
    b = cells(published["spectra"][:intervals] ** 2, published["frequency"])
    low, median, high = np.percentile(a / b, [16, 50, 84])
    assert median == pytest.approx(1, abs=0.01)
    independent = np.sqrt(2) / (2 * np.sqrt(0.25 * 600))
    assert (high - low) / 2 < independent
    correlation = np.corrcoef(np.log(a).ravel(), np.log(b).ravel())[0, 1]
    assert correlation > 1 - independent**2 / (2 * np.log(b).var())
