"""The U-net: the published size, the right shapes, Keras' initialisers."""

import math

import numpy as np
import pytest
import torch

from geoviz_ml.errors import UsageError
from geoviz_ml.models import UNet
from geoviz_ml.models.initialise import INITIALISERS, initialise
from geoviz_ml.models.unet import UpConv


def test_published_configuration_has_the_published_number_of_parameters():
    with torch.device("meta"):
        model = UNet()
    assert sum(p.numel() for p in model.parameters()) == 31_031_685


@pytest.mark.parametrize("size", [(32, 32), (48, 16), (16, 80)])
@pytest.mark.parametrize("norm", [False, True])
def test_output_has_the_size_of_the_input(size, norm):
    model = UNet(base=4, out_channels=3, norm=norm)
    assert model(torch.rand(2, 1, *size)).shape == (2, 3, *size)


def test_a_size_that_cannot_be_halved_four_times_is_named():
    with pytest.raises(UsageError, match="40 x 32"):
        UNet(base=4)(torch.rand(1, 1, 40, 32))


def test_gradients_reach_every_parameter():
    torch.manual_seed(0)
    model = UNet(base=4, head=8)
    model(torch.rand(2, 1, 32, 32)).square().mean().backward()
    assert all(p.grad is not None for p in model.parameters())
    silent = [n for n, p in model.named_parameters() if p.grad.abs().sum() == 0]
    assert len(silent) == 0, silent


def test_dropout_acts_in_training_only():
    torch.manual_seed(0)
    model, x = UNet(base=4, head=8), torch.rand(1, 1, 32, 32)
    assert not torch.equal(model(x), model(x))
    model.eval()
    assert torch.equal(model(x), model(x))


def test_the_answer_starts_at_the_prior():
    torch.manual_seed(0)
    model = UNet(base=4, prior=0.1)
    torch.nn.init.zeros_(model.out.weight)
    assert torch.sigmoid(model(torch.rand(1, 1, 16, 16))).mean().item() == pytest.approx(0.1)


def test_even_kernel_is_padded_at_the_end_as_in_keras():
    up = UpConv(1, 1)
    torch.nn.init.ones_(up.conv.weight)
    torch.nn.init.zeros_(up.conv.bias)
    x = torch.arange(4.0).reshape(1, 1, 2, 2)
    big = np.kron(x[0, 0].numpy(), np.ones((2, 2)))
    padded = np.pad(big, ((0, 1), (0, 1)))
    expected = padded[:-1, :-1] + padded[1:, :-1] + padded[:-1, 1:] + padded[1:, 1:]
    np.testing.assert_allclose(up(x)[0, 0].detach().numpy(), expected)


@pytest.mark.parametrize("name", INITIALISERS)
def test_initialiser_has_the_variance_of_its_formula(name):
    torch.manual_seed(0)
    conv = torch.nn.Conv2d(32, 64, 3)
    initialise(conv, name)
    fan_in, fan_out = 32 * 9, 64 * 9
    variance = {
        "lecun": 1 / fan_in,
        "he": 2 / fan_in,
        "glorot": 2 / (fan_in + fan_out),
        "orthogonal": 1 / fan_in,  # orthonormal rows of length fan_in
    }[name.split("_")[0]]
    assert conv.weight.var().item() == pytest.approx(variance, rel=0.05)
    assert conv.bias.abs().sum() == 0
    if name.endswith("uniform"):
        assert conv.weight.abs().max() <= math.sqrt(3 * variance)


def test_unknown_initialiser_is_named():
    with pytest.raises(UsageError, match="xavier"):
        UNet(base=4, init="xavier")
