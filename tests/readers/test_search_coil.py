"""Search-coil files: what is there is read exactly, what is not there is said."""

import json
import os

import numpy as np
import pandas as pd
import pytest

from geoviz_ml.errors import DataFileError, MissingDataError, UsageError
from geoviz_ml.readers import read_search_coil
from geoviz_ml.readers.search_coil import sierra_nevada_response
from geoviz_ml.simulate.writers_search_coil import write_search_coil_hour

HOUR = 360_000
DAY = "2015-03-01T"


def noise(seed=0):
    return np.random.default_rng(seed).standard_normal(HOUR).astype(np.float32)


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """Hours 18, 19 and 21 of a day: 20 is missing."""
    folder = tmp_path_factory.mktemp("night")
    for hour in (18, 19, 21):
        write_search_coil_hour(folder, f"{DAY}{hour}", noise(hour))
    return folder


# -- the observatory's format ---------------------------------------------------------------------


def test_written_hour_reads_back_within_5e_5_pT(tmp_path):
    values = (noise() * np.logspace(-4, 4, HOUR)).astype(np.float32)
    write_search_coil_hour(tmp_path, DAY + "18", values, channel=2)
    back = read_search_coil(tmp_path, channel=2)
    assert back.dtype == np.float32
    assert np.abs(back.values.astype(float) - values).max() < 5e-5


def test_text_written_by_another_library_is_read(tmp_path):
    values = noise()
    np.savetxt(tmp_path / "CH1_2015_03_01_18.dat", values, fmt="%15.7e")
    np.testing.assert_allclose(read_search_coil(tmp_path), values, rtol=1e-6)


def test_same_values_give_the_same_bytes(tmp_path):
    a, b = (write_search_coil_hour(tmp_path / name, DAY + "18", noise()) for name in "ab")
    assert a.name == "CH1_2015_03_01_18.dat"
    assert a.read_bytes() == b.read_bytes()


@pytest.mark.parametrize(
    ("start", "values", "channel"),
    [
        (DAY + "18", np.where(np.arange(HOUR) == 7, np.nan, 0), 1),
        (DAY + "18", np.zeros(HOUR - 1), 1),
        (DAY + "18:30", np.zeros(HOUR), 1),
        (DAY + "18", np.zeros(HOUR), 3),
    ],
)
def test_writer_refuses_what_the_format_cannot_hold(tmp_path, start, values, channel):
    with pytest.raises(UsageError):
        write_search_coil_hour(tmp_path, start, values, channel)
    assert not list(tmp_path.iterdir())


def test_hours_form_one_even_series(night):
    data = read_search_coil(night, end=DAY + "20:00")
    assert data.size == 2 * HOUR
    assert data.time.values[0] == np.datetime64(DAY + "18:00")
    assert (np.diff(data.time.values) == np.timedelta64(10, "ms")).all()
    assert data.attrs["units"] == "pT"
    assert data.attrs["sampling_rate"] == 100
    assert data.attrs["gaps"] == []
    assert data.attrs["time_rounding"] == 0


def test_interval_cuts_to_the_sample(night):
    whole = read_search_coil(night)
    part = read_search_coil(night, DAY + "18:59:59.995", pd.Timestamp(DAY + "19:00:01", tz="UTC"))
    assert part.time.values[0] == np.datetime64(DAY + "19:00")
    assert part.size == 100
    np.testing.assert_array_equal(part, whole[HOUR : HOUR + 100])


def test_missing_hour_is_nan_and_stated(night):
    data = read_search_coil(night)
    assert data.size == 4 * HOUR
    missing = np.isnan(data.values)
    assert missing[2 * HOUR : 3 * HOUR].all()
    assert missing.sum() == HOUR
    (gap,) = json.loads(json.dumps(data.attrs["gaps"]))
    assert gap["reason"] == "no file"
    assert np.datetime64(gap["start"]) == np.datetime64(DAY + "20")
    assert np.datetime64(gap["end"]) == np.datetime64(DAY + "21")


