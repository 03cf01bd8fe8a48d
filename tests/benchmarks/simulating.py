"""How much sooner are simulated folders made by two processes than by one, in one run?

    python -m tests.benchmarks.simulating [SIMULATOR ...] [--processes 2] [--rounds 3]

Each folder is made by an interpreter of its own, with one process and with several by turns, so
that these start anew each time; the time is that of `make`, and the best of each counts. The
longest way is the CPU time of the busiest process, imports included (Linux only): about what `make`
would take if nobody else used the machine. Folders are compared byte by byte.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from geoviz_ml.simulate import alfven, arcs, aurora, nucleus, sunspots

FOLDERS = {
    "alfven": (alfven, 120, {}),
    "nucleus": (nucleus, 80, {}),
    "aurora": (aurora, 600, {"in_a_row": 5}),
    "sunspots": (sunspots, 112, {}),
    "arcs": (arcs, 60, {"frames": 6}),
}


def make(name: str, processes: int) -> None:
    """Make a folder, print the seconds it took, those of its longest way, and its digest."""
    module, n, physics = FOLDERS[name]
    with tempfile.TemporaryDirectory() as folder:
        begun, cpu = time.perf_counter(), time.process_time()
        module.make(folder, n, seed=1, processes=processes, **physics)
        seconds, way = time.perf_counter() - begun, time.process_time() - cpu
        way = max(way, *cpu_of_children(), 0)
        digest = hashlib.sha256()
        for file in sorted(p for p in Path(folder).rglob("*") if p.is_file()):
            digest.update(str(file.relative_to(folder)).encode() + file.read_bytes())
    print(seconds, way, digest.hexdigest())


def cpu_of_children() -> list[float]:
    """Seconds of CPU time of each process that this one has started."""
    lists = [file.read_text().split() for file in Path("/proc/self/task").glob("*/children")]
    fields = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
              for pid in sum(lists, [])]  # fmt: skip
    return [(int(f[11]) + int(f[12])) / os.sysconf("SC_CLK_TCK") for f in fields]


def measure(name: str, processes: int) -> tuple[float, float, str]:
    """What `make` prints in an interpreter of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.simulating", name, "--processes",
               str(processes), "--here"]  # fmt: skip
    environment = os.environ | {"TQDM_DISABLE": "1"}
    said = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE, env=environment)
    seconds, way, digest = said.stdout.split()
    return float(seconds), float(way), digest


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("simulators", nargs="*", metavar="SIMULATOR", help=", ".join(FOLDERS))
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--here", action="store_true", help="make one folder, in this interpreter")
    args = parser.parse_args()
    if args.here:
        make(args.simulators[0], args.processes)
        return
    for name in args.simulators or FOLDERS:
        taken = np.array([[measure(name, k) for k in (1, args.processes)]
                          for _ in range(args.rounds)], dtype=object)  # fmt: skip
        (one, many), (way_one, way_many) = (taken[..., i].min(axis=0) for i in (0, 1))
        same = "same bytes" if len(set(taken[..., 2].ravel())) == 1 else "OTHER BYTES"
        print(
            f"{name}, {FOLDERS[name][1]} items: {one:.1f} s with 1 process, {many:.1f} s with "
            f"{args.processes}, ratio {one / many:.2f}; longest ways {way_one:.1f} and "
            f"{way_many:.1f} s, ratio {way_one / way_many:.2f}; {same}",
            flush=True,
        )


if __name__ == "__main__":
    main()
