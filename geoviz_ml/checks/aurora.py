"""Checks of the aurora lab. Where an answer is a function, it is tried on random input."""

from __future__ import annotations

import numpy as np

from ..exercises import register
from ..exercises.compare import same
from ..prepare.splits import nearest_label


@register("aurora-1", "Sort the training rows; of all distances to them take the first smallest.")
def never_looks(answer, rng) -> bool:
    """Ask for a function of labels (N,), training and test rows: a label for each test row."""
    labels, rows = rng.integers(0, 6, 80), rng.permutation(80)
    train, test = rows[:50], rows[50:]
    return same(answer(labels, train, test), nearest_label(labels, train, test), 0, 0)


@register("aurora-2", "Rows 0 to block - 1 are block 0: divide and forget the rest.")
def block_of(answer, rng) -> bool:
    """Ask for a function of row numbers (n,) and the rows of a block: block numbers (n,) from 0."""
    rows, blocks = np.arange(57), rng.choice(np.arange(3, 30), 3, replace=False)
    return all(same(answer(rows, int(b)), np.floor(rows / b), 0, 0) for b in blocks)


@register("aurora-3", "128 views, less the view itself and its partner.")
def strangers(answer) -> bool:
    """Ask for the number of views of other pictures among 128 views: exactly 126."""
    return same(answer, 126, 0, 0)


@register("aurora-4", "A view has 2B - 1 others, all alike: the probability of the right one?")
def collapsed(answer, rng) -> bool:
    """Ask for a function of the pictures B of a batch: log(2 B - 1), the loss of equal answers."""
    batches = rng.choice(np.arange(2, 200), 3, replace=False)
    return all(same(answer(int(b)), np.log(2 * b - 1)) for b in batches)


@register("aurora-5", "Scale every row to length 1, leave out the diagonal, and mind the partner.")
def nt_xent(answer, rng) -> bool:
    """Ask for a function of two arrays (B, F) of views: the mean NT-Xent at the temperature 0.5."""
    z1, z2 = rng.normal(size=(2, 7, 5))
    return same(answer(z1, z2), _nt_xent(z1, z2), 1e-4)


def _nt_xent(z1: np.ndarray, z2: np.ndarray, temperature: float = 0.5) -> float:
    """The loss pair by pair; a test holds it to `geoviz_ml.learn.losses.NTXent`."""
    views = [view / np.sqrt(view @ view) for view in np.concatenate([z1, z2])]
    half, losses = len(z1), []
    for i, view in enumerate(views):
        others = [np.exp(view @ other / temperature) for other in views]
        partner = others[(i + half) % (2 * half)]
        losses.append(-np.log(partner / (sum(others) - others[i])))
    return float(np.mean(losses))


@register("aurora-6", "Right ones of a class over all that belong to it: a sum over a row.")
def recalls(answer, rng) -> bool:
    """Ask for a function of a confusion matrix (k, k), true classes in rows: the recalls (k,)."""
    confusion = rng.integers(1, 30, (6, 6))
    return same(answer(confusion), [confusion[i, i] / sum(confusion[i]) for i in range(6)])


@register("aurora-7", "The difference of b and a, over the larger of them.")
def silhouette(answer, rng) -> bool:
    """Ask for a function of mean distances, a to the own, b to the next cluster: the silhouette."""
    low, high = rng.uniform(0.5, 1, 2), rng.uniform(1.5, 3, 2)
    pairs = [(low[0], high[0]), (high[1], low[1])]
    return all(same(answer(a, b), (b - a) / max(a, b)) for a, b in pairs)