def test_gaps_before_and_after_the_files_are_stated(night):
    data = read_search_coil(night, DAY + "17:30", DAY + "22:15")
    assert data.size == 4.75 * HOUR
    lengths = [pd.Timestamp(g["end"]) - pd.Timestamp(g["start"]) for g in data.attrs["gaps"]]
    assert [t.total_seconds() / 60 for t in lengths] == [30, 60, 15]
    assert np.isnan(data.values).sum() == 1.75 * HOUR


def test_interval_without_any_file_is_one_stated_gap(night):
    data = read_search_coil(night, "2016-01-01", "2016-01-01T02")
    assert data.size == 2 * HOUR
    assert np.isnan(data.values).all()
    assert [g["reason"] for g in data.attrs["gaps"]] == ["no file"]


def lines(n, extra=""):
    return (b"0.125\n" * n) + extra.encode()


BAD_TEXT = {
    "cut short": (lines(HOUR - 1), "359,999 values, expected 360,000"),
    "too long": (lines(HOUR + 1), "360,001 values, expected 360,000"),
    "empty": (b"", "0 values, expected 360,000"),
    "a word": (lines(1000, "oops\n") + lines(HOUR - 1001), "line 1001 is 'oops'"),
    "not a number": (lines(1000, "nan\n") + lines(HOUR - 1001), "line 1001 is 'nan'"),
    "infinite": (lines(1000, "1e99\n") + lines(HOUR - 1001), "line 1001 is '1e99'"),
    "two a line": (b"1.0 2.0\n" * HOUR, "line 1 is '1.0 2.0'"),
    "commas": (b"1.0,2.0\n" * HOUR, "line 1 is '1.0,2.0'"),
    "a line without end": (b"1," * 7_000_000, "line 1 is '1,1,"),
    "many short lines": (b"1\n" * 7_000_000 + b"x", "it has more than 360,000 lines"),
    "binary": (np.arange(HOUR, dtype="<i4").tobytes(), "line 1 is"),
    "zero bytes": (lines(1000) + bytes(5000), "line 1001 is"),
}


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", BAD_TEXT)
def test_corrupt_hour_is_an_error_or_a_stated_gap(tmp_path, kind):
    content, problem = BAD_TEXT[kind]
    write_search_coil_hour(tmp_path, DAY + "18", noise())
    bad = tmp_path / "CH1_2015_03_01_19.dat"
    bad.write_bytes(content)
    with pytest.raises(DataFileError) as error:
        read_search_coil(tmp_path)
    assert str(bad) in str(error.value)
    assert problem in str(error.value)
    assert "on_error='gap'" in str(error.value)

    data = read_search_coil(tmp_path, on_error="gap")
    assert np.isfinite(data.values[:HOUR]).all()
    assert np.isnan(data.values[HOUR:]).all()
    (gap,) = data.attrs["gaps"]
    assert bad.name in gap["reason"]
    assert problem in gap["reason"]


def test_corrupt_file_outside_the_interval_is_not_judged(tmp_path):
    write_search_coil_hour(tmp_path, DAY + "18", noise())
    (tmp_path / "CH1_2015_03_01_19.dat").write_text("oops")
    assert read_search_coil(tmp_path, end=DAY + "19").size == HOUR


def test_absurdly_large_file_is_refused_before_reading(tmp_path):
    path = tmp_path / "CH1_2015_03_01_18.dat"
    with path.open("wb") as file:
        file.truncate(10**11)  # sparse: takes no room, but could not be read into memory
    with pytest.raises(DataFileError, match="100,000,000,000 bytes"):
        read_search_coil(path)


def test_more_than_memory_holds_is_refused_before_reading(night):
    with pytest.raises(UsageError, match="a few days at a time"):
        read_search_coil(night, "2012-09-01", "2019-01-01")


def test_one_file_is_read_whatever_its_channel(tmp_path):
    path = write_search_coil_hour(tmp_path, DAY + "18", noise(), channel=2)
    assert read_search_coil(path).attrs["channel"] == 2


# -- folders that hold nothing of use -------------------------------------------------------------


def test_empty_folder_says_which_names_are_expected(tmp_path):
    with pytest.raises(MissingDataError, match="CH1_yyyy_mm_dd_hh.dat"):
        read_search_coil(tmp_path)


