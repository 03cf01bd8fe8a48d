"""SDI and SCSE: what they must be when their convolutions are known."""

import math

import numpy as np
import pytest
import torch
from scipy import ndimage

from geoviz_ml.errors import UsageError
from geoviz_ml.models import SCSE, SDI
from geoviz_ml.models.sdi import ChannelAttention, Refine, SpatialAttention, resize

SIZES = [(48, 80), (24, 40), (12, 20), (6, 10), (3, 5)]


def maps(width=8, seed=0):
    torch.manual_seed(seed)
    return [torch.randn(2, width, *size) for size in SIZES]


def plain(conv):
    """A 3x3 convolution that changes nothing."""
    torch.nn.init.dirac_(conv.weight)
    torch.nn.init.zeros_(conv.bias)


@pytest.mark.parametrize("size", [*SIZES, (7, 31), (100, 20)])
def test_the_answer_has_the_size_of_the_target(size):
    assert SDI(5, 8)(maps(), size).shape == (2, 8, *size)


def test_plain_convolutions_leave_the_product():
    sdi, levels = SDI(5, 8), maps()
    for conv in sdi.smooth:
        plain(conv)
    target = 2
    expected = torch.ones_like(levels[target])
    for i, level in enumerate(levels):
        if i < target:
            level = torch.nn.functional.avg_pool2d(level, 2 ** (target - i))
        elif i > target:
            up = torch.nn.Upsample(SIZES[target], mode="bilinear", align_corners=True)
            level = up(level)
        expected = expected * level
    torch.testing.assert_close(sdi(levels, SIZES[target]), expected)


def test_a_convolution_that_answers_one_removes_its_level():
    sdi, levels = SDI(5, 8), maps()
    torch.nn.init.zeros_(sdi.smooth[3].weight)
    torch.nn.init.ones_(sdi.smooth[3].bias)
    less = SDI(4, 8)
    less.smooth = torch.nn.ModuleList(c for i, c in enumerate(sdi.smooth) if i != 3)
    rest = [m for i, m in enumerate(levels) if i != 3]
    torch.testing.assert_close(sdi(levels, SIZES[1]), less(rest, SIZES[1]))


def test_the_order_of_the_levels_does_not_matter():
    sdi, levels, order = SDI(5, 8), maps(), [3, 0, 4, 2, 1]
    other = SDI(5, 8)
    other.smooth = torch.nn.ModuleList(sdi.smooth[i] for i in order)
    expected = sdi(levels, SIZES[2])
    torch.testing.assert_close(other([levels[i] for i in order], SIZES[2]), expected)


def test_attentions_without_weights_halve_exactly():
    x = maps()[0]
    for attention in (ChannelAttention(8), SpatialAttention()):
        for weight in attention.parameters():
            torch.nn.init.zeros_(weight)
        assert torch.equal(attention(x), x * 0.5)


def test_attentions_weigh_channels_and_pixels():
    torch.manual_seed(1)
    x = torch.rand(2, 8, 5, 9) + 0.5
    by_channel = ChannelAttention(8)(x) / x
    torch.testing.assert_close(by_channel, by_channel[..., :1, :1].expand_as(x))
    by_pixel = SpatialAttention()(x) / x
    torch.testing.assert_close(by_pixel, by_pixel[:, :1].expand_as(x))
    for weights in (by_channel, by_pixel):
        assert 0 < weights.min() < weights.max() < 1


def test_refine_gives_normal_maps_of_the_width():
    torch.manual_seed(0)
    y = Refine(24, 16)(3 * torch.randn(4, 24, 12, 20) + 1)
    assert y.shape == (4, 16, 12, 20)
    torch.testing.assert_close(y.mean((0, 2, 3)), torch.zeros(16), atol=1e-4, rtol=0)
    torch.testing.assert_close(y.std((0, 2, 3)), torch.ones(16), atol=1e-2, rtol=0)


