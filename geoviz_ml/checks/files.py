"""Checks of the lesson on files and batches."""

from __future__ import annotations

import numpy as np

from ..exercises import register
from ..exercises.compare import alike, exactly, truth


@register("files-1", "Choose nights first, and then all pieces of those nights.")
def split_by_night(answer, rng) -> bool:
    """Ask for a function of names "YYYY-MM-DD_part": the rows that validate, in whole nights.

    Of the nights 15 to 40 % must validate; the names come in any order, two to four a night.
    """
    for _ in range(5):
        days = rng.choice(900, rng.integers(8, 20), replace=False)
        evenings = np.datetime64("2013-01-01") + days
        names = [f"{e}_{part}" for e in evenings for part in range(rng.integers(2, 5))]
        names = [str(name) for name in rng.permutation(names)]
        rows = answer(names)
        rows = np.asarray(list(rows) if isinstance(rows, set | range) else rows)
        if rows.ndim != 1 or rows.dtype.kind not in "iu" or len(set(rows.tolist())) < len(rows):
            raise ValueError("row numbers are asked for, each once")
        here = {names[i][:10] for i in rows}
        there = {name[:10] for i, name in enumerate(names) if i not in set(rows.tolist())}
        if here & there:
            return False
        if not 0.15 <= len(here) / len(evenings) <= 0.4:
            raise ValueError(f"{len(here)} of {len(evenings)} nights validate")
    return True


@register("files-2", "Range, NaN, classes, sizes, number, channel: which of them did you not ask?")
def healthy(answer, rng) -> bool:
    """Ask for a function of pictures (B, 1, H, W) and masks (B, H, W): can a network learn of them?

    Pictures are finite floats in 0..1 with one channel, masks hold whole numbers 0 and 1, and
    they are as many and of the same size. Each fault comes alone.
    """
    x = rng.random((4, 1, 8, 12), dtype=np.float32)
    y = (rng.random((4, 8, 12)) < 0.2).astype(np.int64)
    y[0, 0, :2] = 0, 1
    hole = np.where(rng.random(x.shape) < 0.1, np.float32(np.nan), x)
    hole[0, 0, 0, 0] = np.nan
    wrong = [
        (x * 255, y), (x - 0.5, y), (hole, y), (x, y * 255), (x[:, 0], y), (x, y[:, :, :-1]),
        (x[:3], y), (np.repeat(x, 3, axis=1), y), (x, y.swapaxes(1, 2)), (x, y - 1), (x, y / 2),
    ]  # fmt: skip
    right = [(x, y), (x, np.zeros_like(y)), (x[:1], y[:1])]
    tried = [(pair, True) for pair in right] + [(pair, False) for pair in wrong]
    for i in rng.permutation(len(tried)):
        pair, good = tried[i]
        if truth(answer(*pair)) != good:
            if good:
                raise ValueError(
                    "a healthy batch is refused: one picture, or masks without a fringe"
                )
            return False
    return True


@register("files-3", "How many whole batches are there, and is there a rest?")
def batches(answer, rng) -> bool:
    """Ask for a function of pictures and batch size: batches of training and of validation.

    Training leaves out a last batch that is not full, validation does not.
    """
    pairs = [(int(n), int(bs)) for n, bs in rng.integers(3, 100, (8, 2))] + [(5, 8), (64, 16)]
    return alike(answer, lambda n, bs: (n // bs, -(-n // bs)), pairs, exactly)
