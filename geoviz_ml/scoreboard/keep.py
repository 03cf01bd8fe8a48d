"""Results kept with what they came from: device, versions, commit, spread over seeds.

A result is written by the run that measured it, never by hand; the published number beside it comes
from `geoviz_ml.papers`. A chapter writes to ``<results>/<chapter>-<profile>-<data>.json``. What
takes longer than a chapter may is measured by a command of ``tests/benchmarks``, which writes to
``geoviz_ml/recorded/<command>-<data>.json``, so that the library carries it.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np

from ..errors import DiskError, UsageError
from ..files import alone, atomic_path, read_json, untrusted
from ..settings import Settings, changed_settings

Values = float | Sequence[float] | np.ndarray
DATA = ("simulated", "real")
RECORDED = Path(__file__).parents[1] / "recorded"


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
    DataFileError
        The file with the results before is damaged.
    DiskError
        It cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from dataclasses import replace
    >>> from pathlib import Path
    >>> from geoviz_ml import setup
    >>> from geoviz_ml.scoreboard import record, table
    >>> settings = replace(setup("quick"), results=Path(tempfile.mkdtemp()))
    >>> record(settings, "nucleus", "IoU of a trial", [0.50, 0.52, 0.54])  # of three seeds
    >>> kept = table(settings.results, "nucleus").iloc[0]
    >>> round(float(kept.ours), 3), round(float(kept.spread), 3), int(kept.seeds)
    (0.52, 0.02, 3)
    """
    if data not in DATA:
        raise UsageError(f"data must be one of {DATA}, not {data!r}.")
    if changed_settings(chapter):
        why = f"{why} Some settings were changed.".lstrip()
    claims = claim if isinstance(claim, Mapping) else {claim: ours}
    entries = {name: _entry(name, values, why) for name, values in claims.items()}
    if command:
        path = RECORDED / f"{command}-{data}.json"
    else:
        path = settings.results / f"{chapter}-{settings.profile}-{data}.json"
    made = provenance(settings.device)
    with _alone(path):
        advice = "Delete it and run again."
        with untrusted(path, "file of results", advice):
            kept = dict(read_json(path, advice)["results"]) if path.exists() else {}
        content = {
            "chapter": chapter,
            "run": command or settings.profile,
            "data": data,
            "made": made,
            "results": kept | entries,
        }
        with atomic_path(path) as tmp:
            text = json.dumps(content, indent=1, ensure_ascii=False) + "\n"
            tmp.write_text(text, encoding="utf-8")


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """While no other process adds to a file of results: what it adds would be lost."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DiskError(error.errno, path.parent) from error
    with alone(path.with_name(f".{path.name}.lock")):
        yield


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
    """Device (a torch.device), versions and commit of what runs here.

    Examples
    --------
    >>> import torch
    >>> from geoviz_ml.scoreboard import provenance
    >>> made = provenance(torch.device("cpu"))
    >>> sorted(made), sorted(made["versions"])
    (['commit', 'device', 'versions'], ['fastai', 'geoviz_ml', 'numpy', 'python', 'torch'])
    """
    versions = {"python": platform.python_version()}
    for name in ("geoviz_ml", "torch", "fastai", "numpy"):
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "not installed"
    return {"device": device_name(device), "versions": versions, "commit": _commit()}


def device_name(device) -> str:
    """A short name of the device, such as "cpu, 2 threads" or "NVIDIA T4".

    Examples
    --------
    >>> import torch
    >>> from geoviz_ml.scoreboard import device_name
    >>> device_name(torch.device("cpu")) == f"cpu, {torch.get_num_threads()} threads"
    True
    """
    import torch

    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return f"{device.type}, {torch.get_num_threads()} threads"


def _commit() -> str | None:
    try:
        out = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"],
            cwd=RECORDED.parent,
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
        return out.stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return None


def took(settings: Settings) -> str:
    """Wall time since `setup`, peak memory of this process and device, in one line.

    Examples
    --------
    >>> from geoviz_ml import setup
    >>> from geoviz_ml.scoreboard import took
    >>> print(took(setup("quick")))  # doctest: +ELLIPSIS
    0 min ... s, peak memory ... GB, on ..., profile quick
    """
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
