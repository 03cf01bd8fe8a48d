"""Checks of the aurora lab. Where an answer is a function, it is tried on random input."""

from __future__ import annotations

import numpy as np

from ..exercises import register
from ..exercises.compare import alike, exactly
from ..prepare.splits import block_folds, nearest_label


@register("aurora-1", "In what order are the training rows, and which of two equally near wins?")
def never_looks(answer, rng) -> bool:
    """Ask for a function of labels (N,), training and test rows: a label for each test row."""
    inputs = []
    for rows in (rng.permutation(80), rng.permutation(60)):
        inputs.append((rng.integers(0, 6, len(rows)), rows[:50], rows[50:]))
    return alike(answer, nearest_label, inputs, exactly)


@register(
    "aurora-2", "For each fold: what share of the test rows gets its own label? Take the mean."
)
def leak(answer, rng) -> bool:
    """Ask for a function of labels (N,) and a block length: what never looking scores."""
    labels = np.repeat(rng.integers(0, 6, 40), 6)
    blocks = rng.integers(1, 10), rng.integers(10, 28), 29  # the folds of 29 differ in size
    return alike(answer, _leak, [(labels, int(block)) for block in blocks])


def _leak(labels: np.ndarray, block: int) -> float:
    folds = block_folds(len(labels), block=block)
    return float(np.mean([(nearest_label(labels, a, b) == labels[b]).mean() for a, b in folds]))


@register(
    "aurora-3",
    "How many strangers are there, and how likely is each to be of the view's own display?",
)
def false_strangers(answer, rng) -> bool:
    """Ask for a function of B, n and m: strangers of a view's own display, 2 (B-1)(m-1)/(n-1)."""
    inputs = []
    for _ in range(3):
        batch, display = (int(k) for k in rng.integers(2, 40, 2))
        inputs.append((batch, batch + display + int(rng.integers(1, 30)), display))
    return alike(answer, lambda B, n, m: 2 * (B - 1) * (m - 1) / (n - 1), inputs)


@register("aurora-4", "Which cosines does a view have with all others, and how many of each?")
def one_bit(answer, rng) -> bool:
    """Ask for a function of B, even, and the temperature: the loss of two answers only."""

    def right(batch, tau):
        poles = np.resize([1.0, -1.0], batch)[:, None]
        return _nt_xent(poles, poles, tau)

    batches = 2 * rng.choice(np.arange(1, 30), 3, replace=False)
    return alike(answer, right, [(int(b), float(rng.uniform(0.1, 2))) for b in batches])


@register("aurora-5", "Before you sum a row, leave out who shares its display, save the partner.")
def nt_xent(answer, rng) -> bool:
    """Ask for NT-Xent of z1, z2 (B, F) without strangers of the own display (B,), at tau = 0.5."""
    inputs = [
        (*rng.normal(size=(2, len(shows), 5)), rng.permutation(shows))
        for shows in ([0, 0, 0, 1, 1, 2, 3, 3, 4], [0, 0, 1, 1, 1, 2])
    ]
    return alike(answer, lambda z1, z2, shows: _nt_xent(z1, z2, displays=shows), inputs)


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

    def right(confusion):
        full = [row for row in range(len(confusion)) if sum(confusion[row])]
        return np.mean([confusion[i, i] / sum(confusion[i]) for i in full])

    inputs = []
    for classes in (6, 4):
        confusion = rng.integers(1, 30, (classes, classes))
        empty, missed = rng.choice(classes, 2, replace=False)
        confusion[empty] = confusion[missed, missed] = 0  # no picture; and none that is right
        inputs.append((confusion,))
    return alike(answer, right, inputs)


@register("aurora-7", "Its own cluster without the picture itself; of the others the nearest one.")
def silhouettes(answer, rng) -> bool:
    """Ask for a function of distances (N, N) and clusters (N,): the silhouette (N,) of each."""
    inputs = []
    for n in (14, 9):
        points, clusters = rng.normal(size=(n, 3)), rng.permutation(np.arange(n) % 3)
        inputs.append((np.sqrt(((points[:, None] - points) ** 2).sum(2)), clusters))
    return alike(answer, _silhouettes, inputs)


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

    def right(clusters, displays):
        shows = np.unique(displays)
        return sum(np.bincount(clusters[displays == d]).max() for d in shows) / len(clusters)

    inputs = [(rng.integers(0, 5, n), rng.integers(0, n // 6, (2, n)).min(0)) for n in (60, 42, 30)]
    return alike(answer, right, inputs)
