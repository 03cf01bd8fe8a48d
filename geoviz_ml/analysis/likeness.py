"""How close simulated all-sky pictures come to real ones: brightness, structure, noise.

Measures of our own choice; the distance of histograms is scipy's `wasserstein_distance`. All look
at the circle that a picture of OATH fills.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import wasserstein_distance

from ..errors import UsageError, unmasked

RADIUS = 0.84  # of the half width: inside the circle of an OATH picture


def _circle(size: int) -> np.ndarray:
    """Distance from the centre in radii of the circle, (size, size)."""
    along = (np.arange(size) - (size - 1) / 2) / (RADIUS * size / 2)
    return np.hypot(along[:, None], along)


def _checked(images: np.ndarray) -> np.ndarray:
    images = np.asarray(unmasked(images, "pictures"), np.float64)
    if images.ndim != 3 or images.shape[1] != images.shape[2] or not len(images):
        raise UsageError(f"pictures are (n, size, size), not {images.shape}.")
    return images


def brightness_histogram(images: np.ndarray, bins: int = 32) -> tuple[np.ndarray, np.ndarray]:
    """Share of the pixels within the circle at each brightness.

    Parameters
    ----------
    images : ndarray (n, size, size), 0 to 255
    bins : int

    Returns
    -------
    brightness : ndarray (bins,)
        Middle of each bin.
    share : ndarray (n, bins)
        Sums to 1 for each picture.

    Raises
    ------
    UsageError
        The pictures are not square, or there are none, or their values are not in 0..255.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.analysis import brightness_histogram
    >>> sky = np.full((1, 64, 64), 40.0)
    >>> sky[:, :, 32:] = 200.0  # the eastern half is bright
    >>> brightness, share = brightness_histogram(sky, bins=4)
    >>> brightness.tolist(), share.round(2).tolist()
    ([32.0, 96.0, 160.0, 224.0], [[0.5, 0.0, 0.0, 0.5]])
    """
    images = _checked(images)
    inside = images[:, _circle(images.shape[1]) <= 1]
    if not ((inside >= 0) & (inside < 256)).all():
        raise UsageError(
            f"brightness goes from {inside.min():g} to {inside.max():g}, and not from 0 to 255.",
            advice="Scale raw counts first, see geoviz_ml.prepare.oath_scale.",
        )
    edges = np.linspace(0, 256, bins + 1)
    share = np.stack([np.histogram(picture, edges)[0] for picture in inside]) / inside.shape[1]
    return (edges[1:] + edges[:-1]) / 2, share


def radial_spectrum(images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Power spectrum of the circle, averaged over directions.

    Parameters
    ----------
    images : ndarray (n, size, size)

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

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.analysis import radial_spectrum
    >>> noise = np.random.default_rng(0).normal(100, 3, (4, 64, 64))  # white, of variance 9
    >>> frequency, power = radial_spectrum(noise)
    >>> power.shape, round(float(power.mean()))
    ((4, 31), 9)
    """
    images = _checked(images)
    size = images.shape[1]
    window = np.cos(np.pi / 2 * _circle(size).clip(0, 1)) ** 2
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

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.analysis import compare_pictures
    >>> rng = np.random.default_rng(0)
    >>> real = rng.normal(100, 20, (8, 64, 64))
    >>> table = compare_pictures(real, rng.normal(100, 5, (8, 64, 64)))  # as bright, but too smooth
    >>> table.loc["deviation", ["real", "simulated", "within"]].round().tolist()
    [20.0, 5.0, 0.0]
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
    inside = images[:, _circle(images.shape[1]) <= 1]
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
