"""How much the unlabeled samples should count: the eta of `PNURisk`."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from ..errors import UsageError
from .pnu_risk import PNURisk, check_prior


def heuristic_eta(prior: float, positives: int, negatives: int) -> float:
    """The eta that makes the risk vary least, if U is plenty and both classes scatter alike.

    With a loss of l(m) + l(-m) = 1 the labels enter the risk as (1 + eta) p E_P and
    (1 - eta) (1 - p) E_N. The sum of their variances is least at
    eta = (psi_N - psi_P) / (psi_N + psi_P), with psi_P = p^2 / n_P and psi_N = (1 - p)^2 / n_N
    (Sakai et al. 2017).

    Parameters
    ----------
    prior : float
        Share of the positives among the unlabeled samples.
    positives, negatives : int
        How many labels there are.

    Returns
    -------
    float
        The weight of the unlabeled samples, -1 to 1.

    Raises
    ------
    UsageError
        A class has no label, or the prior is not between 0 and 1.
    """
    check_prior(prior)
    if min(positives, negatives) < 1:
        raise UsageError("the heuristic needs labels of both classes.")
    psi_p, psi_n = prior**2 / positives, (1 - prior) ** 2 / negatives
    return (psi_n - psi_p) / (psi_n + psi_p)


def validation_risk(
    scores: np.ndarray, labels: np.ndarray, prior: float, eta: float | None = None
) -> float:
    """Estimated error rate on held-out samples: the clamped PNU risk of the zero-one loss.

    Parameters
    ----------
    scores : ndarray (N,)
    labels : ndarray (N,)
        +1, -1, 0 = unlabeled.
    prior : float
    eta : float, optional
        Default: `heuristic_eta` of the held-out labels.
    """
    labels = np.asarray(labels)
    if eta is None:
        eta = heuristic_eta(prior, int((labels == 1).sum()), int((labels == -1).sum()))
    risk = PNURisk(prior, eta, "zero_one")
    return risk(torch.as_tensor(np.asarray(scores, float)), torch.as_tensor(labels)).item()


def choose_eta(scores: Mapping[float, np.ndarray], labels: np.ndarray, prior: float) -> float:
    """The eta whose network does best on held-out samples.

    Parameters
    ----------
    scores : mapping
        For every eta tried, the scores (N,) of the held-out samples by the network trained with it.
    labels : ndarray (N,)
        +1, -1, 0 = unlabeled.
    prior : float

    Returns
    -------
    float
        Of the least `validation_risk`; of equals the one nearest to 0.

    Raises
    ------
    UsageError
        There are no scores.

    Notes
    -----
    All networks are measured with one rule, that of `heuristic_eta`. Measured each with its own
    eta, the one whose rule scatters most would too often seem the best.
    """
    if not scores:
        raise UsageError("there is no eta to choose from.")
    return min(scores, key=lambda eta: (validation_risk(scores[eta], labels, prior), abs(eta)))
