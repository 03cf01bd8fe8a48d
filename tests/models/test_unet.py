"""The U-net: the published size, the right shapes, Keras' initialisers."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

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


@pytest.mark.parametrize("norm", [False, True])
def test_it_is_the_keras_network_written_out(norm):
    torch.manual_seed(0)
    model, x = UNet(base=4, head=3, norm=norm).double().eval(), torch.rand(2, 1, 32, 48).double()

    def conv(y, one):
        for layer in one:
            if isinstance(layer, torch.nn.Conv2d):
                y = F.conv2d(y, layer.weight, layer.bias, padding=1)
            elif isinstance(layer, torch.nn.BatchNorm2d):
                y = (y - layer.running_mean[:, None, None]) / (1 + layer.eps) ** 0.5
        return y.clamp(min=0)

    skips, y = [], x
    for level, two in enumerate(model.down):
        for one in two:
            y = conv(y, one)
        if level < 4:
            skips.append(y)
            y = y.unfold(2, 2, 2).unfold(3, 2, 2).amax((4, 5))
    for skip, up, two in zip(skips[::-1], model.up[::-1], model.merge[::-1], strict=True):
        y = F.pad(y.repeat_interleave(2, 2).repeat_interleave(2, 3), (0, 1, 0, 1))
        y = F.conv2d(y, up.conv.weight, up.conv.bias).clamp(min=0)
        y = torch.cat([skip, y], 1)
        for one in two:
            y = conv(y, one)
    y = conv(y, model.head)
    torch.testing.assert_close(model(x), F.conv2d(y, model.out.weight, model.out.bias))


def test_half_is_dropped_at_the_two_deepest_levels():
    model, seen = UNet(base=2), []
    model.dropout.register_forward_hook(lambda layer, given, _: seen.append(tuple(given[0].shape)))
    model(torch.rand(1, 1, 32, 32))
    assert seen == [(1, 16, 4, 4), (1, 32, 2, 2)]
    assert model.dropout.p == 0.5


def test_weights_start_as_he_normal():
    torch.manual_seed(0)
    weight = UNet(base=16).down[3][1][0].weight  # 128 channels of 3 x 3
    assert weight.var().item() == pytest.approx(2 / (128 * 9), rel=0.03)
