"""A toy archive: numbers in text files, and what workers of other processes can import."""

import os
import signal
import time
from pathlib import Path

import pandas as pd

from geoviz_ml.errors import DataFileError, MissingDataError

COLUMNS = {"root": "number", "n": "whole", "even": "yes", "day": "day", "when": "time"}


def fill(folder: Path, n: int) -> list[str]:
    """Files of a number each; the third is cut short, the fifth is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(n):
        (folder / f"{i:04d}.txt").write_text(f"number {i}\n")
    (folder / "0002.txt").write_text("numb")
    (folder / "0004.txt").unlink()
    return [f"{i:04d}.txt" for i in range(n)]


class Roots:
    """Square roots of the numbers, a row each of two; `log` gets a line a call."""

    def __init__(self, folder: Path, log: Path | None = None, wait: float = 0.0, poison: str = ""):
        self.folder, self.log, self.wait, self.poison = folder, log, wait, poison

    def read(self, item):
        path = self.folder / item
        if not path.exists():
            raise MissingDataError("is not there.", path)
        if not path.read_text().endswith("\n"):
            raise DataFileError("is cut short.", path)
        return int(path.read_text().split()[1])

    def many(self, items, data):
        return [self.table(i, n) for i, n in zip(items, data, strict=True)]

    def table(self, item, n):
        if self.log:
            with self.log.open("a") as file:
                file.write(f"{item} {os.getpid()}\n")
        time.sleep(self.wait)
        if item == self.poison:
            os.kill(os.getpid(), signal.SIGKILL)
        if n == 7:
            raise ZeroDivisionError("seven")
        day = pd.Timestamp("2020-01-01") + pd.Timedelta(n, "D")
        rows = {"root": [n**0.5, -(n**0.5)], "n": n, "even": n % 2 == 0, "day": day}
        return pd.DataFrame(rows).assign(when=[day + pd.Timedelta("1ms"), pd.NaT])

    def __call__(self, item):
        return self.table(item, self.read(item))
