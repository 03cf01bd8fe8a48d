"""The class prior by energy distance, on mixtures that are known."""

import numpy as np
import pytest

from geoviz_ml.analysis import energy_distance_prior
from geoviz_ml.errors import UsageError


def ring(rng, n, radius):
    angle = rng.uniform(0, 2 * np.pi, n)
    return radius * np.c_[np.cos(angle), np.sin(angle)] + 0.3 * rng.normal(size=(n, 2))


def patches(rng, n, arc):
    """8x8 pictures with a bright row, or with an even glow."""
    light = np.zeros((n, 8, 8))
    light[np.arange(n), rng.integers(0, 8, n)] = 1 if arc else 0
    return light + (0 if arc else 0.125) + 0.2 * rng.normal(size=light.shape)


KINDS = {
    "gaussians in 2-D": lambda rng, n, y: rng.normal(size=(n, 2)) + 1.5 * y,
    "gaussians in 20-D": lambda rng, n, y: rng.normal(size=(n, 20)) + 0.5 * y,
    "one class within the other": lambda rng, n, y: ring(rng, n, 2 + y),
    "a class of two clusters": lambda rng, n, y: (
        rng.normal(size=(n, 3)) + 3 * (y > 0) * rng.choice([-1, 1], (n, 1))
    ),
    "patches": lambda rng, n, y: patches(rng, n, y > 0),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("prior", [0.1, 0.4, 0.8])
def test_known_mixtures_are_found_within_005_with_500_samples(kind, prior):
    for seed in range(4):
        rng = np.random.default_rng(seed)
        draw, ours = KINDS[kind], round(500 * prior)
        positive, negative = draw(rng, 500, 1), draw(rng, 500, -1)
        unlabeled = np.concatenate([draw(rng, ours, 1), draw(rng, 500 - ours, -1)])
        assert energy_distance_prior(positive, negative, unlabeled) == pytest.approx(
            prior, abs=0.05
        )


def energy(p, n, u, prior):
    """Energy distance of the mixture and U, from its definition with weights on the samples."""
    mixed = np.concatenate([p, n])
    w = np.r_[np.full(len(p), prior / len(p)), np.full(len(n), (1 - prior) / len(n))]

    def distances(a, b):
        return np.sqrt(((a[:, None] - b) ** 2).sum(-1))

    within = w[:, None] * w * distances(mixed, mixed)
    is_p = np.arange(len(mixed)) < len(p)
    for one in (is_p, ~is_p):  # pairs of different samples only
        within[np.ix_(one, one)] *= one.sum() / (one.sum() - 1)
    return 2 * (w @ distances(mixed, u)).mean() - within.sum()


def test_it_is_the_lowest_point_of_the_energy_distance():
    rng = np.random.default_rng(0)
    p, n = rng.normal(size=(30, 3)) + 1, rng.normal(size=(40, 3)) - 1
    u = np.concatenate([rng.normal(size=(20, 3)) + 1, rng.normal(size=(30, 3)) - 1])
    priors = np.linspace(0, 1, 1001)
    lowest = priors[np.argmin([energy(p, n, u, prior) for prior in priors])]
    assert energy_distance_prior(p, n, u) == pytest.approx(lowest, abs=1e-3)


def test_swapped_classes_give_the_rest():
    rng = np.random.default_rng(0)
    p, n, u = (rng.normal(size=(50, 3)) + shift for shift in (1, -1, 0.2))
    assert energy_distance_prior(p, n, u) == pytest.approx(1 - energy_distance_prior(n, p, u))


def test_unlabeled_samples_of_one_class_give_0_or_1():
    rng = np.random.default_rng(0)
    p, n = rng.normal(size=(50, 2)) + 3, rng.normal(size=(50, 2)) - 3
    assert energy_distance_prior(p, n, p + 1) == 1
    assert energy_distance_prior(p, n, n - 1) == 0


def test_bad_input_is_named():
    rng = np.random.default_rng(0)
    p, n, u = (rng.normal(size=(10, 4)) + shift for shift in (1, -1, 0))
    with pytest.raises(UsageError, match="told apart"):
        energy_distance_prior(np.ones((5, 4)), np.ones((6, 4)), u)
    with pytest.raises(UsageError, match=r"different shapes: .*U \(10, 3\)"):
        energy_distance_prior(p, n, u[:, :3])
    with pytest.raises(UsageError, match="NaN"):
        energy_distance_prior(p * np.nan, n, u)
    with pytest.raises(UsageError, match=r"P has the shape \(1, 4\)"):
        energy_distance_prior(p[:1], n, u)
    with pytest.raises(UsageError, match="U has the shape"):
        energy_distance_prior(p, n, u[:0])
    with pytest.raises(UsageError, match="N has the shape"):
        energy_distance_prior(p, n[0], u)
