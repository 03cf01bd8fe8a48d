"""The options of a command that surveys: how many processes, which machines, which share."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import UsageError


def shard_of(text: str) -> tuple[int, int]:
    """The shard that "0/3" means: (0, 3).

    Raises
    ------
    argparse.ArgumentTypeError
        It is none.

    Examples
    --------
    >>> from geoviz_ml.survey import shard_of
    >>> shard_of("2/3")
    (2, 3)
    """
    first, _, of = text.partition("/")
    if not (first.isdecimal() and of.isdecimal() and int(first) < int(of)):
        raise argparse.ArgumentTypeError(f"{text!r} is no shard: use 0/3, 1/3, 2/3")
    return int(first), int(of)


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--processes``, ``--scheduler`` and ``--shard`` to the arguments of a command.

    Examples
    --------
    >>> import argparse
    >>> from geoviz_ml.survey import add_options
    >>> parser = argparse.ArgumentParser()
    >>> add_options(parser)
    >>> parser.parse_args(["--shard", "0/3"]).shard
    (0, 3)
    """
    who = parser.add_mutually_exclusive_group()
    who.add_argument("--processes", type=int, help="so many at once on this machine, a thread each")
    who.add_argument(
        "--scheduler", metavar="WHERE", help="of a dask cluster: its address, or its file"
    )
    parser.add_argument(
        "--shard",
        type=shard_of,
        metavar="I/N",
        help="do every N-th item from the I-th only; merge by the same command without it",
    )


@contextmanager
def chosen_executor(given: argparse.Namespace) -> Iterator:
    """What `survey` takes as executor, from the arguments of a command.

    Raises
    ------
    UsageError
        dask is not installed, or no scheduler answers.

    Examples
    --------
    >>> import argparse
    >>> from geoviz_ml.survey import add_options, chosen_executor
    >>> parser = argparse.ArgumentParser()
    >>> add_options(parser)
    >>> with chosen_executor(parser.parse_args(["--processes", "2"])) as executor:
    ...     print(executor)
    2
    """
    if given.scheduler is None:
        yield given.processes
        return
    try:
        from distributed import Client
    except ImportError as error:
        raise UsageError("dask is not installed.", advice="Install geoviz_ml[cluster].") from error
    where = given.scheduler
    file = {"scheduler_file": where} if Path(where).is_file() else {"address": where}
    try:
        client = Client(**file, timeout=30)
    except (OSError, ValueError) as error:
        raise UsageError(f"no scheduler answers at {where} ({error}).") from error
    with client:
        yield client.get_executor()
