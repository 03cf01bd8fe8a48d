"""ResNet18 against torchvision's own, the head against the paper's formula."""

import pytest
import torch
from torchvision.models import resnet18

from geoviz_ml.models import ProjectionHead, ResNet18, SimCLR


def test_equals_torchvisions_network_with_the_same_weights():
    torch.manual_seed(0)
    ours, theirs = ResNet18(in_channels=3).eval(), resnet18(weights=None).eval()
    theirs.fc = torch.nn.Identity()
    ours.load_state_dict(dict(zip(ours.state_dict(), theirs.state_dict().values(), strict=True)))
    x = torch.randn(2, 3, 64, 64)
    torch.testing.assert_close(ours(x), theirs(x))


def test_weights_are_drawn_as_torchvision_draws_them():
    torch.manual_seed(0)
    ours = ResNet18(in_channels=3)
    theirs = resnet18(weights=None)
    for mine, other in zip(ours.parameters(), list(theirs.parameters())[:-2], strict=True):
        assert mine.std(unbiased=False).item() == pytest.approx(
            other.std(unbiased=False).item(), rel=0.05, abs=1e-6
        )


def test_sizes_are_the_published_ones():
    count = sum(p.numel() for p in ResNet18().parameters())
    # 11.69 million of torchvision, less its last layer and two of three colours
    assert count == 11_689_512 - (512 * 1000 + 1000) - 2 * 64 * 49
    narrow = ResNet18(width=16)
    assert sum(p.numel() for p in narrow.parameters()) < count / 15
    assert narrow(torch.zeros(2, 1, 64, 64)).shape == (2, narrow.out_features) == (2, 128)


def test_head_is_the_papers_formula_without_biases():
    torch.manual_seed(0)
    head = ProjectionHead(6, 5, 4)
    w1, w2 = head.parameters()
    assert (w1.shape, w2.shape) == ((5, 6), (4, 5))
    h = torch.randn(3, 6)
    torch.testing.assert_close(head(h), (w2 @ (w1 @ h.T).clamp(min=0)).T)


def test_simclr_is_encoder_then_head():
    torch.manual_seed(0)
    model = SimCLR(ResNet18(width=8), out=10).eval()
    x = torch.randn(2, 1, 32, 32)
    assert model(x).shape == (2, 10)
    torch.testing.assert_close(model(x), model.head(model.encoder(x)))


def test_the_heads_middle_is_as_long_as_the_features_and_its_answer_128():
    head = SimCLR(ResNet18(width=8)).head
    assert [(layer.in_features, layer.out_features) for layer in (head[0], head[2])] == [
        (64, 64),
        (64, 128),
    ]
