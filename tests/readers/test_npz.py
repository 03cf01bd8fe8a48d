"""Arrays of .npz files cost no more memory than the file can hold."""

import resource
import zipfile
from io import BytesIO

import numpy as np
import pytest

from geoviz_ml.datasets import read_truth
from geoviz_ml.errors import DataFileError, MissingDataError
from geoviz_ml.files import read_npz

MASKS = np.random.default_rng(0).random((3, 24, 40)) < 0.2


@pytest.fixture
def path(tmp_path):
    (tmp_path / "truth").mkdir()
    return tmp_path / "truth" / "a.npz"


def save(path, arcs, shape):
    np.savez_compressed(path, arcs=arcs, shape=np.array(shape))


def with_member(path, content: bytes, packing=zipfile.ZIP_DEFLATED):
    """A file whose arcs are these bytes."""
    shape = BytesIO()
    np.save(shape, np.array(MASKS.shape))
    with zipfile.ZipFile(path, "w", packing) as archive:
        archive.writestr("shape.npy", shape.getvalue())
        archive.writestr("arcs.npy", content)


def head(kind: str, shape: tuple) -> bytes:
    stream = BytesIO()
    claim = {"descr": kind, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, claim)
    return stream.getvalue()


def refused(path):
    """It is refused in little memory, whatever it claims."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DataFileError, match=r"a\.npz.*Simulate the folder again"):
        read_truth(path.parents[1], "a.pgm.gz")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200_000  # kB


@pytest.mark.parametrize("write", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("kind", ["?", "u1", ">i2", "<f4", "f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_numbers_come_as_they_were_written(path, write, kind, order):
    values = np.asarray(np.arange(24).reshape(2, 3, 4), kind, order=order)
    write(path, a=values, b=np.zeros(0), c=np.array(7))
    found = read_npz(path, ("a", "b", "c"))
    np.testing.assert_array_equal(found["a"], values)
    assert found["b"].shape == (0,)
    assert found["c"] == 7


def test_masks_come_as_they_were_written(path):
    save(path, np.packbits(MASKS), MASKS.shape)
    np.testing.assert_array_equal(read_truth(path.parents[1], "a.pgm.gz"), MASKS)


@pytest.mark.parametrize("shape", [(2**10, 2**10, 2**9), (3, 24, 41), (72, 40), (-3, -24, 40), ()])
def test_masks_have_as_many_pixels_as_are_there(path, shape):
    save(path, np.packbits(MASKS), shape)
    refused(path)


def test_masks_that_are_whole_but_too_many_are_refused(path):
    save(path, np.zeros(2**25, np.uint8), (2**8, 2**10, 2**10))
    refused(path)


@pytest.mark.parametrize(
    "content",
    [
        bytes(2**28),  # expands a thousandfold
        head("|u1", (2**40,)) + b"\1",
        head("|u1", (-1,)) + b"\1",
        head("|V0", (2**40,)),
        head("|S0", (2**40,)),
        head("|O", (1,)) + b"\x80\x04N.",
        b"no array",
        b"",
    ],
    ids=["a bomb", "huge", "negative", "no size", "no letters", "a pickle", "text", "nothing"],
)
def test_an_array_is_what_it_claims(path, content):
    with_member(path, content)
    refused(path)


@pytest.mark.parametrize("packing", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_other_ways_of_packing_are_refused(path, packing):
    with_member(path, head("|u1", (4,)) + bytes(4), packing)
    refused(path)


def test_what_is_not_there_is_named(path):
    with pytest.raises(MissingDataError):
        read_npz(path, ("a",))
    np.savez(path, b=1)
    with pytest.raises(DataFileError, match="no item named 'a.npy'"):
        read_npz(path, ("a",))
