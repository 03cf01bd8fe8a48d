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


@pytest.mark.parametrize(("stride", "without"), [(8, ["maxpool1", "maxpool4"]), (16, ["maxpool4"])])
def test_detectnet_is_torchvisions_trunk_less_poolings_then_coverage_and_corners(stride, without):
    torch.manual_seed(0)
    ours = DetectNet(3, stride=stride).eval()
    theirs = torchvision.models.GoogLeNet(aux_logits=False, init_weights=False).eval()
    theirs.load_state_dict(ours.trunk.state_dict(), strict=False)
    for name in [*without, "avgpool", "dropout", "fc"]:
        setattr(theirs, name, torch.nn.Identity())
    x = torch.rand(1, 3, 64, 96)
    with torch.inference_mode():
        seen = theirs(x - 0.5).view(1, 1024, 64 // stride, 96 // stride)
        heads = torch.cat([ours.coverage.weight, ours.corners.weight])
        expected = torch.einsum("oc,bchw->bohw", heads[:, :, 0, 0], seen)
        torch.testing.assert_close(ours(x), expected, rtol=1e-4, atol=1e-5)


def test_detectnet_starts_as_xavier_uniform_and_drops_two_fifths():
    torch.manual_seed(0)
    model = DetectNet()
    for head in (model.coverage, model.corners):
        limit = (6 / (1024 + head.out_channels)) ** 0.5
        assert 0.95 * limit < head.weight.abs().max() <= limit
        assert not head.bias.any()
    weight = model.trunk.conv3.conv.weight  # 64 to 192 channels, 3 x 3
    assert weight.abs().max().item() == pytest.approx((6 / (9 * (64 + 192))) ** 0.5, rel=1e-3)
    assert model.dropout.p == GoogLeNet(width=0.125).dropout.p == 0.4


def test_channels_are_rounded_to_the_nearest_eight():
    trunk = googlenet_trunk(width=0.1)
    assert trunk.conv3.conv.out_channels == 16  # of 19.2
    assert trunk.inception4a.branch2[1].conv.out_channels == 24  # of 20.8
    assert trunk.inception4a.branch3[0].conv.out_channels == 8  # of 1.6


def test_anchors_of_the_peer_have_the_areas_and_shapes_they_are_named_for():
    grid = small_faster_rcnn().rpn.anchor_generator.cell_anchors
    for anchors, sides in zip(grid, [(16, 24, 36), (50, 66, 90)], strict=True):
        width, height = (anchors[:, 2:] - anchors[:, :2]).T
        area = torch.tensor(sides).square().repeat(3)
        shape = torch.tensor([0.5, 0.75, 1]).repeat_interleave(3)
        torch.testing.assert_close(width * height, area.float(), rtol=0.1, atol=0)
        torch.testing.assert_close(height / width, shape, rtol=0.1, atol=0)


def test_the_peer_sees_pictures_in_their_own_size_from_minus_2_to_2():
    x = torch.rand(1, 32, 48)
    seen, _ = small_faster_rcnn().transform([x])
    torch.testing.assert_close(seen.tensors[0], 4 * x - 2)


def test_small_boxes_of_the_peer_are_read_from_the_fine_map_and_large_from_the_coarse():
    model = small_faster_rcnn().eval()
    maps = model.backbone(torch.rand(1, 1, 128, 128))
    assert [(name, *y.shape[1:]) for name, y in maps.items()] == [
        ("8", 64, 16, 16),
        ("16", 64, 8, 8),
    ]
    boxes = torch.tensor([[10.0, 10, 60, 50], [8, 20, 88, 110]])
    found = model.roi_heads.box_roi_pool(maps, [boxes], [(128, 128)])
    for box, y, (name, map_) in zip(boxes, found, maps.items(), strict=True):
        expected = torchvision.ops.roi_align(map_, [box[None]], 7, 1 / int(name), 2)[0]
        torch.testing.assert_close(y, expected)
