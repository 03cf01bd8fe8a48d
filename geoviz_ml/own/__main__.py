"""The command ``python -m geoviz_ml.own``; see the package for what it writes."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from ..errors import GeovizError
from ..files import printable
from . import __doc__ as about


def parser() -> argparse.ArgumentParser:
    """The arguments of the command."""
    made = argparse.ArgumentParser(
        prog="python -m geoviz_ml.own", description=about.splitlines()[0]
    )
    made.add_argument("folder", type=Path, help="PNG, TIFF, JPEG and BMP pictures, and masks")
    made.add_argument(
        "--out", type=Path, help="gets the results; default: FOLDER_marked or _clusters"
    )
    made.add_argument("--clusters", action="store_true", help="no masks: sort the pictures by kind")
    made.add_argument("--steps", type=int, help="of each training; default 400")
    made.add_argument("--factor", type=int, help="shrink pictures so many times; default: chosen")
    made.add_argument(
        "--base", type=int, help="channels of the network; default 8; on a GPU try 32"
    )
    made.add_argument("--batch-size", type=int, help="tiles of a step; default 8")
    made.add_argument("--blocks", type=int, help="split in blocks of neighbours, not by names")
    made.add_argument("--folds", type=int, help="networks to train; default 3")
    made.add_argument(
        "--mirror",
        choices=("sides", "all", "none"),
        help="what may change places: left and right (default), top and bottom too, nothing",
    )
    made.add_argument("--k", type=int, help="of --clusters: how many; default: chosen")
    made.add_argument("--epochs", type=int, help="of --clusters: of each training; default 15")
    made.add_argument("--seed", type=int, help="of all that is random; default 0")
    made.add_argument("--minutes", type=float, help="stop then; the same command goes on")
    return made


SHARED = ("out", "seed", "minutes")
OF_MASKS = ("steps", "factor", "base", "batch_size", "blocks", "folds", "mirror")
OF_CLUSTERS = ("k", "epochs")


def main(arguments: list[str] | None = None) -> int:
    """Run the command with `arguments` (default: those of the process); return its exit code."""
    made = parser()
    given = vars(made.parse_args(arguments))
    mine, others = (OF_CLUSTERS, OF_MASKS) if given["clusters"] else (OF_MASKS, OF_CLUSTERS)
    if odd := [name for name in others if given[name] is not None]:
        where = "not for" if given["clusters"] else "only for"
        made.error(f"--{odd[0].replace('_', '-')} is {where} --clusters")
    options = {name: given[name] for name in (*SHARED, *mine) if given[name] is not None}
    try:
        if given["clusters"]:
            from .clusters import cluster_folder

            cluster_folder(given["folder"], say=_say, **options)
            return 0
        from .marking import mark_folder

        marked = mark_folder(given["folder"], say=_say, **options)
    except GeovizError as error:
        print(printable(f"Error: {error}"), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("Stopped. The same command continues.", file=sys.stderr)
        return 130
    return 0 if (marked.pictures.status == "done").all() else 1


def _say(line: str) -> None:
    print(printable(line), flush=True)


if __name__ == "__main__":
    sys.exit(main())
