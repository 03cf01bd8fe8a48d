"""Damaged compressed FITS of every codec: python -m tests.benchmarks.fuzz_fits_tiles --n 2000

Pictures compressed by astropy have words of their headers, descriptors and streams damaged, and are
read by `read_magnetogram`. Each codec has a process of its own, twice, with what the C library
leaves in fresh memory filled in two ways: a picture that differs between the two shows memory that
is none of the file's. A result or an error of geoviz_ml is right; a crash, another exception, such
a difference, more than 2 s or more memory than `memory_cap` is a failure. HCOMPRESS_1 and PLIO_1
must always be refused. Exits with 1 if there was a failure.
"""

import argparse
import hashlib
import os
import resource
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path
from unittest.mock import patch

import numpy as np

from geoviz_ml.errors import GeovizError
from geoviz_ml.files import memory_cap
from geoviz_ml.readers import read_magnetogram
from tests.benchmarks.fuzz_forms import CODECS, REFUSED, packed
from tests.benchmarks.fuzz_readers import damaged

SLOWEST = 2.0  # seconds


def another(raw: bytes, rng: np.random.Generator) -> bytes:
    """Damage anywhere, or in the table of tiles and the streams, or another codec's name."""
    choice = rng.random()
    if choice < 0.4:
        return damaged(raw, rng)
    if choice < 0.9:
        out = bytearray(raw)
        for _ in range(int(rng.integers(1, 9))):
            out[int(rng.integers(len(raw) * 2 // 3, len(raw)))] = int(rng.integers(0, 256))
        return bytes(out)
    old, new = (list(CODECS)[int(i)].encode() for i in rng.integers(0, len(CODECS), 2))
    return raw.replace(b"'" + old.ljust(8), b"'" + new.ljust(8))


def run(codec: str, n: int, seed: int) -> int:
    """Damage and read; print a line a file on stdout and a summary on stderr."""
    warnings.simplefilter("ignore")
    seeds = [packed(codec, **options) for options in CODECS[codec]]
    outcomes, slowest = Counter(), 0.0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.fits"
        path.write_bytes(packed("GZIP_1"))
        read_magnetogram(path)  # everything is loaded
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        for i in range(n):
            rng = np.random.default_rng([seed, i])
            raw = seeds[i % len(seeds)]
            path.write_bytes(raw if i < len(seeds) else another(raw, rng))
            begin = time.perf_counter()
            try:
                values = np.ascontiguousarray(read_magnetogram(path).values)
                said = hashlib.sha256(values.tobytes()).hexdigest()[:16]
                whole = i < len(seeds) and codec in REFUSED
                outcomes["FAILED: not refused" if whole else "read"] += 1
            except GeovizError:
                said = "refused"
                whole = i < len(seeds) and codec not in REFUSED
                outcomes["FAILED: whole file refused" if whole else "refused"] += 1
            except Exception as error:
                said = type(error).__name__
                outcomes[f"FAILED: {said}"] += 1
                traceback.print_exc()
            slowest = max(slowest, time.perf_counter() - begin)
            print(i, said, flush=True)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // unit
    print(f"{codec:12s} {n} files: {dict(outcomes)}, slowest {slowest:.2f} s, "
          f"{more} MB more memory", file=sys.stderr)  # fmt: skip
    failed = sum(count for what, count in outcomes.items() if what.startswith("FAILED"))
    return failed + (slowest > SLOWEST) + (more * 2**20 > memory_cap(0))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("codecs", nargs="*", metavar="CODEC", help=" ".join(CODECS))
    parser.add_argument("--n", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--here", action="store_true", help="in this process: one codec")
    options = parser.parse_args()
    if options.here:
        with patch("time.time", return_value=0):  # gzip writes it into its streams
            sys.exit(run(options.codecs[0], options.n, options.seed) > 0)
    failed = 0
    for codec in options.codecs or CODECS:
        command = [sys.executable, "-m", "tests.benchmarks.fuzz_fits_tiles", codec, "--here"]
        command += ["--n", str(options.n), "--seed", str(options.seed)]
        runs = [
            subprocess.run(command, env=os.environ | {"MALLOC_PERTURB_": fill},
                           stdout=subprocess.PIPE, text=True)
            for fill in ("85", "170")
        ]  # fmt: skip
        for one in runs:
            if one.returncode:
                failed += 1
                print(f"{codec:12s} FAILED: exit code {one.returncode}")
        first, second = (one.stdout.splitlines() for one in runs)
        differ = [a for a, b in zip(first, second, strict=False) if a != b]
        if differ:
            failed += 1
            print(f"{codec:12s} FAILED: memory shows in {len(differ)} pictures: {differ[:3]}")
    print("failures:", failed)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
