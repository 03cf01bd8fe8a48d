"""Damaged files for every reader: ... fuzz_readers [READER ...] --data FOLDER --n 5000

Real files (simulated ones where there is no real one, see `fuzz_seeds`) are cut, bits flipped,
lines and blocks repeated or removed, numbers in headers made absurd; gzip, zip and the chunks
of PNG also within, and packed again with the right checksum. A reader may return a result or raise
an error of geoviz_ml; anything else is a failure: another exception, an allocation refused, a
crash, more than 2 s of computing or more memory than `geoviz_ml.files.memory_cap` allows. Each
reader runs in a process of its own with its address space limited. Exits with 1 if there was a
failure.
"""

import argparse
import gzip
import re
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
import zlib
from collections import Counter
from io import BytesIO
from pathlib import Path

import numpy as np

from geoviz_ml.errors import GeovizError
from geoviz_ml.files import memory_cap

from .fuzz_seeds import READERS, seeds

ADDRESS_SPACE, HANGS, SECONDS = 6 * 2**30, 120, 2.0  # bytes; s by the clock; s of computing
ABSURD = [b"0", b"-1", b"99999999999", b"1e308", b"nan", b"2147483648", b"4294967295", b"65536"]
WORDS = [0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x00010000, 0x10000000]


# -- damage ---------------------------------------------------------------------------------------


def place(rng, size):
    """A position, half of the time near the beginning, where headers are."""
    return int(rng.integers(0, min(size, 4096) if rng.random() < 0.5 else size))


def cut(raw, rng):
    return raw[: place(rng, len(raw))]


def flip(raw, rng):
    out = bytearray(raw)
    for _ in range(int(rng.choice([1, 1, 2, 5, 20]))):
        out[place(rng, len(out))] ^= 1 << int(rng.integers(0, 8))
    return bytes(out)


def word(raw, rng):
    """Overwrite four or eight bytes by an extreme number, in either byte order."""
    out = bytearray(raw)
    at = place(rng, len(out)) & ~int(rng.choice([0, 1, 3]))
    form = str(rng.choice(["<I", ">I", "<Q", ">Q"]))
    value = struct.pack(form, WORDS[int(rng.integers(0, len(WORDS)))])
    out[at : at + len(value)] = value
    return bytes(out)


def repeat(raw, rng):
    at, size = place(rng, len(raw)), int(rng.integers(1, 200))
    return (
        raw[: at + size] * 2 + raw[at + size :]
        if rng.random() < 0.1
        else (raw[: at + size] + raw[at : at + size] * int(rng.integers(1, 50)) + raw[at + size :])
    )


def remove(raw, rng):
    at = place(rng, len(raw))
    return raw[:at] + raw[at + int(rng.integers(1, 200)) :]


def repeat_line(raw, rng):
    head, tail = raw[:8192].split(b"\n"), raw[8192:]
    at = int(rng.integers(0, len(head)))
    return b"\n".join(head[:at] + [head[at]] * int(rng.integers(2, 500)) + head[at:]) + tail


def absurd(raw, rng):
    """Replace a number written in ASCII; of the same length or not."""
    numbers = list(re.finditer(rb"\d+", raw[:20000]))
    if not numbers:
        return flip(raw, rng)
    found = numbers[int(rng.integers(0, len(numbers)))]
    value = ABSURD[int(rng.integers(0, len(ABSURD)))]
    if rng.random() < 0.5:
        value = value.ljust(len(found[0]), b"9")[: len(found[0])]
    return raw[: found.start()] + value + raw[found.end() :]


def noise(raw, rng):
    at, size = place(rng, len(raw)), int(rng.integers(1, 100))
    return raw[:at] + rng.bytes(size) + raw[at + size :]


GENTLE = [flip, word, absurd]  # leave most of the file in its place
DAMAGE = [*GENTLE, cut, repeat, remove, repeat_line, noise]


def chunks(raw):
    """The kinds and bodies of a PNG's chunks."""
    at = 8
    while at < len(raw):
        size = int.from_bytes(raw[at : at + 4])
        yield raw[at + 4 : at + 8], raw[at + 8 : at + 8 + size]
        at += 12 + size


def within_png(raw, rng):
    """Damage one chunk, the pixels' stream sometimes before it is packed; mend the checksum."""
    parts = list(chunks(raw))
    which = int(rng.integers(0, len(parts)))
    kind, body = parts[which]
    alone = [kind for kind, _ in parts].count(b"IDAT") == 1  # else a chunk is a part of a stream
    packed = kind == b"IDAT" and alone and rng.random() < 0.5
    body = zlib.decompress(body) if packed else body
    body = DAMAGE[int(rng.integers(0, len(DAMAGE)))](body or b"\0", rng)
    parts[which] = kind, zlib.compress(body) if packed else body
    out = raw[:8]
    for kind, body in parts:
        out += struct.pack(">I", len(body)) + kind + body
        out += struct.pack(">I", zlib.crc32(kind + body))
    return out


