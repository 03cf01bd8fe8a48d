"""The folder of a data set: whole files under their names, their hashes, one writer at a time."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from geoviz_ml.errors import DataFileError, DownloadError, MissingDataError
from geoviz_ml.files import atomic_path

from .errors import DiskFull
from .transfer import FULL, File, Patience, download, room

# how files begin; a login page in the place of a file is never taken for it
MAGIC = {
    ".gz": b"\x1f\x8b",
    ".tgz": b"\x1f\x8b",
    ".zip": b"PK",
    ".h5": b"\x89HDF",
    ".png": b"\x89PNG",
    ".jp2": b"\x00\x00\x00\x0cjP",
    ".sav": b"SR\x00\x04",
    ".fits": b"SIMPLE",
}
PARTIAL = ".partial"


class Store:
    """A data set's folder.

    ``hashes.json`` in it is the lock file of what was fetched: size, SHA-256, address and date of
    each file. Work in progress is in ``.partial``, so that everything else is whole.
    """

    def __init__(self, folder: Path):
        self.folder = Path(folder)
        self.partial = self.folder / PARTIAL
        self.table = self.folder / "hashes.json"

    @contextlib.contextmanager
    def writing(self, say: Callable[[str], None]) -> Iterator[None]:
        """Let one process at a time write; clear what a killed one left, but keep parts."""
        import filelock

        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = filelock.FileLock(self.folder / ".lock")
            try:
                lock.acquire(timeout=0.1)
            except filelock.Timeout:
                say(f"Another process is fetching into {self.folder}: waiting for it.")
                lock.acquire()
        except OSError as error:
            raise DownloadError(
                f"cannot be written to ({error.strerror or error}).",
                self.folder,
                "Set GEOVIZ_ML_DATA to a folder of your own.",
            ) from error
        try:
            self._tidy()
            yield
        finally:
            self._tidy()
            lock.release()

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
        """What was fetched: name -> bytes, sha256, from, on, known, archive."""
        if not self.table.exists():
            return {}
        try:
            records = json.loads(self.table.read_text("utf-8"))["files"]
            if not all(isinstance(record["sha256"], str) for record in records.values()):
                raise ValueError("a record without SHA-256")
            return records
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise DataFileError(
                f"is no table of hashes ({error}).", self.table, "Delete it and fetch again."
            ) from error

    def record(self, new: dict[str, dict], forget: set[str] = frozenset()) -> None:
        """Add to the table of hashes, whole or not at all."""
        old = {name: value for name, value in self.records().items() if name not in forget}
        with atomic_path(self.table) as tmp:
            text = json.dumps({"files": dict(sorted((old | new).items()))}, indent=1)
            tmp.write_text(text + "\n", "utf-8")

    def problem(self, name: str, sha256: str | None, size: int | None = None) -> str | None:
        """Why the file of that name cannot be used; None if it can."""
        import pooch

        path = self.folder / name
        if not path.is_file():
            return "missing"
        if size is not None and path.stat().st_size != size:
            return f"has {path.stat().st_size} bytes instead of {size}"
        if sha256 is not None and pooch.file_hash(str(path)) != sha256:
            return "has another SHA-256 than it should have"
        return None

    def expected(self, file: File, records: dict[str, dict]) -> tuple[str | None, int | None]:
        """SHA-256 and size that the file must have, from the registry or the first download."""
        if file.sha256:
            return file.sha256, file.bytes
        record = records.get(file.name, {})
        return record.get("sha256"), record.get("bytes", file.bytes)

    def get(
        self,
        file: File,
        patience: Patience | None = None,
        progress: Callable[[int], None] = lambda done: None,
    ) -> dict:
        """Fetch one file, put it under its name, return its record."""
        sha256, size = self.expected(file, self.records())
        recorded = file.sha256 is None  # then the first download's bytes, or none
        file = replace(file, sha256=sha256, bytes=size)
        try:
            path, address = download(file, self.partial, patience, progress)
            return self._place(path, file, address, known=not recorded)
        except OSError as error:
            if isinstance(error, DownloadError) or error.errno is None:
                raise
            raise _no_room(error, self.folder) from error

    def take(self, source: Path, file: File, check: Callable | None = None) -> dict:
        """Copy a file that the reader has, check the copy, put it under its name."""
        import pooch

        copy = self.partial / file.name
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
            room(copy.parent, source.stat().st_size)
            shutil.copyfile(source, copy)
            sha256, size = self.expected(file, self.records())
            if size is not None and copy.stat().st_size != size:
                raise DataFileError(f"has {copy.stat().st_size} bytes instead of {size}.", source)
            if sha256 is not None and pooch.file_hash(str(copy)) != sha256:
                raise DataFileError(
                    "has another SHA-256 than it should have.", source, "Is it another version?"
                )
            if check is not None:
                check(copy)
            return self._place(copy, file, str(source), known=file.sha256 is not None)
        except OSError as error:
            if isinstance(error, DownloadError | MissingDataError) or error.errno is None:
                raise
            raise _no_room(error, self.folder) from error
        finally:
            copy.unlink(missing_ok=True)

    def _place(self, path: Path, file: File, origin: str, known: bool) -> dict:
        import pooch

        start = next((m for end, m in MAGIC.items() if file.name.lower().endswith(end)), b"")
        with open(path, "rb") as opened:
            seen = opened.read(512)
        if not seen.startswith(start):
            path.unlink()
            page = " (it is a web page)" if b"<html" in seen.lower() else ""
            raise DataFileError(
                f"is no {Path(file.name).suffix} file{page}.", origin, "It was not kept."
            )
        target = self.folder / file.name
        target.parent.mkdir(parents=True, exist_ok=True)
        record = {
            "bytes": path.stat().st_size,
            "sha256": file.sha256 or pooch.file_hash(str(path)),
            "from": origin,
            "on": dt.datetime.now(dt.UTC).strftime("%Y-%m-%d"),
            "known": known,
        }
        path.chmod(0o644)
        os.replace(path, target)
        return record


def _no_room(error: OSError, folder: Path) -> DownloadError:
    if error.errno in FULL:
        return DiskFull(
            f"the disk is full ({error.strerror}).",
            folder,
            "Make room, or set GEOVIZ_ML_DATA to a larger disk; what has come is kept.",
        )
    return DownloadError(f"cannot be written to ({error.strerror or error}).", folder)


def say(text: str) -> None:
    """Tell the reader, beside the results of a command."""
    print(text, file=sys.stderr, flush=True)
