"""The U-net with cut skips is the U-net but for what arrives over them."""

import torch

from geoviz_ml.models import UNet
from geoviz_ml.models.skipless import SkiplessUNet

SIZES = {"base": 4, "norm": True, "head": 4}


def test_it_has_the_parameters_of_the_unet():
    torch.manual_seed(0)
    whole, cut = UNet(**SIZES), SkiplessUNet(**SIZES)
    assert {k: v.shape for k, v in whole.state_dict().items()} == {
        k: v.shape for k, v in cut.state_dict().items()
    }


def test_what_only_a_skip_could_carry_does_not_arrive():
    torch.manual_seed(0)
    whole, cut = UNet(**SIZES).eval(), SkiplessUNet(**SIZES).eval()
    cut.load_state_dict(whole.state_dict())
    x = torch.rand(1, 1, 32, 32)
    for merge in whole.merge:  # the first convolution reads nothing from the skip
        half = merge[0][0].in_channels // 2
        assert not torch.equal(whole(x), cut(x))
        with torch.no_grad():
            merge[0][0].weight[:, :half] = 0
    torch.testing.assert_close(whole(x), cut(x))
