"""Stars, a saturated moon, empty and odd-shaped pictures through the scan and the CRF."""

import numpy as np
import pytest
from torch import nn

from geoviz_ml.infer import raster_scan, refine_crf
from geoviz_ml.models import PatchNet, PatchResNet
from geoviz_ml.settings import set_seed

from .test_crf import backends
from .test_raster import lively, one_at_a_time

SHAPE = (96, 128)


def dark_sky(seed=0):
    return 40 + 6 * np.random.default_rng(seed).normal(size=SHAPE)


def as_bytes(light):
    return light.clip(0, 255).astype(np.uint8)


def stars(n=60, seed=0):
    """A sky of stars that fall on two by two pixels each."""
    rng, light = np.random.default_rng(seed), dark_sky()
    y, x = rng.integers(0, SHAPE[0] - 1, n), rng.integers(0, SHAPE[1] - 1, n)
    magnitude = rng.uniform(20, 215, n)
    for down, right, share in ((0, 0, 1), (0, 1, 0.4), (1, 0, 0.4), (1, 1, 0.4)):
        light[y + down, x + right] += share * magnitude
    return as_bytes(light)


def moon_and_arc():
    """A moon that saturates the chip, and below it an arc; masks of both."""
    y, x = np.indices(SHAPE)
    light = dark_sky() + 400 * np.exp(-(((y - 40) ** 2 + (x - 60) ** 2) / 25**2))
    moon, arc = light >= 255, np.abs(y - 75) < 5
    return as_bytes(np.where(arc & ~moon, np.maximum(light, 120), light)), moon, arc


@backends
def test_a_sky_of_stars_without_an_arc_stays_empty(backend):
    assert not (refine_crf(stars(), np.zeros(SHAPE, bool), backend) >= 0.5).any()


@backends
def test_stars_taken_for_arcs_do_not_grow_together(backend):
    image = stars()
    found = image > 70
    refined = refine_crf(image, found, backend) >= 0.5
    assert found.any()
    assert refined.sum() <= found.sum()


@backends
def test_an_arc_below_a_saturated_moon_is_kept_and_the_moon_left_alone(backend):
    image, moon, arc = moon_and_arc()
    assert (image[moon] == 255).all()
    refined = refine_crf(image, arc, backend) >= 0.5
    assert refined[arc].mean() > 0.95
    assert not refined[moon].any()
    assert not (refine_crf(image, np.zeros(SHAPE, bool), backend) >= 0.5).any()


@backends
@pytest.mark.parametrize("level", [0, 255])
def test_a_black_or_white_picture_takes_the_label_of_the_most(backend, level):
    image = np.full(SHAPE, level, np.uint8)
    prob = np.random.default_rng(0).uniform(0, 0.4, SHAPE)
    assert (refine_crf(image, prob, backend) < 0.5).all()
    assert (refine_crf(image, 1 - prob, backend) > 0.5).all()


@backends
@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (40, 1), (9, 200)])
def test_a_strip_of_pixels_is_a_picture(backend, shape):
    rng = np.random.default_rng(0)
    refined = refine_crf(rng.uniform(0, 1, shape), rng.uniform(0, 1, shape), backend)
    assert refined.shape == shape
    assert ((refined >= 0) & (refined <= 1)).all()


@pytest.mark.parametrize("kind", [PatchNet, PatchResNet])
@pytest.mark.parametrize("shape", [(9, 21), (21, 9), (3, 5), (1, 1)])
def test_scan_of_a_picture_that_is_not_square_or_smaller_than_a_patch(kind, shape):
    set_seed(0)
    model = lively(kind(4))
    image = np.random.default_rng(0).random(shape).astype(np.float32)
    scores = raster_scan(model, image)
    assert scores.shape == shape
    np.testing.assert_allclose(scores, one_at_a_time(model, image), atol=1e-5)


@pytest.mark.parametrize("kind", [PatchNet, PatchResNet])
def test_scan_of_stars_and_of_a_saturated_moon_is_one_patch_at_a_time(kind):
    set_seed(0)
    model = lively(kind(4))
    for image in (stars()[:10, :24], moon_and_arc()[0][30:40, 40:64]):
        expected = one_at_a_time(model, image / np.float32(255))
        np.testing.assert_allclose(raster_scan(model, image), expected, atol=1e-5)


def test_scan_of_black_and_white_is_finite():
    model = nn.Sequential(nn.Flatten(), nn.Linear(64, 1))
    for level in (0, 255):
        scores = raster_scan(model, np.full((12, 20), level, np.uint8), patch=8)
        assert np.isfinite(scores).all()
        assert np.ptp(scores[4:-4, 4:-4]) < 1e-6
