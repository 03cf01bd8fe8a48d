"""How close simulated all-sky pictures come to real ones: brightness, structure, noise.

Measures of our own choice; the distance of histograms is scipy's `wasserstein_distance`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import wasserstein_distance

from ..errors import UsageError

RADIUS = 0.84  # of the half width: inside the circle of an OATH picture


def _circle(size: int, radius: float) -> np.ndarray:
    """Distance from the centre in units of `radius` half widths, (size, size)."""
    along = (np.arange(size) - (size - 1) / 2) / (radius * size / 2)
    return np.hypot(along[:, None], along)


def _checked(images: np.ndarray) -> np.ndarray:
    images = np.asarray(images, np.float64)
    if images.ndim != 3 or images.shape[1] != images.shape[2] or not len(images):
        raise UsageError(f"pictures are (n, size, size), not {images.shape}.")
    return images


def brightness_histogram(
    images: np.ndarray, bins: int = 32, radius: float = RADIUS
) -> tuple[np.ndarray, np.ndarray]:
    """Share of the pixels within the circle at each brightness.

    Parameters
    ----------
    images : ndarray (n, size, size), 0 to 255
    bins : int
    radius : float
        Of the circle, in units of half the width.

    Returns
    -------
    brightness : ndarray (bins,)
        Middle of each bin.
    share : ndarray (n, bins)
        Sums to 1 for each picture.

    Raises
    ------
    UsageError
        The pictures are not square, or there are none.
    """
    images = _checked(images)
    inside = images[:, _circle(images.shape[1], radius) <= 1]
    edges = np.linspace(0, 256, bins + 1)
    share = np.stack([np.histogram(picture, edges)[0] for picture in inside]) / inside.shape[1]
    return (edges[1:] + edges[:-1]) / 2, share


def radial_spectrum(images: np.ndarray, radius: float = RADIUS) -> tuple[np.ndarray, np.ndarray]:
    """Power spectrum of the circle, averaged over directions.

    Parameters
    ----------
    images : ndarray (n, size, size)
    radius : float
        Of the circle, in units of half the width.

    Returns
    -------
    frequency : ndarray (size / 2 - 1,), cycles per pixel
    power : ndarray (n, size / 2 - 1)
        Variance per unit of frequency plane, (cycles per pixel)^2: white noise of variance v has
        the power v everywhere.

    Raises
    ------
    UsageError
        The pictures are not square, or there are none.

    Notes
    -----
    A window cos^2 that ends at the circle takes away its edge; the mean under the window is taken
    off first.
    """
    images = _checked(images)
    size = images.shape[1]
    window = np.cos(np.pi / 2 * _circle(size, radius).clip(0, 1)) ** 2
    mean = (images * window).sum((1, 2), keepdims=True) / window.sum()
    power = np.abs(np.fft.fft2((images - mean) * window)) ** 2 / (window**2).sum()
    ring = np.rint(np.hypot(np.fft.fftfreq(size)[:, None], np.fft.fftfreq(size)) * size).astype(int)
    rings = np.arange(1, size // 2)
    number = np.bincount(ring.ravel())[rings]
    sums = np.stack([np.bincount(ring.ravel(), p.ravel())[rings] for p in power])
    return rings / size, sums / number


def compare_pictures(real: np.ndarray, simulated: np.ndarray) -> pd.DataFrame:
    """Compare two sets of pictures in five numbers, each with its spread within the real set.

    Parameters
    ----------
    real, simulated : ndarray (n, size, size), 0 to 255

    Returns
    -------
    DataFrame
        Rows: `mean` and `deviation` of brightness in the circle; `noise`, the root of the power
        above 0.4 cycles per pixel; `slope`, the exponent of the power law of 4 to 32 cycles per
        picture; `histogram`, the distance (grey levels that must be moved, on average) from the
        mean histogram of the real pictures. Columns: `real` and `simulated` (medians), `low` and
        `high` (the least and the greatest of the real ones) and `within`, the share of the
        simulated pictures between those two.
    """
    first, second = _numbers(real, real), _numbers(simulated, real)
    low, high = first.min(), first.max()
    return pd.DataFrame(
        {
            "real": first.median(),
            "simulated": second.median(),
            "low": low,
            "high": high,
            "within": ((second >= low) & (second <= high)).mean(),
        }
    )


def _numbers(images: np.ndarray, real: np.ndarray) -> pd.DataFrame:
    images = _checked(images)
    inside = images[:, _circle(images.shape[1], RADIUS) <= 1]
    frequency, power = radial_spectrum(images)
    bins, share = brightness_histogram(images)
    _, others = brightness_histogram(real)
    middle = (frequency * images.shape[1] >= 4) & (frequency * images.shape[1] <= 32)
    slope = np.polyfit(np.log(frequency[middle]), np.log(power[:, middle].T), 1)[0]
    return pd.DataFrame(
        {
            "mean": inside.mean(1),
            "deviation": inside.std(1),
            "noise": np.sqrt(power[:, frequency > 0.4].mean(1)),
            "slope": slope,
            "histogram": [wasserstein_distance(bins, bins, s, others.mean(0)) for s in share],
        }
    )
