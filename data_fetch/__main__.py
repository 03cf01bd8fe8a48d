"""``data-fetch list``, or the name of a data set; also ``python -m data_fetch``."""

from __future__ import annotations

import argparse
import signal
import sys
import textwrap

from geoviz_ml.errors import GeovizError

from .registry import Entry, load, names
from .sets import Plan, fetch, folder, plan, state, take, verify
from .weights import fetch_weights

OPTIONS = ("site", "start", "end", "cadence", "size")
EPILOG = """
The data folder is GEOVIZ_ML_DATA, else the user's cache. GEOVIZ_ML_MIRROR, a folder or an address,
takes the place of every publisher. Exit codes: 0 done, 1 not done (one message tells why), 2 wrong
command, 130 stopped by the user.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command with these arguments (default: the process's own); return its exit code."""
    given = _parser().parse_args(arguments)
    options = {name: value for name in OPTIONS if (value := getattr(given, name)) is not None}
    try:
        if "://" in given.name:
            print(fetch_weights(given.name, given.sha256 or ""))
        elif given.name == "list":
            print("\n\n".join(_describe(load(name)) for name in names()))
        elif given.verify:
            return _verify(given.name)
        elif given.source:
            taken = take(given.name, given.source)
            print(f"{len(taken)} files taken into {folder(given.name)}")
        elif given.dry_run:
            print(_tell(plan(given.name, **options)))
        else:
            print(fetch(given.name, **options))
    except GeovizError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. The same command continues.", file=sys.stderr)
        return 130
    return 0


def _describe(entry: Entry) -> str:
    told = {
        "what": entry.what,
        "size": entry.size,
        "licence": entry.licence,
        "citation": entry.citation,
        "from": entry.home,
        "here": state(entry.name),
    }
    lines = [entry.name]
    for name, text in told.items():
        start = f"  {name:10}"
        lines += textwrap.wrap(
            " ".join(text.split()),
            100,
            initial_indent=start,
            subsequent_indent=" " * len(start),
            break_on_hyphens=False,
            break_long_words=False,
        )
    return "\n".join(lines)


def _tell(todo: Plan) -> str:
    about = "" if all(file.bytes for file in todo.missing) else "about "
    if any(not file.size for file in todo.missing):
        about = "size not published, more than "
    return (
        f"{len(todo.missing)} files to fetch, {about}{todo.bytes / 1e6:.1f} MB; "
        f"{len(todo.there)} files are there. Folder: {todo.folder}"
    )


def _verify(name: str) -> int:
    problems = verify(name)
    for file, problem in problems.items():
        print(f"{file} {problem}")
    print(f"{folder(name)}: {f'{len(problems)} problems' if problems else 'all files are right'}")
    return 1 if problems else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="data-fetch", description="Fetch the data sets of the book.", epilog=EPILOG
    )
    parser.add_argument("name", help="'list', the name of a data set, or the address of weights")
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--verify", action="store_true", help="check every file that was fetched")
    action.add_argument("--from", dest="source", metavar="FOLDER", help="take files you have")
    action.add_argument("--dry-run", action="store_true", help="tell count and bytes only")
    parser.add_argument("--site", help="four letters: gill (themis)")
    parser.add_argument("--start", help="UT: 2014-03-10 or 2014-03-10T06:00")
    parser.add_argument("--end", help="UT, included")
    parser.add_argument("--cadence", help="12min, 6h or 1d (magnetograms)")
    parser.add_argument("--sha256", help="of the weights, 64 hexadecimal digits")
    parser.add_argument("--size", type=int, help="pixels of PNG pictures (magnetograms)")
    return parser


def command() -> int:
    """What ``data-fetch`` in a shell does; the exit code of `main`."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # `... list | head` ends quietly
    return main()


if __name__ == "__main__":
    sys.exit(command())
