"""HDF5 and netCDF files from strangers are read within bounds, and never from another file."""

import zlib

import h5py
import numpy as np
import pytest
import xarray as xr

from geoviz_ml.errors import DataFileError, MissingDataError
from geoviz_ml.files import open_hdf5, open_nc, save_nc

VALUES = np.random.default_rng(0).standard_normal((40, 60)).astype(np.float32)


def numbers(path, name="a"):
    with open_hdf5(path) as found:
        return found.numbers(found.find(name))


@pytest.fixture
def path(tmp_path):
    return tmp_path / "a.h5"


@pytest.mark.parametrize("packed", [None, "gzip"])
@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("fletcher32", [False, True])
def test_numbers_come_as_they_were_written(path, packed, shuffle, fletcher32):
    options = {"compression": packed, "shuffle": shuffle, "fletcher32": fletcher32}
    with h5py.File(path, "w") as file:
        file.create_dataset("deep/down/a", data=VALUES, chunks=(7, 11), **options)
    np.testing.assert_array_equal(numbers(path, "deep/down/a"), VALUES)


def test_a_chunk_that_was_left_unpacked_is_read(path):
    with h5py.File(path, "w") as file:
        data = file.create_dataset("a", (4,), "<f4", chunks=(4,), compression="gzip")
        data.id.write_direct_chunk((0,), VALUES[0, :4].tobytes(), filter_mask=1)
    np.testing.assert_array_equal(numbers(path), VALUES[0, :4])


def test_a_packed_chunk_that_expands_beyond_its_size_is_refused(path):
    """The library itself would expand the whole stream: 64 MB for a chunk of 4 kB."""
    pack = zlib.compressobj(9)
    stream = b"".join(pack.compress(bytes(2**20)) for _ in range(64)) + pack.flush()
    with h5py.File(path, "w") as file:
        data = file.create_dataset("a", (1000,), "f4", chunks=(1000,), compression="gzip")
        data.id.write_direct_chunk((0,), stream)
    with pytest.raises(DataFileError, match="a chunk of a has not the 4,000 bytes"):
        numbers(path)


def test_a_packed_chunk_without_an_end_is_refused(path):
    with h5py.File(path, "w") as file:
        data = file.create_dataset("a", (1000,), "f4", chunks=(1000,), compression="gzip")
        data.id.write_direct_chunk((0,), zlib.compress(VALUES.tobytes()[:4000])[:-9])
    with pytest.raises(DataFileError, match="has not the 4,000 bytes"):
        numbers(path)


@pytest.mark.parametrize("packed", ["lzf", h5py.h5z.FILTER_SCALEOFFSET])
def test_other_ways_of_packing_are_refused(path, packed):
    with h5py.File(path, "w") as file:
        if packed == "lzf":
            file.create_dataset("a", data=VALUES, compression=packed)
        else:
            file.create_dataset("a", data=VALUES.astype(int), scaleoffset=4)
    with pytest.raises(DataFileError, match="packed in a way that is not read here"):
        numbers(path)


@pytest.mark.parametrize("shape", [(10**9, 16), (2**23, 4)])
def test_a_declared_size_that_the_file_cannot_hold_is_refused(path, shape):
    with h5py.File(path, "w") as file:
        file.create_dataset("a", shape, "f8", chunks=(1024, 4))
    with pytest.raises(DataFileError, match="claims .* bytes in a file of"):
        numbers(path)


def test_several_datasets_are_bounded_together(path):
    with h5py.File(path, "w") as file:
        for name in "abcdef":
            file.create_dataset(name, (2**22,), "f8", chunks=(2**14,))
    with open_hdf5(path) as found:
        for name in "abcd":
            found.numbers(found.find(name))
        with pytest.raises(DataFileError, match="e claims 33,554,432 bytes"):
            found.numbers(found.find("e"))


def test_links_and_parts_of_other_files_are_not_followed(path, tmp_path):
    with h5py.File(tmp_path / "secret.h5", "w") as file:
        file["a"] = VALUES
    (tmp_path / "raw").write_bytes(bytes(400))
    layout = h5py.VirtualLayout(VALUES.shape, "f4")
    layout[:] = h5py.VirtualSource(tmp_path / "secret.h5", "a", VALUES.shape)
    with h5py.File(path, "w") as file:
        file["real"] = VALUES
        file["soft"] = h5py.SoftLink("/real")
        file["outside"] = h5py.ExternalLink("secret.h5", "/a")
        file["group/outside"] = h5py.ExternalLink("secret.h5", "/")
        file.create_virtual_dataset("virtual", layout)
        file.create_dataset("raw", (100,), "f4", external=[(str(tmp_path / "raw"), 0, 400)])
        file["kind"] = np.dtype("f4")
    for name in ("soft", "outside", "group/outside/a", "virtual", "raw", "group", "kind"):
        with pytest.raises(DataFileError, match="is not a dataset of this file itself"):
            numbers(path, name)
    with pytest.raises(DataFileError, match="no dataset real/a"):
        numbers(path, "real/a")
    np.testing.assert_array_equal(numbers(path, "real"), VALUES)


