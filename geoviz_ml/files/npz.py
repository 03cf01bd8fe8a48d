"""Arrays in numpy's .npz files from strangers: never larger than what the file can hold.

numpy makes room for what an array's header claims, and expands what is packed as far as it goes.
Here each array is expanded up to a limit only, and has the size that it claims.
"""

from __future__ import annotations

import math
import zipfile
from collections.abc import Sequence
from io import BytesIO
from os import PathLike

import numpy as np

from ..errors import DataFileError
from .bounded import memory_cap, read_bounded
from .untrusted import AGAIN, untrusted

LONGEST_FILE = 2**28  # bytes
SAFE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # packed otherwise, a stream has no limit
HEADS = {
    (1, 0): np.lib.format.read_array_header_1_0,
    (2, 0): np.lib.format.read_array_header_2_0,
}


def read_npz(
    path: str | PathLike, names: Sequence[str], advice: str = AGAIN
) -> dict[str, np.ndarray]:
    """Read arrays of numbers by their names.

    Parameters
    ----------
    path : path-like
    names : sequence of str
        Others in the file are not looked at.
    advice : str
        What the reader can do if the file is damaged.

    Returns
    -------
    dict
        The arrays by name, each of any shape.

    Raises
    ------
    MissingDataError, DataFileError
        The file is not there, is none of that kind, lacks an array, or holds more than a quarter of
        `memory_cap`, or an array of another size than it claims, or of something else than numbers.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> import numpy as np
    >>> from geoviz_ml.files import read_npz
    >>> path = Path(tempfile.mkdtemp()) / "a.npz"
    >>> np.savez(path, weights=np.arange(3))
    >>> read_npz(path, ["weights"])["weights"].tolist()
    [0, 1, 2]
    """
    raw = read_bounded(path, LONGEST_FILE)
    left, arrays = memory_cap(len(raw)) // 4, {}
    with untrusted(path, "npz file", advice), zipfile.ZipFile(BytesIO(raw)) as archive:
        for name in names:
            entry = archive.getinfo(f"{name}.npy")
            if entry.compress_type not in SAFE:
                raise ValueError(f"{name} is packed in a way that is not read here")
            with archive.open(entry) as member:
                content = member.read(left + 1)
            left -= len(content)
            if left < 0:
                raise DataFileError(f"expands {name} beyond its limit.", path, advice)
            arrays[name] = _array(content)
    return arrays


def _array(content: bytes) -> np.ndarray:
    """The array of an .npy file, which must be exactly there."""
    stream = BytesIO(content)
    shape, columns_first, kind = HEADS[np.lib.format.read_magic(stream)](stream)
    if kind.kind not in "biuf" or min(shape, default=0) < 0:
        raise ValueError(f"it holds {kind} of shape {shape}")
    if math.prod(shape) * kind.itemsize != len(content) - stream.tell():
        raise ValueError(f"it claims {kind} of shape {shape} in {len(content):,} bytes")
    values = np.frombuffer(content, kind, offset=stream.tell())
    return values.reshape(shape, order="F" if columns_first else "C")
