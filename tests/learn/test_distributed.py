"""Two ranks over gloo: the loss, the gradients and the training of one process."""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch

from geoviz_ml.errors import UsageError
from geoviz_ml.learn.distributed import GatheredNTXent, fit_ranks, ranks, world
from geoviz_ml.learn.losses import NTXent
from geoviz_ml.learn.training import fit

from ..conftest import ROOT
from .two_ranks import learner, vectors, weights


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    """What both ranks have found."""
    out = tmp_path_factory.mktemp("ranks")
    command = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    environment["CUDA_VISIBLE_DEVICES"] = ""
    done = subprocess.run(
        [*command, "-m", "tests.learn.two_ranks", out],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return out, [json.loads((out / f"{rank}.json").read_text()) for rank in (0, 1)]


def whole_loss(z, temperature=0.5):
    """Equation 1 of Chen et al. 2020, written out in float64."""
    z = z / z.norm(dim=1, keepdim=True)
    n = len(z)
    likeness = (z @ z.T / temperature).exp()
    others = likeness.sum(1) - likeness.diagonal()
    partner = [(i + n // 2) % n for i in range(n)]
    return -(likeness[range(n), partner] / others).log().mean()


def test_loss_and_gradients_are_those_of_the_whole_batch(two):
    _, found = two
    pairs, layer = vectors()
    layer.requires_grad_()
    loss = whole_loss(torch.cat([*pairs]) @ layer)
    loss.backward()
    assert np.mean([one["loss"] for one in found]) == pytest.approx(loss.item(), abs=1e-12)
    mean = np.mean([one["grad"] for one in found], axis=0)
    np.testing.assert_allclose(mean, layer.grad, atol=1e-12)
    float32 = NTXent(0.5)(pairs[0] @ layer, pairs[1] @ layer).item()
    assert np.mean([one["loss"] for one in found]) == pytest.approx(float32, abs=1e-5)


def test_a_training_on_two_ranks_is_that_on_one(two):
    _, found = two
    one = learner()
    table = fit(one, 3)
    for rank in found:
        np.testing.assert_allclose(rank["weights"], weights(one), atol=1e-5)
    assert found[0]["weights"] == found[1]["weights"]
    losses = pd.DataFrame(found[0]["history"])
    rounding = {"rtol": 1e-5, "atol": 1e-5}  # float32, summed in another order by every CPU
    np.testing.assert_allclose(losses.loss, table.loss, **rounding)
    np.testing.assert_allclose(losses.alignment, table.alignment, **rounding)
    assert found[0]["history"][:1] == found[1]["history"][:1]


def test_the_checkpoint_is_of_the_plain_model_and_knows_the_ranks(two):
    out, found = two
    kept = torch.load(out / "training" / "checkpoint.pt", weights_only=True)
    assert set(kept["model"]) == set(learner().model.state_dict())
    assert kept["recipe"]["ranks"] == 2
    assert kept["recipe"]["batch_size"] == 24
    assert kept["epoch"] == 3


def test_ranks_that_find_different_checkpoints_are_told(two):
    for rank in two[1]:
        assert "the ranks find different checkpoints" in rank["apart"]


def test_ranks_see_different_views(two):
    _, found = two
    assert found[0]["view"] != found[1]["view"]


def test_alone_it_is_the_plain_training():
    with ranks() as device:
        assert world() == (0, 1)
        one = learner(device)
        fit_ranks(one, 1)
    same = learner()
    fit(same, 1)
    torch.testing.assert_close(weights(one).cpu(), weights(same))
    z = torch.randn(2, 4, 3)
    assert GatheredNTXent()(*z) == NTXent()(*z)


def test_batches_that_cannot_be_divided_are_refused(monkeypatch):
    monkeypatch.setattr("geoviz_ml.learn.distributed.world", lambda: (0, 5))
    with pytest.raises(UsageError, match="divided among 5 ranks"):
        fit_ranks(learner(), 1)
