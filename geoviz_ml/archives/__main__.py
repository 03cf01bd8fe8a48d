"""The command ``python -m geoviz_ml.archives``; see the package for what it writes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..errors import GeovizError, UsageError
from ..files import printable
from ..survey import Survey, add_options, chosen_executor
from . import __doc__ as about

GOOD = ("done", "none", "empty", "fringes", "nuclei", "arcs", "missing", "rows")


def parser() -> argparse.ArgumentParser:
    """The arguments of the command."""
    made = argparse.ArgumentParser(
        prog="python -m geoviz_ml.archives", description=about.splitlines()[0]
    )
    kinds = made.add_subparsers(dest="kind", required=True, metavar="KIND")
    for name, what in (
        ("nights", "spectrograms, or raw hours, of a search coil"),
        ("half-orbits", "VLF spectra of a satellite"),
        ("minutes", "raw minutes of all-sky cameras"),
    ):
        one = kinds.add_parser(name, help=what)
        one.add_argument("folder", type=Path, help=what)
        one.add_argument(
            "--model", type=Path, required=True, help="from save_model, save_network or a training"
        )
        one.add_argument("--out", type=Path, required=True, help="gets the table and its parts")
        one.add_argument(
            "--files",
            type=Path,
            help="a text file that names what is asked for, a line each; default: all there is",
        )
        if name == "minutes":
            one.add_argument("--by-hour", action="store_true", help="a part an hour, not a minute")
        else:
            help_ = "pictures that the network sees at once, on a GPU; a part a month"
            one.add_argument("--batch", type=int, help=help_)
        add_options(one)
    kinds.add_parser("magnetograms", add_help=False, help="as python -m geoviz_ml.sunspots")
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run the command with `arguments` (default: those of the process); return its exit code.

    A UsageError, as any other of ours, is printed, and the code is 1.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    if arguments[:1] == ["magnetograms"]:
        from ..sunspots.__main__ import main as magnetograms

        return magnetograms(arguments[1:])
    given = parser().parse_args(arguments)
    try:
        with chosen_executor(given) as executor:
            made = _survey(given, executor)
    except GeovizError as error:
        print(printable(f"Error: {error}"), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. The same command continues.", file=sys.stderr)
        return 130
    if made.table is None:
        print(f"{made.done} parts done; merge by the same command without --shard.")
        return 0
    told = ", ".join(f"{n} {status}" for status, n in made.counts.items())
    print(printable(f"{told}: {made.table}"))
    return 0 if set(made.counts) <= set(GOOD) else 1


def _survey(given: argparse.Namespace, executor) -> Survey:
    from ..analysis import survey_half_orbits, survey_minutes, survey_nights
    from .model_file import load_model

    model = load_model(given.model)
    kinds = {"nights": survey_nights, "half-orbits": survey_half_orbits, "minutes": survey_minutes}
    asked = None
    if given.files:
        try:
            asked = given.files.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(f"cannot be read ({error}).", given.files) from error
        asked = [line.strip() for line in asked if line.strip()]
    more = {"executor": executor, "shard": given.shard}
    if getattr(given, "by_hour", False):
        more["group"] = _folder_of
    if getattr(given, "batch", None):
        more["batch"] = given.batch
    options = {k: tuple(v) if isinstance(v, list) else v for k, v in model.options.items()}
    try:
        return kinds[given.kind](model.network, given.folder, asked, given.out, **options, **more)
    except (TypeError, ValueError) as error:
        if isinstance(error, GeovizError):
            raise
        raise UsageError(
            f"a model with the options {', '.join(options)} is none of {given.kind} ({error})."
        ) from error


def _folder_of(file: str) -> str:
    return Path(file).parent.as_posix()


if __name__ == "__main__":
    sys.exit(main())
