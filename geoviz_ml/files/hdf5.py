"""HDF5 files from strangers: what is read lies in the file itself, and is bounded beforehand.

The library believes what a file says: it follows links into other files, makes room for any
declared size, and expands a packed chunk as far as it goes, whatever the chunk's size; some damage
it does not survive. Here a file is first tried in another process (`hdf5_trial`). Then links,
virtual and external datasets are refused, everything that is read of one file together is bounded,
and each packed chunk is expanded once in small pieces to see that it has the size it should have.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from math import prod
from os import PathLike
from typing import TYPE_CHECKING

from ..errors import DataFileError
from .bounded import memory_cap, read_bounded
from .hdf5_trial import try_out
from .untrusted import AGAIN, untrusted

if TYPE_CHECKING:
    import h5py
    import numpy as np

LONGEST_FILE = 2**30  # bytes
MOST_CHUNKS = 2**14  # of a dataset
MOST_TEXTS = 2**14
TEXT = 16  # bytes of a text's place in the file
GZIP, SHUFFLE, CHECKSUM = 1, 2, 3  # the filters that are read


@contextmanager
def open_hdf5(path: str | PathLike, what: str = "HDF5 file", advice: str = AGAIN) -> Iterator[Hdf5]:
    """Open a file that is there, is regular and is no longer than 1 GiB.

    What the library raises within the block becomes a `DataFileError` that names the file.

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there, or not a whole HDF5 file.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import h5py
    >>> from geoviz_ml.files import open_hdf5
    >>> path = Path(tempfile.mkdtemp()) / "a.h5"
    >>> with h5py.File(path, "w") as file:
    ...     file["A"] = [1, 2]
    >>> with open_hdf5(path) as file:
    ...     print(file.numbers(file.find("A")).tolist())
    [1, 2]
    """
    import h5py

    raw = read_bounded(path, LONGEST_FILE)
    if problem := try_out(raw):
        raise DataFileError(f"is not a whole {what} ({problem}).", path, advice)
    with untrusted(path, what, advice), h5py.File(BytesIO(raw), "r") as file:
        yield Hdf5(file, path, raw)


class Hdf5:
    """An open file.

    Attributes
    ----------
    file : h5py.File
    path : path-like
    raw : bytes
        The whole file.
    left : int
        Bytes that may still be read: a quarter of `memory_cap`, as readers convert what they read.
    """

    def __init__(self, file: h5py.File, path: str | PathLike, raw: bytes):
        self.file, self.path, self.raw, self.left = file, path, raw, memory_cap(len(raw)) // 4

    def find(self, name: str, advice: str = AGAIN):
        """A dataset of this file itself, by its name such as ``data/grid``; it is not read yet.

        Raises
        ------
        DataFileError
            There is none, or a link leads elsewhere.
        """
        import h5py

        here = self.file
        for part in name.split("/"):
            link = here.get(part, getlink=True) if isinstance(here, h5py.Group) else None
            if link is None:
                raise DataFileError(f"has no dataset {name}.", self.path, advice)
            if not isinstance(link, h5py.HardLink):
                self._refuse(f"{name} is not a dataset of this file itself.")
            here = here[part]
        if not isinstance(here, h5py.Dataset) or here.is_virtual or here.external:
            self._refuse(f"{name} is not a dataset of this file itself.")
        return here

    def numbers(self, data) -> np.ndarray:
        """Read a dataset of numbers, as from `find`, after all checks.

        The result has the shape of the dataset.

        Raises
        ------
        DataFileError
            It holds no numbers, or `check` refuses it.
        """
        if data.dtype.kind not in "iuf" or data.dtype.itemsize > 8:
            self._refuse(f"{data.name[1:]} holds {data.dtype}, no numbers.")
        self.check(data)
        return data[()]

    def texts(self, data, longest: int) -> list[str]:
        """Read a dataset of texts in one dimension, each at most `longest` bytes long.

        Raises
        ------
        DataFileError
            It holds something else, too many or too long texts, or `check` refuses it.
        """
        import h5py

        kind = h5py.check_string_dtype(data.dtype)
        if kind is None or data.ndim != 1 or data.size > MOST_TEXTS:
            self._refuse(f"{data.name[1:]} holds {data.dtype} of shape {data.shape}, no texts.")
        self.check(data)
        texts = []
        for i in range(data.size):  # all could be one long text of the file: one at a time
            text = data[i]
            if len(text) > longest:
                self._refuse(f"{data.name[1:]} holds a text of {len(text):,} bytes.")
            texts.append(text.decode("utf-8", "replace") if isinstance(text, bytes) else text)
        return texts

    def check(self, data, weight: float = 1) -> None:
        """See that a dataset may be read: its claimed size, and that of each packed chunk.

        Parameters
        ----------
        data : h5py.Dataset
        weight : float
            Bytes of memory for each of its bytes, beyond one.

        Raises
        ------
        DataFileError
            It claims more than the file can hold, or is packed in a way that is not read here.
        """
        name, width = data.name[1:], TEXT if data.dtype.kind == "O" else data.dtype.itemsize
        size = prod(data.shape or (1,)) * width
        self.left -= int(size * max(weight, 1))
        if self.left < 0:
            self._refuse(f"{name} claims {size:,} bytes in a file of {len(self.raw):,}.")
        if data.chunks is None:
            return
        chunk, number = prod(data.chunks) * width, data.id.get_num_chunks()
        if chunk > self.left + size or number > MOST_CHUNKS:
            self._refuse(f"{name} claims {number:,} chunks of {chunk:,} bytes.")
        plan = data.id.get_create_plist()
        filters = [plan.get_filter(i)[0] for i in range(plan.get_nfilters())]
        if not set(filters) <= {GZIP, SHUFFLE, CHECKSUM} or filters.count(GZIP) > 1:
            self._refuse(f"{name} is packed in a way that is not read here ({filters}).")
        if GZIP in filters:
            places: list = []
            data.id.chunk_iter(lambda info: places.append(info.chunk_offset))
            for place in places:
                self._check_chunk(data, place, filters, chunk)

    def _check_chunk(self, data, place: tuple, filters: list[int], size: int) -> None:
        """Expand a chunk in small pieces, and see that it has its size and an end."""
        mask, packed = data.id.read_direct_chunk(place)
        if mask & 1 << filters.index(GZIP):  # this chunk was left as it is
            return
        inflate, most = zlib.decompressobj(), size + 4 * len(filters)  # checksums have 4 bytes
        while packed and not inflate.eof and most >= 0:
            most -= len(inflate.decompress(packed, 2**20))
            packed = inflate.unconsumed_tail
        if most < 0 or not inflate.eof:
            self._refuse(f"a chunk of {data.name[1:]} has not the {size:,} bytes it should have.")

    def _refuse(self, problem: str) -> None:
        raise DataFileError(problem, self.path, AGAIN)
