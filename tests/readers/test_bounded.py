"""What every reader stands on: gzip that is bounded, failures that are one kind of error."""

import gzip

import pytest

from geoviz_ml.errors import DataFileError, MissingDataError, UsageError
from geoviz_ml.files import untrusted
from geoviz_ml.files.bounded import MOST_MEMBERS, gunzip_bounded


@pytest.mark.parametrize("sizes", [[0], [5], [70_000, 0, 3, 2_000_000], [1] * 300])
def test_gzip_of_any_number_of_members_is_what_gzip_makes_of_it(sizes):
    parts = [bytes(i % 251 for i in range(size)) for size in sizes]
    raw = b"".join(gzip.compress(part, 1, mtime=0) for part in parts)
    for behind in (b"", bytes(1000)):
        ours = gunzip_bounded(raw + behind, sum(sizes), "a.gz")
        assert ours == gzip.decompress(raw + behind) == b"".join(parts)


def test_gzip_never_expands_beyond_its_limit():
    raw = gzip.compress(bytes(1000)) + gzip.compress(bytes(10**7))
    assert len(gunzip_bounded(raw, 10**7 + 1000, "a.gz")) == 10**7 + 1000
    with pytest.raises(DataFileError, match="a.gz: expands to more than 10,000,999 bytes"):
        gunzip_bounded(raw, 10**7 + 999, "a.gz")


def test_gzip_never_expands_to_more_than_a_quarter_of_the_memory_of_its_file():
    raw = gzip.compress(bytes(2**20)) * 129
    with pytest.raises(DataFileError, match="a.gz: expands to more than 134,217,728 bytes"):
        gunzip_bounded(raw, 2**40, "a.gz")


def test_any_number_of_empty_members_is_not_followed():
    empty = gzip.compress(b"", mtime=0)
    assert gunzip_bounded(empty * MOST_MEMBERS, 10, "a.gz") == b""
    with pytest.raises(DataFileError, match="more than 10,000 members"):
        gunzip_bounded(empty * 3_000_000, 10, "a.gz")


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (gzip.compress(b"abc", mtime=0)[:-1], "cut short"),
        (gzip.compress(b"abc", mtime=0)[:5], "cut short"),
        (gzip.compress(b"abc", mtime=0) + b"rubbish", "not a whole gzip"),
        (gzip.compress(b"abc", mtime=0)[:-8] + bytes(8), "not a whole gzip|cut short"),
        (b"rubbish", "not a whole gzip"),
    ],
)
def test_gzip_that_is_cut_or_damaged_is_named(raw, said):
    with pytest.raises(DataFileError, match=said):
        gunzip_bounded(raw, 10**6, "a.gz")


def test_what_a_library_raises_becomes_one_error_that_names_the_file():
    for raised in (KeyError("x"), MemoryError(), RecursionError("deep"), OSError(5, "broken")):
        with (
            pytest.raises(DataFileError, match="a.dat: is not a whole table"),
            untrusted("a.dat", "table"),
        ):
            raise raised
    for ours in (MissingDataError, UsageError):
        with pytest.raises(ours), untrusted("a.dat", "table"):
            raise ours("said.")
