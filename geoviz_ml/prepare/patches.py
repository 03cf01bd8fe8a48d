"""All-sky pictures of raw frames, and square patches cut out of them."""

from __future__ import annotations

import numpy as np
import xarray as xr

from ..errors import UsageError, unmasked, whole_number
from ..moved import also
from .scaling import as_values, oath_scale

HIGH = 0.82  # of half a picture's width: patches are cut around pixels within, `oath_scale` has .85


def to_picture(frame: xr.DataArray | np.ndarray) -> np.ndarray:
    """Raw counts (y, x) as bytes of the same shape: `oath_scale`, then the square root, times 255.

    The square root makes the noise of photons nearly the same at all brightnesses, and shows a
    faint arc beside a bright one. A picture of OATH, bytes, becomes such a picture if it is given
    as ``picture / 255``.

    Parameters
    ----------
    frame : DataArray or ndarray (..., y, x)
        Whole numbers are raw counts. Floats are scaled already, and lie in 0..1.

    Returns
    -------
    ndarray of uint8 (..., y, x)

    Raises
    ------
    UsageError
        Floats that are NaN or not in 0..1, or counts that `oath_scale` refuses.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.prepare import to_picture
    >>> to_picture(np.array([[0.0, 0.04, 0.25, 1.0]])).tolist()  # .04 becomes a fifth of white
    [[0, 51, 128, 255]]
    """
    if np.asarray(frame).dtype.kind == "f":
        scaled = as_values(frame, "a picture", "Scale raw counts by `oath_scale` first.")
    else:
        scaled = np.asarray(oath_scale(frame))
    return np.rint(255 * np.sqrt(scaled)).astype(np.uint8)


