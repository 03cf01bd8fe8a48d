"""`fetch`, `take` and `verify`: a data set of the registry into its folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from importlib import import_module
from os import PathLike
from pathlib import Path
from pkgutil import resolve_name
from types import ModuleType

from geoviz_ml.errors import DataFileError, DownloadError, MissingDataError
from geoviz_ml.settings import data_folder

from .errors import Foreign, NotThere
from .registry import Entry, load
from .request import File, Patience
from .store import Store, say
from .wanted import Wanted, wanted


@dataclass(frozen=True)
class Plan:
    """What `fetch` would do: files that are there and right, and files to be fetched."""

    folder: Path
    there: list[File]
    missing: list[File]

    @property
    def bytes(self) -> int:
        """To be fetched, partly by estimate."""
        return sum(file.size for file in self.missing)


def folder(name: str) -> Path:
    """Where a data set is kept: ``GEOVIZ_ML_DATA``, else the user's cache, and its name."""
    return data_folder() / load(name).name


def plan(name: str, patience: Patience | None = None, **options) -> Plan:
    """Find the files of a data set without fetching them; the options are those of `fetch`."""
    entry = load(name)
    return _plan(entry, wanted(entry, **options), Store(folder(name)), patience or Patience())


def fetch(
    name: str,
    *,
    site: str | None = None,
    start: str | None = None,
    end: str | None = None,
    cadence: str | None = None,
    size: int | None = None,
    progress: bool = True,
    patience: Patience | None = None,
) -> Path:
    """Fetch a data set, or what is missing of it, and return its folder.

    What is there and right stays; a download that was cut goes on where it was; two processes may
    ask for the same. ``python -m data_fetch list`` tells sizes and licences.

    Parameters
    ----------
    name : str
        A name of the registry.
    site : str, optional
        Four letters (`themis`).
    start, end : str, optional
        ISO 8601, UT, both included; a date alone is the whole day (`themis`, `alfven`,
        `magnetograms`).
    cadence : str, optional
        Such as ``"6h"``, by default a day (`magnetograms`).
    size : int, optional
        Pixels of PNG pictures, by default JPEG 2000 as they are (`magnetograms`).
    progress : bool
        Show a bar with bytes and rate.
    patience : Patience, optional
        How long to try.

    Returns
    -------
    pathlib.Path

    Raises
    ------
    UsageError
        There is no such data set, or an option is missing or makes no sense.
    MissingDataError
        The publisher has nothing of what is asked for, or the reader must fetch it by hand.
    DownloadError
        A file could not be fetched; what has come is kept.
    DataFileError
        An archive is corrupt or dangerous.

    Examples
    --------
    >>> fetch("oath-tables")  # doctest: +SKIP
    """
    entry, patience = load(name), patience or Patience()
    asked = wanted(entry, site=site, start=start, end=end, cadence=cadence, size=size)
    store = Store(folder(name))
    with store.writing():
        todo = _plan(entry, asked, store, patience)
        _get(todo, store, patience, progress)
        if finish := getattr(_kind(entry), "finish", None):
            finish(entry, asked, store, patience)
    return store.folder


def take(name: str, source: str | PathLike) -> list[str]:
    """Take files of a data set that the reader has; check and copy them.

    Parameters
    ----------
    name : str
    source : path-like
        A folder with the files, also in folders below; others in it are left alone.

    Returns
    -------
    list of str
        Names of the files that were taken.

    Raises
    ------
    MissingDataError
        There is no such folder, or no file of the data set in it.
    DataFileError
        A file is not what it should be. Those before it were taken.
    """
    entry, source, store = load(name), Path(source), Store(folder(name))
    if not source.is_dir():
        raise MissingDataError("there is no such folder.", source)
    found = _recognise(entry, source)
    if not found:
        raise MissingDataError(f"holds no file of {name}.", source, _names_of(entry))
    with store.writing():
        store.records()
        for file, path in found:
            store.take(path, file, resolve_name(entry.reader) if entry.reader else None)
            if entry.unpack and entry.kind == "files":
                store.unpack(file.name, entry.unpack)
    return [file.name for file, _ in found]


