"""A chapter whose kernel dies in the middle of a training and that is run again goes on there."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

from .tiny import TINY

ROOT = Path(__file__).resolve().parents[2]
EPOCHS = 4
WATCHED = """
import ast, os
from pathlib import Path
from geoviz_ml.experiments import {name}
from geoviz_ml.learn import checkpoint, epoch_history

for text in {sets!r}:
    key, _, value = text.partition("=")
    {name}.columns[key] = (ast.literal_eval(value),) * 2, ""
{name}.columns["epochs"] = ({epochs}, {epochs}), ""
checkpoint.SECONDS = 0  # after every epoch, however short
_keep = epoch_history.History.after_epoch


def after_epoch(self):
    _keep(self)
    if len(self.row) > 1:
        with open({log!r}, "a") as log:
            log.write(f"{{os.getpid()}} {{self.epoch}}\\n")


epoch_history.History.after_epoch = after_epoch
"""


def watched(chapter, folder):
    """The notebook up to its first group of trainings, with tiny settings and a log of epochs."""
    notebook = nbformat.read(ROOT / "book" / chapter / f"{chapter}.ipynb", 4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    last = next(i for i, cell in enumerate(code) if "experiment.trained(" in cell.source)
    start = nbformat.v4.new_code_cell(
        WATCHED.format(
            name=chapter.capitalize(), sets=TINY[chapter], epochs=EPOCHS, log=str(folder / "log")
        )
    )
    notebook.cells = [start, *code[: last + 1]]
    nbformat.write(notebook, folder / "notebook.ipynb")


def run(folder):
    command = ["-m", "nbconvert", "--to", "notebook", "--execute", "notebook.ipynb"]
    folders = {"GEOVIZ_ML_DATA": str(folder), "GEOVIZ_ML_RESULTS": str(folder)}
    return subprocess.Popen(
        [sys.executable, *command, "--output", "executed.ipynb"],
        cwd=folder,
        env={**os.environ, **folders, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def epochs(folder):
    """Lines of the log: process and epoch."""
    return [tuple(map(int, line.split())) for line in (folder / "log").read_text().splitlines()]


@pytest.mark.parametrize("chapter", ["aurora", "sunspots"])  # the other three do it alike
def test_a_chapter_repeats_at_most_one_epoch(tmp_path, chapter):
    watched(chapter, tmp_path)
    (tmp_path / "log").touch()
    first = run(tmp_path)
    while len(done := epochs(tmp_path)) < 2:
        assert first.poll() is None, first.stderr.read()[-2000:]
        time.sleep(0.01)
    os.kill(done[0][0], signal.SIGKILL)  # the kernel
    assert first.wait(60) != 0
    before = epochs(tmp_path)
    assert len(before) < EPOCHS, "killed too late to tell"

    again = run(tmp_path)
    assert again.wait(500) == 0, again.stderr.read()[-2000:]
    after = [epoch for pid, epoch in epochs(tmp_path) if pid != done[0][0]]
    repeated = len(before) - after[0]
    assert 0 <= repeated <= 1
    assert after[: EPOCHS - after[0]] == list(range(after[0], EPOCHS))
    assert after[EPOCHS - after[0] :][:1] in ([], [0])  # then the next training, if there is one
