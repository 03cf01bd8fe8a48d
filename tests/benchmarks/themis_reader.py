"""Our THEMIS reader beside the official ones: python -m tests.benchmarks.themis_reader FOLDER

FOLDER holds raw ``.pgm.gz`` minutes. Needs themis-imager-readfile or pyucalgarysrs, or both, in
the environment or on PYTHONPATH. Checks every pixel, then prints the median time of each reader on
each file, read in turn in one run, and the ratio to ours.
"""

import statistics
import sys
import time
from pathlib import Path

import numpy as np

from geoviz_ml.readers import read_themis


def official_readers():
    """Name and call of each reader that is installed; pictures come as (n, y, x), row 0 first."""
    found = {}
    try:
        import themis_imager_readfile
    except ImportError:
        pass
    else:
        found["themis-imager-readfile"] = lambda path: np.moveaxis(
            themis_imager_readfile.read(str(path), quiet=True)[0], 2, 0
        )
    try:
        from pyucalgarysrs.data.read._themis import read as read_ucalgary
    except ImportError:
        pass
    else:  # which turns the pictures upside down
        found["pyucalgarysrs"] = lambda path: np.moveaxis(
            read_ucalgary([str(path)], quiet=True)[0][::-1], 2, 0
        )
    return found


def main():
    files = sorted(Path(sys.argv[1]).rglob("*.pgm.gz"))
    official = official_readers()
    readers = {"geoviz_ml": lambda path: read_themis(path).values, **official}
    frames = 0
    for path in files:
        ours = readers["geoviz_ml"](path)
        frames += len(ours)
        for name, read in official.items():
            theirs = read(path)
            if theirs.shape != ours.shape or not (theirs == ours).all():
                sys.exit(f"{name} and geoviz_ml differ on {path}")
    print(f"{len(files)} files, {frames} frames: equal to {', '.join(official) or 'nothing'}")
    times = {name: [] for name in readers}
    for _ in range(10):
        for path in files:
            for name, read in readers.items():
                begin = time.perf_counter()
                read(path)
                times[name].append(time.perf_counter() - begin)
    ours = statistics.median(times["geoviz_ml"])
    for name, seconds in times.items():
        middle = statistics.median(seconds)
        print(f"{name:24s} {1000 * middle:6.1f} ms a file, ratio {middle / ours:.2f}")


if __name__ == "__main__":
    main()