def test_absent_folder_is_missing_data(tmp_path):
    with pytest.raises(MissingDataError, match="no such"):
        read_search_coil(tmp_path / "nowhere")


def test_folder_of_the_other_channel_says_so(night):
    with pytest.raises(MissingDataError, match="channel 2"):
        read_search_coil(night, channel=2)


def test_unknown_file_is_refused(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("1\n2\n")
    with pytest.raises(DataFileError, match="no such data"):
        read_search_coil(path)


def test_impossible_date_in_a_name_is_an_error(tmp_path):
    (tmp_path / "CH1_2015_02_30_10.dat").write_text("1\n")
    with pytest.raises(DataFileError, match="no date"):
        read_search_coil(tmp_path)


@pytest.mark.parametrize(
    "arguments",
    [
        {"start": "yesterday-ish"},
        {"start": "NaT"},
        {"start": DAY + "18:00:00.001", "end": DAY + "18:00:00.002"},
        {"start": DAY + "20", "end": DAY + "19"},
        {"start": "2030-01-01"},
        {"channel": 0},
        {"on_error": "ignore"},
    ],
)
def test_senseless_arguments_are_refused(night, arguments):
    with pytest.raises(UsageError):
        read_search_coil(night, **arguments)


# -- the Sierra Nevada format ---------------------------------------------------------------------

PERIOD = np.timedelta64(3906, "us")


def write_sierra(folder, start, counts, sensor=0, stated=None, period="3906.000000"):
    start = pd.Timestamp(start)
    path = folder / f"smplGRTU1_sensor_{sensor}_{start:%y%m%d%H%M}"
    np.asarray(counts, "<i2").tofile(path)
    path.with_name(path.name + "_info.txt").write_text(
        f"file name: {path.name}\nsampling period (usec): {period}\nsampling gain: 0\n"
        f"1st sample timestamp: {start:%d-%m-%Y %H:%M:%S.%f} UTC\n"
        f"number of samples: {len(counts) if stated is None else stated}\n"
    )
    return path


def test_counts_become_volts_without_overflow(tmp_path):
    counts = np.array([0, 1, -1, 4000, -4000, 32767, -32768])
    write_sierra(tmp_path, DAY + "00:49:34.658", counts)
    data = read_search_coil(tmp_path)
    np.testing.assert_array_equal(data, counts.astype(float) * 10 / 2**15)
    assert data.attrs["units"] == "V"
    assert data.attrs["station"] == "Sierra Nevada"
    assert data.attrs["sampling_rate"] == pytest.approx(256.016, abs=1e-3)
    assert data.time.values[0] == np.datetime64(DAY + "00:49:34.658")


def test_second_coil_is_sensor_1(tmp_path):
    write_sierra(tmp_path, DAY + "00:49:34", [1, 2], sensor=0)
    write_sierra(tmp_path, DAY + "00:49:34", [3, 4, 5], sensor=1)
    assert read_search_coil(tmp_path, channel=1).size == 2
    assert read_search_coil(tmp_path, channel=2).size == 3


def test_files_with_tiny_offsets_are_joined_and_the_rounding_stated(tmp_path):
    start, n = np.datetime64(DAY + "00:49:34.658"), 20_000
    for i, late in enumerate([0, 12, -45]):  # ms
        write_sierra(tmp_path, start + i * n * PERIOD + np.timedelta64(late, "ms"), [i + 1] * n)
    data = read_search_coil(tmp_path)
    np.testing.assert_array_equal(data, np.repeat([1, 2, 3], n) * 10 / 2**15)
    assert (np.diff(data.time.values) == PERIOD).all()
    assert data.attrs["gaps"] == []
    assert data.attrs["time_rounding"] == pytest.approx(0.045)


def test_hole_between_files_is_nan_and_stated(tmp_path):
    start, n = np.datetime64(DAY + "00:49:34.658"), 20_000
    write_sierra(tmp_path, start, [1] * n)
    write_sierra(tmp_path, start + 3 * n * PERIOD, [2] * n)
    data = read_search_coil(tmp_path)
    assert data.size == 4 * n
    assert np.isnan(data.values[n : 3 * n]).all()
    assert np.isfinite(data.values).sum() == 2 * n
    (gap,) = data.attrs["gaps"]
    assert np.datetime64(gap["start"]) == start + n * PERIOD


def test_interval_of_binary_files_keeps_their_grid(tmp_path):
    start, n = np.datetime64(DAY + "00:49:34.658"), 20_000
    write_sierra(tmp_path, start, np.arange(n))
    data = read_search_coil(tmp_path, DAY + "00:49:30", DAY + "00:49:40")
    on_grid = (data.time.values - start) / PERIOD
    np.testing.assert_array_equal(on_grid, np.round(on_grid))
    assert data.time.values[0] >= np.datetime64(DAY + "00:49:30")
    assert data.time.values[-1] < np.datetime64(DAY + "00:49:40")
    assert data.sel(time=start) == 0
    assert np.isnan(data.sel(time=slice(None, start - PERIOD))).all()


def spoil_cut(path):
    path.write_bytes(path.read_bytes()[:-3])


def spoil_no_info(path):
    path.with_name(path.name + "_info.txt").unlink()


def spoil_info(path):
    path.with_name(path.name + "_info.txt").write_bytes(bytes(range(256)) * 100)


def spoil_date(path):
    info = path.with_name(path.name + "_info.txt")
    info.write_text(info.read_text().replace("01-03-2015", "41-03-2015"))


def spoil_length(path):
    info = path.with_name(path.name + "_info.txt")
    info.write_text(info.read_text().replace("921600", "9" * 12))


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (spoil_cut, "921,598 values and a half, expected 921,600"),
        (spoil_no_info, "description is missing"),
        (spoil_info, "description cannot be read"),
        (spoil_date, "makes no sense"),
        (spoil_length, "makes no sense"),
    ],
)
def test_binary_file_that_cannot_be_trusted_is_an_error_or_a_gap(tmp_path, spoil, problem):
    start, n = np.datetime64(DAY + "00:49:34"), 921_600
    paths = [write_sierra(tmp_path, start + i * n * PERIOD, np.full(n, i + 1)) for i in range(3)]
    spoil(paths[1])
    with pytest.raises(DataFileError, match=problem) as error:
        read_search_coil(tmp_path)
    assert str(paths[1]) in str(error.value)

    data = read_search_coil(tmp_path, on_error="gap")
    assert data.size == 3 * n
    assert np.isnan(data.values[n : 2 * n]).all()
    assert np.isfinite(data.values).sum() == 2 * n
    assert any(paths[1].name in gap["reason"] for gap in data.attrs["gaps"])
    covered = sum(
        (np.datetime64(gap["end"]) - np.datetime64(gap["start"])) / PERIOD
        for gap in data.attrs["gaps"]
    )
    assert covered == n


