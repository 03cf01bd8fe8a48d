"""How much quicker does the paper's U-net learn on a CPU where glibc keeps freed memory?

Linux takes large blocks back when they are freed, and hands out empty pages anew in the next step.
Two variables of glibc forbid it. Steps with and without them take turns, each in a process of its
own, whose first step does not count; batches of two pictures of 256 x 256.

    python -m tests.benchmarks.kept_memory [--rounds 3] [--threads 2]
"""

import argparse
import os
import subprocess
import sys
import time
from statistics import median

KEPT = {"MALLOC_MMAP_THRESHOLD_": str(2**30), "MALLOC_TRIM_THRESHOLD_": str(2**31 - 1)}
STEPS = 4


def steps(threads: int) -> None:
    """Print the median seconds of a step, and the peak memory in GB."""
    import resource

    import torch

    from geoviz_ml.models import UNet

    torch.set_num_threads(threads)
    network, pictures = UNet(), torch.rand(2, 1, 256, 256)
    optimiser, spent = torch.optim.Adam(network.parameters()), []
    for _ in range(STEPS):
        start = time.perf_counter()
        optimiser.zero_grad()
        network(pictures).square().mean().backward()
        optimiser.step()
        spent.append(time.perf_counter() - start)
    print(median(spent[1:]), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--here", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.here:
        steps(args.threads)
        return
    command = [sys.executable, "-m", "tests.benchmarks.kept_memory", "--here"]
    command += ["--threads", str(args.threads)]
    found: dict[str, list] = {"as it is": [], "kept": []}
    for _ in range(args.rounds):
        for name, more in {"as it is": {}, "kept": KEPT}.items():
            said = subprocess.check_output(command, env={**os.environ, **more}, text=True)
            found[name].append([float(number) for number in said.split()])
    seconds = {name: median(one for one, _ in rows) for name, rows in found.items()}
    for name, rows in found.items():
        print(f"{name}: {seconds[name]:.2f} s a step, peak {max(gb for _, gb in rows):.1f} GB")
    print(f"ratio {seconds['as it is'] / seconds['kept']:.2f}, {args.threads} threads")


if __name__ == "__main__":
    main()
