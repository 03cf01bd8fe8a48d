"""Checks of the aurora lab. Where an answer is a function, it is tried on random input."""

from __future__ import annotations

import numpy as np

from ..exercises import register
from ..exercises.compare import same
from ..prepare.splits import block_folds, nearest_label


@register("aurora-1", "Sort the training rows; of all distances to them take the first smallest.")
def never_looks(answer, rng) -> bool:
    """Ask for a function of labels (N,), training and test rows: a label for each test row."""
    labels, rows = rng.integers(0, 6, 80), rng.permutation(80)
    train, test = rows[:50], rows[50:]
    return same(answer(labels, train, test), nearest_label(labels, train, test), 0, 0)


@register(
    "aurora-2", "For each fold: what share of the test rows gets its own label? Take the mean."
)
def leak(answer, rng) -> bool:
    """Ask for a function of labels (N,) and a block length: what never looking scores."""
    labels = np.repeat(rng.integers(0, 6, 40), 6)
    blocks = rng.choice(np.arange(1, 30), 3, replace=False)
    return all(same(answer(labels, int(b)), _leak(labels, int(b))) for b in blocks)


def _leak(labels: np.ndarray, block: int) -> float:
    folds = block_folds(len(labels), block=block)
    return float(np.mean([(nearest_label(labels, a, b) == labels[b]).mean() for a, b in folds]))


@register("aurora-3", "2 (B - 1) strangers; each shows one of n - 1 other pictures: how likely?")
def false_strangers(answer, rng) -> bool:
    """Ask for a function of B, n and m: strangers of a view's own display, 2 (B-1)(m-1)/(n-1)."""
    for _ in range(3):
        batch, display = (int(k) for k in rng.integers(2, 100, 2))
        n = batch + display + int(rng.integers(10, 5000))
        right = 2 * (batch - 1) * (display - 1) / (n - 1)
        if not same(answer(batch, n, display), right):
            return False
    return True


@register("aurora-4", "B - 1 others have the cosine 1, the partner among them, and B have -1.")
def one_bit(answer, rng) -> bool:
    """Ask for a function of B, even, and the temperature: the loss of two answers only."""
    for batch in 2 * rng.choice(np.arange(1, 60), 3, replace=False):
        tau = float(rng.uniform(0.1, 2))
        poles = np.resize([1.0, -1.0], int(batch))[:, None]
        if not same(answer(int(batch), tau), _nt_xent(poles, poles, tau)):
            return False
    return True


@register("aurora-5", "Before you sum a row, leave out who shares its display, save the partner.")
def nt_xent(answer, rng) -> bool:
    """Ask for NT-Xent of z1, z2 (B, F) without strangers of the own display (B,), at tau = 0.5."""
    z1, z2 = rng.normal(size=(2, 9, 5))
    displays = rng.permutation([0, 0, 0, 1, 1, 2, 3, 3, 4])
    return same(answer(z1, z2, displays), _nt_xent(z1, z2, displays=displays), 1e-4)


def _nt_xent(z1, z2, temperature: float = 0.5, displays=None) -> float:
    """The loss pair by pair; a test holds it to `geoviz_ml.learn.losses.NTXent`."""
    views = [view / np.sqrt(view @ view) for view in np.concatenate([z1, z2])]
    shows = np.tile(np.arange(len(z1)) if displays is None else displays, 2)
    half, losses = len(z1), []
    for i, view in enumerate(views):
        partner = (i + half) % (2 * half)
        others = [k for k in range(2 * half) if shows[k] != shows[i] or k == partner]
        alike = {k: np.exp(view @ views[k] / temperature) for k in others}
        losses.append(-np.log(alike[partner] / sum(alike.values())))
    return float(np.mean(losses))


@register("aurora-6", "Recall: a sum over a row. A row without pictures has none: leave it out.")
def balanced(answer, rng) -> bool:
    """Ask for a function of a confusion matrix (k, k), true classes in rows: the mean recall.

    A class of which no picture was tested is not among them.
    """
    confusion = rng.integers(1, 30, (6, 6))
    confusion[rng.integers(6)] = 0
    full = [row for row in range(6) if sum(confusion[row])]
    return same(answer(confusion), np.mean([confusion[i, i] / sum(confusion[i]) for i in full]))


@register("aurora-7", "The own cluster without the picture itself; of the others the nearest one.")
def silhouettes(answer, rng) -> bool:
    """Ask for a function of distances (N, N) and clusters (N,): the silhouette (N,) of each."""
    points, clusters = rng.normal(size=(14, 3)), rng.permutation(np.arange(14) % 3)
    distances = np.sqrt(((points[:, None] - points) ** 2).sum(2))
    return same(answer(distances, clusters), _silhouettes(distances, clusters))


def _silhouettes(distances: np.ndarray, clusters: np.ndarray) -> list[float]:
    """One picture at a time, of clusters that have two pictures or more."""
    found = []
    for i, mine in enumerate(clusters):
        own = [distances[i, k] for k in range(len(clusters)) if clusters[k] == mine and k != i]
        others = [distances[i, clusters == c].mean() for c in set(clusters) - {mine}]
        a, b = np.mean(own), min(others)
        found.append((b - a) / max(a, b))
    return found


@register("aurora-8", "Of every display the size of its largest part; their sum over all pictures.")
def kept_whole(answer, rng) -> bool:
    """Ask for a function of clusters and displays (N,): the share in the main clusters."""
    clusters, displays = rng.integers(0, 5, 60), rng.permutation(np.arange(60) // 6)
    most = sum(np.bincount(clusters[displays == d]).max() for d in range(10))
    return same(answer(clusters, displays), most / 60)
