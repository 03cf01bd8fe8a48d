"""DetectNet and GoogLeNet: shapes, strides, sizes, and torchvision's as the reference."""

import pytest
import torch
import torchvision

from geoviz_ml.errors import UsageError
from geoviz_ml.models import DetectNet, GoogLeNet, small_faster_rcnn
from geoviz_ml.models.googlenet import googlenet_trunk


@pytest.mark.parametrize(("stride", "cells"), [(8, (8, 12)), (16, (4, 6))])
def test_detectnet_answers_for_each_cell(stride, cells):
    out = DetectNet(stride=stride, width=0.125).eval()(torch.rand(2, 1, 64, 96))
    assert out.shape == (2, 5, *cells)


def test_trunk_of_full_width_is_torchvisions_googlenet():
    """Same state, same answer: so pretrained weights load."""
    theirs = torchvision.models.GoogLeNet(aux_logits=False, init_weights=False).eval()
    ours = GoogLeNet(3, 1000).eval()
    missing, unexpected = ours.trunk.load_state_dict(theirs.state_dict(), strict=False)
    assert missing == []
    assert set(unexpected) == {"fc.weight", "fc.bias"}
    ours.fc.load_state_dict(theirs.fc.state_dict())
    x = torch.rand(1, 3, 64, 64)
    with torch.inference_mode():
        assert torch.allclose(ours(x), theirs(x), atol=1e-5)


def test_detectnet_of_full_width_has_the_published_1024_channels():
    model = DetectNet()
    assert model.coverage.in_channels == model.corners.in_channels == 1024


def test_width_scales_the_channels():
    assert googlenet_trunk(width=0.5).channels == 512
    count = [sum(p.numel() for p in DetectNet(width=w).parameters()) for w in (0.25, 0.5)]
    assert 3 < count[1] / count[0] < 5


def test_a_cell_does_not_see_the_other_end_of_the_picture():
    model = DetectNet(width=0.125).eval()
    x = torch.rand(1, 1, 64, 512)
    y = x.clone()
    y[..., 400:] = 0
    with torch.inference_mode():
        change = (model(x) - model(y)).abs().amax(dim=(0, 1, 2))
    assert change[-1] > 0
    assert change[:20].max() < 1e-6


def test_the_peer_has_the_size_and_losses_it_says():
    model = small_faster_rcnn()
    assert sum(p.numel() for p in model.parameters()) == pytest.approx(1.7e6, rel=0.05)
    targets = [
        {"boxes": torch.tensor([[8.0, 8, 40, 30]]), "labels": torch.ones(1, dtype=torch.int64)},
        {"boxes": torch.zeros(0, 4), "labels": torch.ones(0, dtype=torch.int64)},
    ]
    losses = model(torch.rand(2, 1, 64, 64), targets)
    assert len(losses) == 4
    assert all(torch.isfinite(value) for value in losses.values())


def test_what_has_no_whole_grid_is_refused():
    with pytest.raises(UsageError, match="divisible by 8"):
        DetectNet(width=0.125)(torch.rand(1, 1, 60, 64))
    with pytest.raises(UsageError, match="stride 4"):
        DetectNet(stride=4)
