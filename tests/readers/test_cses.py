"""read_cses on simulated files: there is no public real one."""

import tracemalloc

import h5py
import numpy as np
import pytest

from geoviz_ml.errors import DataFileError, MissingDataError
from geoviz_ml.readers import read_cses
from geoviz_ml.simulate.writers import write_cses

N, M = 30, 64
TIME = np.datetime64("2021-12-31T23:59:30.500") + np.arange(N) * np.timedelta64(2048, "ms")
FREQUENCY = np.arange(M) * 24.414
POWER = {c: np.random.default_rng(i).random((N, M)) + 1e-9 for i, c in enumerate("xyz")}
ALONG = {
    "latitude": np.linspace(-65, 65, N),
    "longitude": np.linspace(170, -170, N),
    "mag_latitude": np.linspace(-60, 60, N),
    "mag_longitude": np.linspace(-120, 240, N),
    "altitude": np.full(N, 507.0),
    "workmode": np.tile([1, 2], N // 2),
}


@pytest.fixture
def path(tmp_path):
    return write_cses(tmp_path, POWER, FREQUENCY, TIME, ALONG, orbit=21333, ascending=False)


def change(path, name, values):
    with h5py.File(path, "r+") as file:
        del file[name]
        if values is not None:
            file[name] = values


def test_reader_returns_what_the_writer_wrote(path):
    assert path.name == "CSES_01_EFD_3_L02_A1_213330_20211231_235930_20220101_000029_000.h5"
    data = read_cses(path)
    np.testing.assert_array_equal(data.time, TIME)
    np.testing.assert_allclose(data.frequency, FREQUENCY, rtol=1e-6)
    for component in "xyz":
        np.testing.assert_allclose(data[component], POWER[component], rtol=1e-6)
        assert data[component].dims == ("time", "frequency")
    for name, values in ALONG.items():
        np.testing.assert_allclose(data[name], values, rtol=1e-6)
    assert data.attrs == {"missing": 0, "orbit": 21333, "direction": "descending"}
    assert data.frequency.attrs["units"] == "Hz"


def test_same_spectra_give_the_same_bytes(path, tmp_path):
    again = write_cses(tmp_path / "b", POWER, FREQUENCY, TIME, ALONG, 21333, False)
    assert path.read_bytes() == again.read_bytes()


def test_power_that_has_no_logarithm_is_missing_and_counted(path):
    spoilt = POWER["z"].copy()
    spoilt[3, 4:7] = 0, -9999, np.nan
    change(path, "A133_P", spoilt)
    data = read_cses(path)
    assert np.isnan(data.z[3, 4:7]).all()
    assert int(data.z.isnull().sum()) == data.attrs["missing"] == 3


@pytest.mark.parametrize(
    ("name", "values", "problem"),
    [
        ("MAG_LAT", None, "no dataset MAG_LAT"),
        ("A133_P", np.ones((N, M + 1)), "shape"),
        ("FREQ", np.ones((M, 1)), "frequencies do not increase"),
        ("UTC_TIME", np.full((N, 1), 20211231235930500), "do not increase"),
        ("UTC_TIME", 20211331000000000 + np.arange(N)[:, None], "no dates"),
        ("GEO_LAT", np.full((N, 1), -9999.0), "leaves the Earth"),
        ("ALTITUDE", np.array([b"high"] * N)[:, None], "holds"),
        ("A131_P", h5py.SoftLink("/A132_P"), "not a dataset of this file"),
        ("A131_P", h5py.ExternalLink("other.h5", "/A131_P"), "not a dataset of this file"),
    ],
)
def test_file_of_another_kind_is_an_error_that_names_it(path, name, values, problem):
    change(path, name, values)
    with pytest.raises(DataFileError, match=problem) as error:
        read_cses(path)
    assert str(path) in str(error.value)


def test_absent_component_is_named_and_the_others_are_read(path):
    change(path, "A131_P", None)
    data = read_cses(path)
    assert data.attrs["absent"] == "x"
    assert "x" not in data
    np.testing.assert_allclose(data.z, POWER["z"], rtol=1e-6)


def test_file_without_any_component_is_an_error(path):
    for name in ("A131_P", "A132_P", "A133_P"):
        change(path, name, None)
    with pytest.raises(DataFileError, match="has no dataset A131_P"):
        read_cses(path)


@pytest.mark.parametrize("shape", [(10**6, 10**6), (N, 10**9), (8 * 10**6, 1024)])
def test_huge_claims_are_refused_before_memory_is_taken(path, shape):
    with h5py.File(path, "r+") as file:
        del file["A131_P"]
        file.create_dataset("A131_P", shape, "f4", chunks=(1, 1024))
    with pytest.raises(DataFileError, match="A131_P has shape .* which does not fit"):
        read_cses(path)


@pytest.mark.parametrize("name", ["UTC_TIME", "FREQ"])
def test_a_small_file_that_declares_millions_of_rows_is_refused_in_little_memory(path, name):
    with h5py.File(path, "r+") as file:
        del file[name]
        file.create_dataset(name, (8 * 10**6, 1), "i8", chunks=(1024, 1))
    assert path.stat().st_size < 60_000
    tracemalloc.start()
    with pytest.raises(DataFileError, match=f"{name} has shape .8000000, 1., which does not fit"):
        read_cses(path)
    assert tracemalloc.get_traced_memory()[1] < 2**22
    tracemalloc.stop()


def test_file_cut_short_or_absent_is_an_error(path, tmp_path):
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DataFileError, match="HDF5"):
        read_cses(path)
    with pytest.raises(MissingDataError):
        read_cses(tmp_path / "no.h5")
