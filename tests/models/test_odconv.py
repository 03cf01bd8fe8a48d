"""Dynamic convolution: what it must be when its attentions are known, and the published sizes."""

import math

import pytest
import torch
import torch.nn.functional as F
from torchvision.models import mobilenet_v2

from geoviz_ml.errors import UsageError
from geoviz_ml.models import ODConv2d
from geoviz_ml.models.odconv import replace_convolutions, set_temperature

SHAPES = {  # in, out, kernel, and the rest
    "3x3": (6, 8, 3, {"padding": 1}),
    "stride": (6, 8, 3, {"stride": 2, "padding": 1}),
    "dilation": (6, 8, 3, {"dilation": 2}),
    "groups": (6, 8, 3, {"groups": 2, "padding": 1}),
    "depthwise": (6, 6, 5, {"groups": 6, "padding": 2, "stride": 2}),
    "pointwise": (6, 8, 1, {}),
    "pointwise, stride": (6, 8, 1, {"stride": 2}),
    "pointwise, padding": (6, 8, 1, {"padding": 1, "groups": 2}),
    "oblong": (6, 8, (3, 5), {"padding": (1, 2)}),
}


def make(shape="3x3", kernels=4, seed=0, calm=False):
    torch.manual_seed(seed)
    cin, cout, k, rest = SHAPES[shape]
    return ODConv2d(cin, cout, k, kernels=kernels, calm=calm, **rest).eval(), rest


def picture(batch=3, channels=6):
    return torch.randn(batch, channels, 12, 16, generator=torch.Generator().manual_seed(1))


def saturate(conv):
    """All sigmoids become 1, the softmax uniform."""
    for head in conv.attention.heads.values():
        torch.nn.init.zeros_(head.weight)
        torch.nn.init.constant_(head.bias, 50.0)


