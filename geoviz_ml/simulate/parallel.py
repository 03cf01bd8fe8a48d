"""Pieces of work that do not depend on each other, done by several processes at once.

This process does its share, in a thread. The others are joblib's "loky": new interpreters that
import the module of the function and never the script or the notebook that asks, so that neither
needs a guard, and a process that has started torch's threads is not copied. They stay for some
minutes, for the next call.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from queue import SimpleQueue
from time import perf_counter
from typing import TypeVar

from joblib import cpu_count
from joblib.externals.loky import get_reusable_executor
from threadpoolctl import ThreadpoolController

from ..errors import GeovizError, UsageError
from ..survey.work import THREADS

J, R = TypeVar("J"), TypeVar("R")

VARIABLE = "GEOVIZ_ML_PROCESSES"
START = 1.0  # s in which processes start and import, about
IDLE = 300  # s after which processes without work end


def run(jobs: Sequence[J], function: Callable[[J], R], processes: int | None = None) -> Iterator[R]:
    """Call a function for each job, and give its results in the order of the jobs.

    A call uses one thread, so that results are the same on any number of cores. Without
    `processes` the first jobs are done here; processes are started when what is left would then
    be done sooner.

    Parameters
    ----------
    jobs : sequence
        Small things that can be pickled.
    function : callable
        Of a module (or a `functools.partial` of such a one): processes import it. It should write
        large results to files.
    processes : int, optional
        So many at once, but not more than there are jobs; 1 does all here. By default at most as
        many as ``GEOVIZ_ML_PROCESSES`` says, else as there are cores for this process.

    Returns
    -------
    iterator
        It raises what `function` raises, as it is; what other jobs have finished by then is done.

    Raises
    ------
    UsageError
        A number of processes that is none.
    """
    given = (os.environ.get(VARIABLE) or cpu_count()) if processes is None else processes
    try:
        most = int(given)
    except ValueError:
        most = 0
    if most < 1:
        name = VARIABLE if processes is None else "processes"
        raise UsageError(f"{name} is a whole number from 1, not {given!r}.")
    return _results(list(jobs), function, min(most, len(jobs)), processes is not None)


def _results(jobs: list, function: Callable, most: int, at_once: bool) -> Iterator:
    threads, spent = ThreadpoolController(), 0.0

    def here(job):
        with threads.limit(limits=1):
            return function(job)

    for done, job in enumerate(jobs):
        saved = spent / max(done, 1) * (len(jobs) - done) * (1 - 1 / most)
        if most > 1 and (at_once or saved > START):
            yield from _shared(jobs[done:], function, here, most - 1)
            return
        begun = perf_counter()
        result = here(job)
        spent += perf_counter() - begun
        yield result


def _shared(jobs: list, function: Callable, here: Callable, others: int) -> Iterator:
    """This process and others each take the next job as soon as they have done one."""
    pool = get_reusable_executor(others, timeout=IDLE, env=dict.fromkeys(THREADS, "1"))
    hands: SimpleQueue[Callable] = SimpleQueue()
    for hand in [here, *[lambda job: pool.submit(function, job).result()] * others]:
        hands.put(hand)

    def do(job):
        hand = hands.get()
        try:
            return hand(job)
        finally:
            hands.put(hand)

    try:
        with ThreadPoolExecutor(others + 1) as threads:
            yield from threads.map(do, jobs)
    except BrokenProcessPool as error:
        raise GeovizError(
            "a process was killed, or could not start: perhaps there is too little memory.",
            advice=f"Call again: it does the rest. The environment's {VARIABLE}=1 needs the least.",
        ) from error
