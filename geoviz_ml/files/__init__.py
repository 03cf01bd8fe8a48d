"""Files: whole or not there when written, bounded and regular when read, listed without rubbish."""

from .alone import alone
from .bounded import memory_cap, read_bounded, size_of
from .folder import doubled, listing
from .hdf5 import open_hdf5
from .netcdf import open_nc, save_nc
from .notes import read_json
from .npz import read_npz
from .text import printable, safe_cell
from .untrusted import AGAIN, untrusted
from .whole import atomic_path

__all__ = [
    "AGAIN",
    "alone",
    "atomic_path",
    "doubled",
    "listing",
    "memory_cap",
    "open_hdf5",
    "open_nc",
    "printable",
    "read_bounded",
    "read_json",
    "read_npz",
    "safe_cell",
    "save_nc",
    "size_of",
    "untrusted",
]
