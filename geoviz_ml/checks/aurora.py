"""Checks of the aurora lab. Where an answer is a function, it is tried on random input."""

from __future__ import annotations

import numpy as np

from ..exercises import register
from ..prepare.splits import nearest_label

RNG = np.random.default_rng(2021)


@register("aurora-1", "Sort the training rows; of all distances to them take the first smallest.")
def never_looks(answer) -> bool:
    labels, rows = RNG.integers(0, 6, 80), RNG.permutation(80)
    train, test = rows[:50], rows[50:]
    return np.array_equal(answer(labels, train, test), nearest_label(labels, train, test))


@register("aurora-2", "Rows 0 to block - 1 are block 0: divide and forget the rest.")
def block_of(answer) -> bool:
    rows = np.arange(57)
    return all(np.array_equal(answer(rows, b), np.floor(rows / b)) for b in (5, 20))


@register("aurora-3", "128 views, less the view itself and its partner.")
def strangers(answer) -> bool:
    return answer == 126


@register("aurora-4", "A view has 2B - 1 others, all alike: the probability of the right one?")
def collapsed(answer) -> bool:
    return all(np.isclose(answer(b), np.log(2 * b - 1)) for b in (2, 64, 128))


@register("aurora-5", "Scale every row to length 1, leave out the diagonal, and mind the partner.")
def nt_xent(answer) -> bool:
    import torch

    from ..learn.losses import NTXent

    z1, z2 = RNG.normal(size=(2, 7, 5))
    right = float(NTXent(0.5)(torch.from_numpy(z1), torch.from_numpy(z2)))
    return np.isclose(answer(z1, z2), right, rtol=1e-4)


@register("aurora-6", "Right ones of a class over all that belong to it: a sum over a row.")
def recalls(answer) -> bool:
    confusion = RNG.integers(1, 30, (6, 6))
    return np.allclose(answer(confusion), [confusion[i, i] / sum(confusion[i]) for i in range(6)])


@register("aurora-7", "The difference of b and a, over the larger of them.")
def silhouette(answer) -> bool:
    return all(np.isclose(answer(a, b), (b - a) / max(a, b)) for a, b in [(1.0, 3.0), (2.0, 0.5)])
