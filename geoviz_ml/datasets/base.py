"""What all data sets have in common: pictures, perhaps truth, and a table that tells of each."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from io import BytesIO
from pathlib import Path, PurePath
from typing import ClassVar, Self

import numpy as np
import pandas as pd

from ..errors import DataFileError, MissingDataError, UsageError
from ..files import doubled, listing, read_bounded, untrusted
from .layout import is_simulated

LONGEST_TABLE = 2**26  # bytes; 40 000 pictures have 5 MB
NAMES = ("file", "picture")  # columns of tables that name files


@dataclass(frozen=True, kw_only=True, repr=False)
class PictureSet:
    """Pictures of one instrument with what is known of them; ``some = whole[10:20]`` takes some.

    A slice, a bool a picture or row numbers choose; all fields follow.

    Attributes
    ----------
    pictures : ndarray (N, H, W) or None
        None where a folder holds tables alone.
    table : DataFrame, N rows
        `file` (below `folder`), `time` (UT, NaT if unknown), `place` (station, satellite or
        instrument, "" if unknown), `data` ("real" or "simulated"), and what the instrument adds.
    folder : pathlib.Path
    masks : ndarray of bool (N, H, W) or None
    boxes : list of N ndarrays (k, 4) or None
        x1, y1, x2, y2 in pixels of `pictures`.
    labels : ndarray of int (N,) or None

    Raises
    ------
    UsageError
        Of something there are more or fewer than rows of the table.

    Examples
    --------
    >>> from pathlib import Path
    >>> import numpy as np
    >>> import pandas as pd
    >>> from geoviz_ml.datasets import PictureSet
    >>> table = pd.DataFrame({"file": ["a", "b", "c"], "data": "real"})
    >>> whole = PictureSet(pictures=np.zeros((3, 8, 8)), table=table, folder=Path("."))
    >>> some = whole[[2, 0]]
    >>> len(some), some.table.file.tolist()  # all fields follow
    (2, ['c', 'a'])
    """

    pictures: np.ndarray | None
    table: pd.DataFrame
    folder: Path
    masks: np.ndarray | None = None
    boxes: list[np.ndarray] | None = None
    labels: np.ndarray | None = None

    target: ClassVar[str] = "masks"  # what learners take with the pictures
    shared: ClassVar[tuple[str, ...]] = ("folder",)  # the same for all pictures

    def __post_init__(self):
        for name in ("pictures", "masks", "boxes", "labels"):
            part = getattr(self, name)
            if part is not None and len(part) != len(self.table):
                raise UsageError(f"{len(part)} {name} for a table of {len(self.table)} pictures.")

    def __len__(self) -> int:
        return len(self.table)

    def __getitem__(self, which: slice | Sequence[int] | np.ndarray) -> Self:
        if not isinstance(which, slice):
            which = np.asarray(which)
            which = which if which.size else which.astype(int)  # an empty list would be floats
        rows = np.atleast_1d(np.arange(len(self))[which])
        names = [f.name for f in fields(self) if f.name not in self.shared]
        return replace(self, **{name: _some(getattr(self, name), rows) for name in names})

    def __repr__(self) -> str:
        size = "none there" if self.pictures is None else f"{self.pictures.shape[1:]} pixels"
        known = [n for n in ("masks", "boxes", "labels") if getattr(self, n) is not None]
        of = " and ".join(sorted(set(self.table.data)))
        truth = " and ".join(known) or "no truth"
        return f"{type(self).__name__}: {len(self)} {of} pictures, {size}, {truth}"

    @property
    def pair(self) -> tuple[np.ndarray, np.ndarray | list[np.ndarray]]:
        """Pictures (N, H, W) and their truth, as learners take them: masks, boxes or labels.

        Raises
        ------
        MissingDataError
            The folder has no truth, or no pictures.
        """
        if self.pictures is None:
            raise MissingDataError(
                f"has what is known of {len(self)} pictures, but none of the pictures.", self.folder
            )
        truth = getattr(self, self.target)
        if truth is None:
            raise no_truth(self.folder, self.target)
        return self.pictures, truth


def _some(part, rows: np.ndarray):
    if part is None:
        return None
    if isinstance(part, pd.DataFrame):
        return part.iloc[rows].reset_index(drop=True)
    return [part[i] for i in rows] if isinstance(part, list) else part[rows]


def picture_table(
    folder: Path,
    file: Sequence[Path],
    time: Sequence | None = None,
    place="",
    simulated: Iterable[bool] | bool = False,
    **more,
) -> pd.DataFrame:
    """The table of a `PictureSet`: a row a file, relative to `folder` where it lies in it.

    A picture is simulated if a recipe says so (see `is_simulated`), or what is in its file.
    """
    inside = [f.relative_to(folder) if f.is_relative_to(folder) else f for f in file]
    said = np.broadcast_to(simulated, len(file))
    kinds = [
        "simulated" if told or is_simulated(f) else "real"
        for told, f in zip(said, file, strict=True)
    ]
    table = pd.DataFrame(
        {
            "file": pd.Series([f.as_posix() for f in inside], dtype=object),
            "time": pd.NaT if time is None else pd.to_datetime(pd.Series([*time])),
            "place": place,
            "data": pd.Series(kinds, dtype=object),
            **more,
        }
    )
    return table.astype({"time": "datetime64[ns]"})


def files_below(folder: Path, patterns: str | Sequence[str]) -> list[Path]:
    """The data files of a folder and of those below, sorted by name, each name once.

    Raises
    ------
    MissingDataError
        There is no such folder.
    DataFileError
        It may not be read, or two files of one name differ in size.
    """
    files = listing(folder, patterns, deep=True)
    for name, same in doubled(files, lambda path: path.name).items():
        if len({path.stat().st_size for path in same}) > 1:
            raise DataFileError(f"has two different files {name}.", folder, "Keep one of them.")
    return [*{path.name: path for path in reversed(files)}.values()][::-1]


def read_table(path: Path, columns: Sequence[str], dates: Sequence[str] = ()) -> pd.DataFrame:
    """A table (CSV) that must have some columns; names of files in it stay in its folder.

    Raises
    ------
    MissingDataError, DataFileError
        It is not there; is damaged, too long, without rows or without a column; or names a file
        elsewhere.
    """
    raw = read_bounded(path, LONGEST_TABLE)
    with untrusted(path, "table"):
        table = pd.read_csv(BytesIO(raw), dtype=dict.fromkeys(NAMES, str))
        if absent := [name for name in (*columns, *dates) if name not in table]:
            raise DataFileError(f"has no column {', '.join(absent)}.", path, "Is it another table?")
        table[[*dates]] = table[[*dates]].apply(pd.to_datetime).astype("datetime64[ns]")
    if not len(table):
        raise DataFileError("has no rows.", path)
    for column in table.columns.intersection(NAMES):
        for name in table[column].dropna():
            if PurePath(name).is_absolute() or ".." in PurePath(name).parts:
                raise DataFileError(f"names a file elsewhere: {name!r}.", path)
    return table


def no_truth(folder: Path, what: str) -> MissingDataError:
    """The one error of a folder without truth."""
    return MissingDataError(
        f"has no {what} beside its pictures, so that networks can predict here, but nothing can be "
        "trained on it or scored.",
        folder,
    )


def existing(path: Path) -> Path | None:
    """The path of a file, None if there is no such file."""
    return path if path.is_file() else None


def truth_of(
    found: Mapping[Hashable, Path | None], folder: Path, what: str, asked: bool
) -> list[Path] | None:
    """The file of truth of each picture; None if there is none at all and none was asked for.

    `found` tells of each picture's name the file, or None.

    Raises
    ------
    MissingDataError
        There is none and it was asked for, or only some pictures have theirs.
    """
    absent = [name for name, path in found.items() if path is None]
    if not absent:
        return list(found.values())
    if len(absent) < len(found):
        raise MissingDataError(
            f"has no {what} for {len(absent)} of {len(found)} pictures, the first is {absent[0]}.",
            folder,
            f"Add the {what} that are missing, or ask for none.",
        )
    if asked:
        raise no_truth(folder, what)
    return None
