"""Grey values of a whole batch: what albumentations makes of the same parameters."""

import albumentations as A
import numpy as np
import pytest
import torch

from geoviz_ml.prepare.batch_tones import BrightnessContrast, Gamma, Noise, Value

PICTURES = np.random.default_rng(0).random((5, 40, 52)).astype(np.float32)
PICTURES[:, 0, :2] = 0, 1
SIZE = PICTURES.shape[1:]


def changed(change, *parameters):
    """By ours, of all pictures at once."""
    drawn = torch.tensor(np.stack(parameters, -1).squeeze(), dtype=torch.float32)
    return change(torch.from_numpy(PICTURES.copy())[:, None], drawn)[:, 0].numpy()


def expected(make, *parameters):
    """By albumentations, one picture after another, every range a single value."""
    make = [make(*([float(v)] * 2 for v in values)) for values in zip(*parameters, strict=True)]
    return np.stack([
        one(image=p[..., None])["image"][..., 0] for one, p in zip(make, PICTURES, strict=True)
    ])  # fmt: skip


def test_brightness_and_contrast():
    factors, summands = np.array([0.8, 0.9, 1, 1.1, 1.2]), np.array([0.2, -0.2, 0.1, 0, -0.1])
    reference = expected(
        lambda f, s: A.RandomBrightnessContrast(s, f, p=1), np.round(factors - 1, 3), summands
    )
    np.testing.assert_allclose(
        changed(BrightnessContrast(), factors, summands), reference, atol=1e-6
    )


def test_gamma():
    powers = np.array([0.8, 0.9, 1, 1.1, 1.2])
    reference = expected(lambda p: A.RandomGamma([100 * g for g in p], p=1), powers)
    np.testing.assert_allclose(changed(Gamma(), powers), reference, atol=1e-6)


def test_value_is_exactly_albumentations():
    levels = np.array([-20, -1, 3, 7, 20])
    reference = expected(lambda v: A.HueSaturationValue(0, 0, v, p=1), levels)
    np.testing.assert_array_equal(changed(Value(), levels), reference)


def test_part_levels_count_as_albumentations_counts_them():
    drawn = Value(20).draw(1000, SIZE, torch.Generator().manual_seed(0))
    assert set(drawn.tolist()) == set(range(-19, 20))
    assert 35 < (drawn == 0).sum() < 70  # from -1 to 1: twice as often as any other
    for part, whole in ((2.9, 2.0), (-2.9, -2.0)):
        by_both = [
            expected(lambda v: A.HueSaturationValue(0, 0, v, p=1), [levels] * 5)
            for levels in (part, whole)
        ]
        np.testing.assert_array_equal(*by_both)


def test_noise_has_the_deviation_drawn_and_none_outside_0_to_1():
    pictures = torch.full((200, 1, *SIZE), 0.5)
    noise = Noise((0.01, 0.03)).draw(200, SIZE, torch.Generator().manual_seed(0))
    after = Noise((0.01, 0.03))(pictures.clone(), noise)
    torch.testing.assert_close(after - pictures, noise, atol=1e-6, rtol=0)
    deviations = noise.std((1, 2, 3))
    assert 0.0095 < deviations.min() < 0.011
    assert 0.029 < deviations.max() < 0.0315
    assert abs(deviations.mean() - 0.02) < 0.0015
    assert abs(noise.mean()) < 1e-4
    kurtosis = (noise / deviations[:, None, None, None]).pow(4).mean()
    assert abs(kurtosis - 3) < 0.05  # as of a Gaussian
    bright = Noise((1, 1))(torch.ones(1, 1, *SIZE), noise[:1])
    assert bright.max() == 1
    assert bright.min() < 1


@pytest.mark.parametrize(
    ("change", "limits"),
    [
        (BrightnessContrast(contrast=0.3, brightness=0.1), [(0.7, 1.3), (-0.1, 0.1)]),
        (Gamma((0.5, 2)), [(0.5, 2)]),
    ],
)
def test_drawn_parameters_keep_to_their_limits_and_reach_for_them(change, limits):
    drawn = change.draw(2000, SIZE, torch.Generator().manual_seed(0)).view(2000, -1)
    for values, (low, high) in zip(drawn.T, limits, strict=True):
        assert low - 1e-6 <= values.min() < low + (high - low) / 100
        assert high - (high - low) / 100 < values.max() <= high + 1e-6
        assert abs(values.mean() - (low + high) / 2) < (high - low) / 30


def test_a_still_parameter_leaves_every_bit():
    one, zero = BrightnessContrast.still
    after = changed(BrightnessContrast(), np.full(5, one), np.full(5, zero))
    np.testing.assert_array_equal(after, PICTURES)
