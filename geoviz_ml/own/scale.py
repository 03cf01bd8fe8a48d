"""The scale at which a network works: as small as what is marked allows, and no smaller.

Pictures are shrunk by whole factors, by means over blocks. A mask shrunk and enlarged again is the
best that any network could answer at that scale; its overlap with the mask as drawn is the ceiling.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

FACTORS = (16, 8, 4, 2)
CEILING = 0.9  # of the IoU: so much must be left of the masks
COVERS = (0.5, 0.3, 0.15)  # of a block: marked from such a cover on; the lower ones keep thin lines
SMALLEST = 32  # pixels that the shorter side must keep


def shrink(values: np.ndarray, factor: int) -> np.ndarray:
    """Means over blocks of `factor` x `factor` pixels.

    Parameters
    ----------
    values : ndarray (H, W, ...)
        A last block that is not full is filled up with the edge's pixels.
    factor : int

    Returns
    -------
    ndarray (ceil(H / factor), ceil(W / factor), ...) float32

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.own.scale import shrink
    >>> shrink(np.array([[0, 1, 1], [0, 1, 1]]), 2).tolist()
    [[0.5, 1.0]]
    """
    values = np.asarray(values, np.float32)
    if factor == 1:
        return values
    over = [(0, -n % factor) for n in values.shape[:2]] + [(0, 0)] * (values.ndim - 2)
    padded = np.pad(values, over, mode="edge")
    rows, columns = padded.shape[0] // factor, padded.shape[1] // factor
    return padded.reshape(rows, factor, columns, factor, *values.shape[2:]).mean((1, 3))


def shrink_classes(numbers: np.ndarray, factor: int, cover: float = 0.5) -> np.ndarray:
    """The class of each block: of those that are there, the most frequent.

    Parameters
    ----------
    numbers : ndarray of uint8 (H, W)
        0 is the background.
    factor : int
    cover : float
        Share of the block, 0 to 1, from which on all classes together mark it.

    Returns
    -------
    ndarray of uint8 (ceil(H / factor), ceil(W / factor))
    """
    if factor == 1:
        return numbers
    there = [number for number in np.unique(numbers) if number]
    if not there:
        return np.zeros(shrink(numbers, factor).shape, np.uint8)
    shares = np.stack([shrink(numbers == number, factor) for number in there])
    best = np.array(there, np.uint8)[shares.argmax(0)]
    return np.where(shares.sum(0) >= cover, best, 0).astype(np.uint8)


def enlarge(values: np.ndarray, factor: int, size: tuple[int, int]) -> np.ndarray:
    """Back to the full size, between the middles of blocks by bilinear interpolation.

    Parameters
    ----------
    values : ndarray (h, w, C)
    factor : int
    size : (int, int)
        Height and width of the picture that was shrunk.

    Returns
    -------
    ndarray (H, W, C) float32
    """
    if factor == 1:
        return values
    import torch

    planes = torch.from_numpy(np.ascontiguousarray(values.transpose(2, 0, 1)))[None]
    whole = torch.nn.functional.interpolate(
        planes, scale_factor=float(factor), mode="bilinear", align_corners=False
    )
    return whole[0, :, : size[0], : size[1]].numpy().transpose(1, 2, 0)


def ceiling(masks: Sequence[np.ndarray], factor: int, cover: float) -> float:
    """The IoU of masks with themselves, shrunk and enlarged again: of the class that loses most.

    The background counts too: lines that were left unmarked must not be lost either.

    Parameters
    ----------
    masks : sequence of ndarray of uint8 (H, W)
        Classes, 0 the background; their sizes may differ.
    factor : int
    cover : float
        See `shrink_classes`: a share of a block.

    Returns
    -------
    float
        0 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.own.scale import ceiling
    >>> line = np.zeros((16, 16), np.uint8)
    >>> line[8] = 1  # one pixel wide
    >>> ceiling([line], 4, cover=0.5), ceiling([line], 4, cover=0.15)  # gone, and four pixels wide
    (0.0, 0.25)
    """
    both, either = {}, {}
    for mask in masks:
        small = shrink_classes(mask, factor, cover)
        again = small.repeat(factor, 0).repeat(factor, 1)[: mask.shape[0], : mask.shape[1]]
        for number in np.union1d(np.unique(mask), np.unique(again)):
            one, other = mask == number, again == number
            both[number] = both.get(number, 0) + int((one & other).sum())
            either[number] = either.get(number, 0) + int((one | other).sum())
    return min(both[number] / either[number] for number in either)


def choose_factor(masks: Sequence[np.ndarray]) -> tuple[int, float, float]:
    """The largest factor at which a tenth of the overlap, at most, is lost.

    Parameters
    ----------
    masks : sequence of ndarray of uint8 (H, W)

    Returns
    -------
    factor : int
        16, 8, 4, 2 or 1.
    cover : float
        Share of a block from which on it is marked, see `shrink_classes`.
    left : float
        The ceiling of the IoU there, 0 to 1.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.own.scale import choose_factor
    >>> line, square = np.zeros((2, 256, 256), np.uint8)
    >>> line[100:103], square[64:192, 64:192] = 1, 1
    >>> choose_factor([line])[0], choose_factor([square])[0]  # three pixels must stay three pixels
    (1, 8)
    """
    shortest = min(min(mask.shape) for mask in masks)
    for factor in FACTORS:
        if shortest >= SMALLEST * factor:
            left, cover = best_cover(masks, factor)
            if left >= CEILING:
                return factor, cover, left
    return 1, 0.5, 1.0


def best_cover(masks: Sequence[np.ndarray], factor: int) -> tuple[float, float]:
    """The highest ceiling (an IoU) at a factor, and the cover (a share) that gives it.

    `masks` are ndarrays (H, W).
    """
    return max((ceiling(masks, factor, cover), cover) for cover in COVERS)
