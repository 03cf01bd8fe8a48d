"""NT-Xent against its formula in float64, lightly's loss, and what must hold for any embedding."""

import math

import numpy as np
import pytest
import torch

from geoviz_ml.errors import UsageError
from geoviz_ml.learn.losses import NTXent


def views(batch=8, size=16, seed=0):
    generator = torch.Generator().manual_seed(seed)
    z1 = torch.randn(batch, size, generator=generator)
    return z1, z1 + 0.5 * torch.randn(batch, size, generator=generator)


def formula(z1, z2, temperature):
    """Equations 2 and 3 of the aurora paper, a pair at a time, in float64."""
    z = np.concatenate([z1.numpy(), z2.numpy()]).astype(np.float64)
    z /= np.linalg.norm(z, axis=1, keepdims=True)
    n, total = len(z1), 0.0
    for i in range(2 * n):
        others = [math.exp(z[i] @ z[k] / temperature) for k in range(2 * n) if k != i]
        total -= math.log(math.exp(z[i] @ z[(i + n) % (2 * n)] / temperature) / sum(others))
    return total / (2 * n)


@pytest.mark.parametrize("temperature", [0.07, 0.5, 2.0])
def test_equals_the_published_formula(temperature):
    z1, z2 = views()
    expected = formula(z1, z2, temperature)
    assert NTXent(temperature)(z1, z2).item() == pytest.approx(expected, rel=1e-5)


def test_equals_lightly():
    loss = pytest.importorskip("lightly.loss", reason="lightly is not installed")
    z1, z2 = views(32, 128)
    assert NTXent()(z1, z2).item() == pytest.approx(loss.NTXentLoss()(z1, z2).item(), rel=1e-5)


@pytest.mark.parametrize("batch", [2, 7, 128])
def test_views_that_all_look_alike_give_ln_2b_minus_1(batch):
    z = torch.ones(batch, 16)
    assert NTXent()(z, z).item() == pytest.approx(math.log(2 * batch - 1), rel=1e-6)


def test_symmetric_and_blind_to_length_and_order():
    z1, z2 = views()
    loss, expected = NTXent(), NTXent()(z1, z2)
    order = torch.randperm(len(z1), generator=torch.Generator().manual_seed(1))
    for other in [(z2, z1), (3 * z1, 0.01 * z2), (z1[order], z2[order])]:
        torch.testing.assert_close(loss(*other), expected, rtol=1e-5, atol=0)


def test_partners_that_agree_cost_less_than_strangers():
    z1, z2 = views(32)
    assert NTXent()(z1, z1) < NTXent()(z1, z2) < NTXent()(z1, z2.roll(1, 0))


def test_gradient_is_right():
    z1, z2 = (z.double().requires_grad_() for z in views(4, 3))
    loss = NTXent()
    loss(z1, z2).backward()
    step = torch.zeros_like(z1)
    step[1, 2] = 1e-2
    with torch.no_grad():
        slope = (loss(z1 + step, z2) - loss(z1 - step, z2)) / 2e-2
    assert z1.grad[1, 2].item() == pytest.approx(slope.item(), rel=1e-2)


@pytest.mark.parametrize("kind", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("scale", [0, 1e-4, 1, 1e3])
def test_mixed_precision_keeps_loss_and_gradient_finite(kind, scale):
    layer = torch.nn.Linear(16, 16, bias=False)
    z1, z2 = views()
    with torch.autocast("cpu", kind):
        outputs = layer(scale * z1), layer(scale * z2)
        assert outputs[0].dtype == kind
        loss = NTXent()(*outputs)
    assert loss.dtype == torch.float32
    loss.backward()
    assert torch.isfinite(loss)
    assert torch.isfinite(layer.weight.grad).all()


def test_computes_in_float32_within_mixed_precision():
    z1, z2 = views()
    with torch.autocast("cpu", torch.bfloat16):
        inside = NTXent(0.07)(z1, z2)
    assert inside.item() == pytest.approx(formula(z1, z2, 0.07), rel=1e-5)


def test_what_cannot_be_compared_is_refused():
    z1, z2 = views()
    for pair in [(z1[:1], z2[:1]), (z1, z2[:-1]), (z1[0], z2[0])]:
        with pytest.raises(UsageError, match="cannot be compared"):
            NTXent()(*pair)
    with pytest.raises(UsageError, match="temperature"):
        NTXent(0)
