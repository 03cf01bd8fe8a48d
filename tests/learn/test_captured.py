"""A captured training pass changes nothing but the way it is launched."""

import numpy as np
import pytest
import torch
from torch import nn

from geoviz_ml.learn import fit, segmentation_learner
from geoviz_ml.learn.captured import captured
from geoviz_ml.learn.precision import bfloat16

CUDA = torch.device("cuda")


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2))


@pytest.fixture
def replayed(monkeypatch):
    """Where there is no GPU: what PyTorch does to the network, and which inputs are replayed."""
    seen = []

    def graphed(model, inputs):
        plain = model.forward
        plain(*inputs)  # warming up moves running means

        def forward(x):
            seen.append(tuple(x.shape))
            return plain(x)

        model.forward = forward

    zeros = torch.zeros
    monkeypatch.setattr(torch.cuda, "make_graphed_callables", graphed)
    monkeypatch.setattr(torch, "zeros", lambda *a, device, **k: zeros(*a, **k))
    monkeypatch.setattr(torch.random, "fork_rng", lambda devices: torch.no_grad())
    return seen


def test_batches_of_the_shape_are_replayed_in_training_and_all_else_is_not(replayed):
    model = network()
    with captured(model, (2, 1, 8, 8), CUDA) as graph:
        assert graph
        for shape in ((2, 1, 8, 8), (1, 1, 8, 8)):
            model.train()(torch.ones(shape))
        model.eval()(torch.ones(2, 1, 8, 8))
    assert replayed == [(2, 1, 8, 8)]
    model.train()(torch.ones(2, 1, 8, 8))
    assert len(replayed) == 1  # over when the block is


def test_warming_up_leaves_weights_and_running_means_as_they_were(replayed):
    model, other = network().eval(), network()
    with captured(model, (2, 1, 8, 8), CUDA):
        assert not model.training
        for value, same in zip(
            model.state_dict().values(), other.state_dict().values(), strict=True
        ):
            assert torch.equal(value, same)


def test_within_bfloat16_both_are_undone_in_turn(replayed):
    model = network()
    with bfloat16(model), captured(model, (2, 1, 8, 8), CUDA):
        assert model.train()(torch.ones(2, 1, 8, 8)).dtype == torch.float32
    assert "forward" not in vars(model)
    assert replayed


def test_without_cuda_a_captured_training_is_the_plain_one():
    rng = np.random.default_rng(0)
    x = rng.random((6, 16, 16), np.float32)

    def trained(**how):
        learner = segmentation_learner((x, x > 0.5), (x, x > 0.5), network_of_masks, device="cpu")
        return fit(learner, 2, **how).train_loss.tolist()

    assert trained(capture=True) == trained()


def network_of_masks():
    return nn.Conv2d(1, 1, 1)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_on_a_gpu_the_losses_are_those_of_the_plain_training():
    rng = np.random.default_rng(0)
    x = rng.random((6, 16, 16), np.float32)

    def trained(**how):
        learner = segmentation_learner((x, x > 0.5), (x, x > 0.5), network_of_masks, device="cuda")
        return fit(learner, 2, **how).train_loss.to_numpy()

    np.testing.assert_allclose(trained(capture=True), trained(), rtol=1e-4)
