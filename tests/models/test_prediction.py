"""Networks in use: evaluation mode, batches, float32, and left as they were."""

import numpy as np
import pytest
import torch
from torch import nn

from geoviz_ml.errors import UsageError
from geoviz_ml.models.prediction import evaluating, network_outputs, run_batches

BYTES = np.random.default_rng(0).integers(0, 256, (7, 6, 6), np.uint8)


def network():
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.Dropout(0.5), nn.Flatten(), nn.Linear(64, 2)
    )


def test_within_the_block_there_is_no_training_and_no_gradient():
    one = network().train()
    with evaluating(one):
        assert not any(layer.training for layer in one.modules())
        assert not torch.is_grad_enabled()
    assert all(layer.training for layer in one.modules())
    assert torch.is_grad_enabled()


def test_every_layer_gets_its_own_mode_back_however_the_block_ends():
    one = network().train()
    one[1].eval()  # a normalisation that is held fixed
    with pytest.raises(KeyboardInterrupt), evaluating(one):
        raise KeyboardInterrupt
    assert [layer.training for layer in one] == [True, False, True, True, True]


def test_outputs_are_those_of_the_network_whatever_the_batches():
    one = network().train()
    found = network_outputs(one, BYTES, batch_size=3)
    assert found.dtype == np.float32
    assert one.training
    one.eval()
    with torch.no_grad():
        expected = one(torch.from_numpy(BYTES / np.float32(255))[:, None])
    np.testing.assert_allclose(found, expected, atol=1e-6)
    floats = BYTES / np.float32(255)
    np.testing.assert_array_equal(network_outputs(one, floats, batch_size=3), found)


def test_a_learner_is_its_network_and_a_network_is_itself():
    class Wrapper(nn.Module):
        def __init__(self, model):
            super().__init__()
            self.model = model

        def forward(self, x):
            return -self.model(x)

    class Learner:
        model = network()

    plain = network_outputs(Learner.model, BYTES)
    np.testing.assert_array_equal(network_outputs(Learner(), BYTES), plain)
    np.testing.assert_array_equal(network_outputs(Wrapper(Learner.model), BYTES), -plain)


def test_half_precision_lists_and_dicts_come_as_float32_on_the_cpu():
    class Boxes(nn.Module):
        def forward(self, x):
            return [{"scores": one.mean().half()[None]} for one in x]

    batches = torch.from_numpy(BYTES)[:, None].split(4)
    found = run_batches(Boxes(), batches)
    assert [len(batch) for batch in found] == [4, 3]
    assert found[0][0]["scores"].dtype == torch.float32


def test_what_comes_after_is_applied_to_every_batch():
    one = network()
    found = network_outputs(one, BYTES, 2, then=lambda x: x.softmax(1))
    np.testing.assert_allclose(found.sum(1), 1, atol=1e-6)


def test_pictures_that_are_none_are_refused_before_the_network_sees_them():
    with pytest.raises(UsageError, match="from 0 to 255"):
        network_outputs(None, BYTES.astype(np.float32))


@pytest.mark.parametrize("change", [lambda one: one.double(), lambda one: one[4:]])
def test_what_a_network_cannot_take_is_said_with_what_it_was_given(change):
    with pytest.raises(UsageError, match=r"\(7, 1, 6, 6\) of torch.float32: .*float"):
        network_outputs(change(network()), BYTES)


def test_a_full_memory_is_said_as_torch_says_it():
    class Large(nn.Module):
        def forward(self, x):
            raise torch.OutOfMemoryError("CUDA out of memory.")

    with pytest.raises(torch.OutOfMemoryError):
        network_outputs(Large(), BYTES)
