"""Jobs that do not depend on each other, given to whatever can do them.

What does a job (a network with its weights, say) travels once, as a file in the folder of results,
which all workers must see; a worker loads it when its first job comes. With a job travels its name.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import platform
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, CancelledError, Executor, wait
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import DataFileError, GeovizError, MissingDataError, UsageError
from ..files import atomic_path, printable

AHEAD = 64  # jobs that another's executor is given at once
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
KILLED = "its process was killed: perhaps there is too little memory."


class Fault(NamedTuple):
    """Why a job has no result.

    Attributes
    ----------
    status : str
        "missing" or "damaged" (the data); "failed" (anything else, to be tried again).
    note : str
        One line that can be printed.

    Examples
    --------
    >>> from geoviz_ml.survey import Fault
    >>> Fault("missing", "20150301.nc: there is no such file.").status
    'missing'
    """

    status: str
    note: str

    @classmethod
    def of(cls, error: BaseException) -> Fault:
        """The fault that an error stands for."""
        kinds = {MissingDataError: "missing", DataFileError: "damaged"}
        status = next((word for kind, word in kinds.items() if isinstance(error, kind)), "failed")
        return cls(status, printable(error if isinstance(error, GeovizError) else repr(error)))


def work_through(
    jobs: Iterable, function: Callable, folder: Path, executor: Executor | int | None = None
) -> Iterator[tuple[Any, Any]]:
    """Call a function for each job, here or by an executor, as long as there are jobs.

    Parameters
    ----------
    jobs : iterable
        Small things that can be pickled; taken one by one, when there is room.
    function : callable
        Idempotent: after a process was killed, a job may be done twice. It should write large
        results to files.
    folder : pathlib.Path
        Where the function lies for the workers while this runs; they must see it.
    executor : concurrent.futures.Executor or int, optional
        None: here, one after the other. A number: so many processes of this machine, one thread
        each; one that is killed is replaced. Or any executor, such as dask's
        ``Client(...).get_executor()``.

    Yields
    ------
    (job, result)
        In the order in which they end. The result is a `Fault` where the function has raised, or
        its process was killed twice.

    Raises
    ------
    UsageError
        Fewer than one process, or workers that do not see the folder.
    GeovizError
        The executor itself has ended. What is done by then is done.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from geoviz_ml.survey import work_through
    >>> list(work_through([1, 2, 3], abs, Path(tempfile.mkdtemp())))
    [(1, 1), (2, 2), (3, 3)]
    """
    if executor is None:
        for job in jobs:
            yield job, _call(function, job)
        return
    if isinstance(executor, int) and executor < 1:
        raise UsageError(f"{executor} processes cannot work.", advice="Use 1 or more.")
    work = _send(function, folder)
    try:
        if isinstance(executor, int):
            yield from _own_pool(iter(jobs), work, executor)
        else:
            yield from _given(iter(jobs), work, executor)
    finally:
        work.path.unlink(missing_ok=True)


def _call(function: Callable, job) -> Any:
    try:
        return function(job)
    except Exception as error:  # one job must not stop the others
        return Fault.of(error)


class Work(NamedTuple):
    """A function in a file, and where it comes from."""

    path: Path
    digest: str
    parent: tuple[str, int]


def _send(function: Callable, folder: Path) -> Work:
    """Put a function into a file, whole or not at all."""
    import cloudpickle  # takes functions of a notebook, too

    raw = cloudpickle.dumps(function)
    digest = hashlib.sha256(raw).hexdigest()
    path = folder.absolute() / f".work-{platform.node()}-{os.getpid()}-{digest[:12]}"
    with atomic_path(path) as tmp:
        tmp.write_bytes(raw)
    return Work(path, digest, (platform.node(), os.getpid()))


def do(work: Work, job) -> Any:
    """Do a job, in a worker: its result or `Fault`.

    Raises
    ------
    UsageError
        The worker does not see the function's file.
    """
    return _call(_loaded(work), job)


@lru_cache(maxsize=1)
def _loaded(work: Work) -> Callable:
    """The function, once a worker; from now on it uses one thread."""
    try:
        raw = work.path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"the worker on {platform.node()} cannot read it ({error.strerror}).",
            work.path,
            "The folder of results must be on a disk that all machines share.",
        ) from error
    if hashlib.sha256(raw).hexdigest() != work.digest:
        raise UsageError("is not what was sent.", work.path)
    function = pickle.loads(raw)
    if work.parent != (platform.node(), os.getpid()):  # a worker that is no thread of the asker
        from threadpoolctl import threadpool_limits

        os.environ.update(dict.fromkeys(THREADS, "1"))
        threadpool_limits(1)
        if torch := sys.modules.get("torch"):
            torch.set_num_threads(1)
    return function


def _given(jobs: Iterator, work: Work, executor: Executor) -> Iterator[tuple[Any, Any]]:
    """All jobs by an executor of somebody else."""
    running = {}
    while True:
        for job in islice(jobs, AHEAD - len(running)):
            running[executor.submit(do, work, job)] = job
        if not running:
            return
        for future in wait(running, return_when=FIRST_COMPLETED).done:
            job = running.pop(future)
            try:
                yield job, future.result()
            except (BrokenExecutor, CancelledError) as error:
                raise GeovizError(
                    f"the executor has ended ({type(error).__name__}).",
                    advice="Call again with another: it does the rest.",
                ) from error
            except GeovizError:  # of the engine, not of a job
                raise
            except Exception as error:  # dask's KilledWorker: this job kills whoever does it
                yield job, Fault("failed", printable(repr(error)))


def _own_pool(jobs: Iterator, work: Work, processes: int) -> Iterator[tuple[Any, Any]]:
    """All jobs by processes of ours.

    When one is killed, all that were running are suspects, and are done again one at a time: what
    is killed alone is at fault.
    """
    suspects: deque = deque()
    running: dict = {}
    pool = _pool(processes)
    try:
        while True:
            if alone := bool(suspects):  # nothing else runs
                jobs_now = [suspects.popleft()]
            else:
                jobs_now = islice(jobs, 2 * processes - len(running))
            for job in jobs_now:
                running[pool.submit(do, work, job)] = job
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                job = running[future]
                try:
                    result = future.result()
                except BrokenExecutor:
                    if not alone:
                        suspects.extend(running.values())
                    running.clear()
                    pool.shutdown(kill_workers=True)
                    pool = _pool(processes)
                    if alone:
                        yield job, Fault("failed", KILLED)
                    break
                del running[future]
                yield job, result
    finally:
        pool.shutdown(wait=True, kill_workers=True)


def _pool(processes: int):
    """Processes that import anew, so that a script needs no guard; as in `simulate.parallel`."""
    from joblib.externals.loky import ProcessPoolExecutor

    return ProcessPoolExecutor(processes, env=dict.fromkeys(THREADS, "1"))
