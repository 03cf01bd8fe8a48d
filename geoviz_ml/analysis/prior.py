"""How many of the unlabeled samples are positive: the class prior by energy distance."""

from __future__ import annotations

import numpy as np
from scipy.spatial.distance import cdist

from ..errors import UsageError, unmasked


def energy_distance_prior(P: np.ndarray, N: np.ndarray, U: np.ndarray) -> float:
    """Part of the positives in U: the mixture of P and N that is nearest to U.

    The energy distance between the mixture p P + (1 - p) N and U is a parabola in p, with its
    lowest point at::

        p = (d_PN - d_NN + d_NU - d_PU) / (2 d_PN - d_PP - d_NN)

    where d_AB is the mean distance of a sample of A and one of B (Szekely and Rizzo 2013;
    Kawakubo et al. 2016).

    Parameters
    ----------
    P, N, U : ndarray (n, ...)
        Positive, negative and unlabeled samples: vectors, or pictures of one shape. Distances are
        Euclidean, so bring features to one scale first. P and N must look as the two classes in U
        do, or the estimate is off.

    Returns
    -------
    float
        0 to 1.

    Raises
    ------
    UsageError
        Too few samples, different shapes, NaN, or classes that cannot be told apart.

    Notes
    -----
    d_PP and d_NN are means over pairs of different samples, which keeps the estimate true for few.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.analysis import energy_distance_prior
    >>> rng = np.random.default_rng(0)
    >>> arcs, sky = rng.normal(2, 1, (500, 2)), rng.normal(-2, 1, (500, 2))
    >>> unlabeled = np.concatenate([rng.normal(2, 1, (300, 2)), rng.normal(-2, 1, (700, 2))])
    >>> round(energy_distance_prior(arcs, sky, unlabeled), 2)  # 300 of 1000 are arcs
    0.3
    """
    samples = {name: _rows(name, part) for name, part in (("P", P), ("N", N), ("U", U))}
    lengths = {part.shape[1] for part in samples.values()}
    if len(lengths) > 1:
        shapes = ", ".join(
            f"{name} {np.shape(s)}" for name, s in zip("PNU", (P, N, U), strict=True)
        )
        raise UsageError(f"samples of different shapes: {shapes}.")
    p, n, u = samples.values()
    pn, pp, nn = _between(p, n), _within(p), _within(n)
    apart = 2 * pn - pp - nn
    if not apart > 1e-12 * pn:
        raise UsageError(
            "positives and negatives cannot be told apart.",
            advice="Use other features, or more samples.",
        )
    return float(np.clip((pn - nn + _between(n, u) - _between(p, u)) / apart, 0, 1))


def _rows(name: str, samples: np.ndarray) -> np.ndarray:
    samples = np.asarray(unmasked(samples, name), float)
    if samples.ndim < 2 or len(samples) < (1 if name == "U" else 2):
        raise UsageError(
            f"{name} has the shape {samples.shape}.",
            advice="Give (n, ...), with two samples or more of P and N and one of U.",
        )
    if not np.isfinite(samples).all():
        raise UsageError(f"a sample of {name} holds NaN or infinity.")
    return samples.reshape(len(samples), -1)


def _sum(a: np.ndarray, b: np.ndarray) -> float:
    """Sum of all distances, some rows at a time."""
    return sum(cdist(a[i : i + 256], b).sum() for i in range(0, len(a), 256))


def _between(a: np.ndarray, b: np.ndarray) -> float:
    return _sum(a, b) / (len(a) * len(b))


def _within(a: np.ndarray) -> float:
    return _sum(a, a) / (len(a) * (len(a) - 1))
