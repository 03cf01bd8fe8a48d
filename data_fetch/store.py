"""The folder of a data set: whole files under their names, their hashes, one writer at a time."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath

from geoviz_ml.errors import DataFileError, DownloadError
from geoviz_ml.files import alone, atomic_path, read_bounded

from .errors import WrongBytes, disk_errors
from .file_names import unusable
from .kinds import foreign
from .request import File, Patience
from .resume import room
from .transfer import download
from .unpack import Limits, unpack

LONGEST_TABLE = 2**26  # bytes; 100 000 files need a quarter of it
SHA256 = re.compile("[0-9a-f]{64}")


class Store:
    """A data set's folder.

    ``hashes.json`` in it is the lock file of what was fetched: size, SHA-256, address and date of
    each file. Work in progress is in ``.partial``, so that everything else is whole.
    """

    def __init__(self, folder: Path):
        self.folder = Path(folder)
        self.partial = self.folder / ".partial"
        self.table = self.folder / "hashes.json"
        self._records: dict[str, dict] | None = None

    @contextlib.contextmanager
    def writing(self) -> Iterator[None]:
        """Let one process at a time write; clear what a killed one left, but keep parts.

        In a folder that somebody else shares for reading nobody waits, and nothing is cleared.
        """
        if self.folder.is_dir() and not os.access(self.folder, os.W_OK):
            with disk_errors(self.folder):
                yield
            return
        with disk_errors(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            with alone(self.folder / ".lock"):
                self._records = None  # another process may have written in between
                try:
                    self._tidy()
                    yield
                finally:
                    self._tidy()

    def _tidy(self) -> None:
        for old in self.folder.glob(".unpack-*"):
            shutil.rmtree(old, ignore_errors=True)
        for path in sorted(self.partial.rglob("*"), reverse=True):  # the deepest first
            with contextlib.suppress(OSError):
                if path.is_dir():
                    path.rmdir()  # if empty
                elif path.name.startswith(("tmp", ".")):
                    path.unlink()
        with contextlib.suppress(OSError):
            self.partial.rmdir()

    def records(self) -> dict[str, dict]:
        """What was fetched: name -> bytes, sha256, from, on; archive or unpacked, where it fits.

        Raises
        ------
        DataFileError
            ``hashes.json`` is no table of hashes.
        """
        if self._records is not None:
            return self._records
        if not self.table.exists():
            return {}
        try:
            records = json.loads(read_bounded(self.table, LONGEST_TABLE))["files"]
            for name, record in records.items():
                _check_record(name, record)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            reason = error.problem if isinstance(error, DataFileError) else repr(error)
            raise DataFileError(
                f"is no table of hashes ({reason[:200]}).",
                self.table,
                "Delete it and fetch again.",
            ) from error
        self._records = records
        return records

    def record(self, new: dict[str, dict]) -> None:
        """Add to the table of hashes, whole or not at all."""
        self._records = dict(sorted((self.records() | new).items()))
        with atomic_path(self.table) as tmp:
            tmp.write_text(json.dumps({"files": self._records}, indent=1) + "\n", "utf-8")

    def known(self, file: File) -> File:
        """The file with its SHA-256: the registry's, or else the one of the first download."""
        record = {} if file.sha256 else self.records().get(file.name, {})
        return replace(
            file,
            sha256=file.sha256 or record.get("sha256"),
            bytes=file.bytes or record.get("bytes"),
        )

    def problem(self, file: File) -> str | None:
        """Why the file cannot be used as it is there; None if it can."""
        file, path = self.known(file), self.folder / file.name
        if not path.is_file():
            return "is missing"
        return _mismatch(path, file)

    def get(
        self,
        file: File,
        patience: Patience | None = None,
        progress: Callable[[int], None] = lambda done: None,
    ) -> None:
        """Fetch one file, put it under its name, record its hash.

        Raises
        ------
        DownloadError
            As from `download`; it says so if the file is another than at its first download.
        DataFileError
            ``hashes.json`` is no table of hashes.
        """
        known = self.known(file)
        try:
            path, address = download(known, self.partial, patience, progress)
        except DownloadError as error:
            if known == file or not isinstance(error.__cause__, WrongBytes):
                raise
            raise DownloadError(
                error.problem,
                file.name,
                f"It came otherwise the first time: if the publisher has changed it, delete "
                f"{self.table} and fetch the set again.",
            ) from error
        self._place(path, file, address)

    def take(self, source: Path, file: File, check: Callable[[Path], object] | None = None) -> None:
        """Copy a file that the reader has, check the copy, put it under its name.

        Raises
        ------
        DataFileError
            The copy is not the file that is known under that name, or is of another kind; or
            ``hashes.json`` is no table of hashes. `check` may raise errors of its own.
        DiskFull
            There is not enough room for the copy.
        """
        copy = self.partial / file.name
        room(copy.parent, source.stat().st_size)
        try:
            shutil.copyfile(source, copy)
            known = self.known(file)
            problem = _mismatch(copy, known) or (None if known.sha256 else foreign(copy))
            if problem:
                raise DataFileError(f"{problem}.", source, "Is it another version?")
            if check is not None:
                check(copy)
            self._place(copy, file, str(source))
        finally:
            copy.unlink(missing_ok=True)

    def _place(self, path: Path, file: File, origin: str) -> None:
        import pooch

        record = {
            "bytes": path.stat().st_size,
            "sha256": file.sha256 or pooch.file_hash(str(path)),
            "from": origin,
            "on": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d"),
        }
        # recorded first: a file of the right name always has a hash to be checked against
        self.record({file.name: record})
        with atomic_path(self.folder / file.name) as tmp:  # its permissions are the reader's wish
            os.replace(path, tmp)

    def unpacked(self, archive: str, pieces: Iterable[str] = ("all",)) -> bool:
        """Tell if these pieces of an archive were unpacked, and what came of it is still right."""
        records = self.records()
        members = [name for name, record in records.items() if record.get("archive") == archive]
        done = records.get(archive, {}).get("unpacked", [])
        return set(pieces) <= set(done) and not any(self.problem(File(n)) for n in members)

    def unpack(
        self,
        archive: str,
        limits: Limits,
        pieces: Iterable[str] = ("all",),
        place: Callable[[str], str | None] | None = None,
    ) -> None:
        """Unpack an archive of this folder, or those pieces of it that `place` selects."""
        if self.unpacked(archive, pieces):
            return

        def placed(name: str) -> str | None:
            path = PurePosixPath(name)
            hidden = any(part.startswith(".") for part in path.parts)
            if hidden or path.name.casefold() == self.table.name:
                return None  # leftovers of a file manager; our own files
            return place(name) if place else name

        archives = [name for name, record in self.records().items() if "unpacked" in record]
        hashes = unpack(self.folder / archive, self.folder, limits, placed, archives)
        new = {
            name: {"bytes": (self.folder / name).stat().st_size, "sha256": h, "archive": archive}
            for name, h in hashes.items()
        }
        record = self.records()[archive]
        done = sorted({*record.get("unpacked", []), *pieces})
        self.record(new | {archive: record | {"unpacked": done}})


def _check_record(name: str, record: dict) -> None:
    """Raise ValueError, TypeError or KeyError if that is no record of a file."""
    if problem := unusable(name):
        raise ValueError(f"a name that {problem}: {name[:80]!r}")
    if not SHA256.fullmatch(record["sha256"]):
        raise ValueError(f"no SHA-256 of {name[:80]!r}")
    if type(record["bytes"]) is not int or record["bytes"] < 0:
        raise ValueError(f"no size of {name[:80]!r}")
    texts = [record.get(key, "") for key in ("from", "on", "archive")]
    pieces = record.get("unpacked", [])
    if type(pieces) is not list or not all(isinstance(text, str) for text in texts + pieces):
        raise ValueError(f"no text in the record of {name[:80]!r}")


def _mismatch(path: Path, file: File) -> str | None:
    import pooch

    size = path.stat().st_size
    if file.bytes is not None and size != file.bytes:
        return f"has {size} bytes instead of {file.bytes}"
    if file.sha256 is not None and pooch.file_hash(str(path)) != file.sha256:
        return "has another SHA-256 than it should have"
    return None


def say(text: str) -> None:
    """Tell the reader, beside the results of a command."""
    from tqdm.auto import tqdm

    tqdm.write(text, file=sys.stderr)
