"""Networks of one patch: the published one, and one without padding."""

import pytest
import torch
from torchvision.models import resnet18

from geoviz_ml.errors import UsageError
from geoviz_ml.models import PatchNet, PatchResNet


def test_patch_resnet_is_resnet18_with_one_output():
    theirs = resnet18(num_classes=1).eval()
    ours = PatchResNet(in_channels=3).eval()
    ours.load_state_dict(
        dict(zip(ours.state_dict(), theirs.state_dict().values(), strict=True)), strict=True
    )
    x = torch.rand(2, 3, 32, 32)
    torch.testing.assert_close(ours(x), theirs(x))


@pytest.mark.parametrize("patch", [32, 33, 48])
def test_patch_net_gives_one_score_a_patch(patch):
    assert PatchNet(4, patch)(torch.rand(3, 1, patch, patch)).shape == (3, 1)


def test_patch_net_needs_32_pixels():
    with pytest.raises(UsageError, match="31 pixels is too small"):
        PatchNet(patch=31)


def test_patch_net_is_three_convolutions_two_poolings_and_a_sum():
    torch.manual_seed(0)
    network, x = PatchNet().double().eval(), torch.randn(2, 1, 32, 32).double()
    y = x
    convs = [layer.weight for layer in network if isinstance(layer, torch.nn.Conv2d)]
    assert [tuple(w.shape) for w in convs] == [(16, 1, 5, 5), (32, 16, 5, 5), (64, 32, 5, 5)]
    for number, weight in enumerate(convs):
        if number:
            y = y.unfold(2, 2, 2).unfold(3, 2, 2).amax((4, 5))
        y = torch.nn.functional.conv2d(y, weight).clamp(min=0) / (1 + 1e-5) ** 0.5
    last = network[-1]
    torch.testing.assert_close(network(x), y.flatten(1) @ last.weight.T + last.bias)