@pytest.mark.parametrize("kernels", [1, 4])
@pytest.mark.parametrize("shape", SHAPES)
def test_with_attentions_of_one_and_equal_kernels_it_is_a_convolution(shape, kernels):
    conv, rest = make(shape, kernels)
    saturate(conv)
    with torch.no_grad():
        for weight in conv.weight[1:]:
            weight.copy_(conv.weight[0])
    expected = F.conv2d(picture(), conv.weight[0], **rest)
    torch.testing.assert_close(conv(picture()), expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("shape", SHAPES)
def test_it_is_its_formula_picture_by_picture(shape):
    conv, rest = make(shape)
    conv, x = conv.double(), picture().double()
    a = conv.attention(x)
    for i, one in enumerate(x):
        weight = sum(a["kernel"][i, n] * w for n, w in enumerate(conv.weight))
        if "spatial" in a:
            weight = weight * a["spatial"][i]
        y = F.conv2d((a["channel"][i] * one)[None], weight, **rest)[0]
        if "filter" in a:
            y = y * a["filter"][i]
        torch.testing.assert_close(conv(x)[i], y)


def test_attentions_have_their_shapes_and_ranges_at_every_temperature():
    conv, _ = make()
    for temperature in (0.5, 1, 30):
        conv.temperature = temperature
        gates = conv.attention(picture())
        shapes = {name: tuple(gate.shape) for name, gate in gates.items()}
        assert shapes == {
            "channel": (3, 6, 1, 1),
            "filter": (3, 8, 1, 1),
            "spatial": (3, 1, 1, 3, 3),
            "kernel": (3, 4),
        }
        torch.testing.assert_close(gates.pop("kernel").sum(1), torch.ones(3))
        for gate in gates.values():
            assert 0 < gate.min() < gate.max() < 1


def test_an_infinite_temperature_makes_all_attentions_alike():
    conv, _ = make()
    conv.temperature = math.inf
    gates = conv.attention(picture())
    assert torch.equal(gates.pop("kernel"), torch.full((3, 4), 0.25))
    assert all(torch.equal(gate, torch.full_like(gate, 0.5)) for gate in gates.values())


def test_a_temperature_of_thirty_starts_nearly_alike_and_one_does_not():
    torch.manual_seed(0)
    conv = ODConv2d(64, 64, 3, padding=1)
    x = torch.randn(32, 64, 8, 8)
    cold = conv.attention(x)
    conv.temperature = 30
    hot = conv.attention(x)
    for name, middle in {"channel": 0.5, "filter": 0.5, "spatial": 0.5, "kernel": 0.25}.items():
        assert (hot[name] - middle).abs().mean() < 0.05 * middle
        assert (cold[name] - middle).abs().mean() > 0.1 * middle


@pytest.mark.parametrize("shape", SHAPES)
def test_a_picture_does_not_feel_the_rest_of_its_batch(shape):
    conv, _ = make(shape)
    x, order = picture(4), torch.tensor([2, 0, 3, 1])
    y = conv(x)
    torch.testing.assert_close(conv(x[order]), y[order], rtol=1e-5, atol=1e-6)
    for i in range(4):
        torch.testing.assert_close(conv(x[i : i + 1])[0], y[i], rtol=1e-5, atol=1e-6)


def test_it_is_not_linear():
    conv, _ = make()
    y, twice = conv(picture()), conv(2 * picture())
    assert (twice - 2 * y).abs().max() > 0.01 * y.abs().max()


def test_gradients_reach_every_kernel_and_every_head():
    conv, _ = make()
    conv.train()(picture()).square().sum().backward()
    silent = [n for n, p in conv.named_parameters() if p.grad is None or not p.grad.any()]
    assert silent == []


@pytest.mark.parametrize(
    ("shape", "kernels", "absent"),
    [("depthwise", 4, {"filter"}), ("pointwise", 4, {"spatial"}), ("3x3", 1, {"kernel"})]
    + [("pointwise", 1, {"spatial", "kernel"})],
)
def test_heads_that_could_do_nothing_are_not_there(shape, kernels, absent):
    state = make(shape, kernels)[0].state_dict()
    heads = {name.split(".")[2] for name in state if name.startswith("attention.heads")}
    assert heads == {"channel", "filter", "spatial", "kernel"} - absent


def test_training_on_one_picture_is_refused_and_predicting_is_not():
    conv, _ = make()
    with pytest.raises(UsageError, match="batch of one"):
        conv.train()(picture(1))
    assert conv.eval()(picture(1)).shape == (1, 8, 12, 16)


@pytest.mark.parametrize("shape", SHAPES)
def test_calm_attention_starts_even_and_knows_nothing_of_the_batch(shape):
    conv, _ = make(shape, calm=True)
    gates = conv.attention(picture())
    assert torch.equal(gates.pop("kernel"), torch.full((3, 4), 0.25))
    assert all(torch.equal(gate, torch.full_like(gate, 0.5)) for gate in gates.values())
    for head in conv.attention.heads.values():
        torch.nn.init.normal_(head.weight)
    learned = conv.attention(picture())["channel"]
    assert learned.std() > 0.1
    torch.testing.assert_close(conv.train()(picture())[:1], conv.eval()(picture(1 + 2))[:1])
    torch.testing.assert_close(conv.train().attention(picture()[:1])["channel"], learned[:1])


def test_calm_attention_has_as_many_parameters():
    sizes = [sum(p.numel() for p in make(calm=calm)[0].parameters()) for calm in (False, True)]
    assert sizes[0] == sizes[1]


def test_the_temperature_is_saved_with_the_weights():
    conv, _ = make()
    assert conv.temperature == 1
    conv.temperature = 7.5
    other, _ = make(seed=1)
    other.load_state_dict(conv.state_dict())
    assert other.temperature == 7.5
    assert torch.equal(conv(picture()), other(picture()))


def test_set_temperature_reaches_every_layer():
    network = torch.nn.Sequential(make()[0], torch.nn.Sequential(make("pointwise")[0]))
    set_temperature(network, 12)
    assert [network[0].temperature, network[1][0].temperature] == [12, 12]


def test_bad_settings_are_named():
    with pytest.raises(UsageError, match="0 kernels"):
        ODConv2d(4, 4, 3, kernels=0)
    with pytest.raises(UsageError, match="temperature of 0"):
        make()[0].temperature = 0
    with pytest.raises(UsageError, match="cannot become"):
        replace_convolutions(torch.nn.Sequential(torch.nn.Conv2d(2, 2, 3, bias=True)), 4)


@pytest.mark.parametrize("groups", [1, 4, 64])
def test_kernels_start_with_the_variance_of_their_fan_out(groups):
    torch.manual_seed(0)
    conv = ODConv2d(64, 64, 3, groups=groups, kernels=8)
    weights = torch.cat([w.detach().ravel() for w in conv.weight])
    assert weights.var().item() == pytest.approx(2 / (64 / groups * 9), rel=0.1)


def test_channels_last_changes_nothing():
    conv, _ = make()
    expected = conv(picture())
    conv = conv.to(memory_format=torch.channels_last)
    y = conv(picture().to(memory_format=torch.channels_last))
    torch.testing.assert_close(y, expected, rtol=1e-5, atol=1e-6)


def dynamic_mobilenet(kernels=4, classes=1000):
    """MobileNetV2 with the stem and the classifier left plain (Li et al. 2022, Table 1)."""
    network = mobilenet_v2(num_classes=classes)
    replace_convolutions(network.features[1:], kernels)
    return network


@pytest.mark.parametrize(("kernels", "published"), [(1, 4_940_185), (4, 11_512_149)])
def test_mobilenet_has_the_published_number_of_parameters(kernels, published):
    with torch.device("meta"):
        network = dynamic_mobilenet(kernels)
    assert sum(p.numel() for p in network.parameters()) == published


def test_mobilenet_classifies_pictures_that_are_not_square():
    torch.manual_seed(0)
    network = dynamic_mobilenet(classes=7).eval()
    with torch.inference_mode():
        assert network(torch.rand(2, 3, 32, 64)).shape == (2, 7)


def test_the_attentions_are_their_formula():
    torch.manual_seed(0)
    attention = ODConv2d(6, 8, 3).double().eval().attention
    mean, x = torch.randn(16).double(), picture().double()
    attention.norm.running_mean.copy_(mean)
    attention.temperature.fill_(2)
    z = x.sum((2, 3)) / (12 * 16) @ attention.squeeze.weight.T
    z = ((z - mean) / math.sqrt(1 + attention.norm.eps)).clamp(min=0)
    for name, gate in attention(x).items():
        e = torch.exp((z @ attention.heads[name].weight.T + attention.heads[name].bias) / 2)
        expected = e / e.sum(1, keepdim=True) if name == "kernel" else e / (1 + e)
        torch.testing.assert_close(gate.flatten(1), expected)


def test_the_attentions_start_with_the_variance_of_their_fan_out():
    torch.manual_seed(0)
    attention = ODConv2d(512, 256, 3).attention
    for layer, fan in [
        (attention.squeeze, 32),
        (attention.heads["channel"], 512),
        (attention.heads["filter"], 256),
    ]:
        assert layer.weight.var().item() == pytest.approx(2 / fan, rel=0.1)
