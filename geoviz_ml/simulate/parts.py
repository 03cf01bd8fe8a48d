"""Rows of a table that is not whole yet, kept so that an interrupted simulation can go on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ..files import atomic_path, untrusted

PARTS = ".parts"  # hidden folder, there until the table is


def write_part(path: Path, table: pd.DataFrame) -> None:
    """Write a table of numbers, times and texts as ``.npz``: `read_part` gives it exactly."""
    columns = [values.to_numpy() for _, values in table.items()]
    columns = [c.astype(str) if c.dtype == object else c for c in columns]
    with atomic_path(path) as tmp, tmp.open("wb") as file:
        np.savez(file, *columns, names=np.array(list(table), str))


def read_part(path: Path) -> pd.DataFrame:
    """Read what `write_part` has written.

    Raises
    ------
    DataFileError
        It is damaged.
    """
    with untrusted(path, "part of a table", "Delete it and call again."), np.load(path) as part:
        return pd.DataFrame({name: part[f"arr_{i}"] for i, name in enumerate(part["names"])})
