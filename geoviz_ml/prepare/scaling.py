"""From raw all-sky counts to the pictures of OATH, and to smaller ones."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..errors import UsageError, unmasked

ROUNDING = 1e-5  # by so much interpolated values may leave 0..1; it is cut off


def oath_scale(image: xr.DataArray | np.ndarray, crop: float = 0.15) -> xr.DataArray | np.ndarray:
    """Cut off the horizon and stretch the brightness, each picture by itself.

    With p1 the 1st percentile of the picture x and p99 the 99th of x - p1, the result is
    (x - p1) / p99, clipped to 0..1. Only pixels within the circle count; outside it is 0.

    Parameters
    ----------
    image : DataArray or ndarray (..., y, x)
        Raw counts, of any kind of number. Outside the circle there may be NaN.
    crop : float
        Share of the radius that is cut off (pixels of very low elevation), 0 to less than 1.

    Returns
    -------
    of the same kind and shape, float32 in 0..1
        Times 255, rounded, it is what an OATH picture holds in its green channel.

    Raises
    ------
    UsageError
        The pictures are not 2-D, `crop` leaves nothing, the last dimensions of a DataArray are not
        y and x, or there is NaN, infinity or a masked value in the circle: percentiles of all its
        pixels would be NaN too.

    Notes
    -----
    Source: Clausen and Nickisch 2018, section 2; Johnson et al. 2021, equation 1. OATH pictures
    show that "cropped by 15 %" blackens a ring: the circle left has 0.85 of the half width.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.prepare import oath_scale
    >>> counts = np.full((64, 64), 3000)
    >>> counts[28:36, 28:36] = 5000  # an arc of 2000 counts above the sky
    >>> scaled = oath_scale(counts)
    >>> [float(scaled[place]) for place in ((32, 32), (32, 20), (0, 0))]  # arc, sky, corner
    [1.0, 0.0, 0.0]
    """
    dims = getattr(image, "dims", ("y", "x"))
    if {"y", "x"} <= set(dims) and dims[-2:] != ("y", "x"):
        raise UsageError(
            f"a picture has its dimensions in the order {dims}.",
            advice='Turn it: image.transpose(..., "y", "x").',
        )
    counts = np.asarray(_unmasked_floats(image), np.float32)
    if not 0 <= crop < 1 or counts.ndim < 2:
        raise UsageError(f"cannot crop {crop} of a picture of shape {counts.shape}.")
    height, width = counts.shape[-2:]
    y, x = np.arange(height)[:, None] - (height - 1) / 2, np.arange(width) - (width - 1) / 2
    inside = np.hypot(y, x) <= (1 - crop) * min(height, width) / 2
    within = counts[..., inside]
    if not inside.any():
        raise UsageError(f"cropping {crop} leaves nothing of a picture of shape {counts.shape}.")
    if not np.isfinite(within).all():
        raise UsageError(
            f"{(~np.isfinite(within)).sum()} pixels of the circle are NaN or infinite.",
            advice="Fill gaps first, say with the median of their neighbours.",
        )
    low = np.percentile(within, 1, axis=-1, keepdims=True)
    high = np.percentile(within - low, 99, axis=-1, keepdims=True)
    scaled = np.zeros_like(counts)
    scaled[..., inside] = ((within - low) / np.maximum(high, 1e-6)).clip(0, 1)
    if isinstance(image, xr.DataArray):
        return image.copy(data=scaled).assign_attrs(units="1")
    return scaled


def _unmasked_floats(image):
    """What is masked becomes NaN: outside the circle it does not matter."""
    return image.astype(np.float32).filled(np.nan) if hasattr(image, "filled") else image


def as_values(
    pictures, name: str = "pictures", advice: str = "Use bytes (uint8), or floats from 0 to 1."
) -> np.ndarray:
    """Pixels of any shape as they may be used: an array of uint8, or of float32 in 0..1.

    Parameters
    ----------
    pictures : array
        Bytes (uint8, 0 to 255), floats from 0 to 1, or bool.
    name : str
        What the message calls them.
    advice : str
        How the message ends where floats go too far.

    Returns
    -------
    ndarray of uint8 or float32
        The array itself where it is one of these already.

    Raises
    ------
    UsageError
        Whole numbers other than bytes, NaN, masked values, or floats beyond 0..1 by more than 1e-5.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.prepare.scaling import as_values
    >>> as_values(np.array([0.25, 1.000001])).tolist()
    [0.25, 1.0]
    """
    values = np.asarray(unmasked(pictures, name))
    if values.dtype == np.uint8 or values.size == 0:
        return values
    if values.dtype.kind not in "fb":
        raise UsageError(
            f"{name}: of type {values.dtype}, it is not known which value is white.",
            advice="Divide by it (65535 for 16 bits) for floats from 0 to 1, or use bytes (uint8).",
        )
    low, high = float(values.min()), float(values.max())  # NaN if any value is
    if low != low:
        raise UsageError(f"{name}: there is NaN.", advice="Fill gaps, say with 0.")
    if low < -ROUNDING or high > 1 + ROUNDING:
        raise UsageError(f"{name}: values go from {low:g} to {high:g}, not 0 to 1.", advice=advice)
    values = values.astype(np.float32, copy=False)
    return values if 0 <= low and high <= 1 else values.clip(0, 1)


def shrink(pictures: np.ndarray, side: int) -> np.ndarray:
    """Make square pictures smaller: a pixel becomes the mean of those that it covers.

    Rounded along rows, then along columns: off by one at most.

    Parameters
    ----------
    pictures : ndarray of uint8 (N, H, H)
    side : int
        Of the new pictures, pixels.

    Returns
    -------
    ndarray of uint8 (N, side, side)

    Raises
    ------
    UsageError
        The pictures are not bytes (N, H, H), or smaller than `side`.
    """
    pictures = np.asarray(pictures)
    square = pictures.ndim == 3 and pictures.shape[1] == pictures.shape[2]
    if not square or pictures.dtype != np.uint8 or not 1 <= side <= pictures.shape[1]:
        raise UsageError(
            f"cannot make pictures {pictures.shape} of {pictures.dtype} as small as {side} pixels.",
            advice="Give bytes (N, H, H), with H of at least the side.",
        )
    from PIL import Image  # the labs in the browser do without it

    small = [Image.fromarray(p).resize((side, side), Image.Resampling.BOX) for p in pictures]
    return np.stack([np.asarray(p) for p in small]) if small else pictures[:, :side, :side]
