"""Workers of dask: one killed on the way, and a batch system that is none."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time

import pytest

from geoviz_ml.survey import survey

from ..conftest import ROOT
from .toy import COLUMNS, Roots, fill

distributed = pytest.importorskip("distributed")
N = 40


@pytest.fixture
def archive(tmp_path):
    return tmp_path / "archive", fill(tmp_path / "archive", N)


def test_a_cluster_with_a_killed_worker_makes_the_serial_table(archive, tmp_path):
    folder, todo = archive
    options = {"columns": COLUMNS, "recipe": {}}
    serial = survey(todo, Roots(folder), tmp_path / "serial", **options)
    log = tmp_path / "log"

    def kill():
        while not log.exists() or len(log.read_text().splitlines()) < 8:
            time.sleep(0.01)
        os.kill(int(log.read_text().splitlines()[-1].split()[1]), signal.SIGKILL)

    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        cluster.get_client() as client,
    ):
        killer = threading.Thread(target=kill)
        killer.start()
        one = Roots(folder, log, wait=0.05)
        made = survey(todo, one, tmp_path / "out", executor=client.get_executor(), **options)
        killer.join()
    assert made.table.read_bytes() == serial.table.read_bytes()
    pids = {line.split()[1] for line in log.read_text().splitlines()}
    assert len(pids) > 1
    assert str(os.getpid()) not in pids


SBATCH = """#!{python}
import re, subprocess, sys
script = sys.argv[-1]
asked = [line.split()[1:] for line in open(script) if line.startswith("#SBATCH")]
with open("{folder}/sbatch.log", "a") as log:
    log.write(" ".join(sum(asked, [])) + chr(10))
job = subprocess.Popen(["bash", script], stdout=open("{folder}/job.log", "a"),
                       stderr=subprocess.STDOUT, start_new_session=True)
print("Submitted batch job", job.pid)
"""
SCANCEL = """#!/bin/sh
kill -- -$1 2>/dev/null || true
"""


def page_example():
    """The program for Slurm that the book shows."""
    text = (ROOT / "book" / "many_machines.md").read_text(encoding="utf-8")
    return text.split("% slurm: begins")[1].split("```python\n")[1].split("```")[0]


def test_the_program_of_the_page_runs_as_jobs_of_a_batch_system(tmp_path):
    """Its sbatch is a stand-in that starts the job here."""
    pytest.importorskip("dask_jobqueue")
    import torch

    from geoviz_ml.archives import ArchiveModel, save_model
    from geoviz_ml.models import UNet
    from geoviz_ml.simulate import alfven

    for name, text in (("sbatch", SBATCH), ("scancel", SCANCEL)):
        file = tmp_path / "bin" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text.format(python=sys.executable, folder=tmp_path))
        file.chmod(file.stat().st_mode | stat.S_IXUSR)
    alfven.make(tmp_path / "nights", 3, seed=3)
    torch.manual_seed(0)
    arguments, options = {"base": 2}, {"size": [96, 48], "threshold": 0.5}
    model = ArchiveModel(UNet(**arguments), "UNet", arguments, options)
    save_model(tmp_path / "nights.safetensors", model)
    program = tmp_path / "year.py"
    program.write_text(page_example())
    path = f"{tmp_path / 'bin'}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "TQDM_DISABLE": "1"}
    done = subprocess.run(
        [sys.executable, program], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert (tmp_path / "out" / "archive.csv").exists()
    asked = (tmp_path / "sbatch.log").read_text().splitlines()
    assert len(asked) >= 1
    assert all("--mem=" in line and "-t 02:00:00" in line for line in asked)
    from geoviz_ml.analysis import survey_nights

    serial = survey_nights(
        model.network.eval(),
        tmp_path / "nights",
        None,
        tmp_path / "serial",
        size=(96, 48),
        threshold=0.5,
    )
    assert serial.table.read_bytes() == (tmp_path / "out" / "archive.csv").read_bytes()
