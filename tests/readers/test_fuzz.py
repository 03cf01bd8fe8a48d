"""Damaged files: each reader returns a result or raises an error of its own, in bounded memory.

Two hundred a reader here; ``python -m tests.benchmarks.fuzz_readers`` tries thousands.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.benchmarks.fuzz_seeds import READERS, SIMULATED


@pytest.mark.parametrize(
    "reader", [pytest.param(r, marks=[] if r in SIMULATED else [pytest.mark.data]) for r in READERS]
)
def test_damaged_files_give_a_result_or_our_own_error(request, tmp_path, reader):
    real_data = tmp_path if reader in SIMULATED else request.getfixturevalue("real_data")
    command = [sys.executable, "-m", "tests.benchmarks.fuzz_readers", reader, "--here"]
    command += ["--n", "200", "--seed", "1", "--data", str(real_data)]
    run = subprocess.run(
        command,
        cwd=Path(__file__).resolve().parents[2],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout + run.stderr
    assert "200 damaged files" in run.stdout
