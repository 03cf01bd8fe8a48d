"""Results as tables: paper says, we get, why."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from os import PathLike
from pathlib import Path

from ..errors import DataFileError, UsageError
from ..files import read_json
from ..papers import beside, chapters, unmatched
from . import keep

PLAIN = (str, int, float, type(None))  # values of a file of results
LARGEST = 2**53  # of a whole number: larger ones are no numbers of pandas
COLUMNS = [
    "chapter",
    "claim",
    "paper",
    "ours",
    "spread",
    "seeds",
    "data",
    "run",
    "device",
    "why",
]


def table(results: str | PathLike, chapter: str | None = None):
    """All results (of one chapter) as a DataFrame with the columns `COLUMNS`.

    Those in the folder `results`, then those that the library carries. `run` is the profile or the
    command that measured it.

    Raises
    ------
    DataFileError
        A file of results is damaged.

    Examples
    --------
    >>> import tempfile
    >>> from dataclasses import replace
    >>> from pathlib import Path
    >>> from geoviz_ml import setup
    >>> from geoviz_ml.scoreboard import record, table
    >>> settings = replace(setup("quick"), results=Path(tempfile.mkdtemp()))
    >>> record(settings, "nucleus", "Table 4, mIoU: U-net", 0.8)
    >>> row = table(settings.results, "nucleus").iloc[0]
    >>> round(float(row.paper), 2), round(float(row.ours), 2)  # the published number beside ours
    (0.74, 0.8)
    """
    import pandas as pd

    rows = [
        {
            **content,
            **entry,
            "claim": claim,
            "paper": beside(content["chapter"], claim),
            "device": content["made"]["device"],
        }
        for content in _contents(Path(results))
        for claim, entry in content["results"].items()
    ]
    everything = pd.DataFrame(rows, columns=COLUMNS)
    return everything if chapter is None else everything[everything.chapter == chapter]


def rounded(value: float, spread: float | None) -> str:
    """A number (any unit) with as many digits as its spread allows, and the spread behind it.

    Without a spread it gets three decimals, or as many digits as a whole number has.

    Examples
    --------
    >>> from geoviz_ml.scoreboard import rounded
    >>> rounded(0.66713, 0.0291), rounded(11234.92, 19459.6), rounded(12.0, None)
    ('0.67 ± 0.03', '10000 ± 20000', '12')
    """
    if spread is None or not math.isfinite(spread) or spread == 0:
        text = f"{value:.3f}" if abs(value) < 100 else f"{value:.0f}"
        return text.removesuffix(".000") if float(value).is_integer() else text
    digits = -math.floor(math.log10(spread))
    places = max(digits, 0)
    return f"{round(value, digits):.{places}f} ± {round(spread, digits):.{places}f}"


def pivot(results: str | PathLike, chapter: str, claims: str, run: str | None = None):
    """What we measured for claims of one form, as a table of rows and columns.

    Parameters
    ----------
    results, chapter
        As in `table`.
    claims : str
        Such as "Table 4, {column}: {row}".
    run : str, optional
        A profile or a command, where several measured the same claims.

    Returns
    -------
    DataFrame
        Rows and columns in the order of the alphabet; NaN where nothing was measured.

    Raises
    ------
    UsageError
        Two runs measured the same claim.

    Examples
    --------
    >>> import tempfile
    >>> from dataclasses import replace
    >>> from pathlib import Path
    >>> from geoviz_ml import setup
    >>> from geoviz_ml.scoreboard import pivot, record
    >>> settings = replace(setup("quick"), results=Path(tempfile.mkdtemp()))
    >>> record(settings, "nucleus", {"Trial, mIoU: U-net": 0.8, "Trial, mIoU: V-net": 0.7})
    >>> pivot(settings.results, "nucleus", "Trial, {column}: {row}").mIoU.to_dict()
    {'U-net': 0.8, 'V-net': 0.7}
    """
    rows = table(results, chapter)
    rows = rows if run is None else rows[rows.run == run]
    form = re.escape(claims)
    for part in ("row", "column"):
        form = form.replace(rf"\{{{part}\}}", f"(?P<{part}>.+)", 1)
    parts = rows.claim.str.extract(f"^{form}$").assign(ours=rows.ours.astype(float)).dropna()
    if parts.duplicated(["row", "column"]).any():
        raise UsageError(f"several runs measured {claims!r}.", advice="Name one with run=.")
    wide = parts.pivot(index="row", columns="column", values="ours")
    return wide.rename_axis(index=None, columns=None)


def alone(results: str | PathLike):
    """Published numbers beside which no result of ours stands, with what must be known of them.

    Returns
    -------
    DataFrame
        `chapter`, `table`, `row`, `column`, `value`, `note`.

    Examples
    --------
    >>> import tempfile
    >>> from geoviz_ml.scoreboard import alone
    >>> rows = alone(tempfile.mkdtemp()).query("chapter == 'alfven' and column == 'loss'")
    >>> rows.set_index("row").value["set A, 1 epoch"].round(2).tolist()  # as published
    0.38
    """
    import pandas as pd

    ours = table(results)
    parts = {name: unmatched(name, set(ours.claim[ours.chapter == name])) for name in chapters()}
    rows = pd.concat(parts, names=["chapter"]).reset_index("chapter")
    return rows.reset_index(drop=True)


def origins(results: str | PathLike):
    """Where the results come from: one row a file, with device, versions and commit.

    Raises
    ------
    DataFileError
        A file of results is damaged.

    Examples
    --------
    >>> import tempfile
    >>> from dataclasses import replace
    >>> from pathlib import Path
    >>> from geoviz_ml import setup
    >>> from geoviz_ml.scoreboard import origins, record
    >>> settings = replace(setup("quick"), results=Path(tempfile.mkdtemp()))
    >>> record(settings, "nucleus", "IoU", [0.5, 0.6])
    >>> origins(settings.results).iloc[0][["chapter", "run", "data"]].tolist()
    ['nucleus', 'quick', 'simulated']
    """
    import pandas as pd

    keys = ["chapter", "run", "data"]
    return pd.DataFrame(
        [
            {key: content[key] for key in keys}
            | {"device": content["made"]["device"], "commit": content["made"]["commit"]}
            | content["made"]["versions"]
            for content in _contents(Path(results))
        ]
    )


def _contents(results: Path) -> list[dict]:
    """Of all files of results, those of the folder first; damaged ones are an error."""
    contents = []
    for path in [*sorted(results.glob("*.json")), *sorted(keep.RECORDED.glob("*.json"))]:
        try:
            content = read_json(path)
            whole = {"chapter", "run", "data", "made", "results"} <= set(content)
            whole = whole and {"device", "versions", "commit"} <= set(content["made"])
            entries = content["results"].values() if whole else [{}]
            whole = all({"ours", "spread", "seeds", "why"} <= set(e) for e in entries)
            whole = whole and not any(isinstance(e["spread"], str) for e in entries)
            whole = whole and all(map(_is_plain, _values(content)))
        except (DataFileError, TypeError, AttributeError):
            whole = False
        if not whole:
            raise DataFileError("not a file of results.", path, "Delete it and run again.")
        contents.append(content)
    return contents


def _is_plain(value: object) -> bool:
    """Text, nothing, or a number of a size that all numbers have here."""
    return isinstance(value, PLAIN) and not (isinstance(value, int) and abs(value) > LARGEST)


def _values(content: dict) -> list:
    """What of a file of results can come to stand in a table."""
    names = [content["chapter"], content["run"], content["data"]]
    of_entries = [value for entry in content["results"].values() for value in entry.values()]
    made = [content["made"]["device"], content["made"]["commit"]]
    return [*names, *of_entries, *made, *content["made"]["versions"].values()]


def show(results: str | PathLike, chapter: str | None = None, run: str | None = None):
    """Results as a table for a notebook (a pandas Styler): those of a chapter and run, or all.

    `run` is a profile, or a command whose results the library carries.

    Examples
    --------
    >>> import tempfile
    >>> from dataclasses import replace
    >>> from pathlib import Path
    >>> from geoviz_ml import setup
    >>> from geoviz_ml.scoreboard import record, show
    >>> settings = replace(setup("quick"), results=Path(tempfile.mkdtemp()))
    >>> record(settings, "nucleus", "IoU of a trial", [0.50, 0.52, 0.54])
    >>> show(settings.results, "nucleus", "quick").data.ours.tolist()
    ['0.52 ± 0.02']
    """
    rows = table(results, chapter)
    columns = ["claim", "paper", "ours", "seeds", "data", "device", "why"]
    if run is not None:
        rows = rows[rows.run == run]
    else:
        rows = rows.assign(data=rows.data + ", " + rows.run)
    if chapter is None:
        columns.insert(0, "chapter")
    pairs = zip(rows.ours, rows.spread, strict=True)
    ours = [str(v) if isinstance(v, str) else rounded(v, s) for v, s in pairs]
    rows = rows.assign(ours=ours, why=[*_once(rows.why)])
    widths = [
        {"selector": f"td.col{columns.index(name)}", "props": f"min-width: {width}rem"}
        for name, width in (("claim", 8), ("why", 11))
    ]
    shown = rows[columns].style.format(_plain, na_rep="", escape="html")
    return shown.set_table_styles(widths).hide()


def _once(reasons: Iterable[str]) -> Iterator[str]:
    """Reasons of which each that three rows or more share is printed once, with a number."""
    reasons, numbers = [*reasons], {}
    shared = {reason for reason, rows in Counter(reasons).items() if reason and rows > 2}
    for reason in reasons:
        if reason not in shared:
            yield reason
        elif reason in numbers:
            yield f"see ({numbers[reason]})"
        else:
            numbers[reason] = len(numbers) + 1
            yield f"({numbers[reason]}) {reason}"


def _plain(value) -> str:
    """A number with the digits it has; a text as it is."""
    return f"{value:g}" if isinstance(value, float) else str(value)
