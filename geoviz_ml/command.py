"""The command ``geoviz-ml``: one name for everything that ``python -m geoviz_ml.NAME`` does."""

from __future__ import annotations

import argparse
import runpy
import sys
from importlib import import_module
from pathlib import Path

EPILOG = """
geoviz-ml NAME --help tells more of each; the arguments and exit codes are those of
python -m geoviz_ml.NAME. Data sets are fetched by the command data-fetch.
"""


def commands() -> dict[str, str]:
    """The rooms that can be run, each with what it does in one sentence.

    Examples
    --------
    >>> from geoviz_ml.command import commands
    >>> sorted(set(commands()) & {"archives", "experiments"})
    ['archives', 'experiments']
    """
    rooms = sorted(path.parent.name for path in Path(__file__).parent.glob("*/__main__.py"))
    about = {room: import_module(f"{__package__}.{room}").__doc__ or "" for room in rooms}
    return {room: text.strip().partition("\n")[0] for room, text in about.items()}


def main(arguments: list[str] | None = None) -> int:
    """Run the command with these arguments (default: the process's own); return its exit code.

    Examples
    --------
    >>> from geoviz_ml.command import main
    >>> main(["no-such-room"])  # and one sentence that tells which there are, on the error output
    2
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    known = commands()
    name, *rest = arguments or [""]
    if name in known:
        return _run(name, rest)
    parser = _parser(known)
    if name in ("", "-h", "--help"):
        parser.print_help(sys.stderr if not name else sys.stdout)
    elif name == "--version":
        print(f"geoviz-ml {import_module(__package__).__version__}")
    else:
        print(f"geoviz-ml: no command {name!r}; there are {', '.join(known)}.", file=sys.stderr)
    return 0 if name in ("-h", "--help", "--version") else 2


def _run(name: str, arguments: list[str]) -> int:
    """As ``python -m``, in this process."""
    sys.argv[1:] = arguments
    try:
        runpy.run_module(f"{__package__}.{name}", run_name="__main__", alter_sys=True)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    return 0


def _parser(known: dict[str, str]) -> argparse.ArgumentParser:
    """It only tells: a command has arguments of its own."""
    parser = argparse.ArgumentParser(
        "geoviz-ml", description="Run a part of the library.", epilog=EPILOG
    )
    parser.add_argument("--version", action="store_true", help="tell the version")
    kinds = parser.add_subparsers(metavar="NAME")
    for name, text in known.items():
        kinds.add_parser(name, help=text.replace("%", "%%"), add_help=False)
    return parser
