"""The command ``python -m geoviz_ml.sunspots``; see the package for what it writes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..errors import GeovizError
from ..files import printable
from ..prepare.sun_picture import KINDS
from ..survey import add_options, chosen_executor
from . import __doc__ as about
from .find import NAMELESS
from .folder import survey_folder


def parser() -> argparse.ArgumentParser:
    """The arguments of the command."""
    made = argparse.ArgumentParser(
        prog="python -m geoviz_ml.sunspots", description=about.splitlines()[0]
    )
    made.add_argument("folder", type=Path, help="FITS, JPEG 2000, PNG and JPEG pictures")
    made.add_argument("--out", type=Path, required=True, help="gets the tables and pictures")
    made.add_argument(
        "--model", type=Path, help="from save_sun_models or a training; else the classical way"
    )
    made.add_argument("--classifier", type=Path, help="another such file, which names the regions")
    made.add_argument("--kind", choices=KINDS, help="where the pictures do not tell")
    made.add_argument(
        "--north-up",
        action="store_true",
        help="pictures without a header show the whole disk with north up: give positions",
    )
    add_options(made)
    return made


def main(arguments: list[str] | None = None) -> int:
    """Run the command with `arguments` (default: those of the process); return its exit code."""
    given = parser().parse_args(arguments)
    try:
        models = None
        if given.model:
            from .models import load_sun_models

            models = load_sun_models(given.model)
        if given.classifier:
            from .models import SunModels, add_classifier, load_sun_models

            models = add_classifier(models or SunModels(), load_sun_models(given.classifier))
        options = {"kind": given.kind, "north_up": given.north_up, "shard": given.shard}
        with chosen_executor(given) as executor:
            counts = survey_folder(
                given.folder, given.out, models, progress=True, executor=executor, **options
            )
    except GeovizError as error:
        print(printable(f"Error: {error}"), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. The same command continues.", file=sys.stderr)
        return 130
    failed, out = counts["failed"], printable(given.out)
    where = f"in {out}; merge by a call without --shard" if given.shard else f"{out}/regions.csv"
    done = counts["pictures"] - failed
    print(f"{done} pictures with {counts['regions']} regions: {where}")
    if models is None or models.classifier is None:
        print(f"The regions are {NAMELESS}: {'no classifier in the' if models else 'no'} model.")
    if failed:
        print(f"{failed} pictures failed: see {out}/pictures.csv", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
