"""Even histograms of a whole batch: OpenCV's CLAHE, as albumentations calls it."""

import cv2
import numpy as np
import pytest
import torch
from albumentations.augmentations.pixel.functional import clahe

from geoviz_ml.prepare.batch_clahe import Clahe, equalise

LIMITS = [1, 1.7, 3.2, 4]


def drawn(height, width):
    """Noise, and three smoother pictures, which fill few levels."""
    pictures = np.random.default_rng(0).random((4, height, width)).astype(np.float32)
    for sigma in (1, 2, 3):
        pictures[sigma] = cv2.GaussianBlur(pictures[sigma], (0, 0), sigma)
    return pictures


@pytest.mark.parametrize("size", [(64, 96), (61, 83), (72, 75), (75, 72), (128, 128)])
def test_it_is_opencvs_but_for_ties_of_rounding(size):
    pictures = drawn(*size)
    ours = equalise(torch.from_numpy(pictures)[:, None], torch.tensor(LIMITS))[:, 0].numpy()
    reference = np.stack([
        clahe(p[..., None], limit, (8, 8))[..., 0]
        for p, limit in zip(pictures, LIMITS, strict=True)
    ])  # fmt: skip
    off = np.abs(ours - reference) * 255
    assert off.max() < 1.01  # one level of 256, where the mean of the maps lies between two
    assert (off > 0.01).mean() < 0.005
    assert np.abs(ours - pictures).mean() > 10 / 255


def test_levels_are_whole():
    ours = equalise(torch.from_numpy(drawn(64, 64))[:, None], torch.tensor(LIMITS)) * 255
    torch.testing.assert_close(ours, ours.round(), atol=1e-4, rtol=0)


def test_drawn_limits():
    limits = Clahe().draw(1000, (64, 64), torch.Generator().manual_seed(0))
    assert 1 <= limits.min() < 1.05
    assert 3.95 < limits.max() <= 4


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_a_flat_picture_is_opencvs(value):
    flat = np.full((64, 64), value, np.float32)
    ours = equalise(torch.from_numpy(flat)[None, None], torch.tensor([4.0]))[0, 0]
    np.testing.assert_array_equal(ours, clahe(flat[..., None], 4.0, (8, 8))[..., 0])