def within_zip(raw, rng):
    """Damage one member before it is packed again, with the right checksum."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(raw)) as old, zipfile.ZipFile(out, "w") as new:
        which = int(rng.integers(0, len(old.namelist())))
        for number, entry in enumerate(old.infolist()):
            body = old.read(entry)
            if number == which:
                body = DAMAGE[int(rng.integers(0, len(DAMAGE)))](body or b"\0", rng)
            new.writestr(entry.filename, body, entry.compress_type)
    return out.getvalue()


def damaged(raw, rng):
    """One gentle damage or up to three of all; of gzip, PNG and zip mostly within."""
    if raw[:4] == b"PK\3\4" and rng.random() < 0.6:
        return within_zip(raw, rng)
    if raw[:4] == b"\x89PNG" and rng.random() < 0.6:
        return within_png(raw, rng)
    inside = raw[:2] == b"\x1f\x8b" and rng.random() < 0.7
    out = gzip.decompress(raw) if inside else raw
    kinds, times = (GENTLE, 1) if rng.random() < 0.5 else (DAMAGE, int(rng.integers(1, 4)))
    for _ in range(times):
        out = kinds[int(rng.integers(0, len(kinds)))](out or b"\0", rng)
    return gzip.compress(out, 1) if inside else out


# -- the run --------------------------------------------------------------------------------------


def run(reader, n, seed, real):
    """Damage and read `n` times; print what came out; return the number of failures."""
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, _too_long)
    outcomes, slowest, began = Counter(), 0.0, time.perf_counter()
    with tempfile.TemporaryDirectory() as scratch:
        files, read = seeds(reader, real, Path(scratch))
        originals = {path: path.read_bytes() for path in files}
        for path in originals:
            read(path)  # whole files are read
        rise = 0
        for i in range(n):
            rng = np.random.default_rng([seed, i])
            path = files[int(rng.integers(0, len(files)))]
            raw = damaged(originals[path], rng)
            path.write_bytes(raw)
            before, begin = _peak(fresh=True), time.process_time()
            signal.alarm(HANGS)
            try:
                read(path)
                outcomes["read"] += 1
            except GeovizError as error:
                refused = isinstance(error.__cause__, MemoryError)
                outcomes["FAILED: allocation refused" if refused else "refused"] += 1
                if refused:
                    print(f"{reader} {seed}/{i}: {error}", flush=True)
            except BaseException as error:
                if isinstance(error, KeyboardInterrupt):
                    raise
                outcomes[f"FAILED: {type(error).__name__}"] += 1
                print(f"{reader} {seed}/{i}", flush=True)
                traceback.print_exc()
            finally:
                signal.alarm(0)
            seconds, more = time.process_time() - begin, _peak() - before
            if seconds > SECONDS or more > memory_cap(len(raw)):
                outcomes["FAILED: too slow or too much memory"] += 1
                print(f"{reader} {seed}/{i}: {seconds:.2f} s, {more / 2**20:.0f} MiB", flush=True)
            slowest, rise = max(slowest, seconds), max(rise, more)
            path.write_bytes(originals[path])
    print(
        f"{reader:12s} {n} damaged files: {dict(outcomes)}, slowest {slowest:.2f} s of computing, "
        f"at most {rise / 2**20:.0f} MiB for one file, {time.perf_counter() - began:.0f} s",
        flush=True,
    )
    return sum(count for what, count in outcomes.items() if what.startswith("FAILED"))


def _peak(fresh=False):
    """The most memory of the process so far, bytes; on Linux since it was asked for `fresh`."""
    try:
        if fresh:
            Path("/proc/self/clear_refs").write_text("5")
        status = Path("/proc/self/status").read_text()
        return int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 2**10
    except (OSError, TypeError):
        unit = 1 if sys.platform == "darwin" else 2**10
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


class TooLong(BaseException):
    """Not an Exception, so that no reader can take it for a fault of the file."""


def _too_long(*_):
    raise TooLong


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("readers", nargs="*", metavar="READER", help=" ".join(READERS))
    parser.add_argument("--n", type=int, default=5000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--data", type=Path, required=True, help="folder of real observations")
    parser.add_argument("--here", action="store_true", help="in this process: one reader")
    options = parser.parse_args()
    if options.here:
        sys.exit(run(options.readers[0], options.n, options.seed, options.data) > 0)
    failed = 0
    for reader in options.readers or READERS:
        command = [sys.executable, "-m", "tests.benchmarks.fuzz_readers", reader, "--here"]
        command += ["--n", str(options.n), "--seed", str(options.seed), "--data", options.data]
        code = subprocess.run([str(c) for c in command]).returncode
        failed += code != 0
        if code < 0:
            print(f"{reader:12s} FAILED: killed by signal {-code}", flush=True)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
