"""The raster scan against one patch at a time."""

import numpy as np
import pytest
import torch
from torch import nn

from geoviz_ml.errors import UsageError
from geoviz_ml.infer import raster_scan
from geoviz_ml.infer.dense import NoDenseFormError, dense_form
from geoviz_ml.models import PatchNet, PatchResNet
from geoviz_ml.settings import set_seed

SMALL = (19, 33)


def picture(shape=SMALL, seed=0):
    return np.random.default_rng(seed).uniform(0, 1, shape).astype(np.float32)


def one_at_a_time(model, image, patch=32):
    """The definition: cut out the patch of every pixel, ask, write down the answer."""
    model.eval()
    height, width = image.shape
    wide = np.zeros((height + patch, width + patch), np.float32)
    wide[patch // 2 : patch // 2 + height, patch // 2 : patch // 2 + width] = image
    scores = np.zeros(image.shape, np.float32)
    with torch.inference_mode():
        for i in range(height):
            for j in range(width):
                cut = torch.from_numpy(wide[i : i + patch, j : j + patch].copy())
                scores[i, j] = model(cut[None, None]).item()
    return scores


def lively(model):
    """Batch norms that do something, and answers of the order of 1."""
    for layer in model.modules():
        if isinstance(layer, nn.BatchNorm2d):
            nn.init.uniform_(layer.running_mean, -0.5, 0.5)
            nn.init.uniform_(layer.running_var, 0.5, 2)
            nn.init.uniform_(layer.weight, 0.5, 1.5)
            nn.init.uniform_(layer.bias, -0.5, 0.5)
    return model


def make(kind, width=4):
    set_seed(0)
    return lively(kind(width))


@pytest.mark.parametrize("kind", [PatchNet, PatchResNet])
def test_scan_is_one_patch_at_a_time(kind):
    model, image = make(kind), picture()
    expected = one_at_a_time(model, image)
    assert np.ptp(expected) > 0.05
    np.testing.assert_allclose(raster_scan(model, image), expected, atol=1e-5)


CHAINS = {
    "strides": [
        nn.Conv2d(1, 3, 3, stride=2),
        nn.ReLU(),
        nn.Conv2d(3, 4, 2, stride=3, dilation=2),
        nn.Tanh(),
        nn.Flatten(),
        nn.Linear(4 * 3 * 3, 5),
        nn.ELU(),
        nn.Linear(5, 1),
    ],
    "poolings": [
        nn.Conv2d(1, 4, 4),
        nn.AvgPool2d(3, stride=2),
        nn.Sequential(nn.Conv2d(4, 4, 2, groups=2), nn.GELU()),
        nn.MaxPool2d(2, stride=1),
        nn.AdaptiveAvgPool2d(1),
        nn.Flatten(),
        nn.Dropout(),
        nn.Linear(4, 1),
    ],
    "no linear layer": [nn.MaxPool2d(3), nn.Conv2d(1, 1, 7, padding="valid"), nn.Flatten()],
}


@pytest.mark.parametrize("name", CHAINS)
def test_dense_form_is_one_patch_at_a_time(name):
    patch = {"strides": 20, "poolings": 15, "no linear layer": 22}[name]
    set_seed(0)
    model, image = nn.Sequential(*CHAINS[name]).eval(), picture((25, 31))
    wide = np.pad(image, (patch // 2, patch - patch // 2 - 1))
    with torch.inference_mode():
        dense = dense_form(model, patch)(torch.from_numpy(wide)[None, None])
    assert dense.shape == (1, 1, 25, 31)
    expected = one_at_a_time(model, image, patch)
    np.testing.assert_allclose(dense[0, 0], expected, atol=1e-5)
    np.testing.assert_allclose(raster_scan(model, image, patch), expected, atol=1e-5)


def test_dense_form_is_a_copy_and_leaves_the_network_alone():
    model = make(PatchNet).train()
    dense = dense_form(model, 32)
    assert all(layer.training for layer in model.modules())
    x = torch.from_numpy(picture((40, 40)))[None, None]
    before = dense(x)
    nn.init.zeros_(model[0].weight)
    assert torch.equal(dense(x), before)


@pytest.mark.parametrize(
    ("model", "why"),
    [
        (nn.Sequential(nn.Conv2d(1, 1, 3, padding=1), nn.Flatten(), nn.Linear(9, 1)), "pads"),
        (nn.Sequential(nn.MaxPool2d(2, ceil_mode=True), nn.Flatten(), nn.Linear(4, 1)), "pads"),
        (nn.Sequential(nn.Conv2d(1, 1, (3, 1)), nn.Flatten(), nn.Linear(3, 1)), "square"),
        (nn.Sequential(nn.GroupNorm(1, 1), nn.Flatten(), nn.Linear(9, 1)), "GroupNorm"),
        (nn.Sequential(nn.Conv2d(1, 1, 4)), "too small"),
        (nn.Sequential(nn.Conv2d(1, 2, 3), nn.Flatten()), "2x1x1"),
        (nn.Sequential(nn.Conv2d(1, 1, 2), nn.Linear(2, 1)), "all that is left"),
        (nn.Sequential(nn.BatchNorm2d(1, track_running_stats=False)), "BatchNorm2d"),
        (PatchResNet(4), "pads"),
    ],
)
def test_networks_without_an_equal_dense_form_are_refused(model, why):
    with pytest.raises(NoDenseFormError, match=why):
        dense_form(model, 3)


class Standardised(nn.Conv2d):
    """Its weights have mean 0 and deviation 1 wherever it is used."""

    def forward(self, x):
        weight = (self.weight - self.weight.mean()) / self.weight.std()
        return nn.functional.conv2d(x, weight, self.bias)


def doubled(layer):
    layer.register_forward_hook(lambda layer, x, answer: 2 * answer)
    return layer


def stretched(layer):
    layer.register_forward_pre_hook(lambda layer, x: (2 * x[0],))
    return layer


def of_its_own(layer):
    layer.forward = lambda x: x.square()
    return layer


MORE = {
    "a derived convolution": lambda: Standardised(1, 2, 3),
    "a hook": lambda: doubled(nn.Conv2d(1, 2, 3)),
    "a hook before": lambda: stretched(nn.Conv2d(1, 2, 3)),
    "spectral norm": lambda: nn.utils.spectral_norm(nn.Conv2d(1, 2, 3)),
    "an object's own": lambda: nn.Sequential(nn.Conv2d(1, 2, 3), of_its_own(nn.ReLU())),
    "a hook of the chain": lambda: doubled(nn.Sequential(nn.Conv2d(1, 2, 3), nn.ReLU())),
}


@pytest.mark.parametrize("name", MORE)
def test_a_layer_that_computes_more_than_its_class_is_asked_patch_by_patch(name):
    set_seed(0)
    model, image = nn.Sequential(MORE[name](), nn.Flatten(), nn.Linear(72, 1)).eval(), picture()
    with pytest.raises(NoDenseFormError, match="computes more"):
        dense_form(model, 8)
    expected = one_at_a_time(model, image, 8)
    np.testing.assert_allclose(raster_scan(model, image, 8), expected, atol=1e-5)


def test_a_parametrised_layer_has_a_dense_form():
    set_seed(0)
    layer = nn.utils.parametrizations.weight_norm(nn.Conv2d(1, 2, 3))
    nn.init.constant_(layer.parametrizations.weight.original0, 3)
    model, image = nn.Sequential(layer, nn.Flatten(), nn.Linear(72, 1)).eval(), picture()
    dense_form(model, 8)
    expected = one_at_a_time(model, image, 8)
    np.testing.assert_allclose(raster_scan(model, image, 8), expected, atol=1e-5)


@pytest.mark.parametrize("kind", [PatchNet, PatchResNet])
def test_batches_do_not_change_the_answer(kind):
    model, image = make(kind), picture((9, 300))
    expected = raster_scan(model, image)
    np.testing.assert_allclose(raster_scan(model, image, batch_size=7), expected, atol=1e-5)


@pytest.mark.parametrize("step", [3, 4, 100])
def test_a_step_keeps_its_grid_and_interpolates_between(step):
    model, image = make(PatchResNet), picture()
    whole, quick = raster_scan(model, image), raster_scan(model, image, step=step)
    rows, columns = ([*range(0, n, step), n - 1] for n in SMALL)
    at = np.ix_(rows, columns)
    np.testing.assert_allclose(quick[at], whole[at], atol=1e-5)
    assert quick.shape == whole.shape
    if step == 4:  # halfway between four places of the grid
        mean = quick[np.ix_([8, 12], [16, 20])].mean()
        assert quick[10, 18] == pytest.approx(mean, abs=1e-5)


@pytest.mark.parametrize("kind", [PatchNet, PatchResNet])
@pytest.mark.parametrize("step", [1, 3])
def test_where_no_score_is_needed_there_is_none_and_elsewhere_it_is_the_same(kind, step):
    model, image, where = make(kind), picture(), np.zeros(SMALL, bool)
    where[4:9, 7:16] = where[-1, -2] = True
    whole, some = (
        raster_scan(model, image, step=step),
        raster_scan(model, image, step=step, where=where),
    )
    np.testing.assert_allclose(some[where], whole[where], atol=1e-5)
    assert np.isnan(some[~where]).all()
    assert np.isnan(raster_scan(model, image, where=where & False)).all()


def test_only_patches_that_are_needed_are_looked_at():
    class Counting(nn.Module):
        seen = 0

        def forward(self, x):
            Counting.seen += len(x)
            return x.mean((1, 2, 3))

    where = np.zeros((64, 48), bool)
    where[:, :9] = True
    raster_scan(Counting(), picture((64, 48)), patch=8, step=4, where=where)
    assert Counting.seen == (64 // 4 + 1) * 3


def test_memory_is_that_of_one_batch():
    class Counting(nn.Module):
        most = 0

        def forward(self, x):
            Counting.most = max(Counting.most, len(x))
            return x.mean((1, 2, 3))

    scores = raster_scan(Counting(), picture((70, 50)), patch=8, batch_size=64)
    assert Counting.most == 64
    assert scores.shape == (70, 50)


def test_a_dense_network_is_given_strips_of_bounded_height():
    tall = picture((300, 20))
    model = make(PatchNet)
    seen = []
    hook = nn.modules.module.register_module_forward_hook(
        lambda module, args, out: (
            seen.append(args[0].numel())
            if isinstance(module, nn.Conv2d) and module.in_channels == 1
            else None
        )
    )
    try:
        strips = raster_scan(model, tall, batch_size=4)
    finally:
        hook.remove()
    assert len(seen) > 3
    assert max(seen) <= 4 * 32 * 32
    np.testing.assert_allclose(strips, raster_scan(model, tall, batch_size=4000), atol=1e-5)


def test_a_constant_picture_has_one_score_away_from_its_edges():
    for kind in (PatchNet, PatchResNet):
        scores = raster_scan(make(kind), np.full((70, 40), 0.5, np.float32))
        inside = scores[16:-15, 16:-15]
        np.testing.assert_allclose(inside, inside[0, 0], atol=1e-5)
        assert np.isfinite(scores).all()


def test_bytes_are_floats_times_255():
    image = (picture() * 255).round().astype(np.uint8)
    model = make(PatchNet)
    floats = image.astype(np.float32) / 255
    np.testing.assert_allclose(raster_scan(model, image), raster_scan(model, floats), atol=1e-6)


def test_the_network_is_left_in_its_mode():
    model = make(PatchResNet).train()
    before = {k: v.clone() for k, v in model.state_dict().items()}
    raster_scan(model, picture((4, 4)))
    assert model.training
    assert all(torch.equal(before[k], v) for k, v in model.state_dict().items())


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA GPU")
@pytest.mark.parametrize("kind", [PatchNet, PatchResNet])
def test_gpu_and_cpu_agree(kind):
    model = make(kind)
    expected = raster_scan(model, picture())
    with torch.backends.cudnn.flags(allow_tf32=False):
        np.testing.assert_allclose(raster_scan(model.cuda(), picture()), expected, atol=1e-4)


def test_bad_input_is_named():
    model, image = make(PatchNet), picture()
    with pytest.raises(UsageError, match=r"\(H, W\)"):
        raster_scan(model, image[None])
    with pytest.raises(UsageError, match=r"\(H, W\)"):
        raster_scan(model, image[:0])
    with pytest.raises(UsageError, match="NaN"):
        raster_scan(model, image * np.nan)
    with pytest.raises(UsageError, match="uint16"):
        raster_scan(model, (image * 60000).astype(np.uint16))
    with pytest.raises(UsageError, match="at least 1"):
        raster_scan(model, image, step=0)
    for where in (np.ones((3, 4), bool), np.ones(image.shape)):
        with pytest.raises(UsageError, match="where must be bool"):
            raster_scan(model, image, where=where)
    with pytest.raises(UsageError, match=r"with \(256, 2\)"):
        raster_scan(nn.Sequential(nn.Flatten(), nn.Linear(64, 2)), image, patch=8)
    for patch in (16, 40):
        with pytest.raises(UsageError, match=rf"cannot take a batch \(256, 1, {patch}, {patch}\)"):
            raster_scan(model, image, patch=patch)
    for other in (PatchNet(2, in_channels=3), PatchNet(2).double()):
        with pytest.raises(UsageError, match="cannot take a batch"):
            raster_scan(other, image)
