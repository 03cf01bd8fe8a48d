"""One table of many parts, CSV and Parquet, without holding it in memory."""

from __future__ import annotations

import csv
import importlib.util
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path

from ..errors import DataFileError
from ..files import atomic_path, untrusted
from .parts import read_part

ROWS = 50_000  # of a row group of Parquet


def merge(parts: Iterable[Path], table: Path, columns: Mapping[str, str]) -> dict[str, int]:
    """Put parts one behind the other into `table`, a CSV file, and into a Parquet file beside it.

    The latter where pyarrow is installed.

    Parameters
    ----------
    parts : iterable of pathlib.Path
    table : pathlib.Path
        Its name ends in ``.csv``.
    columns : mapping
        Name -> kind.

    Returns
    -------
    dict
        Items of each status, in the order of first sight, and "rows".

    Raises
    ------
    MissingDataError, DataFileError
        A part is not there any more, or is damaged: it has other columns.
    """
    head = (",".join(columns) + "\n").encode()
    counts: Counter = Counter()
    with ExitStack() as stack:
        whole = stack.enter_context(atomic_path(table)).open("wb")
        stack.callback(whole.close)
        whole.write(head)
        parquet = None
        if importlib.util.find_spec("pyarrow"):
            path = stack.enter_context(atomic_path(table.with_suffix(".parquet")))
            parquet = stack.enter_context(Parquet(path, columns))
        for part in parts:
            raw = read_part(part)
            if not raw.startswith(head) or not raw.endswith(b"\n"):
                raise DataFileError("is no whole part.", part, "Delete it and call again.")
            with untrusted(part, "part", "Delete it and call again."):
                _count(raw, counts)
            whole.write(raw[len(head) :])
            if parquet:
                parquet.add(raw[len(head) :])
    return dict(counts)


def _count(raw: bytes, counts: Counter) -> None:
    """Add the rows of a part, and its items by status."""
    rows = list(csv.DictReader(raw.decode("utf-8").splitlines(), restkey=""))
    if any("" in row or None in row.values() for row in rows):
        raise ValueError("a row has too many or too few cells")
    counts["rows"] += len(rows)
    counts.update({row["item"]: row["status"] for row in rows}.values())


class Parquet:
    """A Parquet file that grows by lines of CSV.

    Parameters
    ----------
    path : pathlib.Path
    columns : mapping
        Name -> kind.
    """

    def __init__(self, path: Path, columns: Mapping[str, str]):
        import pyarrow as pa
        import pyarrow.parquet

        kinds = {
            "text": pa.string(),
            "number": pa.float64(),
            "whole": pa.int64(),
            "yes": pa.bool_(),
            "day": pa.date32(),
            "time": pa.timestamp("ns"),
        }
        self.schema = pa.schema([(name, kinds[kind]) for name, kind in columns.items()])
        self.writer = pyarrow.parquet.ParquetWriter(path, self.schema)
        self.lines: list[bytes] = []
        self.rows = 0

    def add(self, lines: bytes) -> None:
        """Add lines; they are written when there are many."""
        self.lines.append(lines)
        self.rows += lines.count(b"\n")
        if self.rows >= ROWS:
            self.flush()

    def flush(self) -> None:
        """Write what was added."""
        from pyarrow import csv as reader

        if self.rows:
            table = reader.read_csv(
                BytesIO(b"".join(self.lines)),
                read_options=reader.ReadOptions(column_names=self.schema.names),
                convert_options=reader.ConvertOptions(
                    column_types=self.schema, null_values=["", "nan"], strings_can_be_null=False
                ),
            )
            self.writer.write_table(table)
        self.lines, self.rows = [], 0

    def __enter__(self) -> Parquet:
        return self

    def __exit__(self, kind, *rest) -> None:
        if kind is None:
            self.flush()
        self.writer.close()
