"""Kernels of a whole batch: what albumentations makes of the same parameters."""

import albumentations as A
import numpy as np
import pytest
import torch
from albumentations.augmentations.blur.functional import create_motion_kernel
from albumentations.augmentations.pixel.functional import convolve as one_convolved

from geoviz_ml.prepare.batch_kernels import (
    Blur,
    MotionBlur,
    Sharpen,
    boxes,
    convolve,
    lines,
    sharpening,
)

PICTURES = np.random.default_rng(0).random((6, 40, 53)).astype(np.float32)


def convolved(kernels):
    return convolve(torch.from_numpy(PICTURES)[:, None], kernels)[:, 0].numpy()


def singly(transforms):
    changed = [t(image=p[..., None])["image"] for t, p in zip(transforms, PICTURES, strict=True)]
    return np.stack(changed)[..., 0]


def test_sharpen():
    part, lightness = np.linspace(0.2, 0.5, 6), np.linspace(1, 0.5, 6)
    expected = singly(
        [A.Sharpen((a, a), (b, b), p=1) for a, b in zip(part, lightness, strict=True)]
    )
    kernels = sharpening(*(torch.from_numpy(v).float() for v in (part, lightness)))
    np.testing.assert_allclose(convolved(kernels), expected, atol=2e-6)


def test_blur():
    sides = [3, 5, 7, 7, 5, 3]
    expected = singly([A.Blur((k, k), p=1) for k in sides])
    np.testing.assert_allclose(convolved(boxes(torch.tensor(sides))), expected, atol=2e-6)


class Given:
    """Random numbers that are not."""

    def __init__(self, values):
        self.values = iter(values)

    def uniform(self, low, high):
        return next(self.values)


def test_lines_are_albumentations_in_every_direction():
    rng = np.random.default_rng(0)
    n = 400
    sides, angles = rng.choice([3, 5, 7], n), rng.uniform(0, 360, n)
    bias, shift = rng.uniform(-1, 1, n), rng.uniform(-1, 1, (2, n))
    bias[:20] = 0
    ours = lines(*(torch.from_numpy(v) for v in (sides, angles, bias, shift)))
    for i, side in enumerate(sides):
        made = create_motion_kernel(side, angles[i], bias[i], True, Given(shift[:, i]))
        edge = (7 - side) // 2
        np.testing.assert_allclose(ours[i], np.pad(made / made.sum(), edge), atol=1e-7)


def test_each_picture_is_seen_through_its_own_kernel():
    kernels = torch.rand(6, 5, 5, generator=torch.Generator().manual_seed(0)) / 20 - 0.01
    for picture, kernel, ours in zip(PICTURES, kernels, convolved(kernels), strict=True):
        expected = one_convolved(picture[..., None], kernel.numpy())[..., 0]
        np.testing.assert_allclose(ours, expected, atol=2e-6)


@pytest.mark.parametrize("change", [Sharpen(), Blur(), MotionBlur()])
def test_the_still_kernel_leaves_every_bit(change):
    still = change.still.expand(6, *change.still.shape)
    np.testing.assert_array_equal(convolved(still), PICTURES)


@pytest.mark.parametrize("change", [Blur(), MotionBlur()])
def test_drawn_blurs_keep_the_mean_and_have_all_three_sides(change):
    kernels = change.draw(300, (40, 53), torch.Generator().manual_seed(0))
    assert kernels.shape == (300, 7, 7)
    torch.testing.assert_close(kernels.sum((1, 2)), torch.ones(300))
    assert (kernels >= 0).all()
    inner = torch.nn.functional.pad(torch.ones(5, 5), [1] * 4)
    outside = (kernels * (1 - inner)).sum((1, 2)) > 0
    assert 0.15 < outside.double().mean() < 0.45


def test_drawn_sharpening_keeps_to_its_limits():
    kernels = Sharpen().draw(1000, (40, 53), torch.Generator().manual_seed(0))
    part = -kernels[:, 0, 0]
    lightness = (kernels[:, 1, 1] - (1 - part)) / part - 8
    for values, low, high in ((part, 0.2, 0.5), (lightness, 0.5, 1)):
        assert low - 1e-5 < values.min() < low + 0.01
        assert high - 0.01 < values.max() < high + 1e-5
