"""A day of one 100 Hz channel: python -m tests.benchmarks.search_coil_day

Prints seconds and peak memory, and the time of the spectrogram over that of calling scipy's welch
window by window.
"""

import resource
import sys
import tempfile
import time

import numpy as np
from scipy.signal import butter, sosfiltfilt, welch

from geoviz_ml.prepare import spectrogram
from geoviz_ml.readers import read_search_coil
from geoviz_ml.simulate.writers_search_coil import write_search_coil_hour


def timed(name, function):
    begin = time.perf_counter()
    result = function()
    seconds = time.perf_counter() - begin
    print(f"{name:32s} {seconds:6.2f} s")
    return seconds, result


def window_by_window(data):
    sos = butter(4, [0.5, 10], "bandpass", fs=100, output="sos")
    windows = sosfiltfilt(sos, data.values.astype(float)).reshape(-1, 10_000)
    return [welch(w, 100, "hann", 4096, detrend=False)[1] for w in windows]


with tempfile.TemporaryDirectory() as folder:
    hour = np.random.default_rng(0).standard_normal(360_000)
    starts = np.arange("2015-03-01T00", "2015-03-02T00", dtype="datetime64[h]")
    timed("write 24 h", lambda: [write_search_coil_hour(folder, s, hour) for s in starts])
    _, data = timed("read 24 h", lambda: read_search_coil(folder))
    ours, _ = timed("spectrogram of 24 h", lambda: spectrogram(data))
    unit = 1 if sys.platform == "darwin" else 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e9
    theirs, _ = timed("window by window", lambda: window_by_window(data))
    print(f"ratio {ours / theirs:.2f}, peak memory up to the spectrogram {peak:.2f} GB")
