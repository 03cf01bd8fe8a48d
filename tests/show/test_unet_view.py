"""What is drawn of a U-net is what is in it."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from geoviz_ml.errors import UsageError
from geoviz_ml.models import UNet
from geoviz_ml.show.unet_view import gradient_field, plot_field, plot_maps, plot_unet, unet_maps

PICTURE = np.random.default_rng(0).random((32, 48)).astype(np.float32)


@pytest.fixture
def network():
    torch.manual_seed(0)
    return UNet(base=4, norm=True, head=4).train()


def test_maps_are_those_of_the_levels_and_the_last_is_the_answer(network):
    maps = unet_maps(network, PICTURE)
    assert network.training
    shapes = [maps[name].shape for name in ("down 1", "down 5", "up 4", "up 1")]
    assert shapes == [(4, 32, 48), (64, 2, 3), (32, 4, 6), (4, 32, 48)]
    with torch.no_grad():
        answer = network.eval()(torch.from_numpy(PICTURE)[None, None])[0]
    np.testing.assert_allclose(maps["answer"], answer, atol=1e-6)


def test_the_field_is_the_slope_of_the_answer(network):
    field = gradient_field(network, PICTURE, 10, 20)
    network.eval()
    step = 1e-3
    moved = PICTURE.copy()
    moved[10, 20] += step
    with torch.no_grad():
        ends = [network(torch.from_numpy(p)[None, None])[0, 0, 10, 20] for p in (PICTURE, moved)]
    assert field[10, 20] == pytest.approx(abs(float(ends[1] - ends[0])) / step, rel=0.05)


def test_a_picture_that_does_not_fit_leaves_the_network_as_it_was(network):
    network.down[1].eval()  # a layer that is fixed
    before = [layer.training for layer in network.modules()]
    for ask in (unet_maps, lambda *given: gradient_field(*given, 10, 20)):
        with pytest.raises(UsageError, match="cannot be halved four times"):
            ask(network, PICTURE[:20])
        assert [layer.training for layer in network.modules()] == before
        assert not any(layer._forward_hooks for layer in network.modules())


def test_they_are_drawn(network):
    maps = unet_maps(network, PICTURE)
    fig, ax = plt.subplots()
    plot_unet(ax, {name: one.shape for name, one in maps.items()})
    assert "64 × 2 × 3" in {text.get_text() for text in ax.texts}
    plt.close(fig)
    fig = plot_maps([maps["down 1"], maps["down 5"]], columns=3)
    assert len(fig.axes) == 6
    plt.close(fig)


def test_the_box_of_the_field_holds_its_share():
    field = np.zeros((32, 48))
    field[16, 24] = 1
    fig, ax = plt.subplots()
    hours, hertz = plot_field(ax, field, (18, 30, 0, 8))
    plt.close(fig)
    assert (hours, hertz) == pytest.approx((12 / 48, 8 / 32))
