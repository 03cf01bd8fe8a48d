"""How a survey scales: the same table whoever does it, two workers against one, memory.

    python -m tests.benchmarks.survey_scale same --data FOLDER     a killed worker, shards, again
    python -m tests.benchmarks.survey_scale speed --data FOLDER    one process and two, by turns
    python -m tests.benchmarks.survey_scale memory                 of the parent, 100 and 1000 items
    python -m tests.benchmarks.survey_scale rates --data FOLDER    seconds and bytes an item
    python -m tests.benchmarks.survey_scale ahead --data FOLDER    how long a network waits

FOLDER gets 400 simulated nights and 100 all-sky minutes of 20 frames, if they are not there.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import tempfile
import threading
import time
from pathlib import Path

import pandas as pd
import psutil
import torch

from geoviz_ml.analysis import survey_minutes, survey_nights
from geoviz_ml.analysis.occurrence import NightWork
from geoviz_ml.datasets.night_folder import NightFolder
from geoviz_ml.models import PatchNet, UNet
from geoviz_ml.simulate import alfven, arcs
from geoviz_ml.survey import survey
from geoviz_ml.survey.ahead import in_batches

NIGHTS, MINUTES = 400, 100
CRF = {"bilateral_sxy": 10, "bilateral_compat": 10, "compat": 1}


def nights(data: Path, out: Path, n: int = NIGHTS, **options):
    """A survey of nights, one file cut short and one missing."""
    folder = alfven.make(data / "nights", NIGHTS, seed=5)
    dates = NightFolder(folder).dates
    cut = folder / "spectrograms" / f"{dates[7]}.nc"
    if cut.stat().st_size > 4000:
        cut.write_bytes(cut.read_bytes()[:4000])
    torch.manual_seed(0)
    model = UNet(base=8).eval()
    asked = [*dates[:n], "2030-01-01"]
    return survey_nights(model, folder, asked, out, size=(256, 128), threshold=0.5, **options)


def minutes(data: Path, out: Path, n: int = MINUTES, **options):
    """A survey of all frames of minutes, one file cut short and one missing."""
    folder = arcs.make(data / "minutes", MINUTES, seed=5)
    files = sorted(path.relative_to(folder) for path in folder.rglob("*.pgm.gz"))
    if (folder / files[7]).stat().st_size > 4000:
        (folder / files[7]).write_bytes((folder / files[7]).read_bytes()[:4000])
    torch.manual_seed(0)
    model = PatchNet(width=2).eval()
    asked = [*files[:n], "stream0/missing.pgm.gz"]
    return survey_minutes(model, folder, asked, out, every=1, crf=CRF, **options)


KINDS = [("nights", nights, NIGHTS), ("minutes", minutes, MINUTES)]


def killer(parts: Path, n: int, pids) -> threading.Thread:
    """Kills one of `pids()` as soon as `n` parts are there."""

    def kill():
        while len(list(parts.glob("*/*.csv"))) < n:
            time.sleep(0.05)
        victim = pids()[0]
        os.kill(victim, signal.SIGKILL)
        print(f"   killed {victim}", flush=True)

    thread = threading.Thread(target=kill, daemon=True)
    thread.start()
    return thread


def same(data: Path, work: Path) -> None:
    """Serial, by a cluster of which a worker is killed, and by shards."""
    from distributed import LocalCluster

    for name, archive, n in KINDS:
        began = time.monotonic()
        serial = archive(data, work / f"{name}-serial")
        print(f"{name}: serial {time.monotonic() - began:.0f} s, {serial.counts}", flush=True)
        began = time.monotonic()
        out = work / f"{name}-cluster"
        with (
            LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
            cluster.get_client() as client,
        ):

            def pids(cluster=cluster):
                return [worker.pid for worker in cluster.workers.values()]

            thread = killer(out, n // 2, pids)
            made = archive(data, out, executor=client.get_executor())
            thread.join()
        equal = made.table.read_bytes() == serial.table.read_bytes()
        took = time.monotonic() - began
        print(f"{name}: cluster of 2, one killed, {took:.0f} s: same table: {equal}", flush=True)
        table = made.read()
        print(f"   items asked for {n + 1}, in the table {table.item.nunique()}", flush=True)
        twice = table.duplicated().sum()
        print(f"   rows {len(table)}, of them twice {twice}", flush=True)
        print(f"   again: {archive(data, out).done} parts done", flush=True)
        for i in (2, 0, 1):
            archive(data, work / f"{name}-shards", shard=(i, 3), executor=2)
        merged = archive(data, work / f"{name}-shards")
        equal = merged.table.read_bytes() == serial.table.read_bytes()
        print(f"{name}: shards 2, 0, 1, merged: same table: {equal}", flush=True)
        assert equal


def speed(data: Path, work: Path) -> None:
    """One process and two, by turns, three times; without the start of the processes."""
    rows = []
    for name, archive, n in ((name, one, n // 4) for name, one, n in KINDS):
        for turn in range(3):
            took = {}
            for processes in (1, 2):
                out = work / f"{name}-{turn}-{processes}"
                archive(data, out, n, executor=processes)
                parts = sorted(out.glob("*/*.csv"), key=lambda path: path.stat().st_mtime)
                some = [path.stat().st_mtime for path in parts[3:]]  # when all have started
                took[processes] = (some[-1] - some[0]) / (len(some) - 1)
            ratio = took[1] / took[2]
            rows.append({"what": name, "one, s": took[1], "two, s": took[2], "ratio": ratio})
            print(rows[-1], flush=True)
    print(pd.DataFrame(rows).groupby("what").ratio.describe())


class Rows:
    """A thousand rows of an item, made of nothing."""

    def __call__(self, item):
        return pd.DataFrame({"value": [float(item)] * 1000})


def memory(data: Path, work: Path) -> None:
    """Of the parent, above what it has before, while 100 and 1000 items are done."""
    me = psutil.Process()
    survey(range(10), Rows(), work / "warm", {}, columns={"value": "number"}, executor=2)
    for n in (100, 1000, 100, 1000):
        before, most, end = me.memory_info().rss, [0], threading.Event()

        def look(most=most, end=end):
            while not end.wait(0.02):
                most[0] = max(most[0], me.memory_info().rss)

        thread = threading.Thread(target=look)
        thread.start()
        out = work / f"memory-{n}-{time.monotonic_ns()}"
        made = survey(range(n), Rows(), out, {}, columns={"value": "number"}, executor=2)
        end.set()
        thread.join()
        table = made.table.stat().st_size / 2**20
        more = (most[0] - before) / 2**20
        print(f"{n} items: {most[0] / 2**20:.0f} MiB at most, {more:+.1f}; table {table:.1f} MiB")


def rates(data: Path, work: Path) -> None:
    """Seconds and bytes of an item, one process of one thread."""
    for name, archive, n in ((name, one, n // 10) for name, one, n in KINDS):
        archive(data, work / f"{name}-warm", 3)
        began = time.monotonic()
        made = archive(data, work / name, n)
        took = time.monotonic() - began
        size = made.table.stat().st_size
        parquet = made.table.with_suffix(".parquet")
        small = parquet.stat().st_size if parquet.exists() else 0
        print(f"{name}: {took / n:.3f} s an item; table {size / n:.0f} bytes an item as CSV, "
              f"{small / n:.0f} as Parquet; {made.counts}")  # fmt: skip


def ahead(data: Path, work: Path) -> None:
    """Nights are read by threads for a network that takes its time, and does nothing else."""
    folder = alfven.make(data / "nights", NIGHTS, seed=5)
    dates = [date for i, date in enumerate(NightFolder(folder).dates) if i != 7][:256]
    one = NightWork(None, NightFolder(folder), (256, 128), 0.5)
    began = time.monotonic()
    for date in dates[:64]:
        one.read(date)
    each = (time.monotonic() - began) / 64
    print(f"a night is read in {1000 * each:.1f} ms by one thread")
    for readers in (1, 2, 4):
        for share in (2.0, 1.2, 0.6):  # of the time that one thread reads
            network = Sleeper(one, share * each)
            began = time.monotonic()
            list(in_batches(network, dates, 32, readers))
            wall = time.monotonic() - began
            wait = 1 - network.busy / wall
            print(f"{readers} readers, a network that takes {1000 * share * each:.1f} ms a night: "
                  f"it waits {100 * wait:.0f} % of the time", flush=True)  # fmt: skip


class Sleeper:
    """Reads real files, and sleeps in the place of a network on a GPU."""

    def __init__(self, one: NightWork, seconds: float):
        self.read, self.seconds, self.busy = one.read, seconds, 0.0

    def many(self, items, data):
        began = time.monotonic()
        time.sleep(self.seconds * len(items))
        self.busy += time.monotonic() - began
        return [pd.DataFrame({"n": [1]})] * len(items)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", nargs="+", choices=["same", "speed", "memory", "rates", "ahead"])
    parser.add_argument("--data", type=Path, default=Path("_build/survey"))
    args = parser.parse_args()
    torch.set_num_threads(1)
    work = Path(tempfile.mkdtemp(prefix="survey-"))
    try:
        what = {"same": same, "speed": speed, "memory": memory, "rates": rates, "ahead": ahead}
        for name in args.what:
            (work / name).mkdir()
            what[name](args.data, work / name)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
