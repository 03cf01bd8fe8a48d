"""The aurora lab: wrong answers are noticed, and its checks agree with other libraries."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, silhouette_samples

from geoviz_ml.checks import aurora
from geoviz_ml.exercises import RIGHT, judge


def all_the_same(z1, z2, displays, tau=0.5):
    """Forgets the displays."""
    return aurora._nt_xent(z1, z2, tau)


def without_partner(z1, z2, displays, tau=0.5):
    """Leaves the partner out of the sum too, since it shares the display."""
    z = np.concatenate([z1, z2])
    z = z / np.linalg.norm(z, axis=1, keepdims=True)
    logits = z @ z.T / tau
    shows = np.tile(displays, 2)
    strange = np.where(shows[:, None] != shows, np.exp(logits), 0).sum(1)
    rows = np.arange(len(z))
    return np.mean(np.log(strange) - logits[rows, np.roll(rows, len(z1))])


def with_itself(distances, clusters):
    """Counts the distance of a picture to itself."""
    found = []
    for i, mine in enumerate(clusters):
        a = distances[i, clusters == mine].mean()
        b = min(distances[i, clusters == c].mean() for c in set(clusters) - {mine})
        found.append((b - a) / max(a, b))
    return found


WRONG = {
    "aurora-1": [lambda labels, train, test: labels[test]],
    "aurora-2": [lambda labels, block: 1.0, lambda labels, block: np.nan],
    "aurora-3": [lambda B, n, m: 2 * (B - 1) * m / n, lambda B, n, m: (B - 1) * (m - 1) / (n - 1)],
    "aurora-4": [lambda B, tau: np.log(2 * B - 1), lambda B, tau: np.log(B - 1)],
    "aurora-5": [all_the_same, without_partner, lambda z1, z2, displays: 1.0],
    "aurora-6": [
        lambda c: np.mean(c.diagonal() / c.sum(0)),
        lambda c: c.trace() / c.sum(),
        lambda c: (c.diagonal() / np.maximum(c.sum(1), 1)).mean(),  # the empty class counts as 0
        lambda c: np.nan,
    ],
    "aurora-7": [with_itself, lambda d, c: np.zeros(len(c))],
    "aurora-8": [lambda c, d: 1.0, lambda c, d: np.bincount(c).max() / len(c)],
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_answers_are_noticed(name):
    for answer in WRONG[name]:
        for seed in range(10):
            assert judge(name, answer, seed).state != RIGHT


@pytest.mark.filterwarnings("ignore:y_pred contains")
def test_the_mean_recall_is_scikit_learns_with_an_empty_class():
    confusion = np.array([[3, 1, 0], [0, 0, 0], [2, 0, 5]])
    true, said = (np.repeat(axis, confusion.ravel()) for axis in np.indices((3, 3)).reshape(2, -1))
    right = balanced_accuracy_score(true, said)
    answers = {"aurora-6": lambda c: np.mean(c.diagonal()[c.sum(1) > 0] / c.sum(1)[c.sum(1) > 0])}
    assert answers["aurora-6"](confusion) == pytest.approx(right)
    assert judge("aurora-6", answers["aurora-6"]).state == RIGHT


def test_the_silhouettes_are_scikit_learns():
    points = np.random.default_rng(0).normal(size=(20, 4))
    clusters = np.arange(20) % 3
    distances = np.linalg.norm(points[:, None] - points, axis=2)
    found = aurora._silhouettes(distances, clusters)
    assert found == pytest.approx(silhouette_samples(points, clusters))


def test_a_network_with_one_bit_gains_one_bit():
    poles = np.resize([1.0, -1.0], 64)[:, None]
    alike = np.ones((64, 1))
    gained = aurora._nt_xent(alike, alike, 0.05) - aurora._nt_xent(poles, poles, 0.05)
    assert gained == pytest.approx(np.log(127 / 63))


def test_strangers_of_the_own_display_are_as_many_as_drawn():
    rng = np.random.default_rng(1)
    displays = np.repeat(np.arange(60), 5)
    counts = []
    for _ in range(400):
        batch = displays[rng.choice(300, 20, replace=False)]
        counts.append(2 * ((batch == batch[0]).sum() - 1))
    assert np.mean(counts) == pytest.approx(2 * 19 * 4 / 299, abs=0.12)


def test_long_blocks_leak_less():
    labels = np.repeat(np.random.default_rng(0).integers(0, 6, 60), 20)
    assert aurora._leak(labels, 1) > 0.9 > aurora._leak(labels, 20) > aurora._leak(labels, 200)