def patch_features(patches: np.ndarray) -> np.ndarray:
    """Four numbers (n, 4) of patches (n, H, W) of bytes, for `energy_distance_prior`.

    How far the middle and the median are above the mean, in units of the patch's scatter, and the
    brightness of the middle and the scatter themselves.
    """
    values = np.asarray(patches, float)
    height, width = values.shape[1:]
    near = values[:, height * 3 // 8 : height * 5 // 8, width * 3 // 8 : width * 5 // 8]
    middle, mean, scatter = near.mean((1, 2)), values.mean((1, 2)), values.std((1, 2)) + 3
    above = (middle - mean) / scatter, (np.median(values, axis=(1, 2)) - mean) / scatter
    return np.stack([*above, middle / 60, scatter / 60], axis=1)


def high_sky(size: int = 256, share: float = HIGH) -> np.ndarray:
    """Pixels within `share` of half the width of the centre, bool (size, size)."""
    y, x = np.indices((size, size)) - (size - 1) / 2
    return np.hypot(y, x) <= share * size / 2


def random_places(pictures: int, n: int, rng: np.random.Generator, size: int = 256) -> np.ndarray:
    """Picture, row and column of `n` pixels, all of the high sky alike, int (n, 3).

    Raises
    ------
    UsageError
        There is no picture, or `n` is negative or no whole number.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.prepare import random_places
    >>> places = random_places(2, 1000, np.random.default_rng(0))
    >>> away = np.hypot(places[:, 1] - 127.5, places[:, 2] - 127.5)
    >>> places.shape, bool(away.max() < 105)  # pixels: none near the horizon
    ((1000, 3), True)
    """
    pictures, n = whole_number(pictures, "pictures"), whole_number(n, "n", 0)
    inside = np.argwhere(high_sky(size))
    where = inside[rng.integers(len(inside), size=n)]
    return np.column_stack([rng.integers(pictures, size=n), where])


def cut_patches(pictures: np.ndarray, places: np.ndarray, side: int = 32) -> np.ndarray:
    """Patches (n, side, side) around pixels.

    Parameters
    ----------
    pictures : ndarray (N, H, W)
    places : ndarray of int (n, 3)
        Picture, row and column: what becomes pixel ``side // 2`` of the patch, as in
        `geoviz_ml.infer.raster_scan`. What lies outside the picture is 0.
    side : int

    Raises
    ------
    UsageError
        Pictures or places of another shape, pictures that are masked, places that are not whole
        numbers, or a place that is in no picture.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.prepare import cut_patches
    >>> picture = np.arange(25).reshape(5, 5)
    >>> cut_patches(picture[None], np.array([[0, 2, 2]]), side=3).tolist()  # around the middle, 12
    [[[6, 7, 8], [11, 12, 13], [16, 17, 18]]]
    """
    pictures, places = np.asarray(unmasked(pictures, "pictures")), np.asarray(places)
    if pictures.ndim != 3 or places.ndim != 2 or places.shape[1] != 3 or side < 1:
        raise UsageError(f"pictures {pictures.shape} and places {places.shape} do not fit.")
    where = _indices(places, pictures.shape)
    before, after = side // 2, side - side // 2 - 1
    edges = ((0, 0), (before, after), (before, after))
    windows = np.lib.stride_tricks.sliding_window_view(
        np.pad(pictures, edges), (side, side), (1, 2)
    )
    return windows[where]


def _indices(places: np.ndarray, shape: tuple[int, ...]) -> tuple[np.ndarray, ...]:
    """Places (n, 3) as three indices into an array of `shape`, all of them inside."""
    if places.dtype.kind not in "iu":
        raise UsageError(
            f"places are {places.dtype}, and must be whole numbers.",
            advice="Round them: np.rint(places).astype(int).",
        )
    if ((places < 0) | (places >= shape)).any():
        raise UsageError(f"a place lies outside the pictures {shape}.")
    return tuple(places.T)


def labels_at(masks: np.ndarray, places: np.ndarray) -> np.ndarray:
    """+1 where a place is in the mask of its picture, -1 elsewhere, int (n,).

    `masks` are (N, H, W), places int (n, 3), as of `cut_patches`; others are a UsageError.
    """
    masks = np.asarray(masks)
    return np.where(masks[_indices(np.asarray(places), masks.shape)], 1, -1)


def label_by_truth(
    masks: np.ndarray, n: int, rng: np.random.Generator, each: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Places and labels of `n` patches, half positive and half negative (`each`: n of each).

    The truth stands in for a hand: a student who clicks on arcs and on sky at random.

    Parameters
    ----------
    masks : ndarray (N, H, H)
        Bool, or whole numbers that are 0 outside the thing sought. Places are of the high sky.
    n : int
    rng : numpy.random.Generator
    each : bool

    Returns
    -------
    places : ndarray of int (n, 3)
    labels : ndarray of int (n,)

    Raises
    ------
    UsageError
        The masks have another shape, are floats or masked, or have too few pixels of a class.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.prepare import label_by_truth
    >>> masks = np.zeros((1, 64, 64), bool)
    >>> masks[0, 20:40, 20:40] = True
    >>> places, labels = label_by_truth(masks, 6, np.random.default_rng(0))
    >>> labels.tolist(), masks[tuple(places.T)].tolist()
    ([1, 1, 1, -1, -1, -1], [True, True, True, False, False, False])
    """
    masks = np.asarray(unmasked(masks, "masks"))
    if masks.ndim != 3 or masks.shape[1] != masks.shape[2] or masks.dtype.kind not in "bui":
        raise UsageError(
            f"masks {masks.shape} of {masks.dtype} must be (N, H, H), bool.",
            advice="For one mask use mask[None], of shares of a pixel masks >= 0.5.",
        )
    masks, inside = masks.astype(bool, copy=False), high_sky(masks.shape[1])
    numbers = (n, n) if each else (n - n // 2, n // 2)
    parts = []
    for wanted, number in zip((masks & inside, ~masks & inside), numbers, strict=True):
        pixels = np.flatnonzero(wanted)
        if not 0 <= number <= len(pixels):
            raise UsageError(f"{number} patches of a class, of {len(pixels)} pixels.")
        parts.append(rng.choice(pixels, number, replace=False))
    places = np.column_stack(np.unravel_index(np.concatenate(parts), masks.shape))
    return places, np.repeat([1, -1], numbers)


__getattr__ = also(__name__, dict.fromkeys(("ArcPictures", "load_arcs"), "geoviz_ml.datasets"))
