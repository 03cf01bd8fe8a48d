"""Where Rice-coded tiles of FITS pictures end: whether a stream holds all pixels of its tile.

The usual decoders do not look for the end of a stream while they count its zeros, and read on in
the memory behind it when the file is damaged. A stream that was walked through here ends where it
should. All tiles are walked at once, a pixel a step.

Source: Rice, Yeh and Miller (1993), AIAA-93-4541; FITS Standard 4.0, section 10.4.1.
"""

from __future__ import annotations

import numpy as np

CODES = {1: (3, 6), 2: (4, 14), 4: (5, 25)}  # bytes a pixel: bits of a block's code, largest code
ZEROS = np.array([8] + [8 - n.bit_length() for n in range(1, 256)])  # zeros that begin a byte
REST = 0xFF >> np.arange(8)  # what is left of a byte from a bit on
LONGEST = 64  # bytes of zeros in a row; a coder that chooses its codes well writes a dozen


def rice_streams_whole(
    heap: np.ndarray, first: np.ndarray, size: np.ndarray, pixels: int, block: int, width: int
) -> bool:
    """Whether streams hold as many pixels as their tiles have.

    Parameters
    ----------
    heap : ndarray of uint8 (m,)
        With all streams in it.
    first, size : ndarray of int (n,)
        Where the streams begin, and their lengths in bytes.
    pixels : int
        Of each tile.
    block : int
        Pixels of a block.
    width : {1, 2, 4}
        Bytes of a pixel.

    Returns
    -------
    bool
        False if one of them is too short or has a code that there is not.
    """
    bits, raw = CODES[width]
    end = 8 * (first + size).astype(np.int64)
    at = 8 * (first + width).astype(np.int64)  # the first pixel is stored as it is
    for start in range(0, pixels, block):
        if (at + bits > end).any():
            return False
        count = min(block, pixels - start)
        code = _number(heap, at, bits) - 1
        if (code > raw).any():
            return False
        at += bits + np.where(code == raw, 8 * width * count, 0)
        coded = np.flatnonzero((code >= 0) & (code < raw))
        walked, step = at[coded], code[coded] + 1
        for _ in range(count if coded.size else 0):
            walked = _next_one(heap, walked) + step
        at[coded] = walked
    return bool((at <= end).all())


def _number(heap: np.ndarray, at: np.ndarray, bits: int) -> np.ndarray:
    """What the `bits` bits from the bit `at` on spell."""
    pair = (_byte(heap, at >> 3) << 8) | _byte(heap, (at >> 3) + 1)
    return (pair >> (16 - bits - (at & 7))) & ((1 << bits) - 1)


def _next_one(heap: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The first bit that is 1, from the bit `at` on; beyond all streams if it is too far."""
    index = at >> 3
    here = _byte(heap, index) & REST[at & 7]
    dark = np.flatnonzero(here == 0)
    for _ in range(LONGEST):
        if not dark.size:
            return 8 * index + ZEROS[here]
        index[dark] += 1
        here[dark] = _byte(heap, index[dark])
        dark = dark[here[dark] == 0]
    index[dark] = heap.size
    return 8 * index + ZEROS[here]


def _byte(heap: np.ndarray, index: np.ndarray) -> np.ndarray:
    """Bytes of the heap; 255 behind its end, where every search ends."""
    inside = heap[np.minimum(index, heap.size - 1)].astype(np.int64)
    return np.where(index < heap.size, inside, 255)
