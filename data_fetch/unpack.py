"""Archives are unpacked inside their folder, as plain files, up to a limit, or not at all.

zipfile and tarfile only read here. What they would write is not left to them, not even with
tarfile's data filter, which cleans some names silently and knows no limit: a name is checked, then
a plain file of that name is written, or the whole archive is refused.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import os
import shutil
import stat
import struct
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import IO

from geoviz_ml.errors import DataFileError, MissingDataError
from geoviz_ml.files.npz import SAFE

from .file_names import unusable

CHUNK = 2**20
SMALL = 64 * 2**20  # bytes that any archive may expand to, whatever its ratio
BROKEN = (
    EOFError, OSError, lzma.LZMAError, zlib.error, tarfile.TarError, zipfile.BadZipFile,
    NotImplementedError, RuntimeError, ValueError, OverflowError, struct.error,
)  # fmt: skip


@dataclass(frozen=True)
class Limits:
    """What an archive may expand to.

    Attributes
    ----------
    members : int
    bytes : int
        All files together.
    ratio : float
        Bytes unpacked to bytes packed, beyond 64 MiB.
    """

    members: int = 50_000
    bytes: int = 20 * 10**9
    ratio: float = 100.0


@dataclass(frozen=True)
class Member:
    """A file of the archive, its name already checked."""

    name: str
    size: int
    open: Callable[[], IO[bytes]]


def unpack(
    archive: str | PathLike,
    folder: str | PathLike,
    limits: Limits | None = None,
    place: Callable[[str], str | None] | None = None,
    taken: Iterable[str] = (),
) -> dict[str, str]:
    """Unpack a zip or tar archive (plain, gz, bz2, xz) into `folder`.

    A single folder that holds everything is left out: its contents come to lie in `folder`. All
    is unpacked into a hidden folder first and moved when it is whole. Modes, owners and times are
    not kept, archives in the archive are not opened.

    Parameters
    ----------
    archive, folder : path-like
    limits : Limits, optional
    place : callable, optional
        Given a member's name, tells the name to unpack it under, or None to leave it out.
    taken : iterable of str
        Names below `folder` that nothing of the archive may have; the archive's own is one always.

    Returns
    -------
    dict
        Name below `folder` -> SHA-256 of each file.

    Raises
    ------
    MissingDataError
        There is no such archive.
    DataFileError
        It is no archive, is cut or corrupt, or holds something that is not unpacked: an absolute
        name, ``..``, a link, a device, two members of one name, a name that is taken, more than
        `limits`.
    """
    archive, folder, limits = Path(archive), Path(folder), limits or Limits()
    if not archive.is_file():
        raise MissingDataError("there is no such archive.", archive)
    most = min(limits.bytes, max(SMALL, int(limits.ratio * archive.stat().st_size)))
    folder.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".unpack-", dir=folder))
    try:
        hashes = _write(archive, scratch, limits.members, most, place)
        top = {PurePosixPath(name).parts[0] for name in hashes}
        inner = len(top) == 1 and all("/" in name for name in hashes)
        root = scratch / top.pop() if inner else scratch
        hashes = {(name.partition("/")[2] if inner else name): h for name, h in hashes.items()}
        _free(archive, folder, hashes, taken)
        for name in hashes:
            target = folder / name
            target.parent.mkdir(parents=True, exist_ok=True)
            if target.exists():  # keeps its permissions
                (root / name).chmod(target.stat().st_mode & 0o777)
            os.replace(root / name, target)
    except BROKEN as error:
        if isinstance(error, DataFileError) or getattr(error, "errno", None):
            raise  # a refusal of ours, or a full disk
        raise DataFileError(
            f"is no whole zip or tar archive ({error or type(error).__name__}).",
            archive,
            "Delete it and fetch it again.",
        ) from error
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return hashes


def _free(archive: Path, folder: Path, names: Iterable[str], taken: Iterable[str]) -> None:
    """No file takes the place of the archive, or of another that must stay."""
    held = {name.casefold() for name in taken}
    if archive.parent.resolve() == folder.resolve():
        held.add(archive.name.casefold())
    for name in names:
        if name.casefold() in held:
            raise _refused(archive, "holds a file whose name is taken", name)


def _write(archive: Path, folder: Path, members: int, most: int, place) -> dict[str, str]:
    hashes: dict[str, str] = {}
    total = 0
    for member in _members(archive, members, most):
        name = place(member.name) if place else member.name
        if name is None:
            continue
        if name in hashes:
            raise _refused(archive, "holds two members of one name", member.name)
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with member.open() as source, open(target, "xb") as out:
            while chunk := source.read(CHUNK):
                size += len(chunk)
                if total + size > most or size > member.size:
                    raise _refused(archive, f"expands to more than {most} bytes", member.name)
                digest.update(chunk)
                out.write(chunk)
        if size != member.size:
            raise tarfile.ReadError(f"{member.name} is cut")
        total += size
        hashes[name] = digest.hexdigest()
    return hashes


def _members(archive: Path, members: int, most: int) -> Iterator[Member]:
    """The archive's plain files in order; refuses the archive when one thing in it is wrong."""
    seen: dict[str, bool] = {}  # lower-case path -> is a file
    declared = 0
    for count, (name, size, kind, opener) in enumerate(_entries(archive), 1):
        if count > members:
            raise _refused(archive, f"holds more than {members} members", name)
        if kind not in ("file", "folder"):
            raise _refused(archive, f"holds a {kind}", name)
        if problem := unusable(name):
            raise _refused(archive, f"holds a name that {problem}", name)
        path = PurePosixPath(name)
        if not path.parts:
            continue  # the folder itself
        _once(archive, path, kind == "file", seen)
        declared += size
        if declared > most:
            raise _refused(archive, f"expands to more than {most} bytes", name)
        if kind == "file":
            yield Member(str(path), size, opener)


