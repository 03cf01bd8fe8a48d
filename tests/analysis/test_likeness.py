"""Histogram and radial spectrum against known ones."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from scipy.stats import linregress

from geoviz_ml.analysis import brightness_histogram, compare_pictures, radial_spectrum
from geoviz_ml.errors import UsageError
from geoviz_ml.readers import read_oath


def noise(n=20, size=128, slope=0.0, seed=0):
    """Gaussian pictures of variance 100 whose power falls as frequency ** -slope."""
    rng = np.random.default_rng(seed)
    k = np.hypot(np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size))
    k[0, 0] = np.inf
    shape = k ** (-slope / 2)
    shape *= 10 * size / np.sqrt((shape**2).sum())
    return np.fft.ifft2(np.fft.fft2(rng.standard_normal((n, size, size))) * shape).real


def test_white_noise_has_its_variance_at_every_frequency():
    _, power = radial_spectrum(noise())
    np.testing.assert_allclose(power.mean(0)[8:], 100, rtol=0.15)
    assert power[:, 8:].mean() == pytest.approx(100, rel=0.02)


def test_power_law_keeps_its_exponent():
    frequency, power = radial_spectrum(noise(slope=3.0))
    middle = (frequency > 0.05) & (frequency < 0.4)
    slope = np.polyfit(np.log(frequency[middle]), np.log(power.mean(0)[middle]), 1)[0]
    assert slope == pytest.approx(-3, abs=0.1)


def test_a_wave_is_a_line_at_its_frequency():
    x = np.arange(128)
    wave = np.broadcast_to(np.sin(2 * np.pi * 16 * x / 128), (1, 128, 128))
    frequency, power = radial_spectrum(wave)
    assert frequency[power[0].argmax()] == 16 / 128
    assert power[0][frequency > 0.2].max() < 1e-6 * power[0].max()


def test_the_edge_of_the_circle_does_not_count():
    y, x = np.indices((128, 128)) - 63.5
    picture = noise(1) + 100
    cut = np.where(np.hypot(y, x) <= 0.85 * 64, picture, 0)
    np.testing.assert_allclose(radial_spectrum(cut)[1], radial_spectrum(picture)[1], rtol=1e-6)


def test_histogram_counts_the_circle_alone():
    y, x = np.indices((64, 64)) - 31.5
    picture = np.where(np.hypot(y, x) <= 0.85 * 32, 100, 0)[None]
    brightness, share = brightness_histogram(picture, bins=16)
    assert share[0][(brightness > 96) & (brightness < 112)] == 1
    assert share.sum() == 1


def test_pictures_are_like_themselves_and_not_like_others():
    some = (noise(slope=2, seed=1) + 128).clip(0, 255)
    same = compare_pictures(some, (noise(40, slope=2, seed=2) + 128).clip(0, 255))
    other = compare_pictures(some, (3 * noise(40, slope=0, seed=2) + 60).clip(0, 255))
    assert same.within.min() > 0.6
    assert other.within.max() == 0
    assert same.real["slope"] == pytest.approx(-2, abs=0.3)
    assert other.simulated["histogram"] > 40


def test_bad_pictures_are_refused():
    with pytest.raises(UsageError, match="size"):
        radial_spectrum(np.zeros((3, 10, 12)))


@pytest.mark.data
def test_real_pictures_have_the_noise_measured_by_differences(real_data):
    """Neighbouring pixels differ by sqrt(2) times the noise, up to structure."""
    images = read_oath(real_data / "oath").image.values.astype(float)
    table = compare_pictures(images, images)
    y, x = np.indices((256, 256)) - 127.5
    inner = images[:, (np.abs(y[:, 0]) < 60)][:, :, np.abs(x[0]) < 60]
    differences = np.median(np.diff(inner, axis=2).std(axis=(1, 2))) / np.sqrt(2)
    assert table.real["noise"] == pytest.approx(differences, rel=0.25)
    assert table.within.min() == 1


def test_noise_and_slope_are_those_of_the_frequencies_that_are_named():
    """Medians of three; noise from 0.4 cycles a pixel on, the slope from 4 to 32 a picture."""
    rng = np.random.default_rng(0)
    pictures = rng.integers(0, 256, (3, 128, 128)).astype(float)
    pictures[0] = 0.2 * pictures[0] + 100
    blurred = gaussian_filter(pictures, (0, 1, 1))
    table = compare_pictures(pictures, blurred)
    frequency, power = radial_spectrum(blurred)
    noise = np.sqrt(np.stack([p[frequency > 0.4].mean() for p in power]))
    assert table.simulated["noise"] == pytest.approx(sorted(noise)[1])
    inside = pictures[:, np.hypot(*(np.indices((128, 128)) - 63.5)) <= 0.84 * 64]
    assert table.real["mean"] == pytest.approx(sorted(inside.mean(1))[1])
    ring = (frequency * 128 >= 4) & (frequency * 128 <= 32)
    slopes = [linregress(np.log(frequency[ring]), np.log(p[ring])).slope for p in power]
    assert table.simulated["slope"] == pytest.approx(sorted(slopes)[1])


def test_brightness_is_that_of_bytes():
    pictures = np.random.default_rng(0).uniform(0, 255, (1, 32, 32))
    for wrong in (20 * pictures, -pictures, np.where(pictures > 200, np.nan, pictures)):
        with pytest.raises(UsageError, match="not from 0 to 255"):
            brightness_histogram(wrong)
    _, share = brightness_histogram(pictures)
    assert share.sum() == pytest.approx(1)