def test_texts_are_read_one_at_a_time_and_bounded(path):
    texts = ["2023-03-24", "Größe", ""]
    with h5py.File(path, "w") as file:
        file["a"] = texts
        file["fixed"] = np.array([b"abc", b"de"])
        file["long"] = ["x" * 1000]
        file["number"] = VALUES
    with open_hdf5(path) as found:
        assert found.texts(found.find("a"), 20) == texts
        assert found.texts(found.find("fixed"), 20) == ["abc", "de"]
        with pytest.raises(DataFileError, match="text of 1,000 bytes"):
            found.texts(found.find("long"), 20)
        with pytest.raises(DataFileError, match="no texts"):
            found.texts(found.find("number"), 20)
        with pytest.raises(DataFileError, match="no numbers"):
            found.numbers(found.find("a"))


def test_what_is_no_hdf5_file_is_named(path):
    with pytest.raises(MissingDataError):
        numbers(path)
    path.write_bytes(b"rubbish")
    with pytest.raises(DataFileError, match="a.h5: is not a whole HDF5 file"):
        numbers(path)


# -- netCDF ---------------------------------------------------------------------------------------


def dataset():
    time = np.datetime64("2015-03-01", "ns") + np.arange(40) * np.timedelta64(600, "s")
    return xr.Dataset(
        {
            "amplitude": (("time", "frequency"), VALUES, {"units": "pT"}),
            "name": ("time", [f"night {i}" for i in range(40)]),
            "good": ("time", np.arange(40) % 2 == 0),
            "lasting": ("time", np.arange(40) * np.timedelta64(1, "s").astype("timedelta64[ns]")),
        },
        {"time": time, "frequency": np.arange(60.0)},
        {"station": "x", "gaps": [{"start": "a"}]},
    )


def test_a_dataset_comes_back_as_it_was_saved(tmp_path):
    path = save_nc(dataset(), tmp_path / "a.nc")
    back = open_nc(path)
    xr.testing.assert_equal(back, dataset())
    with xr.open_dataset(path, engine="h5netcdf") as theirs:
        xr.testing.assert_identical(back, theirs.load())


@pytest.mark.parametrize("kind", ["link", "raw", "huge", "virtual", "group", "bomb"])
def test_a_netcdf_file_that_reaches_out_or_claims_too_much_is_refused(tmp_path, kind):
    path = save_nc(dataset()[["amplitude"]], tmp_path / "a.nc")
    (tmp_path / "raw").write_bytes(bytes(400))
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["a"] = VALUES
    with h5py.File(path, "r+") as file:
        if kind == "link":
            file["a"] = h5py.ExternalLink("other.h5", "/a")
        elif kind == "raw":
            file.create_dataset("a", (100,), "f4", external=[(str(tmp_path / "raw"), 0, 400)])
        elif kind == "huge":
            file.create_dataset("a", (2**20, 2**14), "f8", chunks=(1, 2**14))
        elif kind == "virtual":
            layout = h5py.VirtualLayout(VALUES.shape, "f4")
            layout[:] = h5py.VirtualSource(tmp_path / "other.h5", "a", VALUES.shape)
            file.create_virtual_dataset("a", layout)
        elif kind == "group":
            file.create_group("a")
        else:
            data = file.create_dataset("a", (10,), "f4", chunks=(10,), compression="gzip")
            data.id.write_direct_chunk((0,), zlib.compress(bytes(10**6)))
    with pytest.raises(DataFileError, match=r"a.nc: .* (Get|make) it again|a.nc: .* again"):
        open_nc(path)


def test_a_netcdf_file_cut_short_is_named(tmp_path):
    path = save_nc(dataset(), tmp_path / "a.nc")
    whole = path.read_bytes()
    for end in (0, 100, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:end])
        with pytest.raises(DataFileError, match="a.nc: is not a whole netCDF-4 file .* make it"):
            open_nc(path)
