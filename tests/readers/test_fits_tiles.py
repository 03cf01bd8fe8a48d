"""Compressed FITS: read as astropy reads it, and damaged tiles never reach a decoder."""

import os
import subprocess
import sys
import zlib
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from astropy.io import fits

from geoviz_ml.errors import DataFileError
from geoviz_ml.readers import read_magnetogram
from geoviz_ml.readers.rice import rice_streams_whole


def packed(codec="RICE_1", dtype="i2", **options):
    rng = np.random.default_rng(0)
    values = rng.normal(60, 12, (50, 64))
    values[10:20, 5:40] = 0
    values[30, 8:12] = 20000 if dtype != "u1" else 255
    hdu = fits.CompImageHDU(values.clip(0).astype(dtype), compression_type=codec, **options)
    stream = BytesIO()
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(stream)
    return stream.getvalue()


def read(folder, raw):
    (folder / "a.fits").write_bytes(raw)
    return read_magnetogram(folder / "a.fits").values


@pytest.mark.parametrize("codec", ["RICE_1", "GZIP_1", "GZIP_2", "NOCOMPRESS"])
@pytest.mark.parametrize(
    ("dtype", "options"),
    [
        ("u1", {}),
        ("i2", {}),
        ("i4", {}),
        ("i4", {"tile_shape": (7, 30)}),
        ("f4", {"dither_seed": 3}),
        ("f4", {"dither_seed": 3, "quantize_method": 2}),
        ("f4", {"quantize_level": 0}),
    ],
)
def test_whole_files_are_read_as_astropy_reads_them(tmp_path, codec, dtype, options):
    raw = packed(codec, dtype, **options)
    with fits.open(BytesIO(raw)) as hdus:
        expected = np.asarray(hdus[1].data, np.float32)
    np.testing.assert_array_equal(read(tmp_path, raw)[::-1], expected)


def test_tiles_that_were_not_quantized_are_read(tmp_path):
    """A constant row has no noise to quantize by: it is kept by gzip in another column."""
    values = np.random.default_rng(0).normal(0, 9, (8, 64)).astype("f4")
    values[3] = 7.25
    hdu, stream = fits.CompImageHDU(values, dither_seed=3), BytesIO()
    fits.HDUList([fits.PrimaryHDU(), hdu]).writeto(stream)
    found = read(tmp_path, stream.getvalue())[::-1]
    assert (found[3] == 7.25).all()


@pytest.mark.parametrize("codec", ["HCOMPRESS_1", "PLIO_1"])
def test_codecs_that_cannot_be_bounded_are_refused(tmp_path, codec):
    with pytest.raises(DataFileError, match=f"compressed by {codec}.*RICE_1"):
        read(tmp_path, packed(codec, "i2"))


def descriptors(raw):
    """Where the table of tiles begins, and its sizes and offsets."""
    with fits.open(BytesIO(raw), disable_image_compression=True) as hdus:
        at, rows = hdus[1].fileinfo()["datLoc"], hdus[1].header["NAXIS2"]
    return at, np.frombuffer(raw, ">i4", 2 * rows, at).reshape(rows, 2).copy()


def with_descriptors(raw, change):
    at, table = descriptors(raw)
    change(table)
    return raw[:at] + table.tobytes() + raw[at + table.nbytes :]


@pytest.mark.parametrize("codec", ["RICE_1", "GZIP_1", "GZIP_2", "NOCOMPRESS"])
@pytest.mark.parametrize("change", ["shorter", "outside", "negative", "next to nothing"])
def test_tiles_that_are_cut_or_lie_outside_are_errors(tmp_path, codec, change):
    def changed(table):
        table[7] = {
            "shorter": (table[7, 0] - 3, table[7, 1]),
            "outside": (table[7, 0], 2**31 - 9),
            "negative": (-5, table[7, 1]),
            "next to nothing": (1, table[7, 1]),
        }[change]

    with pytest.raises(DataFileError, match=r"a\.fits"):
        read(tmp_path, with_descriptors(packed(codec), changed))


def with_words(raw, **words):
    """Values in the header of the table replaced, as text of the same length."""
    for key, value in words.items():
        at = raw.index(f"{key:8s}=".encode()) + 10
        raw = raw[:at] + f"{value:>20}".encode() + raw[at + 20 :]
    return raw


@pytest.mark.parametrize(
    "words",
    [
        {"ZNAXIS1": 63},
        {"ZNAXIS2": 5000},
        {"ZTILE1": 0},
        {"ZTILE1": -64},
        {"ZVAL1": 0},  # of the block
        {"ZVAL1": 2147483647},
        {"ZVAL2": 8},  # bytes of a pixel
        {"ZVAL2": 4},
        {"ZNAXIS": 3},
    ],
)
def test_parameters_that_make_no_sense_are_errors(tmp_path, words):
    with pytest.raises(DataFileError, match=r"a\.fits"):
        read(tmp_path, with_words(packed(), **words))


@pytest.mark.parametrize("seed", [0, -1, 10001])
def test_seeds_of_dither_outside_its_table_are_errors(tmp_path, seed):
    raw = packed("RICE_1", "f4", dither_seed=3, quantize_method=1)
    assert np.isfinite(read(tmp_path, raw)).all()
    with pytest.raises(DataFileError, match="quantized"):
        read(tmp_path, with_words(raw, ZDITHER0=seed))


def test_gzip_tiles_expand_to_their_size_only(tmp_path):
    """A tile of 50 x 64 pixels whose stream holds 64 million zeros."""
    raw = packed("GZIP_1", tile_shape=(50, 64))
    at, table = descriptors(raw)
    stream = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = stream.compress(bytes(64_000_000)) + stream.flush()
    table[0] = len(bomb), 0
    raw = with_words(raw[:at] + table.tobytes() + bomb, PCOUNT=len(bomb))
    raw += bytes(-len(raw) % 2880)
    with pytest.raises(DataFileError, match="another size"):
        read(tmp_path, raw)


@pytest.mark.parametrize("width", [1, 2, 4])
def test_a_stream_is_whole_or_short_at_every_byte(width):
    """Walked to its end and not one byte farther: astropy's coder says where that is."""
    values = np.random.default_rng(width).normal(60, 12, (1, 100)).astype(f"i{width}")
    values[0, 40:80] = 7
    values[0, 90] = 120
    raw = packed_row(values)
    at, table = descriptors(raw)
    size = int(table[0, 0])
    heap = np.frombuffer(raw, np.uint8, size, at + table.nbytes)
    for length in range(size + 1):
        whole = rice_streams_whole(heap, np.array([0]), np.array([length]), 100, 32, width)
        assert whole == (length == size)


def packed_row(values):
    stream = BytesIO()
    values = values.astype("u1") if values.itemsize == 1 else values
    fits.HDUList([fits.PrimaryHDU(), fits.CompImageHDU(values)]).writeto(stream)
    return stream.getvalue()


def test_zeros_without_an_end_are_no_stream():
    heap = np.zeros(10_000, np.uint8)
    heap[4] = 0x10  # a block in the code for small numbers, then nothing
    assert not rice_streams_whole(heap, np.array([0]), np.array([heap.size]), 64, 32, 4)


def test_damaged_tiles_of_every_codec_crash_nothing():
    """``python -m tests.benchmarks.fuzz_fits_tiles`` tries thousands."""
    run = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.fuzz_fits_tiles", "--n", "80", "--seed", "1"],
        cwd=Path(__file__).resolve().parents[2],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "failures: 0" in run.stdout