def _once(archive: Path, path: PurePosixPath, is_file: bool, seen: dict[str, bool]) -> None:
    """No two members of one name, on a disk that does not tell A from a either."""
    key = str(path).casefold()
    if key in seen and (is_file or seen[key]):
        raise _refused(archive, "holds two members of one name", str(path))
    for parent in path.parents[:-1]:
        if seen.setdefault(str(parent).casefold(), False):
            raise _refused(archive, "holds a file where it needs a folder", str(parent))
    seen[key] = is_file


def _entries(archive: Path) -> Iterator[tuple[str, int, str, Callable[[], IO[bytes]]]]:
    """Name, size, kind and opener of everything in the archive."""
    with open(archive, "rb") as raw:
        magic = raw.read(6)
    if magic.startswith(b"PK"):
        with zipfile.ZipFile(archive) as packed:
            for info in packed.infolist():
                yield info.filename, info.file_size, _zip_kind(info), partial(packed.open, info)
        return
    openers = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ": lzma.open}
    opener = next((o for start, o in openers.items() if magic.startswith(start)), open)
    with opener(archive, "rb") as raw, tarfile.open(fileobj=_Modest(raw), mode="r:") as packed:
        for info in packed:
            yield info.name, info.size, _tar_kind(info), partial(packed.extractfile, info)
        for _ in range(SMALL // CHUNK):  # to the end, where the checksum is
            if not raw.read(CHUNK):
                return
        raise tarfile.ReadError("it does not end")


def _zip_kind(info: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if info.flag_bits & 1:
        return "member that needs a password"
    if info.compress_type not in SAFE:  # zipfile expands them as far as they go
        return "member that is packed in a way that is not read"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "link" if kind == stat.S_IFLNK else "device"
    return "folder" if info.is_dir() else "file"


def _tar_kind(info: tarfile.TarInfo) -> str:
    if info.issparse():
        return "sparse file"
    if info.isreg():
        return "file"
    if info.isdir():
        return "folder"
    return "link" if info.issym() or info.islnk() else "device"


class _Modest:
    """A stream that refuses to be read in huge pieces, as a forged header would have it."""

    def __init__(self, raw: IO[bytes]):
        self.raw, self.tell, self.seek = raw, raw.tell, raw.seek

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= 2**26:
            raise tarfile.ReadError(f"a header of {size} bytes")
        return self.raw.read(size)


def _refused(archive: Path, why: str, name: str) -> DataFileError:
    return DataFileError(
        f"{why} ({name[:80]!r}); nothing of it was kept.",
        archive,
        "Do not unpack it by hand either, unless you trust where it comes from.",
    )
