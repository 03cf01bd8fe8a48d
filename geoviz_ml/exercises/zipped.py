"""Returned notebooks inside a zip, as learning platforms hand them out; expanded within bounds.

The format is read by Python's `zipfile`. Nothing is written under a name that the archive chose.
"""

from __future__ import annotations

import zipfile
from pathlib import Path, PurePosixPath

from ..errors import DataFileError
from ..files import printable, untrusted
from ..files.folder import is_foreign
from ..files.npz import SAFE
from .notebook import LARGEST

MOST = 1000  # notebooks in one archive
ALL = 500 * 2**20  # bytes of all of them
LONGEST_NAME = 1000  # letters, as it is printed
WANTED = "Unpack it by hand and give the folder."


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
        Name in the archive, as it can be printed -> file, in the order of the names.

    Raises
    ------
    DataFileError
        It is no whole zip, it is locked by a password, it is packed otherwise than by deflate,
        it holds too much, or two notebooks of one name.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with untrusted(path, "zip", WANTED), zipfile.ZipFile(path) as archive:
        wanted = sorted((i for i in archive.infolist() if _is_notebook(i)), key=_name)
        if len(wanted) > MOST:
            raise DataFileError(f"holds {len(wanted)} notebooks.", path, WANTED)
        found: dict[str, Path] = {}
        left = ALL
        for number, one in enumerate(wanted):
            name = _name(one)
            if name in found or len(name) > LONGEST_NAME:
                what = "two notebooks of one name" if name in found else "a name without an end"
                raise DataFileError(f"holds {what} ({name[:80]}).", path, WANTED)
            if one.compress_type not in SAFE:
                raise DataFileError(f"packs {name[:80]} in a way that is not read.", path, WANTED)
            with archive.open(one) as member:  # a size that is claimed is no bound
                raw = member.read(min(LARGEST, left) + 1)
            left -= len(raw)
            if left < 0:
                raise DataFileError(f"holds more than {ALL >> 20} MiB.", path, WANTED)
            found[name] = folder / f"{number}.ipynb"
            found[name].write_bytes(raw)  # one that is too large is refused when it is read
        return found


def _name(member: zipfile.ZipInfo) -> str:
    return printable(member.filename)


def _is_notebook(member: zipfile.ZipInfo) -> bool:
    parts = PurePosixPath(member.filename).parts
    return (
        not member.is_dir()
        and member.filename.endswith(".ipynb")
        and not any(is_foreign(part) for part in parts if part != "..")
    )
