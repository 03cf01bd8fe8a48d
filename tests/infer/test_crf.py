"""The CRF: exact against all pairs in float64, and close to pydensecrf."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from geoviz_ml.errors import UsageError
from geoviz_ml.infer import refine_crf
from geoviz_ml.infer.crf import has_pydensecrf
from geoviz_ml.infer.mean_field import mean_field

needs_pydensecrf = pytest.mark.skipif(
    not has_pydensecrf(), reason="pydensecrf is not installed (it cannot be built on Python 3.13)"
)
backends = pytest.mark.parametrize(
    "backend", ["torch", pytest.param("pydensecrf", marks=needs_pydensecrf)]
)


def all_pairs(grey, prob, smooth, bilateral, iterations):
    """Kraehenbuehl and Koltun 2011, algorithm 1, with every pair of pixels written out."""
    y, x = (a.ravel().astype(float) for a in np.indices(grey.shape))
    z = grey.ravel().astype(float)
    distance = (y[:, None] - y) ** 2 + (x[:, None] - x) ** 2
    near = np.exp(-distance / (2 * smooth[0] ** 2))
    alike = np.exp(
        -distance / (2 * bilateral[0] ** 2) - (z[:, None] - z) ** 2 / (2 * bilateral[1] ** 2)
    )
    kernel = 0
    for weight, k in ((smooth[1], near), (bilateral[2], alike)):
        d = 1 / np.sqrt(k.sum(axis=1))
        kernel = kernel + weight * d[:, None] * k * d
    unary = -np.log(np.clip([1 - prob.ravel(), prob.ravel()], 1e-5, 1))
    q = np.exp(-unary) / np.exp(-unary).sum(axis=0)
    for _ in range(iterations):
        energy = unary - q @ kernel.T
        q = np.exp(-energy) / np.exp(-energy).sum(axis=0)
    return q[1].reshape(grey.shape)


def arc(shape=(256, 256), seed=0):
    """A bright arc on noise, its mask, and a rough probability of it."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[: shape[0], : shape[1]]
    middle = shape[0] * (0.5 + 0.12 * np.sin(x / shape[1] * 4 + seed))
    light = np.exp(-0.5 * ((y - middle) / (shape[0] / 30)) ** 2)
    image = (30 + 120 * light + 8 * rng.normal(size=shape)).clip(0, 255).astype(np.uint8)
    blurred = gaussian_filter(light, shape[0] / 50)
    rough = blurred + 0.3 * gaussian_filter(rng.normal(size=shape), 2) * 7
    return image, light > 0.5, 1 / (1 + np.exp(-6 * (rough - 0.4)))


@pytest.mark.parametrize("shape", [(12, 12), (9, 17), (1, 20), (1, 1)])
@pytest.mark.parametrize("widths", [(3.0, 80.0, 7.5), (1.0, 4.0, 40.0), (0.4, 900.0, 1.0)])
def test_torch_is_all_pairs_in_float64(shape, widths):
    rng = np.random.default_rng(0)
    for case in range(3):
        grey, prob = rng.uniform(0, 255, shape), rng.uniform(0, 1, shape)
        grey = grey.round() if case else grey
        prob = (prob > 0.5).astype(float) if case == 2 else prob
        args = (grey, prob, (widths[0], 3.0), (*widths[1:], 10.0), 5)
        np.testing.assert_allclose(mean_field(*args), all_pairs(*args), atol=1e-9)


def test_torch_is_exact_for_a_lone_bright_pixel():
    """Few pixels are like a star: cut tails would weigh heavily there."""
    grey = np.full((20, 30), 10.0)
    grey[7, 9] = 255
    prob = np.random.default_rng(0).uniform(0, 1, grey.shape)
    args = (grey, prob, (3.0, 3.0), (80.0, 7.5, 10.0), 5)
    expected = all_pairs(*args)
    np.testing.assert_allclose(mean_field(*args), expected, atol=1e-9)
    np.testing.assert_allclose(mean_field(*args, cut=1e-7), expected, atol=1e-3)  # in float32


