"""The registry: one file a data set in ``registry/``, and the tables of commit-pinned samples."""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import quote

from geoviz_ml.errors import UsageError

from .mirror import sources
from .transfer import File
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
        How its files are found: listed here, asked for by date, or brought by the reader.
    what, format, columns, licence, citation, home : str
        For the reader.
    checked : str
        How far addresses and sizes were confirmed, and how not.
    about : int or None
        Bytes, if the files' exact sizes are not known.
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
    here : dict
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
    about: int | None = None
    options: tuple[str, ...] = ()
    samples: tuple[str, ...] = ()
    pattern: str = ""
    unpack: Limits | None = None
    reader: str = ""
    here: dict = field(default_factory=dict)

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
            for file in self.here.get("files", [])
        ]
        return listed + [file for prefix in self.samples for file in _samples(prefix)]

    @property
    def size(self) -> int | None:
        """Bytes to fetch; None where it depends on what is asked for."""
        files = self.files()
        return self.about or (sum(file.size for file in files) if files else None)

    @property
    def exact(self) -> bool:
        return bool(self.files()) and all(file.bytes for file in self.files())


@cache
def _table(name: str) -> list[dict[str, str]]:
    with open(HERE / name, encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened, delimiter="\t"))


def sample_source(number: str) -> dict[str, str]:
    """Repository, commit and licence of a row of ``samples.tsv``."""
    return next(row for row in _table("sample_sources.tsv") if row["source"] == number)


def sample_rows(prefix: str) -> list[dict[str, str]]:
    """Rows of ``samples.tsv`` of that path, or below it if it ends with ``/``."""
    rows = _table("samples.tsv")
    return [
        row
        for row in rows
        if row["path"] == prefix or (prefix.endswith("/") and row["path"].startswith(prefix))
    ]


def _samples(prefix: str) -> list[File]:
    files = []
    for row in sample_rows(prefix):
        pinned = sample_source(row["source"])
        address = f"{RAW}/{pinned['repository']}/{pinned['commit']}/{quote(row['path_there'])}"
        files.append(
            File(
                name=row["path"].partition("/")[2],
                addresses=sources(row["path"], address),
                bytes=int(row["bytes"]),
                sha256=row["sha256"],
            )
        )
    return files


def names() -> list[str]:
    """Names of all data sets."""
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
    return Entry(name=name, here=values, **fixed)
