"""The journal of a search: optuna's, mended where it was torn, and written by one process alone.

A full disk, a power cut or a synchronised folder may tear a line. Every line is one operation of
one trial, and names its number: without some lines a journal still tells of all trials but those.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import filelock
import optuna
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from ..errors import DataFileError, GeovizError, UsageError
from ..files import alone, atomic_path

CREATE_STUDY, CREATE_TRIAL = 0, 4  # optuna's numbers
NEW_TRIAL = {"op_code": CREATE_TRIAL, "worker_id": "", "study_id": 0, "datetime_start": None}


@contextmanager
def open_journal(path: Path, recipe: dict) -> Iterator[optuna.Study]:
    """The optuna study kept in `path`, new or of the same recipe; nobody else has it meanwhile.

    Raises
    ------
    DataFileError
        The file is no journal of a search.
    UsageError
        It is of another search; another process has it; or it cannot be read or written.
    """
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    with _writable(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    with _alone(path):
        with _writable(path):
            mend(path)
            study = _study(path, recipe)
        yield study


def whole_trials(study: optuna.Study) -> list[FrozenTrial]:
    """The trials that came to an end, of which nothing was lost."""
    ended = study.get_trials(states=(TrialState.COMPLETE, TrialState.PRUNED))
    return [trial for trial in ended if _is_whole(trial)]


def mend(path: Path) -> None:
    """Leave the torn lines out of a journal, and say so; as it was it is kept beside it.

    Raises
    ------
    DataFileError
        The file is no journal of a search.
    """
    content = path.read_bytes() if path.exists() else b""
    found = [_operation(line) for line in content.split(b"\n") if line]
    operations = [one for one in found if one is not None]
    begun = b'{"op_code"'  # of a first line of ours that is torn
    most = len(content) // 50  # trials: no line is shorter
    ours = _are_ours(operations, most) if operations else content.startswith(begun[: len(content)])
    if not ours:
        raise _no_journal(path)
    torn = len(found) - len(operations)
    if torn:
        names = (path.with_name(f"{path.name}.damaged-{number}") for number in count(1))
        beside = next(name for name in names if not name.exists())
        with atomic_path(beside) as tmp:
            tmp.write_bytes(content)
        warnings.warn(
            f"{path}: {torn} torn lines are left out, and their trials are tried again; "
            f"{beside.name} keeps the journal as it was.",
            stacklevel=2,
        )
    if torn or content[-1:] not in (b"", b"\n"):
        lines = [json.dumps(one, separators=(",", ":")) + "\n" for one in _numbered(operations)]
        with atomic_path(path) as tmp:
            tmp.write_text("".join(lines))


def _numbered(operations: list[dict]) -> Iterator[dict]:
    """The operations, and before them the beginnings of trials that were lost."""
    trials = 0
    for operation in operations:
        while operation.get("trial_id", -1) >= trials:
            yield NEW_TRIAL
            trials += 1
        trials += operation["op_code"] == CREATE_TRIAL
        yield operation


def _operation(line: bytes) -> dict | None:
    """One line of a journal; None if it is torn."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and type(found.get("op_code")) is int else None


def _are_ours(operations: list[dict], most: int) -> bool:
    first, trials = operations[0], [one.get("trial_id", 0) for one in operations]
    return (
        first["op_code"] == CREATE_STUDY
        and first.get("study_name") == "search"
        and all(one.get("study_id", 0) == 0 for one in operations)
        and all(type(trial) is int and 0 <= trial <= most for trial in trials)
    )


def _is_whole(trial: FrozenTrial) -> bool:
    values = [*trial.intermediate_values.values()]
    steps = [*range(1, len(values) + 1)]
    in_order = values and [*trial.intermediate_values] == steps
    return bool("point" in trial.user_attrs and in_order and trial.value == values[-1])


def _study(path: Path, recipe: dict) -> optuna.Study:
    try:
        study = optuna.create_study(
            study_name="search",
            storage=optuna.storages.JournalStorage(_File(str(path), _NoLock())),
            pruner=optuna.pruners.SuccessiveHalvingPruner(min_resource=1, reduction_factor=3),
            load_if_exists=True,
        )
        trials = study.get_trials(deepcopy=False)
    except GeovizError:
        raise
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError) as error:
        raise _no_journal(path) from error
    kept = study.user_attrs.get("recipe")
    if not trials:
        study.set_user_attr("recipe", recipe)
    elif not isinstance(kept, dict):
        raise _no_journal(path)
    elif kept != recipe:
        other = [name for name in recipe if kept.get(name) != recipe[name]]
        raise UsageError(
            f"this search differs in {', '.join(other)}.",
            path,
            "Delete it or give another folder.",
        )
    return study


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """While no other process searches here."""
    try:
        with alone(path.with_suffix(".lock"), wait=False):
            yield
    except filelock.Timeout:
        raise UsageError(
            "another process is searching here.",
            path.parent,
            "Wait until it is done, or give another folder.",
        ) from None


class _File(JournalFileBackend):
    def append_logs(self, logs: list[dict]) -> None:
        with _writable(Path(self._file_path)):
            super().append_logs(logs)


class _NoLock:
    """The whole search holds one; optuna's, a symbolic link, is not possible everywhere."""

    def acquire(self) -> bool:
        return True

    def release(self) -> None: ...


@contextmanager
def _writable(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UsageError(
            f"the journal cannot be kept ({error.strerror or error}).",
            path,
            "Make room or give another folder; what was tried is not lost, and a new call goes on.",
        ) from error


def _no_journal(path: Path) -> DataFileError:
    return DataFileError("not a journal of a search.", path, "Delete it or give another folder.")