def test_several_probabilities_of_a_picture_are_refined_as_each_alone():
    rng = np.random.default_rng(0)
    grey, probs = rng.uniform(0, 255, (9, 17)), rng.uniform(0, 1, (3, 9, 17))
    rest = (3.0, 3.0), (8.0, 7.5, 10.0), 5
    together = mean_field(grey, probs, *rest)
    np.testing.assert_allclose(together, [mean_field(grey, p, *rest) for p in probs], atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_in_float32_no_label_differs_from_all_pairs(seed):
    image, _, prob = arc((40, 48), seed)
    args = (image, prob, (3.0, 3.0), (20.0, 7.5, 10.0), 5)
    quick, expected = mean_field(*args, cut=1e-7), all_pairs(*args)
    sure = abs(expected - 0.5) > 1e-3
    np.testing.assert_array_equal(quick[sure] > 0.5, expected[sure] > 0.5)


@needs_pydensecrf
@pytest.mark.parametrize("shape", [(256, 256), (200, 320)])
def test_backends_agree_on_the_label_of_98_percent(shape):
    changed = 0
    for seed in range(2):
        image, _, prob = arc(shape, seed)
        labels = [refine_crf(image, prob, b) >= 0.5 for b in ("torch", "pydensecrf")]
        assert (labels[0] == labels[1]).mean() >= 0.98
        changed += (labels[0] != (prob >= 0.5)).mean()
    assert changed > 0.02  # there was something to mend


@needs_pydensecrf
def test_torch_agrees_with_the_colour_picture_of_the_authors_code():
    from pydensecrf.densecrf import DenseCRF2D
    from pydensecrf.utils import unary_from_labels

    image, _, prob = arc((96, 128))
    mask = prob >= 0.5
    crf = DenseCRF2D(128, 96, 2)
    crf.setUnaryEnergy(unary_from_labels(mask.astype(int), 2, gt_prob=0.8, zero_unsure=False))
    crf.addPairwiseGaussian(sxy=3, compat=3)
    colour = np.ascontiguousarray(np.repeat(image[..., None], 3, axis=2))
    crf.addPairwiseBilateral(sxy=80, srgb=13, rgbim=colour, compat=10)
    theirs = np.argmax(crf.inference(5), axis=0).reshape(mask.shape)
    assert ((refine_crf(image, mask, "torch") >= 0.5) == theirs).mean() >= 0.98


@backends
def test_it_brings_the_mask_nearer_to_the_truth(backend):
    image, truth, prob = arc()
    before = ((prob >= 0.5) == truth).mean()
    after = ((refine_crf(image, prob, backend) >= 0.5) == truth).mean()
    assert after > before + 0.01


@backends
def test_it_is_symmetric_in_the_labels(backend):
    image, _, prob = arc((40, 60))
    one, other = (refine_crf(image, p, backend) for p in (prob, 1 - prob))
    np.testing.assert_allclose(one, 1 - other, atol=1e-4)


@backends
def test_without_steps_or_weights_the_probability_stays(backend):
    image, _, prob = arc((40, 60))
    still = refine_crf(image, prob, backend, iterations=0)
    np.testing.assert_allclose(still, prob, atol=1e-4)
    alone = refine_crf(image, prob, backend, compat=0, bilateral_compat=0)
    np.testing.assert_allclose(alone, prob, atol=1e-4)


@backends
def test_a_constant_picture_only_loses_lone_pixels(backend):
    mask = np.zeros((40, 60), bool)
    mask[10:30, 20:40] = True
    dirty = mask.copy()
    dirty[3, 3] = dirty[35, 55] = True
    dirty[20, 30] = False
    refined = refine_crf(np.full(mask.shape, 90, np.uint8), dirty, backend, bilateral_compat=0)
    inside = np.zeros_like(mask)
    inside[13:27, 23:37] = True
    assert (refined >= 0.5)[inside].all()
    assert not (refined >= 0.5)[~mask].any()
    whole = refine_crf(np.full(mask.shape, 90, np.uint8), dirty, backend)
    assert np.isfinite(whole).all()


@backends
@pytest.mark.parametrize("value", [False, True])
def test_a_mask_of_one_label_stays_of_one_label(backend, value):
    image, truth, _ = arc((40, 60))
    refined = refine_crf(image, np.full(truth.shape, value), backend)
    assert ((refined >= 0.5) == value).all()


@backends
def test_a_mask_is_a_probability_of_080_and_020(backend):
    image, truth, _ = arc((40, 60))
    from_mask = refine_crf(image, truth, backend)
    from_prob = refine_crf(image, np.where(truth, 0.8, 0.2), backend)
    np.testing.assert_array_equal(from_mask, from_prob)


@backends
def test_bytes_and_floats_are_the_same_picture(backend):
    image, _, prob = arc((40, 60))
    one, other = (refine_crf(i, prob, backend) for i in (image, image / 255))
    np.testing.assert_allclose(one, other, atol=1e-3)
    assert one.dtype == np.float32
    assert one.shape == (40, 60)


def test_auto_is_what_is_installed(monkeypatch):
    image, _, prob = arc((40, 60))
    expected = refine_crf(image, prob, "pydensecrf" if has_pydensecrf() else "torch")
    np.testing.assert_array_equal(refine_crf(image, prob), expected)
    monkeypatch.setattr("geoviz_ml.infer.crf.has_pydensecrf", lambda: False)
    np.testing.assert_array_equal(refine_crf(image, prob), refine_crf(image, prob, "torch"))
    with pytest.raises(UsageError, match="not installed"):
        refine_crf(image, prob, "pydensecrf")


def test_bad_input_is_named():
    image, _, prob = arc((40, 60))
    with pytest.raises(UsageError, match=r"the image is \(60, 40\)"):
        refine_crf(image.T, prob)
    with pytest.raises(UsageError, match="must be grey"):
        refine_crf(np.repeat(image[..., None], 3, 2), prob)
    with pytest.raises(UsageError, match="of type uint16"):
        refine_crf(image.astype(np.uint16) * 100, prob)
    with pytest.raises(UsageError, match="NaN"):
        refine_crf(np.where(image > 60, np.nan, image / 255), prob)
    with pytest.raises(UsageError, match="without NaN"):
        refine_crf(image, np.where(prob > 0.5, np.nan, prob))
    with pytest.raises(UsageError, match="For scores"):
        refine_crf(image, 8 * prob - 4)
    with pytest.raises(UsageError, match="bool"):
        refine_crf(image, (prob > 0.5).astype(int))
    with pytest.raises(UsageError, match="backend 'jax'"):
        refine_crf(image, prob, "jax")
    with pytest.raises(UsageError, match="widths"):
        refine_crf(image, prob, sxy=0)
    with pytest.raises(UsageError, match="mask_prob"):
        refine_crf(image, prob > 0.5, mask_prob=0.4)


def test_what_nothing_said_means_are_the_widths_of_the_authors_for_a_colour_picture(monkeypatch):
    """A grey level d apart is 3 d^2 / (2 13^2) in three equal channels: 13 / sqrt(3) of one."""
    asked = []
    monkeypatch.setattr(
        "geoviz_ml.infer.crf.mean_field", lambda grey, prob, *how, **_: asked.append(how) or prob
    )
    refine_crf(np.zeros((8, 8), np.uint8), np.full((8, 8), 0.5), "torch")
    smooth, bilateral, steps, *_ = asked[0]
    assert (smooth, steps) == ((3, 3), 5)
    assert bilateral == pytest.approx((80, np.sqrt(13**2 / 3), 10))
