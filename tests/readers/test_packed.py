"""Files packed by gzip cost no more memory than a file of their packed size may."""

import gzip
import subprocess
import sys
from pathlib import Path

import pytest

from geoviz_ml.files import memory_cap

from ..conftest import ROOT

NAMES = {
    "read_magnetogram": "a.fits.gz",
    "read_dasc": "PKR_DASC_0558_20151007_082351.743.FITS.gz",
    "read_themis": "20140310_0600_gill_themis19_full.pgm.gz",
}
READ = """
import re, sys
from astropy.io import fits
from geoviz_ml import readers
from geoviz_ml.errors import DataFileError
read = getattr(readers, sys.argv[1])
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]) * 1024
before = peak()
try:
    print(read(sys.argv[2]).shape)
except DataFileError as error:
    print(error)
print(peak() - before)
"""
pytestmark = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the peak of a process is told by Linux"
)


def picture(height, width, bits=16):
    """The header of a FITS picture, as bytes."""
    cards = {"SIMPLE": "T", "BITPIX": bits, "NAXIS": 2, "NAXIS1": width, "NAXIS2": height}
    lines = [f"{name:8s}= {value:>20}".ljust(80) for name, value in cards.items()]
    return "".join([*lines, "END".ljust(80)]).ljust(2880).encode()


def packed(path, start, zeros):
    """A small file that expands to `start` and so many zeros."""
    whole, rest = divmod(zeros, 2**20)
    parts = [gzip.compress(start, 1), *[gzip.compress(bytes(2**20))] * whole]
    path.write_bytes(b"".join([*parts, gzip.compress(bytes(rest))]))
    return path


def read(reader, path):
    """What a process of its own says of a file, and the memory that reading it has cost."""
    command = [sys.executable, "-c", READ, reader, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    *told, cost = done.stdout.splitlines()
    return "\n".join(told), int(cost)


@pytest.mark.parametrize("reader", NAMES)
def test_gzip_that_expands_without_bound_is_refused_in_little_memory(tmp_path, reader):
    path = packed(tmp_path / NAMES[reader], picture(20_000, 10_000), 400_000_000)
    told, cost = read(reader, path)
    assert "expands to more than" in told
    assert NAMES[reader] in told
    assert cost < memory_cap(path.stat().st_size)


@pytest.mark.parametrize(
    ("height", "width", "bits"), [(4096, 4096, -32), (8192, 8192, 8)], ids=["whole", "too many"]
)
def test_pixels_of_a_packed_picture_are_measured_by_the_packed_file(tmp_path, height, width, bits):
    """Each expands to 64 MiB: 8192 x 8192 pixels may stand in a file that has so many bytes."""
    size = height * width * abs(bits) // 8
    path = packed(tmp_path / "a.fits.gz", picture(height, width, bits), size + -size % 2880)
    told, cost = read("read_magnetogram", path)
    expected = "(4096, 4096)" if bits == -32 else "claims 8192 x 8192 pixels in a file of"
    assert expected in told
    assert cost < memory_cap(path.stat().st_size)
