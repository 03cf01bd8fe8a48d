"""Profile, seed, device and folders: one object, made by `setup`."""

from __future__ import annotations

import hashlib
import html
import os
import random
import time
from dataclasses import dataclass, field
from operator import index
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from .errors import DataFileError, UsageError
from .files import read_json

PROFILES = ("quick", "paper")
COLUMNS = ("quick", "full", "the paper")  # of tables: profile "paper" runs the full column


class Choice(SimpleNamespace):
    """The values of the active profile as attributes; shown as a table of all columns.

    ``key`` is a short name of these values, for folders that must not be mixed up with those of
    other settings.

    Examples
    --------
    >>> from geoviz_ml import setup
    >>> run = setup("paper").choose({"epochs": 3}, nights=(24, 178), epochs=(10, 10))
    >>> run.nights, run.epochs  # the full column, but for what was changed
    (178, 3)
    """

    def __init__(self, profile: str, table: dict[str, tuple], changed: dict[str, Any]):
        column = PROFILES.index(profile)
        super().__init__(**{name: row[column] for name, row in table.items()} | changed)
        self.__dict__["_shown"] = (column, table, changed)

    @property
    def key(self) -> str:
        """A digest of the values: other ones, another key."""
        chosen = repr(sorted((k, v) for k, v in vars(self).items() if k != "_shown"))
        return hashlib.sha256(chosen.encode()).hexdigest()[:8]

    def _repr_html_(self) -> str:
        column, table, changed = self._shown
        heads = list(COLUMNS[: max(map(len, table.values()), default=len(PROFILES))])
        heads[column] += " (this run)"
        rows = ""
        for name, values in table.items():
            cells = [html.escape(str(value)) for value in values]
            cells += [""] * (len(heads) - len(cells))
            cells[column] = (
                f"<strong>{html.escape(str(changed.get(name, values[column])))}</strong>"
            )
            rows += f'<tr><th scope="row"><code>{name}</code></th>'
            rows += "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
        head = "".join(f'<th scope="col">{text}</th>' for text in heads)
        return f'<table><thead><tr><th scope="col">setting</th>{head}</tr></thead>{rows}</table>'

    def __repr__(self) -> str:
        column, table, _ = self._shown
        values = ", ".join(f"{k}={getattr(self, k)!r}" for k in table)
        return f"Choice({PROFILES[column]}: {values})"


@dataclass(frozen=True)
class Settings:
    """What a chapter needs to know about this run.

    Attributes
    ----------
    profile : {"quick", "paper"}
    seed : int
    device : torch.device
    data : pathlib.Path
        Folder for downloaded and simulated data and checkpoints (see `data_folder`).
    results : pathlib.Path
        Folder for results (`GEOVIZ_ML_RESULTS`, else `book/results` of a checkout,
        else `results` below the working folder).
    started : float
        `time.monotonic()` of the call of `setup`, seconds.

    Examples
    --------
    >>> from geoviz_ml import setup
    >>> setup("quick").choose({}, nights=(24, 178), epochs=(10, 10)).nights  # of quick and full
    24
    """

    profile: str
    seed: int
    device: Any
    data: Path
    results: Path
    started: float = field(default_factory=time.monotonic)

    @property
    def trainings(self) -> Path:
        """Folder of kept trainings (`GEOVIZ_ML_TRAININGS`, else `trainings` below `data`)."""
        return Path(os.environ.get("GEOVIZ_ML_TRAININGS") or self.data / "trainings")

    def choose(self, changed: dict[str, Any] | None = None, /, **table: tuple) -> Choice:
        """Pick this profile's column of a table ``name=(quick value, full value)``.

        A third value is what the paper had; it is shown beside them.

        Parameters
        ----------
        changed : dict, optional
            Other values for some names, such as smaller ones to try something.
        **table : (quick, full) or (quick, full, the paper's)

        Raises
        ------
        UsageError
            A name has neither two nor three values, or a change is of no name of the table.

        Examples
        --------
        >>> setup("quick").choose(epochs=(3, 10)).epochs
        3
        """
        for name, row in table.items():
            if not isinstance(row, tuple) or len(row) not in (2, 3):
                raise UsageError(
                    f"{name} needs two values, (quick, full), or a third, the paper's; not {row!r}."
                )
        if unknown := set(changed or {}) - set(table):
            raise UsageError(
                f"there is no setting {', '.join(sorted(unknown))}.",
                advice=f"There are {', '.join(table)}.",
            )
        return Choice(self.profile, table, dict(changed or {}))