def test_overlapping_files_are_an_error(tmp_path):
    write_sierra(tmp_path, DAY + "00:49:34", [1] * 40_000)
    write_sierra(tmp_path, DAY + "00:51:34", [2] * 40_000)
    with pytest.raises(DataFileError, match="overlaps"):
        read_search_coil(tmp_path)
    data = read_search_coil(tmp_path, on_error="gap")
    assert np.isfinite(data.values).sum() == 40_000


def test_files_of_two_sampling_rates_are_an_error(tmp_path):
    write_sierra(tmp_path, DAY + "00:49:34", [1] * 100)
    write_sierra(tmp_path, DAY + "00:51:34", [2] * 100, period="10000.0")
    with pytest.raises(DataFileError, match="every 10000 us"):
        read_search_coil(tmp_path)


def test_folder_of_two_formats_is_an_error(tmp_path):
    write_sierra(tmp_path, DAY + "00:49:34", [1] * 100)
    write_search_coil_hour(tmp_path, DAY + "18", noise())
    with pytest.raises(DataFileError, match="two formats"):
        read_search_coil(tmp_path)


# -- folders of other people ----------------------------------------------------------------------


def test_what_other_programs_leave_in_a_folder_is_no_data(tmp_path):
    path = write_search_coil_hour(tmp_path / "[pc]", DAY + "18", noise())
    for name in (f"._{path.name}", ".CH1_2015_03_01_19.dat", "Thumbs.db"):
        path.with_name(name).write_bytes(b"\0\5\x16\7rubbish")
    path.with_name("CH1_2015_03_01_20.dat").mkdir()
    assert read_search_coil(tmp_path / "[pc]").size == HOUR