@pytest.mark.parametrize("levels", [2, 5])
def test_started_calmly_the_product_has_the_spread_of_its_formula(levels):
    torch.manual_seed(0)
    x = [torch.randn(4, 64, 32, 32) for _ in range(levels)]
    with torch.no_grad():
        y = SDI(levels, 64, calm=True)(x, (32, 32))[..., 1:-1, 1:-1]
    # E y = 1 and E y^2 = (1 + 1 / L)^L for independent factors 1 + e with variance 1 / L
    assert y.mean().item() == pytest.approx(1, abs=0.1)
    assert y.std().item() == pytest.approx(math.sqrt((1 + 1 / levels) ** levels - 1), rel=0.15)


def test_the_published_start_is_tiny_at_the_coarsest_target():
    with torch.no_grad():
        published, calm = (SDI(5, 8, calm)(maps(), SIZES[3]).std() for calm in (False, True))
    assert published < 0.02 < 0.5 < calm


def test_the_product_stays_in_float32_under_mixed_precision():
    with torch.autocast("cpu", torch.bfloat16):
        assert SDI(5, 8)(maps(), SIZES[0]).dtype == torch.float32


def test_resize_keeps_what_has_the_size_and_the_mean_of_what_is_larger():
    x = maps()[1]
    assert resize(x, SIZES[1]) is x
    torch.testing.assert_close(resize(x, SIZES[3]).mean(), x.mean())


def test_bad_use_of_sdi_is_named():
    with pytest.raises(UsageError, match="4 maps"):
        SDI(5, 8)(maps()[:4], SIZES[0])


def test_scse_agrees_with_the_library():
    from segmentation_models_pytorch.base.modules import SCSEModule

    torch.manual_seed(0)
    ours, theirs, x = SCSE(64), SCSEModule(64, reduction=16), torch.randn(2, 64, 5, 9)
    weights = zip(theirs.state_dict(), ours.state_dict().values(), strict=True)
    theirs.load_state_dict(dict(weights))
    torch.testing.assert_close(ours(x), theirs(x))


def test_scse_keeps_four_channels_in_its_bottleneck():
    assert SCSE(16).channel[1].out_channels == 4


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def by_channel(x, attention):
    """Woo et al. 2018, equation 2, on x (C, H, W)."""
    first, second = (w.detach().numpy()[:, :, 0, 0] for w in attention.parameters())
    mean, peak = x.mean((1, 2)), x.max((1, 2))
    weight = sigmoid(second @ (first @ mean).clip(0) + second @ (first @ peak).clip(0))
    return x * weight[:, None, None]


def by_pixel(x, attention):
    """Woo et al. 2018, equation 3."""
    (kernel,) = attention.look.weight.detach().numpy()
    both = zip((x.mean(0), x.max(0)), kernel, strict=True)
    return x * sigmoid(sum(ndimage.correlate(y, k, mode="constant") for y, k in both))


def test_refine_is_both_attentions_in_turn_and_a_weight_for_each_channel():
    torch.manual_seed(0)
    refine, x = Refine(24, 6).double().eval(), torch.randn(24, 9, 12).double()
    channel, pixel, conv, norm = refine
    assert tuple(pixel.look.weight.shape) == (1, 2, 7, 7)
    expected = by_pixel(by_channel(x.numpy(), channel), pixel)
    expected = np.einsum("oc,chw->ohw", conv.weight.detach().numpy()[:, :, 0, 0], expected)
    expected /= np.sqrt(1 + norm.eps)
    np.testing.assert_allclose(refine(x[None])[0].detach(), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("channels", "hidden"), [(8, 4), (80, 5), (960, 60)])
def test_the_bottleneck_has_a_sixteenth_of_the_channels_and_at_least_four(channels, hidden):
    assert ChannelAttention(channels).bottleneck[0].out_channels == hidden


def test_skips_have_the_32_channels_of_u_net_v2():
    assert Refine(8)[2].out_channels == SDI(2).smooth[0].in_channels == 32