def verify(name: str) -> dict[str, str]:
    """Check every file of a data set that was fetched.

    Returns
    -------
    dict
        Name of each file that cannot be used -> why; empty if all are right.

    Raises
    ------
    MissingDataError
        Nothing of it was fetched.
    """
    entry, store = load(name), Store(folder(name))
    if not store.records():
        raise MissingDataError("nothing was fetched yet.", store.folder, f"Run: {entry.command}")
    problems = {file.name: store.problem(file) for file in _held(entry, store)}
    return {name: problem for name, problem in problems.items() if problem}


def state(name: str) -> str:
    """``"here"``, ``"part"``, ``"no"`` or ``"damaged"``: what is there, by names alone."""
    entry, store = load(name), Store(folder(name))
    try:
        store.records()
    except DataFileError:
        return "damaged"
    there = [(store.folder / file.name).is_file() for file in _held(entry, store)]
    if not store.records() or not any(there):
        return "no"
    return "here" if all(there) else "part"


def _held(entry: Entry, store: Store) -> list[File]:
    """Files that belong into the folder: listed or fetched, less archives that were unpacked."""
    files = {file.name: file for file in [*map(File, store.records()), *entry.files()]}
    for name, record in store.records().items():
        if "unpacked" in record and not (store.folder / name).exists():
            del files[name]
    return list(files.values())


def _kind(entry: Entry) -> ModuleType:
    """The module that finds the files of that kind of data set."""
    return import_module(f".{entry.kind}", __package__)


def _plan(entry: Entry, asked: Wanted, store: Store, patience: Patience) -> Plan:
    store.records()  # a damaged table is told before anything comes
    files = _kind(entry).find(entry, asked, store, patience)
    missing = [file for file in files if store.problem(file)]
    return Plan(store.folder, [file for file in files if file not in missing], missing)


def _get(todo: Plan, store: Store, patience: Patience, progress: bool) -> None:
    from tqdm.auto import tqdm

    recorded = 0
    shown = {"unit": "B", "unit_scale": True, "disable": not progress or not todo.missing}
    with tqdm(total=todo.bytes or None, desc=store.folder.name, **shown) as bar:
        for file in todo.missing:
            before = bar.n

            def tell(done: int, before: int = before) -> None:
                bar.update(before + done - bar.n)

            new = not store.known(file).sha256
            try:
                store.get(file, patience, tell)
                recorded += new
            except DownloadError as error:
                if not file.optional or not isinstance(error.__cause__, NotThere | Foreign):
                    raise
                nowhere = isinstance(error, NotThere)
                say(f"There is no {file.name}." if nowhere else f"Left out: {error}")
            if bar.total:
                bar.total += bar.n - before - file.size  # the estimate was wrong
    if recorded:
        say(
            f"Without a published hash: {recorded} files. Theirs of today are recorded in "
            f"{store.table} and checked ever after."
        )


def _recognise(entry: Entry, source: Path) -> list[tuple[File, Path]]:
    """Files of the data set in a folder: listed ones by their path or name, others by pattern."""
    paths = sorted(path for path in source.rglob("*") if path.is_file())
    listed = entry.files()
    found = []
    for path in paths:
        inside = path.relative_to(source).as_posix()
        match = [f for f in listed if f"/{inside}".endswith(f"/{f.name}")]
        match = match or [f for f in listed if path.name == f.name.rpartition("/")[2]]
        if len(match) == 1:
            found.append((match[0], path))
        elif not listed and re.fullmatch(entry.pattern, path.name):
            found.append((File(path.name if entry.extra.get("flat") else inside), path))
    return found


def _names_of(entry: Entry) -> str:
    names = [file.name for file in entry.files()]
    return f"Its files are called {names[0]} ..." if names else f"Their names: {entry.pattern}"
