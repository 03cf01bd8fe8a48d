"""A survey: every item of an archive once, whatever does it, and one table at the end."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

import pandas as pd

from ..errors import UsageError
from ..files import atomic_path
from ..progress import progress
from .keys import read_note
from .parts import DONE, FAILED, Group, PartMaker, check_columns, groups_of
from .table import merge
from .work import Fault, work_through

VERSION = 1  # of what is written; another number, and everything is done again


@dataclass(frozen=True)
class Survey:
    """What a survey has done.

    Attributes
    ----------
    parts : pathlib.Path
        Folder of the parts.
    table : pathlib.Path or None
        The CSV file; None of a shard. A Parquet file of the same name lies beside it where pyarrow
        is installed.
    done : int
        Parts written by this call.
    counts : dict
        Items of each status, and `rows` of the table.
    columns : dict
        Name -> kind.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from geoviz_ml.survey import survey
    >>> def one(item):
    ...     return pd.DataFrame({"twice": [2 * item]})
    >>> out, what = tempfile.mkdtemp(), {"columns": {"twice": "whole"}}
    >>> survey([1, 2], one, out, {}, **what).done, survey([1, 2], one, out, {}, **what).done
    (2, 0)
    """

    parts: Path
    table: Path | None
    done: int
    counts: dict[str, int] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=dict)

    def read(self) -> pd.DataFrame:
        """The whole table, with the types of its columns.

        Raises
        ------
        UsageError
            This was a shard: it has no table.
        """
        if self.table is None:
            raise UsageError("a shard has no table.", advice="Merge: call without a shard.")
        kinds = {"text": str, "number": float, "whole": "Int64", "yes": "boolean"}
        return pd.read_csv(
            self.table,
            dtype={n: kinds[k] for n, k in self.columns.items() if k in kinds},
            parse_dates=[n for n, k in self.columns.items() if k in ("day", "time")],
            keep_default_na=False,
            na_values={n: ["", "nan"] for n, k in self.columns.items() if k != "text"},
        )


def survey(
    todo: Iterable,
    one: Callable[[object], pd.DataFrame],
    out: str | PathLike,
    recipe: Mapping,
    *,
    columns: Mapping[str, str],
    name: str = "archive",
    executor: Executor | int | None = None,
    shard: tuple[int, int] | None = None,
    key: Callable[[object], str] = str,
    stamp: Callable[[object], str] | None = None,
    group: Callable[[object], object] | None = None,
    batch: int = 1,
    readers: int = 2,
    label: str = "surveying",
) -> Survey:
    """Call `one` for every item, keep what it finds, and put all into one table.

    A part is written as soon as its items are done, whole or not at all. A call that was killed
    goes on with the next one; a call after the last does nothing. Several calls may work on one
    folder. Another recipe or stamp is another part.

    Parameters
    ----------
    todo : iterable
        Items: small things that can be pickled, each once.
    one : callable
        Gives the table of an item, a row a find; idempotent. It may have `status` ("done" where
        it has not) and `note`. It can be pickled, and travels once a worker, weights and all.
        What it raises becomes a row: `status` is "missing" after a MissingDataError, "damaged"
        after a DataFileError, "failed" after any other, and `note` says why. What has failed is
        tried again by the next call. For `batch` see `geoviz_ml.survey.ahead.in_batches`.
    out : path-like
        Folder of the results; on a disk that all machines see.
    recipe : mapping
        What decides the result, such as `weights_key` of the network and the options. Arrays and
        tables count with all that is in them.
    columns : mapping
        Name -> kind of what `one` finds: "text", "number", "whole", "yes" (bool), "day", "time".
    name : str
        Of the table and of the folder of its parts.
    executor : Executor or int, optional
        None: here, one item after the other. A number: so many processes, one thread each. Or
        any executor of `concurrent.futures`, such as dask's ``Client(...).get_executor()``.
    shard : (int, int), optional
        (i, n): do every n-th part from the i-th (0 to n - 1), and make no table. A call without a
        shard does what is left, and merges.
    key : callable
        The name of an item in the table.
    stamp : callable, optional
        A text that changes when the item's files do, such as `file_stamp` of them.
    group : callable, optional
        Items of one group share a part: an hour, say, where single minutes would be too many
        files. By default every item has its own.
    batch, readers : int
        Items that a network sees at once, and threads that read ahead of it, within a group.
    label : str
        Of the bar of progress.

    Returns
    -------
    Survey

    Raises
    ------
    UsageError
        An item comes twice, a column is of no kind, a shard is none, `out` cannot be written to,
        or the workers do not see it.
    GeovizError
        The executor has ended before the work.
    DiskError
        The disk is full, or `out` has gone.
    MissingDataError, DataFileError
        Somebody has taken a part away, or it is damaged.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from geoviz_ml.errors import MissingDataError
    >>> from geoviz_ml.survey import survey
    >>> def root(item):
    ...     if item == 3:
    ...         raise MissingDataError("is not there.")
    ...     return pd.DataFrame({"root": [item**0.5]})
    >>> out, columns = tempfile.mkdtemp(), {"root": "number"}
    >>> done = survey([1, 3, 4], root, out, {"rule": "root"}, columns=columns)
    >>> pd.read_csv(done.table)[["root", "status"]].values.tolist()
    [[1.0, 'done'], [nan, 'missing'], [2.0, 'done']]
    """
    todo, columns = list(todo), check_columns(columns)
    plan = groups_of(todo, key, stamp, group)
    told = json.dumps([VERSION, dict(recipe), columns], sort_keys=True, default=_told)
    folder = Path(out) / f"{name}-{hashlib.sha256(told.encode()).hexdigest()[:12]}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with atomic_path(folder / "recipe.json") as tmp:
            tmp.write_text(told, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"is no folder to write to ({error.strerror}).", out) from error
    maker = PartMaker(one, columns, folder, key, batch, readers)
    there = {path.name for path in folder.iterdir()}
    mine = plan if shard is None else plan[_first(shard) :: shard[1]]
    left = [one for one in mine if f"{one.name}{DONE}" not in there]
    with progress(total=len(mine), label=label) as bar:
        bar.update(len(mine) - len(left))
        for one_group, result in work_through(left, maker, folder, executor):
            if isinstance(result, Fault):
                maker.write(one_group, [result] * len(one_group.items))
            bar.update()
    if shard is not None:
        return Survey(folder, None, len(left), {}, columns)
    return _merged(Path(out) / f"{name}.csv", folder, plan, columns, len(left))


def _told(value):
    """What JSON does not know, in full: NumPy's own text leaves out the middle of an array."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if hasattr(value, "to_dict"):
        return value.to_dict("list")
    return sorted(map(str, value)) if isinstance(value, set | frozenset) else str(value)


def _first(shard: tuple[int, int]) -> int:
    first, of = shard
    if not 0 <= first < of:
        raise UsageError(f"there is no shard {first} of {of}.", advice="Use 0/3, 1/3, 2/3.")
    return first


def _merged(
    table: Path, folder: Path, plan: list[Group], columns: dict[str, str], done: int
) -> Survey:
    """Merge the parts, if the table is not theirs already."""
    note = folder / "table.json"
    there = {path.name for path in folder.iterdir()} if folder.exists() else set()
    names = [one.name + (DONE if one.name + DONE in there else FAILED) for one in plan]
    digest = hashlib.sha256("\n".join(names).encode()).hexdigest()
    kept = read_note(note, {"stamp": list, "counts": dict})
    stamp = [digest, _changed(table)]
    if done or kept.get("stamp") != stamp:
        counts = merge((folder / name for name in names), table, columns)
        kept = {"stamp": [digest, _changed(table)], "counts": counts}
        with atomic_path(note) as tmp:
            tmp.write_text(json.dumps(kept), encoding="utf-8")
    return Survey(folder, table, done, kept["counts"], columns)


def _changed(table: Path) -> int | None:
    return table.stat().st_mtime_ns if table.exists() else None
