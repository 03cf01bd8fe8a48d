"""The registry: one file a data set in ``registry/``, and the tables of commit-pinned samples."""

from __future__ import annotations

import csv
import os
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import quote

from geoviz_ml.errors import UsageError

from .mirror import sources
from .request import File
from .unpack import Limits

HERE = Path(__file__).parent
RAW = "https://raw.githubusercontent.com"


@dataclass(frozen=True)
class Entry:
    """What the registry tells of a data set.

    Attributes
    ----------
    name, title, chapter : str
    kind : {"files", "themis", "magnetograms", "alfven", "manual"}
        The module that finds its files: listed here, asked for by date, or brought by the reader.
    what, format, columns, licence, citation, home : str
        For the reader.
    checked : str
        How far addresses and sizes were confirmed, and how not.
    amount : str
        How much it is, where that depends on what is asked for.
    arguments : str
        An example of what follows the name in a command.
    options : tuple of str
        Options that `fetch` takes for this one; those with ``*`` are needed.
    samples : tuple of str
        Paths in ``samples.tsv``: each a file, or a folder that ends with ``/``.
    pattern : str
        Regular expression of the names of files that ``--from`` takes.
    unpack : Limits or None
        The file is an archive to be unpacked, within these limits.
    reader : str
        ``module:function`` that must be able to read an imported file.
    loader : str
        The call that makes pictures of the folder, or else a reader of its files.
    extra : dict
        Addresses and other values of its own kind.
    """

    name: str
    title: str
    chapter: str
    kind: str
    what: str
    format: str
    columns: str
    licence: str
    citation: str
    home: str
    checked: str
    amount: str = ""
    arguments: str = ""
    options: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    pattern: str = ""
    unpack: Limits | None = None
    reader: str = ""
    loader: str = ""
    extra: dict = field(default_factory=dict)

    def files(self) -> list[File]:
        """The files that the registry itself lists."""
        listed = [
            File(
                name=file["name"],
                addresses=sources(f"{self.name}/{file['name']}", *file["addresses"]),
                bytes=file.get("bytes"),
                sha256=file.get("sha256"),
                about=file.get("about"),
            )
            for file in self.extra.get("files", [])
        ]
        return listed + [_sample(row, self.sample_folder) for row in self.sample_rows()]

    @property
    def sample_folder(self) -> str:
        """The part of the samples' paths that is left out in the reader's folder."""
        return os.path.commonpath(self.samples) if self.samples else ""

    def sample_rows(self) -> list[dict[str, str]]:
        """Rows of ``samples.tsv`` that belong to this data set."""
        folders = tuple(path for path in self.samples if path.endswith("/"))
        rows = table("samples.tsv")
        return [r for r in rows if r["path"] in self.samples or r["path"].startswith(folders)]

    @property
    def size(self) -> str:
        """How much is to be fetched, in words."""
        if self.amount:
            return self.amount
        files = self.files()
        total = sum(file.size for file in files) / 1e6
        about = "" if all(file.bytes for file in files) else "about "
        return f"{about}{total:.{0 if total >= 10 else 1}f} MB"

    @property
    def command(self) -> str:
        """What the reader types to get it."""
        return f"python -m data_fetch {self.name} {self.arguments}".strip()


@cache
def table(name: str) -> list[dict[str, str]]:
    """Rows of ``samples.tsv`` or ``sample_sources.tsv``."""
    with open(HERE / name, encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened, delimiter="\t"))


def sample_source(row: dict[str, str]) -> dict[str, str]:
    """Repository, commit and licence of a row of ``samples.tsv``."""
    return next(s for s in table("sample_sources.tsv") if s["source"] == row["source"])


def _sample(row: dict[str, str], folder: str) -> File:
    pinned = sample_source(row)
    address = f"{RAW}/{pinned['repository']}/{pinned['commit']}/{quote(row['path_there'])}"
    return File(
        name=row["path"].removeprefix(f"{folder}/"),
        addresses=sources(row["path"], address),
        bytes=int(row["bytes"]),
        sha256=row["sha256"],
    )


def names() -> list[str]:
    """Names of all data sets, in order."""
    return sorted(path.stem for path in (HERE / "registry").glob("*.toml"))


@cache
def load(name: str) -> Entry:
    """One entry of the registry.

    Raises
    ------
    UsageError
        There is no data set of that name.
    """
    if name not in names():
        raise UsageError(f"there is no data set {name!r}.", advice=f"Known: {', '.join(names())}.")
    with open(HERE / "registry" / f"{name}.toml", "rb") as opened:
        values = tomllib.load(opened)
    fixed = {key: values.pop(key) for key in list(values) if key in Entry.__dataclass_fields__}
    fixed |= {key: tuple(fixed[key]) for key in ("options", "samples") if key in fixed}
    fixed |= {"unpack": Limits(**fixed["unpack"])} if "unpack" in fixed else {}
    return Entry(name=name, extra=values, **fixed)
