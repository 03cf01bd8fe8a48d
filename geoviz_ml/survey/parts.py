"""Parts of a survey's table: a file a group of items, whole or not there."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd

from ..errors import MissingDataError, UsageError
from ..files import atomic_path, safe_cell
from .ahead import in_batches
from .work import Fault

KINDS = ("text", "number", "whole", "yes", "day", "time")  # of columns
ALWAYS = {"item": "text", "status": "text", "note": "text"}  # columns of every survey
DONE, FAILED = ".csv", ".failed.csv"  # ends of names; what has failed is tried again


@dataclass(frozen=True)
class Group:
    """Items that share a part.

    Attributes
    ----------
    name : str
        Of the part's file, without its end; the stamp of the items is in it.
    items : tuple
    """

    name: str
    items: tuple


def part_name(key: str, stamp: str = "") -> str:
    """A file's name for any key; another stamp, another name."""
    plain = re.sub(r"[^\w.+-]", "_", key, flags=re.ASCII)[:100]
    odd = _short(key) if plain != key or plain.startswith(".") else ""
    return "~".join(filter(None, (plain.lstrip("."), odd, stamp and _short(stamp))))


def _short(text: str) -> str:
    return hashlib.sha256(os.fsencode(text)).hexdigest()[:10]


@dataclass(frozen=True)
class PartMaker:
    """Makes the part of a group: the work that a survey sends to its workers.

    Attributes
    ----------
    one : callable
        See `geoviz_ml.survey.survey`.
    columns : mapping
        Name -> kind, `ALWAYS` among them.
    folder : pathlib.Path
    key : callable
        The name of an item.
    batch, readers : int
        Pictures of so many items at once, read by so many threads.
    """

    one: Callable
    columns: Mapping[str, str]
    folder: Path
    key: Callable[[object], str]
    batch: int = 1
    readers: int = 2

    def __call__(self, group: Group) -> str:
        """Write a group's part; the name of its file."""
        if (self.folder / f"{group.name}{DONE}").exists():  # another worker was quicker
            return f"{group.name}{DONE}"
        return self.write(group, list(in_batches(self.one, group.items, self.batch, self.readers)))

    def write(self, group: Group, found: Sequence[pd.DataFrame | Fault]) -> str:
        """Keep what was found in each item, remove what was there before; the name of the file."""
        text = "".join(
            self.rows(item, table, header=not number)
            for number, (item, table) in enumerate(zip(group.items, found, strict=True))
        )
        failed = any(isinstance(one, Fault) and one.status == "failed" for one in found)
        name = group.name + (FAILED if failed else DONE)
        with atomic_path(self.folder / name) as tmp:
            tmp.write_text(text, encoding="utf-8", newline="")
        if not failed:
            (self.folder / f"{group.name}{FAILED}").unlink(missing_ok=True)
        return name

    def rows(self, item, found: pd.DataFrame | Fault, header: bool) -> str:
        """The lines of an item. An item without a row gets one.

        Raises
        ------
        UsageError
            The table has a column that was not announced.
        """
        if isinstance(found, Fault):
            found = pd.DataFrame([found._asdict()])
        elif not len(found):
            found = pd.DataFrame({"status": ["none"]})
        if "status" not in found:
            found = found.assign(status="done")
        if odd := set(found) - set(self.columns):
            raise UsageError(f"a table of {self.key(item)} has columns {sorted(odd)} too many.")
        table = found.assign(item=self.key(item)).reindex(columns=list(self.columns))
        told = {name: as_text(table[name], kind) for name, kind in self.columns.items()}
        into = StringIO()
        pd.DataFrame(told).to_csv(into, index=False, header=header, lineterminator="\n")
        return into.getvalue()


def read_part(part: Path) -> bytes:
    """What is in a part; where another process has done meanwhile what had failed, what it found.

    Raises
    ------
    MissingDataError
        Somebody has taken it away.
    """
    for name in dict.fromkeys([part.name, part.name.replace(FAILED, DONE)]):
        try:
            return part.with_name(name).read_bytes()
        except FileNotFoundError:
            continue
    raise MissingDataError("is not there any more.", part, "Call again: it is done anew.")


def as_text(values: pd.Series, kind: str) -> pd.Series:
    """The cells (n,) of a column as they stand in a part; what is absent is empty."""
    absent = values.isna()
    if kind in ("day", "time"):
        moments = pd.to_datetime(values).to_numpy("datetime64[ns]")
        cells = np.datetime_as_string(moments, unit="D" if kind == "day" else "ns")
    elif kind == "number":
        cells = [repr(float(value)) for value in values.where(~absent, np.nan)]
    elif kind == "whole":
        cells = [str(int(value)) for value in values.where(~absent, 0)]
    elif kind == "yes":
        cells = [str(bool(value)) for value in values.where(~absent, False)]
    else:
        cells = [safe_cell(str(value)) for value in values]
    return pd.Series(cells, values.index, dtype=object).where(~absent, "")


def check_columns(columns: Mapping[str, str]) -> dict[str, str]:
    """All columns of a survey's table: item, status and note, then those given.

    Raises
    ------
    UsageError
        A kind that there is not.
    """
    if odd := set(columns.values()) - set(KINDS):
        raise UsageError(f"columns of kind {sorted(odd)}.", advice=f"Use {', '.join(KINDS)}.")
    return {**ALWAYS, **columns}


def groups_of(
    todo: Sequence, key: Callable, stamp: Callable | None, group: Callable | None
) -> list[Group]:
    """Items of one group after the other, in their order; without `group` each is alone.

    Raises
    ------
    UsageError
        An item, or a group, comes twice.
    """
    found: dict[str, list] = {}
    for item in todo:
        found.setdefault(key(item) if group is None else str(group(item)), []).append(item)
    if len({key(item) for item in todo}) != len(todo):
        raise UsageError("an item is asked for twice.")
    made = []
    for name, items in found.items():
        told = "" if stamp is None else "; ".join(str(stamp(item)) for item in items)
        if group is not None:
            told += "; ".join(map(key, items))
        made.append(Group(part_name(name, told), tuple(items)))
    return made
