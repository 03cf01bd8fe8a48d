"""Paper says, we get, why: results kept with what they came from, and shown as one table.

A result is written by the run that measured it, never by hand; the published number beside it comes
from `geoviz_ml.papers`. A chapter writes to ``<results>/<chapter>-<profile>-<data>.json``. What
takes longer than a chapter may is measured by a command of ``tests/benchmarks``, which writes to
``geoviz_ml/recorded/<command>-<data>.json``, so that the library carries it.
"""

from __future__ import annotations

import json
import os
import platform
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from os import PathLike
from pathlib import Path

import numpy as np

from .errors import DataFileError, UsageError
from .files import atomic_path
from .papers import beside, chapters, unmatched
from .settings import Settings

Values = float | Sequence[float] | np.ndarray
DATA = ("simulated", "real")
PLAIN = (str, int, float, type(None))  # values of a file of results
RECORDED = Path(__file__).parent / "recorded"
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


def record(
    settings: Settings,
    chapter: str,
    claim: str | Mapping[str, Values],
    ours: Values | None = None,
    *,
    data: str = "simulated",
    why: str = "",
    command: str | None = None,
) -> None:
    """Keep one result, or several that share their reason.

    Parameters
    ----------
    settings : Settings
        Of this run; its `results` folder gets the file, unless there is a `command`.
    chapter : str
        Its short name, such as "alfven".
    claim : str, or mapping of claims to what was measured
        What was measured; a second record of the same claim replaces the first.
    ours : float, or one value a seed
        Several values are kept as their mean and standard deviation. Not given with a mapping.
    data : {"simulated", "real"}
    why : str
        Why ours differs from the published number, in one sentence.
    command : str, optional
        Name of the command of ``tests/benchmarks`` that measured it.

    Raises
    ------
    UsageError
        A value is not finite, or `data` is neither simulated nor real.
    """
    if data not in DATA:
        raise UsageError(f"data must be one of {DATA}, not {data!r}.")
    claims = claim if isinstance(claim, Mapping) else {claim: ours}
    entries = {name: _entry(name, values, why) for name, values in claims.items()}
    if command:
        path = RECORDED / f"{command}-{data}.json"
    else:
        path = settings.results / f"{chapter}-{settings.profile}-{data}.json"
    kept = json.loads(path.read_text(encoding="utf-8"))["results"] if path.exists() else {}
    content = {
        "chapter": chapter,
        "run": command or settings.profile,
        "data": data,
        "made": provenance(settings.device),
        "results": kept | entries,
    }
    with atomic_path(path) as tmp:
        tmp.write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _entry(claim: str, ours: Values | None, why: str) -> dict:
    """Mean, spread and number of what was measured."""
    values = np.atleast_1d(np.asarray(ours, float))
    if values.size == 0 or not np.isfinite(values).all():
        raise UsageError(f"cannot record {ours!r} for {claim!r}: it is not a finite number.")
    return {
        "ours": float(values.mean()),
        "spread": float(values.std(ddof=1)) if values.size > 1 else None,
        "seeds": int(values.size),
        "why": why,
    }


def provenance(device) -> dict:
    """Device (a torch.device), versions and commit of what runs here."""
    versions = {"python": platform.python_version()}
    for name in ("geoviz_ml", "torch", "fastai", "numpy"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    return {"device": device_name(device), "versions": versions, "commit": _commit()}


def device_name(device) -> str:
    """A short name of the device, such as "cpu, 2 threads" or "NVIDIA T4"."""
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type}, {torch.get_num_threads()} threads"


def _commit() -> str | None:
    try:
        out = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"],
            cwd=Path(__file__).parent,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
        return out.stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def table(results: str | PathLike, chapter: str | None = None):
    """All results (of one chapter) as a DataFrame with the columns `COLUMNS`.

    Those in the folder `results`, then those that the library carries. `run` is the profile or the
    command that measured it.

    Raises
    ------
    DataFileError
        A file of results is damaged.
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
    for path in [*sorted(results.glob("*.json")), *sorted(RECORDED.glob("*.json"))]:
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            whole = {"chapter", "run", "data", "made", "results"} <= set(content)
            whole = whole and {"device", "versions", "commit"} <= set(content["made"])
            entries = content["results"].values() if whole else [{}]
            whole = all({"ours", "spread", "seeds", "why"} <= set(e) for e in entries)
            whole = whole and all(isinstance(v, PLAIN) for v in _values(content))
        except (json.JSONDecodeError, UnicodeDecodeError, TypeError, AttributeError):
            whole = False
        if not whole:
            raise DataFileError("not a file of results.", path, "Delete it and run again.")
        contents.append(content)
    return contents


def _values(content: dict) -> list:
    """What of a file of results can come to stand in a table."""
    names = [content["chapter"], content["run"], content["data"]]
    of_entries = [value for entry in content["results"].values() for value in entry.values()]
    made = [content["made"]["device"], content["made"]["commit"]]
    return [*names, *of_entries, *made, *content["made"]["versions"].values()]


def show(results: str | PathLike, chapter: str | None = None, run: str | None = None):
    """Results as a table for a notebook (a pandas Styler): those of a chapter and run, or all.

    `run` is a profile, or a command whose results the library carries.
    """
    rows = table(results, chapter)
    columns = ["claim", "paper", "ours", "spread", "seeds", "data", "device", "why"]
    if run is not None:
        rows = rows[rows.run == run]
    else:
        rows = rows.assign(data=rows.data + ", " + rows.run)
    if chapter is None:
        columns.insert(0, "chapter")
    widths = [
        {"selector": f"td.col{columns.index(name)}", "props": f"min-width: {width}rem"}
        for name, width in (("claim", 8), ("why", 11))
    ]
    shown = rows[columns].style.format(precision=4, na_rep="", escape="html")
    return shown.set_table_styles(widths).hide()


def took(settings: Settings) -> str:
    """Wall time since `setup`, peak memory of this process and device, in one line."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        2**20 if os.uname().sysname == "Linux" else 2**30
    )
    minutes, seconds = divmod(round(time.monotonic() - settings.started), 60)
    text = (
        f"{minutes} min {seconds} s, peak memory {peak:.1f} GB, on {device_name(settings.device)}"
    )
    if settings.device.type == "cuda":
        import torch

        text += f", peak GPU memory {torch.cuda.max_memory_allocated() / 2**30:.1f} GB"
    return f"{text}, profile {settings.profile}"