def changed_settings(chapter: str) -> dict[str, Any]:
    """What a file of changed settings says of a chapter, such as fewer epochs for slow computers.

    The environment variable `GEOVIZ_ML_CHANGED` names the file: JSON, for each chapter a table of
    its settings and their values, ``{"alfven": {"epochs": 2, "size": [64, 48]}}``. A list becomes
    a tuple.

    Returns
    -------
    dict
        Setting -> value; empty without such a file, or if it does not name the chapter.

    Raises
    ------
    MissingDataError, DataFileError
        There is no such file; or it is no JSON, or no table of tables.

    Examples
    --------
    >>> import os, tempfile
    >>> from pathlib import Path
    >>> from geoviz_ml.settings import changed_settings
    >>> file = Path(tempfile.mkdtemp()) / "smaller.json"
    >>> _ = file.write_text('{"alfven": {"epochs": 2, "size": [64, 48]}}')
    >>> os.environ["GEOVIZ_ML_CHANGED"] = str(file)
    >>> changed_settings("alfven"), changed_settings("arcs")
    ({'epochs': 2, 'size': (64, 48)}, {})
    >>> del os.environ["GEOVIZ_ML_CHANGED"]
    """
    path = os.environ.get("GEOVIZ_ML_CHANGED")
    if not path:
        return {}
    advice = 'Write it as {"alfven": {"epochs": 2}}, or unset GEOVIZ_ML_CHANGED.'
    table = read_json(path, advice)
    changed = table.get(chapter, {}) if isinstance(table, dict) else None
    if not isinstance(changed, dict):
        raise DataFileError("has no table of settings for each chapter.", path, advice)
    return {name: _as_tuples(value) for name, value in changed.items()}


def _as_tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _as_tuples(one) for name, one in value.items()}
    return tuple(map(_as_tuples, value)) if isinstance(value, list) else value


def set_seed(seed: int) -> None:
    """Seed Python, numpy and torch (CPU and GPU).

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.settings import set_seed
    >>> set_seed(1)
    >>> first = np.random.rand()
    >>> set_seed(1)
    >>> first == np.random.rand()
    True
    """
    import numpy as np
    import torch

    seed = index(seed)  # Python's own generator takes no number of NumPy
    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002 (libraries still use it)
    if torch.cuda.is_available() or torch.backends.mps.is_available():
        torch.manual_seed(seed)
    else:  # that keeps a stack trace a call for devices that are absent, at a millisecond each
        torch.default_generator.manual_seed(seed)


def setup(profile: str | None = None, seed: int = 0) -> Settings:
    """Read the environment, seed every generator and return the settings of this run.

    Parameters
    ----------
    profile : {"quick", "paper"}, optional
        Default: the environment variable `GEOVIZ_ML_PROFILE`, else "quick".
    seed : int
        Seed of Python, numpy and torch.

    Returns
    -------
    Settings

    Raises
    ------
    UsageError
        The profile is neither "quick" nor "paper".

    Examples
    --------
    >>> from geoviz_ml import setup
    >>> settings = setup("quick", seed=1)
    >>> settings.profile, settings.seed
    ('quick', 1)
    """
    profile = profile or os.environ.get("GEOVIZ_ML_PROFILE") or "quick"
    if profile not in PROFILES:
        raise UsageError(
            f"there is no profile {profile!r}.",
            advice="Use 'quick' or 'paper' (argument of setup(), or GEOVIZ_ML_PROFILE).",
        )
    import torch

    set_seed(seed)
    if torch.cuda.is_available():
        device = torch.device("cuda")
    elif torch.backends.mps.is_available():
        device = torch.device("mps")
    else:
        device = torch.device("cpu")
    return Settings(profile, seed, device, data_folder(), _results_folder())


DRIVE = Path("/content/drive/MyDrive")


def data_folder() -> Path:
    """The folder of data.

    `GEOVIZ_ML_DATA`; else on Colab with Drive mounted a folder on Drive, so that data and
    checkpoints outlive the session; else the user's cache.

    Examples
    --------
    >>> from geoviz_ml.settings import data_folder
    >>> data_folder().is_absolute()
    True
    """
    import platformdirs

    if os.environ.get("GEOVIZ_ML_DATA"):
        return Path(os.environ["GEOVIZ_ML_DATA"])
    if "COLAB_RELEASE_TAG" in os.environ and DRIVE.is_dir():
        return DRIVE / "geoviz_ml"
    return platformdirs.user_cache_path("geoviz_ml")


def _results_folder() -> Path:
    if os.environ.get("GEOVIZ_ML_RESULTS"):
        return Path(os.environ["GEOVIZ_ML_RESULTS"])
    book = Path(__file__).resolve().parent.parent / "book"
    return book / "results" if (book / "_toc.yml").exists() else Path("results")
