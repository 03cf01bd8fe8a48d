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


class StrataOrder:
    """Numbers of the samples of an epoch, batch after batch, as `Batches` wants them.

    A stratum that is used up is shuffled anew and begun again.

    Parameters
    ----------
    labels : ndarray (N,)
        +1, -1, 0 = unlabeled.
    shares : (int, int, int)
        Of +1, -1 and 0 in a batch. A share of 0 leaves the stratum out.
    steps : int
        Batches of an epoch.

    Raises
    ------
    UsageError
        A stratum with a share has no sample, or all shares are 0.
    """

    def __init__(self, labels: np.ndarray, shares: tuple[int, int, int], steps: int):
        if sum(shares) < 1 or min(shares) < 0:
            raise UsageError(f"a batch of {shares} samples is empty.")
        self.shares, self.steps = shares, steps
        self.members = [np.flatnonzero(labels == y).tolist() for y in STRATA]
        for y, share, members in zip(STRATA, shares, self.members, strict=True):
            if share and not members:
                raise UsageError(
                    f"no sample has the label {y}, of which every batch should hold {share}.",
                    advice="Give samples, or a share of 0.",
                )

    def __len__(self) -> int:
        return self.steps * sum(self.shares)

    def __call__(self, rng: random.Random) -> list[int]:
        """As many numbers as the object is long; `rng` shuffles."""
        streams = [_endless(members, rng) for members in self.members]
        return [
            next(stream)
            for _ in range(self.steps)
            for stream, share in zip(streams, self.shares, strict=True)
            for _ in range(share)
        ]


def _endless(members: list[int], rng: random.Random) -> Iterator[int]:
    while True:
        yield from rng.sample(members, len(members))
