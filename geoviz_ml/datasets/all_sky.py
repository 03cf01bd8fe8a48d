"""Labelled all-sky pictures of the aurora: the OATH data set, and simulated ones like it."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO
from os import PathLike
from pathlib import Path
from typing import ClassVar

import numpy as np
import pandas as pd

from ..errors import DataFileError, MissingDataError
from ..files import AGAIN, read_bounded, untrusted
from ..prepare.splits import TRAIN_SHARE, Split, oath_splits
from ..readers.oath import (
    CLASSES,
    find_table,
    picture_files,
    read_oath_pictures,
    read_oath_table,
)
from .base import PictureSet, picture_table, read_table, truth_of
from .layout import OATH_LABELS, OATH_PICTURES, OATH_SPLITS, TRUTH_TABLE

LONGEST_TABLE = 2**24  # bytes; the real split table has 728 kB
SIMULATED = b"Simulated pictures"  # said above the labels
ADDED = ["kind", "sequence", "night", "seconds"]  # what a simulator knows of its pictures


@dataclass(frozen=True, kw_only=True, repr=False)
class SkyPictures(PictureSet):
    """All-sky pictures, bytes (N, 256, 256), 0 outside the circle, with their classes.

    Attributes
    ----------
    shuffles : list of five (train, test) pairs of picture numbers, or None
        The official splits of the whole data set, of which `splits` has the rows that are here;
        None without a label table.

    See `PictureSet` for the rest. `labels` are 0 arc, 1 diffuse, 2 discrete, 3 cloudy, 4 moon,
    5 noaurora, as in `classes`. The table adds `number` (1 to 5824), the class's `name`, `class2`
    (0 aurora, 1 none) and `rotation` (degrees); of simulated pictures `kind`, `sequence`, `night`
    and `seconds` too.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.datasets import load_oath
    >>> from geoviz_ml.simulate.writers_oath import write_tables
    >>> skies = load_oath(write_tables(tempfile.mkdtemp(), [0, 1, 2, 3, 4, 5, 5, 5, 5, 5]))
    >>> skies.labels.tolist(), skies.table.name[3]
    ([0, 1, 2, 3, 4, 5, 5, 5, 5, 5], 'cloudy')
    >>> len(skies.splits), [len(part) for part in skies.splits[0]]  # 70 % train
    (5, [7, 3])
    """

    shuffles: list[Split] | None  # of the numbers of the whole data set

    target: ClassVar[str] = "labels"
    shared: ClassVar[tuple[str, ...]] = ("folder", "shuffles")
    classes: ClassVar[tuple[str, ...]] = CLASSES

    @property
    def splits(self) -> list[Split] | None:
        """Five (train, test) pairs of row numbers, the official ones; None without labels."""
        if self.shuffles is None:
            return None
        place = pd.Index(self.table.number)
        found = [[place.get_indexer(part) for part in split] for split in self.shuffles]
        return [(train[train >= 0], test[test >= 0]) for train, test in found]


def load_oath(folder: str | PathLike) -> SkyPictures:
    """Load the pictures of OATH with classes and official splits.

    Parameters
    ----------
    folder : path-like
        In the archive's layout, ``images/cropped_scaled/00001.png`` and ``classifications/``, or
        flatter, ``images/00001.png`` and the tables beside it.

    Returns
    -------
    SkyPictures
        Without a label table `labels` is None; with tables alone `pictures` is None and there is
        a row for every label.

    Raises
    ------
    MissingDataError
        There is neither a picture nor a label table, or a picture without a label.
    DataFileError
        A table or a picture is not what it should be.
    UsageError
        There are more pictures than one call may hold.

    Notes
    -----
    Format: PNG of 256 x 256 pixels, of which the green channel counts, brightness scaled as
    `geoviz_ml.prepare.oath_scale` does; tables in CSV. 5824 pictures of six classes; five splits
    of 4077 for training and 1747 for testing, shuffled picture by picture, which leaks. Citation:
    Clausen and Nickisch 2018, doi:10.1029/2018JA025274. Licence: CC BY 4.0, pictures copyright
    NASA. To fetch: ``oath``, ``oath-sample``, ``oath-tables``.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.datasets import load_oath
    >>> from geoviz_ml.simulate import aurora
    >>> load_oath(aurora.make(tempfile.mkdtemp(), 2))
    SkyPictures: 2 simulated pictures, (256, 256) pixels, labels
    """
    folder = Path(folder)
    where = find_table(folder, OATH_LABELS)
    labels = read_oath_table(where) if where else None
    files = picture_files(folder)
    if not files and labels is None:
        raise MissingDataError("holds no OATH picture and no label table.", folder)
    if not files:
        files = {n: folder / OATH_PICTURES / f"{n:05d}.png" for n in labels.index}
        pictures = None
    else:
        pictures = read_oath_pictures([*files.values()])
    numbers = pd.Index(files, name="number")
    known, simulated = {}, False
    if labels is not None:
        told = {number: where if number in labels.index else None for number in numbers}
        truth_of(told, folder, "labels", asked=True)
        rows = labels.loc[numbers]
        known = {name: rows[name].to_numpy() for name in ("name", "class2", "rotation")}
        simulated = SIMULATED in read_bounded(where, LONGEST_TABLE)
    table = picture_table(folder, [*files.values()], simulated=simulated, number=numbers, **known)
    if (note := folder / TRUTH_TABLE).is_file():
        truth = read_table(note, ["picture", *ADDED])
        truth = truth.set_index(truth.picture.astype(int))
        table = table.join(truth[ADDED], on="number")
    return SkyPictures(
        pictures=pictures,
        table=table,
        folder=folder,
        labels=None if labels is None else rows.class6.to_numpy(),
        shuffles=None if labels is None or len(labels) < 2 else _splits(folder, labels.index),
    )


def _splits(folder: Path, numbers: pd.Index) -> list[Split]:
    """The official splits as picture numbers: of the table in the folder, or by its recipe."""
    path, of = find_table(folder, OATH_SPLITS), numbers.to_numpy()
    if path is None:
        return [(of[train], of[test]) for train, test in oath_splits(len(of))]
    raw = read_bounded(path, LONGEST_TABLE)
    with untrusted(path, "split table"):
        shuffles = np.loadtxt(StringIO(raw.decode("ascii")), delimiter=",", ndmin=2).astype(int)
    if not (np.sort(shuffles, axis=1) == np.arange(len(of))).all():
        raise DataFileError(f"is no shuffle of {len(of)} pictures.", path, AGAIN)
    cut = round(TRAIN_SHARE * len(of))
    return [(of[row[:cut]], of[row[cut:]]) for row in shuffles]
