"""Returned notebooks inside a zip, as learning platforms hand them out; expanded within bounds.

The format is read by Python's `zipfile`. Nothing is written under a name that the archive chose.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path, PurePosixPath

from ..errors import DataFileError
from ..files.folder import is_foreign
from .notebook import LARGEST

MOST = 1000  # notebooks in one archive
ALL = 500 * 2**20  # bytes of all of them
WANTED = "Unpack it by hand and give the folder."
BROKEN = (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError)


def unzip(path: Path, folder: Path) -> dict[str, Path]:
    """Write the notebooks of an archive into a folder, under numbers.

    Parameters
    ----------
    path : Path
        The archive. What is no notebook in it, hidden or foreign is left where it is.
    folder : Path
        Is made if it is not there.

    Returns
    -------
    dict
        Name in the archive -> file, in the order of the names.

    Raises
    ------
    DataFileError
        It is no whole zip, it is locked by a password, or it holds too much.
    """
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with zipfile.ZipFile(path) as archive:
            wanted = sorted(
                (one for one in archive.infolist() if _is_notebook(one)), key=lambda i: i.filename
            )
            if len(wanted) > MOST:
                raise DataFileError(f"holds {len(wanted)} notebooks.", path, WANTED)
            found, left = {}, ALL
            for number, one in enumerate(wanted):
                with archive.open(one) as member:  # a size that is claimed is no bound
                    raw = member.read(min(LARGEST, left) + 1)
                left -= len(raw)
                if left < 0:
                    raise DataFileError(f"holds more than {ALL >> 20} MiB.", path, WANTED)
                file = folder / f"{number}.ipynb"
                file.write_bytes(raw)  # one that is too large is refused when it is read
                found[one.filename] = file
            return found
    except BROKEN as error:
        raise DataFileError(f"not a whole zip ({error}).", path, WANTED) from error


def _is_notebook(member: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(member.filename).parts
    return (
        not member.is_dir()
        and member.filename.endswith(".ipynb")
        and not any(is_foreign(part) for part in parts if part != "..")
    )
