"""What the five papers published: the one place of their numbers.

Each ``<chapter>.toml`` holds a paper's tables. A table may say which claims of ours stand beside
it: ``beside = ["Table 4, {column}: {row}"]`` fits the claim "Table 4, mIoU: U-net". A column names
its quantity in full ("recall at IoU 0.7"), and a claim beside it must hold these words, so that no
number can stand beside another quantity. Notebooks, tests and the scoreboard read from here.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

HERE = Path(__file__).parent


def chapters() -> list[str]:
    """Short names of the papers.

    Examples
    --------
    >>> from geoviz_ml.papers import chapters
    >>> chapters()
    ['alfven', 'arcs', 'aurora', 'nucleus', 'sunspots']
    """
    return sorted(path.stem for path in HERE.glob("*.toml"))


def published(chapter: str, table: str | None = None) -> pd.DataFrame:
    """Published numbers of a paper.

    Parameters
    ----------
    chapter : str
        Its short name, such as "aurora".
    table : str, optional
        One table by its name, such as "Table I".

    Returns
    -------
    DataFrame
        Of one table: its rows and columns, NaN where the paper gives no number. Without a name one
        row a number: `table`, `row`, `column`, `value`, `note` (what must be known about it).

    Raises
    ------
    UsageError
        There is no such paper, or no such table in it.

    Examples
    --------
    >>> float(published("aurora", "Table I").loc["SimCLR", "Accuracy"])
    0.909
    """
    import pandas as pd

    found = _numbers(chapter)
    if table is None:
        columns = ["table", "row", "column", "value", "note"]
        return pd.DataFrame([{k: one[k] for k in columns} for one in found], columns=columns)
    found = [one for one in found if one["table"] == table]
    if not found:
        known = ", ".join(dict.fromkeys(one["table"] for one in _numbers(chapter))) or "none"
        raise UsageError(f"{chapter} has no table {table!r}.", advice=f"Known: {known}.")
    wide = pd.DataFrame(found).pivot(index="row", columns="column", values="value")
    rows, columns = (list(dict.fromkeys(one[key] for one in found)) for key in ("row", "column"))
    return wide.loc[rows, columns].rename_axis(index=None, columns=None)


def beside(chapter: str, claim: str) -> float | None:
    """The published number that a claim of ours stands beside; None if there is none.

    Examples
    --------
    >>> from geoviz_ml.papers import beside
    >>> beside("nucleus", "Table 4, mIoU: U-net"), beside("nucleus", "IoU of the nucleus: U-net")
    (0.741681, None)
    """
    return _claims(chapter).get(claim)


def verdict_entries(chapter: str) -> list[dict]:
    """What the scoreboard's first screen says of this paper, in its order.

    Each has `claim`, `comparable` and `lesson` (texts); `paper` (table, row, column); `quick`,
    `full`, `other` and `floor`, the claims of ours that were recorded, each with its run before it
    if that is no chapter's ("noaa_leak | claim"); and `lower_is_better`.

    Raises
    ------
    UsageError
        There is no such paper.

    Examples
    --------
    >>> from geoviz_ml.papers import verdict_entries
    >>> all("lesson" in one for one in verdict_entries("nucleus"))
    True
    """
    return _content(chapter).get("verdict", [])


def unmatched(chapter: str, claims: set[str]) -> pd.DataFrame:
    """Published numbers, as of `published`, beside which none of these claims stands.

    Raises
    ------
    UsageError
        There is no such paper.

    Examples
    --------
    >>> from geoviz_ml.papers import unmatched
    >>> ours = {"Table 4, mIoU: U-net"}
    >>> "U-net" in set(unmatched("nucleus", ours).query("column == 'mIoU'").row)
    False
    """
    rows = published(chapter)
    taken = [bool(claims.intersection(one["claims"])) for one in _numbers(chapter)]
    return rows[[not done for done in taken]].reset_index(drop=True)


@cache
def _content(chapter: str) -> dict:
    if chapter not in chapters():
        raise UsageError(f"there is no paper {chapter!r}.", advice=f"Known: {chapters()}.")
    return tomllib.loads((HERE / f"{chapter}.toml").read_text(encoding="utf-8"))


@cache
def _numbers(chapter: str) -> list[dict]:
    """One dict a number: table, row, column, value, note, and the claims that stand beside it."""
    return [
        {
            "table": table["name"],
            "row": row,
            "column": column,
            "value": value,
            "note": table.get("note", ""),
            "claims": [_claim(text, row, column) for text in table.get("beside", [])],
        }
        for table in _content(chapter).get("table", [])
        for row, values in table["rows"].items()
        for column, value in zip(table["columns"], values, strict=True)
        if value != ""
    ]


@cache
def _claims(chapter: str) -> dict[str, float]:
    if chapter not in chapters():
        return {}
    return {claim: one["value"] for one in _numbers(chapter) for claim in one["claims"]}


def _claim(text: str, row: str, column: str) -> str:
    """The claim that stands beside a number; it must say of which quantity."""
    if "{column}" not in text and column != "published":  # there the row is the quantity
        raise UsageError(f"a claim beside {column!r} does not say so: {text!r}.")
    return text.format(row=row, column=column)
