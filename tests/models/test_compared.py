"""The ten networks of Table 4: all there, all the same in what goes in and out."""

import math

import numpy as np
import pytest
import torch

from geoviz_ml.errors import UsageError
from geoviz_ml.models import ODMUNet, compared
from geoviz_ml.papers import published

SMALL = "mobilenetv3_small_050"


def test_there_are_the_ten_of_the_table():
    assert list(compared.NAMES) == list(published("nucleus", "Table 4").index)
    assert len(compared.NAMES) == 10
    assert isinstance(compared.make("ODM_Unet", encoder=SMALL), ODMUNet)


@pytest.mark.parametrize("name", compared.NAMES)
def test_each_takes_a_small_picture_that_is_not_square_and_learns_from_it(name):
    torch.manual_seed(0)
    network = compared.make(name, classes=3, encoder=SMALL)
    y = network(torch.rand(2, 1, 50, 96))
    assert y.shape == (2, 3, 50, 96)
    y.square().mean().backward()
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    assert all(gradient.isfinite().all() for gradient in gradients)
    assert next(network.parameters()).grad.any()  # of the first convolution
    assert network.eval()(torch.rand(1, 1, 50, 96)).shape == (1, 3, 50, 96)


@pytest.mark.parametrize(
    ("name", "millions"),
    [("U-net", 6.69), ("Unet++", 6.92), ("MAnet", 30.3), ("LinkNet", 4.17), ("FPN", 4.89)]
    + [("PSPNet", 3.02), ("PAN", 3.14), ("DeepLabV3", 11.0), ("DeepLabV3+", 4.71)],
)
def test_sizes_with_the_large_encoder(name, millions):
    """Against sizes measured independently, with another release of the library."""
    with torch.device("meta"):
        network = compared.make(name)
    n = sum(p.numel() for p in network.parameters())
    assert n / 1e6 == pytest.approx(millions, rel=3e-3)


def test_a_picture_that_fits_goes_through_unchanged():
    torch.manual_seed(0)
    network, x = compared.make("U-net", encoder=SMALL).eval(), torch.rand(1, 1, 64, 96)
    torch.testing.assert_close(network(x), network.network(x))


@pytest.mark.parametrize("name", compared.NAMES)
def test_each_starts_at_its_prior(name):
    torch.manual_seed(0)
    network = compared.make(name, encoder=SMALL, prior=0.02).eval()
    head = network.head if name == "ODM_Unet" else network.network.segmentation_head[0]
    torch.nn.init.zeros_(head.weight)
    answer = network(torch.randn(1, 1, 64, 64)).softmax(1)[:, 1]
    torch.testing.assert_close(answer, torch.full_like(answer, 0.02))


def test_an_unknown_name_is_named():
    with pytest.raises(UsageError, match="'U-Net'"):
        compared.make("U-Net")


@pytest.mark.parametrize("size", [(50, 96), (33, 20), (128, 160)])
def test_pictures_are_continued_by_their_last_row_and_column_and_the_answer_cut_back(size):
    class Keep(torch.nn.Module):
        def forward(self, x):
            self.seen = x
            return 2 * x

    keep, x = Keep(), torch.rand(1, 1, *size)
    answer = compared.AnySize(keep, multiple=32, least=64)(x)
    more = [max(64, math.ceil(side / 32) * 32) - side for side in size]
    expected = np.pad(x[0, 0].numpy(), [(0, m) for m in more], mode="edge")
    np.testing.assert_array_equal(keep.seen[0, 0], expected)
    assert torch.equal(answer, 2 * x)


def test_decoders_are_scaled_to_the_nearest_eight_channels():
    widths = {"decoder_channels": (80, 40, 16, 8, 8)}  # of 76.8, 38.4, 19.2, 9.6 and 4.8
    assert compared.decoder_widths("U-net", 0.3) == widths
    narrow = compared.make("ODM_Unet", encoder=SMALL, decoder=0.25)
    assert [up.conv[0].out_channels for up in narrow.decoder] == [64, 32, 16, 8, 8]
