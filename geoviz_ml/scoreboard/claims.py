"""One screen of verdicts: claim, paper, ours, floor, whether they may be compared, the lesson.

Which results a verdict stands on is written in ``geoviz_ml/papers/<chapter>.toml``; what it says
("above the floor", "level with the floor") is made from their numbers.
"""

from __future__ import annotations

import math
from os import PathLike
from typing import TYPE_CHECKING

from scipy.stats import ttest_ind_from_stats

from ..errors import UsageError
from ..papers import chapters, published, verdict_entries
from .tables import rounded, table

if TYPE_CHECKING:
    import pandas as pd

RUNS = ["quick", "full scale", "another run"]
COLUMNS = ["claim", "paper", *RUNS, "floor", "verdict", "comparable", "lesson"]


def verdicts(results: str | PathLike, chapter: str | None = None) -> pd.DataFrame:
    """A row a claim of each paper (or of one), every number of it from a run or the paper.

    Parameters
    ----------
    results : path
        The folder of results of the chapters.
    chapter : str, optional

    Returns
    -------
    DataFrame
        `chapter` and `COLUMNS`, all texts. Numbers are rounded to their spread over seeds, which
        stands behind them; what has no result yet is "not run". "another run" is a command of
        ``tests/benchmarks``, which is named. `verdict` is said of full scale, else of the other
        run, else of the quick one. Whoever has run the full column sees it as full scale. A floor
        of another run than the one that is judged has that run behind it.

    Raises
    ------
    UsageError
        A verdict names a published number that is not there, or a result that is there twice.

    Examples
    --------
    >>> from geoviz_ml import setup
    >>> from geoviz_ml.scoreboard import verdicts
    >>> list(verdicts(setup("quick").results, "nucleus").columns)[3:7]
    ['quick', 'full scale', 'another run', 'floor']
    """
    import pandas as pd

    everything = table(results)
    names = chapters() if chapter is None else [chapter]
    rows = [_row(one, name, everything) for name in names for one in verdict_entries(name)]
    return pd.DataFrame(rows, columns=["chapter", *COLUMNS])


def show_verdicts(results: str | PathLike, chapter: str | None = None):
    """The table of `verdicts` for a notebook (a pandas Styler).

    Raises
    ------
    UsageError
        A verdict names a published number that is not there, or a result that is there twice.

    Examples
    --------
    >>> from geoviz_ml import setup
    >>> from geoviz_ml.scoreboard import show_verdicts
    >>> list(show_verdicts(setup("quick").results, "nucleus").columns)[:4]
    ['claim', 'paper', 'quick', 'full scale']
    """
    rows = verdicts(results, chapter)
    rows = rows if chapter is None else rows.drop(columns="chapter")
    columns = list(rows.columns)
    widths = [
        {"selector": f"td.col{columns.index(name)}", "props": f"min-width: {width}rem"}
        for name, width in (("claim", 9), ("comparable", 9), ("lesson", 12))
    ]
    return rows.style.format(escape="html").set_table_styles(widths).hide()


def _row(entry: dict, chapter: str, everything: pd.DataFrame) -> dict:
    rows = everything[everything.chapter == chapter]
    quick = _find(entry.get("quick"), rows, "quick")
    # whoever has run the full column sees it, too
    full = _find(entry.get("full", entry.get("quick")), rows, "paper")
    other = _find(entry.get("other"), rows)
    judged = next((one for one in (full, other, quick) if one is not None), None)
    floor = None if judged is None else _find(entry.get("floor"), rows, judged.run)
    if floor is None:
        floor = _find(entry.get("floor"), rows, "quick")
    return {
        "chapter": chapter,
        "claim": entry["claim"],
        "paper": _published(entry.get("paper"), chapter),
        "quick": _text(quick, entry.get("quick")),
        "full scale": _text(full, entry.get("full")),
        "another run": _text(other, entry.get("other"), ""),
        "floor": _text(floor, entry.get("floor"), None if judged is None else judged.run),
        "verdict": verdict(judged, floor, entry.get("lower_is_better", False)),
        "comparable": entry["comparable"],
        "lesson": entry["lesson"],
    }


def _find(claim: str | None, rows: pd.DataFrame, run: str = ""):
    """The result of a name, of a run that may stand before it ("full scale | claim"), or None."""
    if not claim:
        return None
    named, _, name = claim.rpartition(" | ")
    found = rows[(rows.claim == name) & (rows.run == (named or run))]
    if len(found) > 1:
        raise UsageError(f"{len(found)} results are called {claim!r}.", advice="Delete one.")
    return None if found.empty else found.iloc[0]


def _published(where: list[str] | None, chapter: str) -> str:
    if where is None:
        return ""
    name, row, column = where
    return f"{float(published(chapter, name).loc[row, column]):g} ({column})"


def _text(row, claim: str | None, run: str | None = None) -> str:
    """A number, and the name of its run if that is another than the one given."""
    if row is None:
        return "not run" if claim else ""
    text = rounded(row.ours, row.spread)
    return text if run in (None, row.run) else f"{text} ({row.run})"


def verdict(ours, floor, lower_is_better: bool) -> str:
    """What ours is beside the floor, both rows of `table`: Welch's t at 95 % over the seeds.

    A floor that has no seeds is a number; ours of one seed has no spread to judge by.
    """
    if ours is None or floor is None:
        return "nothing to hold it against"
    if ours.seeds < 2 or _missing(ours.spread):
        return "one run, no verdict"
    known = not (floor.seeds < 2 or _missing(floor.spread))
    difference = float(ours.ours - floor.ours)
    if ours.spread == 0 and not (known and floor.spread):
        p = 0.0 if difference else 1.0
    else:
        p = ttest_ind_from_stats(
            ours.ours, ours.spread, ours.seeds,
            floor.ours, floor.spread if known else 0.0, floor.seeds if known else 10**6,
            equal_var=False,
        ).pvalue  # fmt: skip
    if p > 0.05:
        return "level with the floor"
    return "better than the floor" if (difference > 0) != lower_is_better else "below the floor"


def _missing(value) -> bool:
    return value is None or math.isnan(value)
