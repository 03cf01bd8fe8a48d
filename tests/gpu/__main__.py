"""Ten minutes on a GPU: python -m tests.gpu --out FOLDER [--minutes 9]

Unit costs at the sizes of the papers, how alike CPU and GPU answer, and as much of the full column
of the five chapters as fits, side by side, one seed of everything first. What is measured goes to
FOLDER as JSON, with what it came from: ``costs.json``, and a file of results a chapter that came to
its end; ``log.txt`` has the rest. Called again with the same --work, trainings go on.

    python -m tests.gpu --out OUT --small --device cpu     everything it does, tiny, without a GPU
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import torch

from geoviz_ml import scoreboard
from geoviz_ml.errors import GeovizError
from geoviz_ml.papers import chapters

from ..experiments.tiny import TINY
from . import costs


def measure(out: Path, device: torch.device, small: bool, end: float) -> None:
    """Costs and differences, written after each, so that a cut loses one at most."""
    found = {"made": scoreboard.provenance(device), "costs": {}, "failed": {}}

    def keep():
        (out / "costs.json").write_text(json.dumps(found, indent=1) + "\n")

    found["differences between CPU and device"] = costs.differences(device, small)
    found["U-net, batch 2, plain loop, seconds an epoch"] = costs.plain_loop(small, device)
    found["five small networks, seconds a step"] = costs.seeds_together(small, device)
    keep()
    for name, make, pictures in costs.works(small, device):
        if time.monotonic() > end:
            found["failed"][name] = "no time was left"
            continue
        try:
            found["costs"][name] = costs.cost(make, pictures, device)
            if name in costs.BOUND:
                captured = costs.cost(make, pictures, device, capture=True)
                found["costs"][f"{name}, captured"] = captured
        except (RuntimeError, GeovizError) as error:  # out of memory, say
            found["failed"][name] = str(error)[:300]
        keep()
        print(name, found["costs"].get(name) or found["failed"][name], flush=True)


def begin(name: str, work: Path, minutes: float, changes: list[str], log) -> subprocess.Popen:
    """The experiments of one chapter, in a process of their own."""
    command = [sys.executable, "-m", "geoviz_ml.experiments", name, "--profile", "paper"]
    sets = [part for change in changes for part in ("--set", change)]
    out = ["--out", str(work / "trainings" / name), "--minutes", f"{minutes:.2f}"]
    folders = {"GEOVIZ_ML_DATA": str(work / "data"), "GEOVIZ_ML_RESULTS": str(work / "results")}
    return subprocess.Popen(
        [*command, "--seeds", "1", *out, *sets],
        env={**os.environ, **folders, "TQDM_DISABLE": "1"},
        stdout=log,
        stderr=subprocess.STDOUT,
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=9)
    parser.add_argument("--work", type=Path, help="keeps data and trainings")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--small", action="store_true", help="tiny sizes, to try the command")
    parser.add_argument("--chapters", nargs="*", default=chapters(), metavar="NAME")
    parser.add_argument("--no-costs", action="store_true", help="experiments only")
    args = parser.parse_args()
    device, end = torch.device(args.device), time.monotonic() + 60 * args.minutes
    if device.type == "cuda" and not torch.cuda.is_available():
        print("There is no GPU here; --device cpu --small tries the command.", file=sys.stderr)
        return 1
    args.out.mkdir(parents=True, exist_ok=True)
    work = args.work or Path(tempfile.mkdtemp(prefix="gpu-"))
    if not args.no_costs:
        measure(args.out, device, args.small, end - 30 * args.minutes)
    changes = TINY if args.small else {}
    with (args.out / "log.txt").open("w") as log:
        left = (end - time.monotonic()) / 60 - 0.5
        running = {
            name: begin(name, work, left, changes.get(name, []), log) for name in args.chapters
        }
        for name, process in running.items():
            try:
                code = process.wait(max(end + 30 - time.monotonic(), 1))
            except subprocess.TimeoutExpired:
                process.kill()
                code = process.wait()
            print(f"{name}: {'done' if code == 0 else f'exit status {code}'}", flush=True)
    for path in (work / "trainings").glob("*/*-simulated.json"):
        shutil.copy(path, args.out)
    summary = {
        path.parent.name: {k: kept.get(k) for k in ("name", "seconds", "gpu_memory_gb", "measured")}
        for path in sorted((work / "trainings").glob("*/*/result.json"))
        for kept in [json.loads(path.read_text())]
    }
    (args.out / "trainings.json").write_text(json.dumps(summary, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