@pytest.mark.skipif(os.name != "posix", reason="pipes and devices of POSIX")
def test_pipes_and_devices_are_neither_waited_for_nor_followed(tmp_path):
    write_search_coil_hour(tmp_path, DAY + "18", noise())
    os.mkfifo(tmp_path / "CH1_2015_03_01_19.dat")
    (tmp_path / "CH1_2015_03_01_20.dat").symlink_to("/dev/zero")
    assert read_search_coil(tmp_path).size == HOUR
    for hour in (19, 20):
        with pytest.raises(DataFileError, match="no regular file"):
            read_search_coil(tmp_path / f"CH1_2015_03_01_{hour}.dat")


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
def test_a_description_that_is_a_pipe_is_not_waited_for(tmp_path):
    path = write_sierra(tmp_path, DAY + "00:49:34", [1] * 100)
    info = path.with_name(path.name + "_info.txt")
    info.unlink()
    os.mkfifo(info)
    with pytest.raises(DataFileError, match="description cannot be read .is no regular file"):
        read_search_coil(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_description_may_have_a_mark_of_its_byte_order(tmp_path, encoding):
    path = write_sierra(tmp_path, DAY + "00:49:34", [1, 2, 3])
    info = path.with_name(path.name + "_info.txt")
    lines = info.read_text().splitlines()
    info.write_bytes("\r\n".join(lines[1:] + lines[:1]).encode(encoding))
    assert read_search_coil(tmp_path).size == 3


def test_an_hour_may_have_a_mark_of_its_byte_order_and_dos_lines(tmp_path):
    path = write_search_coil_hour(tmp_path, DAY + "18", noise())
    whole = read_search_coil(path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    np.testing.assert_array_equal(read_search_coil(path), whole)


def test_names_far_apart_ask_for_no_more_memory_than_their_files_allow(tmp_path):
    for day in ("2015_03_01", "2015_03_08"):
        (tmp_path / f"CH1_{day}_00.dat").write_text("1\n")
    with pytest.raises(UsageError, match="more than one call may hold .44,739,242.. Give start"):
        read_search_coil(tmp_path, on_error="gap")
    part = read_search_coil(tmp_path, "2015-03-01", "2015-03-01T01", on_error="gap")
    assert part.size == HOUR


# -- a real day -----------------------------------------------------------------------------------


@pytest.mark.data
def test_real_day_gives_the_spectra_its_owners_published(real_data):
    """Same samples, same recipe (10 s Hann segments, 10 min mean), so the same numbers.

    The published spectra are in pT/sqrt(Hz) at 256 Hz nominal, from 6 to 25 Hz; segments with a
    saturated sample were left out and two man-made lines were cut out above 14.5 Hz.
    """
    from scipy.signal import welch

    folder = real_data / "search_coil" / "sierra_nevada"
    data = read_search_coil(folder / "2015-03-01")
    assert data.size == 24 * 921_600
    assert data.attrs["gaps"] == []
    assert data.attrs["time_rounding"] < 0.2

    with np.load(folder / "SN_1503_0.npz", allow_pickle=False) as published:
        saturated, f, spectra = (published[f"arr_{i}"] for i in (0, 1, 3))
        times = published["arr_9"].astype("datetime64[us]")
    grid = data.time.values[:: 600 * 256]
    assert np.abs(grid - times).max() < np.timedelta64(200, "ms")

    volts = data.values.reshape(144, -1).astype(float)
    clean = np.flatnonzero(saturated == 0)[::3]  # a third of the day, for speed
    bins, density = welch(volts[clean], 256, "hann", 2560, nfft=8192, detrend=False)
    ours = np.sqrt(density[:, np.searchsorted(bins, f)]) / sierra_nevada_response(f)
    kept = (f < 14.5) | (f > 17)
    np.testing.assert_allclose(ours[:, kept], spectra[clean][:, kept], rtol=1e-9)
