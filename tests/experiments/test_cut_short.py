"""Every experiment, killed at five moments and called again, ends as if nothing had happened."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from geoviz_ml.archives import load_model
from geoviz_ml.models import load_network
from geoviz_ml.sunspots import load_sun_models

from .tiny import TINY

LOAD = dict.fromkeys(TINY, load_model) | {"sunspots": load_sun_models, "aurora": None}
ROOT = Path(__file__).resolve().parents[2]


def results(folder):
    """Of each training, without how long it took; and of the whole."""
    of_each = {}
    for path in (folder / "out").glob("*/result.json"):
        kept = json.loads(path.read_text(), parse_constant=str)  # NaN is not NaN
        weights = (path.parent / "weights.safetensors").read_bytes()
        of_each[path.parent.name] = kept["history"], kept["measured"], weights
    (whole,) = (folder / "out").glob("*-quick-simulated.json")
    return of_each, json.loads(whole.read_text())["results"]


@pytest.mark.parametrize("name", TINY)
def test_an_experiment_killed_five_times_ends_as_undisturbed(tmp_path, name):
    folders = [tmp_path / "undisturbed", tmp_path / "disturbed"]
    out = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.experiments.cut_short",
            *map(str, folders),
            name,
            *TINY[name],
        ],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1", "GEOVIZ_ML_PROCESSES": "1"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert out.returncode == 0, out.stderr[-2000:]
    assert "killed 0 times" not in out.stdout
    undisturbed, disturbed = map(results, folders)
    assert len(undisturbed[0]) >= 3
    assert disturbed == undisturbed
    assert not [*(folders[1] / "out").glob("*/checkpoint.pt")]
    carded(folders[1] / "out", LOAD[name])


def carded(out, load):
    """Each measured training has a complete card, some with floors, and a file that is taken."""
    scores = []
    for path in out.glob("*/result.json"):
        weights = path.parent / "weights.safetensors"
        if json.loads(path.read_text())["measured"]:
            saved = load_network(weights)
            scores += saved.card.scores
            assert saved.sha256 in weights.with_suffix(".md").read_text("utf-8")
            if load:
                load(weights)
    assert any(score.floor is not None for score in scores)
