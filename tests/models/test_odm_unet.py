"""ODM_Unet: the library's U-net when all is off, and three switches that do what they say."""

import itertools
import math

import pytest
import segmentation_models_pytorch as smp
import torch

from geoviz_ml.models import ODMUNet
from geoviz_ml.models.odconv import ODConv2d
from geoviz_ml.models.scse import SCSE
from geoviz_ml.models.sdi import SDI

SMALL = "mobilenetv3_small_050"


def count(network):
    return sum(p.numel() for p in network.parameters())


def layers(network, kind):
    return sum(isinstance(layer, kind) for layer in network.modules())


def test_with_everything_off_it_is_the_u_net_of_the_library():
    torch.manual_seed(0)
    off = {"odconv": False, "sdi": False, "scse": False}
    ours = ODMUNet(encoder=SMALL, **off).eval()
    theirs = smp.Unet(f"tu-{SMALL}", encoder_weights=None, in_channels=1, classes=2).eval()
    weights = zip(theirs.state_dict(), ours.state_dict().values(), strict=True)
    theirs.load_state_dict(dict(weights))
    x = torch.randn(2, 1, 64, 96)
    torch.testing.assert_close(ours(x), theirs(x))


@pytest.mark.parametrize("switches", [*itertools.product([False, True], repeat=3)])
def test_each_switch_adds_its_part_and_no_other(switches):
    odconv, sdi, scse = switches
    with torch.device("meta"):
        network = ODMUNet(odconv=odconv, sdi=sdi, scse=scse)
    assert layers(network, ODConv2d) == 45 * odconv  # 30 pointwise, 15 depthwise
    assert layers(network, SDI) == 4 * sdi
    assert layers(network, SCSE) == 9 * scse


@pytest.mark.parametrize("size", [(64, 64), (64, 160), (70, 97), (33, 50)])
def test_pictures_of_any_size(size):
    torch.manual_seed(0)
    network = ODMUNet(in_channels=2, classes=3, encoder=SMALL).eval()
    with torch.inference_mode():
        assert network(torch.rand(1, 2, *size)).shape == (1, 3, *size)


def test_gradients_reach_every_parameter():
    torch.manual_seed(0)
    network = ODMUNet(encoder=SMALL)
    for name, weight in network.named_parameters():
        if ".attention.heads." in name:  # they start at zero, and nothing passes a zero
            torch.nn.init.normal_(weight, std=0.1)
    network(torch.randn(4, 1, 64, 96)).square().mean().backward()
    assert all(p.grad is not None for p in network.parameters())
    silent = [n for n, p in network.named_parameters() if not p.grad.any()]
    narrow = ("bottleneck", ".channel.")  # four ReLUs, which may happen to be shut all together
    assert [n for n in silent if not any(part in n for part in narrow)] == []


def test_the_answer_starts_at_the_prior():
    network = ODMUNet(encoder=SMALL, prior=0.02).eval()
    torch.nn.init.zeros_(network.head.weight)
    answer = network(torch.randn(1, 1, 64, 64)).softmax(1)[:, 1]
    torch.testing.assert_close(answer, torch.full_like(answer, 0.02))
    assert "prior=0.02" in str(network)


def test_every_level_is_felt_from_a_calm_start():
    def gradients(calm):
        torch.manual_seed(0)
        network = ODMUNet(encoder=SMALL, odconv=False, scse=False, calm=calm)
        network(torch.randn(8, 1, 64, 96)).square().mean().backward()
        return [network.refine[i][2].weight.grad.norm().item() for i in range(5)]

    calm, published = gradients(True), gradients(False)
    assert min(calm) > 3 * max(published), (calm, published)
    assert all(math.isfinite(norm) for norm in [*calm, *published])


def test_the_temperature_is_saved_and_changes_the_answer():
    torch.manual_seed(0)
    one, other = ODMUNet(encoder=SMALL).eval(), ODMUNet(encoder=SMALL).eval()
    x = torch.randn(1, 1, 64, 64)
    for name, weight in one.named_parameters():
        if ".attention.heads." in name:
            torch.nn.init.normal_(weight)
    cold = one(x)
    for layer in one.modules():
        if isinstance(layer, ODConv2d):
            layer.temperature = 30
    other.load_state_dict(one.state_dict())
    assert torch.equal(one(x), other(x))
    assert not torch.allclose(one(x), cold)


def test_it_mixes_four_kernels_and_fuses_skips_of_32_channels():
    with torch.device("meta"):
        network = ODMUNet(encoder=SMALL)
    assert {len(one.weight) for one in network.modules() if isinstance(one, ODConv2d)} == {4}
    assert {one[2].out_channels for one in network.refine} == {32}
    assert {conv.out_channels for one in network.infuse for conv in one.smooth} == {32}
