"""Damaged files for every reader: python -m tests.benchmarks.fuzz_readers [READER ...] --n 5000

Real files (simulated ones where there is no real one: CSES, VOC, KITTI, the observatory's hours)
are cut, bits flipped, lines and blocks repeated or removed, numbers in headers made absurd. A
reader may return a result or raise an error of geoviz_ml; anything else is a failure: another
exception, an allocation refused, a crash, more than 20 s or more than 2.5 GB. Each reader runs in a
process of its own with its address space limited. Exits with 1 if there was a failure.
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
from collections import Counter
from pathlib import Path

import numpy as np

from geoviz_ml.errors import GeovizError

ADDRESS_SPACE, PEAK, SECONDS = 6 * 2**30, 2500, 20  # bytes; MB; s
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


def damaged(raw, rng):
    """One gentle damage or up to three of all; of gzip mostly within, and packed again."""
    inside = raw[:2] == b"\x1f\x8b" and rng.random() < 0.7
    out = gzip.decompress(raw) if inside else raw
    kinds, times = (GENTLE, 1) if rng.random() < 0.5 else (DAMAGE, int(rng.integers(1, 4)))
    for _ in range(times):
        out = kinds[int(rng.integers(0, len(kinds)))](out or b"\0", rng)
    return gzip.compress(out, 1) if inside else out


# -- what is damaged ------------------------------------------------------------------------------


def seeds(reader, real, folder):
    """Files to damage in a folder of their own, and the call that reads the folder."""
    from geoviz_ml import readers
    from geoviz_ml.simulate import writers, writers_search_coil, writers_sun

    def copy(path, name=None):
        target = folder / (name or path.name)
        target.write_bytes(path.read_bytes())
        return target

    rng = np.random.default_rng(0)
    boxes = _boxes()
    if reader == "themis":
        path = copy(next((real / "themis" / "stream0").rglob("*_0600_*.gz")))
        whole = gzip.decompress(path.read_bytes())
        three = [found.start() for found in re.finditer(rb"P5\n#", whole)][3]  # of 20 frames
        path.write_bytes(gzip.compress(whole[:three], 1))
        return [path], lambda p: readers.read_themis(p)
    if reader == "skymap":
        path = copy(next((real / "themis" / "skymaps").glob("*.sav")))
        return [path], lambda p: readers.read_skymap(p)
    if reader == "oath":
        (folder / "images").mkdir()
        table = copy(real / "oath" / "classifications.csv")
        table.write_bytes(b"\n".join(table.read_bytes().splitlines()[:40]) + b"\n")
        names = ("00001", "00002")
        pictures = [copy(real / "oath" / "images" / f"{n}.png", f"images/{n}.png") for n in names]
        return [table, *pictures], lambda p: readers.read_oath(folder)
    if reader == "magnetogram":
        return _magnetograms(real, folder, copy), lambda p: readers.read_magnetogram(p)
    if reader == "srs":
        texts = [copy(p) for p in (real / "solar" / "srs").rglob("*SRS.txt")]
        table = copy(real / "solar" / "srs" / "mount_wilson_1996_2026.csv")
        table.write_bytes(b"\n".join(table.read_bytes().splitlines()[:300]) + b"\n")
        return [*texts, table], lambda p: readers.read_srs(p)
    if reader == "cses":
        n, m = 20, 64
        along = dict.fromkeys(("latitude", "longitude", "mag_latitude", "mag_longitude"), [1.0] * n)
        along |= {"altitude": [507.0] * n, "workmode": [1] * n}
        power = {c: rng.random((n, m)) for c in "xyz"}
        time = np.datetime64("2022-01-01T00:00:00") + np.arange(n) * np.timedelta64(2048, "ms")
        path = writers.write_cses(folder, power, np.arange(m) * 25.0, time, along)
        return [path], lambda p: readers.read_cses(p)
    if reader == "voc":
        path = writers_sun.write_voc(folder / "a.xml", boxes, "a.png", (512, 512))
        return [path], lambda p: readers.read_voc(p)
    if reader == "kitti":
        path = writers_sun.write_kitti(folder / "a.txt", boxes)
        return [path], lambda p: readers.read_kitti(p)
    if reader == "yolo":
        labels = sorted((real / "solar" / "deepsdo" / "labels").glob("*.txt"))[::40]
        return [copy(p) for p in labels], lambda p: readers.read_yolo(p, (512, 512))
    day = next((real / "search_coil" / "sierra_nevada").glob("2015*"))
    binary = sorted(day.iterdir())[0]
    info = copy(binary.with_name(binary.name + "_info.txt"))
    hour = writers_search_coil.write_search_coil_hour(
        folder / "ascii", "2015-03-01T00", rng.standard_normal(360_000)
    )
    files = [copy(binary), info, hour]
    return files, lambda p: readers.read_search_coil(
        p.with_name(p.name.removesuffix("_info.txt")), on_error=str(rng.choice(["raise", "gap"]))
    )


def _boxes():
    import pandas as pd

    rows = [("beta", 10, 20, 60, 70), ("alpha", 100, 200, 150, 240), ("none", 300, 5, 340, 50)]
    return pd.DataFrame(rows, columns=["label", "x1", "y1", "x2", "y2"])


def _magnetograms(real, folder, copy):
    """Small real cut-outs, gzipped too; the real JPEG 2000 header with a smaller picture; PNG."""
    from io import BytesIO

    from PIL import Image

    sharp = sorted((real / "solar" / "sharp").glob("*.fits"), key=lambda p: p.stat().st_size)[:3]
    files = [copy(p) for p in sharp]
    packed = folder / "packed.fits.gz"
    packed.write_bytes(gzip.compress(sharp[0].read_bytes(), 1))
    jp2 = next((real / "solar" / "magnetograms").glob("*.jp2"))
    raw = jp2.read_bytes()
    Image.MAX_IMAGE_PIXELS = None
    small = Image.open(BytesIO(raw)).resize((256, 256))
    stream = BytesIO()
    small.save(stream, "JPEG2000", irreversible=True)
    made, at, length = stream.getvalue(), raw.index(b"xml ") - 4, 0
    length = int.from_bytes(raw[at : at + 4], "big")
    box = made.index(b"jp2c") - 4
    (folder / "small.jp2").write_bytes(made[:box] + raw[at : at + length] + made[box:])
    small.save(folder / "a.png")
    jpeg = copy(next((real / "solar" / "deepsdo" / "images").glob("*.jpg")))
    files += [packed, *[folder / "small.jp2"] * 3, folder / "a.png", jpeg]
    return files


READERS = "themis skymap oath magnetogram srs cses voc kitti yolo search_coil".split()
SIMULATED = {"cses", "voc", "kitti"}  # their seeds are written by our own writers


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
        for i in range(n):
            rng = np.random.default_rng([seed, i])
            path = files[int(rng.integers(0, len(files)))]
            path.write_bytes(damaged(originals[path], rng))
            begin = time.perf_counter()
            signal.alarm(SECONDS)
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
            slowest = max(slowest, time.perf_counter() - begin)
            path.write_bytes(originals[path])
    unit = 2**20 if sys.platform == "darwin" else 2**10
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit
    failed = sum(count for what, count in outcomes.items() if what.startswith("FAILED"))
    failed += peak > PEAK
    print(
        f"{reader:12s} {n} damaged files: {dict(outcomes)}, slowest {slowest:.2f} s, "
        f"peak {peak} MB, {time.perf_counter() - began:.0f} s",
        flush=True,
    )
    return failed


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
