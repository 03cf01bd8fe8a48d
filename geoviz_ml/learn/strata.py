"""Batches with a fixed share of positives, negatives and unlabeled samples.

Drawn from all samples alike, a batch of eight among 100 labels and 3000 unlabeled patches has
seldom a positive in it. Each stratum is therefore gone through on its own.

The three strata are those of Sakai et al. 2017 (PMLR 70, 2998).
"""

from __future__ import annotations

import random
from collections.abc import Iterator

import numpy as np

from ..errors import UsageError

STRATA = (1, -1, 0)


def strata_order(
    labels: np.ndarray, shares: tuple[int, int, int], steps: int, rng: random.Random
) -> list[int]:
    """Numbers of the samples of `steps` batches, one batch after the other.

    Parameters
    ----------
    labels : ndarray (N,)
        +1, -1, 0 = unlabeled.
    shares : (int, int, int)
        Of +1, -1 and 0 in a batch. A share of 0 leaves the stratum out.
    steps : int
    rng : random.Random
        Shuffles. A stratum that is used up is shuffled anew and begun again.

    Raises
    ------
    UsageError
        A stratum with a share has no sample, or all shares are 0.
    """
    if sum(shares) < 1 or min(shares) < 0:
        raise UsageError(f"a batch of {shares} samples is empty.")
    streams = []
    for y, share in zip(STRATA, shares, strict=True):
        members = np.flatnonzero(np.asarray(labels) == y).tolist()
        if share and not members:
            raise UsageError(
                f"no sample has the label {y}, of which every batch should hold {share}.",
                advice="Give samples, or a share of 0.",
            )
        streams.append((_endless(members, rng), share))
    return [next(stream) for _ in range(steps) for stream, n in streams for _ in range(n)]


def _endless(members: list[int], rng: random.Random) -> Iterator[int]:
    while True:
        yield from rng.sample(members, len(members))


class StrataOrder:
    """`strata_order` of one epoch after the other, as `Batches` wants it.

    Parameters
    ----------
    labels, shares, steps
        See `strata_order`: labels are (N,).
    """

    def __init__(self, labels: np.ndarray, shares: tuple[int, int, int], steps: int):
        self.labels, self.shares, self.steps = labels, shares, steps

    def __len__(self) -> int:
        return self.steps * sum(self.shares)

    def __call__(self, rng: random.Random) -> list[int]:
        return strata_order(self.labels, self.shares, self.steps, rng)
