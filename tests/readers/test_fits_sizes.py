"""Sizes in the headers of FITS files are whole numbers before anything is made of them."""

import gzip
import resource
import tracemalloc

import numpy as np
import pytest
from astropy.io import fits

from geoviz_ml.errors import DataFileError
from geoviz_ml.readers import read_dasc, read_magnetogram


def picture(path, second=False):
    """A small picture, alone or behind another part."""
    hdu = fits.ImageHDU(np.arange(12, dtype=np.int16).reshape(3, 4))
    parts = [fits.PrimaryHDU(), hdu] if second else [fits.PrimaryHDU(hdu.data)]
    fits.HDUList(parts).writeto(path)
    return path


def with_card(path, key, value):
    """The last card of that keyword replaced by one with another value."""
    raw = path.read_bytes()
    at = raw.rindex(f"{key:8s}=".encode())
    path.write_bytes(raw[:at] + f"{key:8s}= {value}".ljust(80).encode()[:80] + raw[at + 80 :])


@pytest.mark.parametrize("second", [False, True])
@pytest.mark.parametrize("reader", [read_magnetogram, read_dasc])
@pytest.mark.parametrize("name", ["BITPIX", "NAXIS1", "NAXIS2"])
def test_a_text_is_no_size(tmp_path, reader, name, second):
    """A text times a number is a text of so many times its length: here of 4 GB."""
    path = picture(tmp_path / "a.fits", second)
    for key, value in (("NAXIS1", 2**28), ("NAXIS2", 1), (name, "'a long text    '")):
        with_card(path, key, value)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(DataFileError, match=rf"a\.fits.*{name} is 'a long text'"):
        reader(path)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000  # kB


def test_cards_that_a_shift_has_made_texts_are_no_sizes(tmp_path):
    """A keyword behind a space has no value, and the rest of the line becomes its text."""
    path = picture(tmp_path / "a.fits")
    raw = path.read_bytes()
    at = raw.index(b"NAXIS2  =")
    path.write_bytes(raw[:at] + b" " + raw[at : at + 79] + raw[at + 80 :])
    with pytest.raises(DataFileError, match="NAXIS2 is"):
        read_magnetogram(path)


@pytest.mark.parametrize("value", ["1.5", "T", "(1, 2)", "", "-5"])
def test_other_values_are_no_sizes(tmp_path, value):
    path = picture(tmp_path / "a.fits")
    with_card(path, "NAXIS1", value)
    with pytest.raises(DataFileError, match=r"a\.fits"):
        read_magnetogram(path)


def test_a_size_that_is_told_twice_is_refused_where_the_two_differ(tmp_path):
    path = picture(tmp_path / "a.fits")
    raw = path.read_bytes()
    at = raw.index(b"END   ")
    for again, whole in ((4, True), (5, False)):
        card = f"NAXIS1  = {again:>20}".ljust(80).encode()
        path.write_bytes(raw[:at] + card + raw[at : at + 80] + raw[at + 160 :])
        if whole:
            assert read_magnetogram(path).shape == (3, 4)
        else:
            with pytest.raises(DataFileError, match="NAXIS1 is 5"):
                read_magnetogram(path)


def test_a_picture_behind_others_is_found(tmp_path):
    assert read_magnetogram(picture(tmp_path / "a.fits", second=True)).shape == (3, 4)


@pytest.mark.parametrize("second", [False, True])
@pytest.mark.parametrize("packed", [False, True])
def test_a_header_without_an_end_is_refused_before_its_cards_are_made(tmp_path, second, packed):
    path = tmp_path / "a.fits"
    raw = picture(path, second).read_bytes()
    at = raw.rindex(b"END" + b" " * 77)
    raw = raw[:at] + b"COMMENT x".ljust(80) * 36 * 400 + raw[at:]
    path.write_bytes(gzip.compress(raw) if packed else raw)
    tracemalloc.start()
    try:
        with pytest.raises(DataFileError, match=r"a\.fits"):
            read_magnetogram(path)
        assert tracemalloc.get_traced_memory()[1] < 5 * len(raw)
    finally:
        tracemalloc.stop()


def test_a_header_of_thousands_of_comments_is_read(tmp_path):
    path = picture(tmp_path / "a.fits")
    raw = path.read_bytes()
    at = raw.rindex(b"END" + b" " * 77)
    path.write_bytes(raw[:at] + b"COMMENT x".ljust(80) * 36 * 100 + raw[at:])
    assert read_magnetogram(path).shape == (3, 4)
