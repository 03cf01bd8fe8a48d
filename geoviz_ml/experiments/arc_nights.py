"""Simulated nights of arcs, apart by what they are for, and patches cut from them."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from ..analysis import energy_distance_prior
from ..datasets import ArcPictures
from ..prepare import patches as cut

HELD_OUT = ("atha", "fsmi")  # two of the six stations


class ArcNights:
    """Pictures of simulated nights: two stations are for testing only, of the others a night in
    four is for choosing.

    Parameters
    ----------
    sky : ArcPictures
        With masks, and the table that the simulator writes.

    Attributes
    ----------
    train, valid : ArcPictures
        With and without an arc.
    valid_arcs, test : ArcPictures
        For choosing and for testing, with an arc to be seen.
    faint, empty : ArcPictures
        Of the testing stations, with less of an arc than counts as one to be seen (a hundredth of
        the high sky), and without any.
    """

    def __init__(self, sky: ArcPictures):
        high = cut.high_sky()
        lit = (sky.masks & high).sum((1, 2))
        seen = lit > 0.01 * high.sum()
        testing = sky.table.site.isin(HELD_OUT).to_numpy()
        choosing = ~testing & (sky.table.night % 4 == 0).to_numpy()
        self.train, self.valid = sky[~testing & ~choosing], sky[choosing]
        self.valid_arcs, self.test = sky[choosing & seen], sky[testing & seen]
        self.faint = sky[testing & ~seen & (lit > 0)]
        self.empty = sky[testing & (lit == 0)]

    def draw(self, seed: int, labels: int, unlabeled: int) -> tuple[np.ndarray, ...]:
        """Patches of the training nights, as if a hand had cut them.

        Returns
        -------
        L, y : ndarray (n, 32, 32), ndarray of int (n,)
            As many as `labels`, half of them positive, and their labels: +1, -1.
        U, hidden : ndarray (N, 32, 32), ndarray of int (N,)
            As many as `unlabeled`, and what their labels would be.
        """
        rng, train = np.random.default_rng(seed), self.train
        places, y = cut.label_by_truth(train.masks, labels, rng)
        pool = cut.random_places(len(train), unlabeled, rng)
        L, U = (cut.cut_patches(train.pictures, some) for some in (places, pool))
        return L, y, U, cut.labels_at(train.masks, pool)

    @cached_property
    def valid_set(self) -> tuple[np.ndarray, np.ndarray]:
        """Forty labelled and 1500 unlabeled patches (1540, 32, 32) to choose on, and labels."""
        pool = cut.random_places(len(self.valid), 1500, np.random.default_rng(1))
        places, y = cut.label_by_truth(self.valid.masks, 40, np.random.default_rng(2))
        patches = cut.cut_patches(self.valid.pictures, np.concatenate([places, pool]))
        return patches, np.r_[y, np.zeros(len(pool), int)]

    @cached_property
    def test_places(self) -> np.ndarray:
        """Picture, row and column (4000, 3) of the patches to test on."""
        return cut.random_places(len(self.test), 4000, np.random.default_rng(0))

    @cached_property
    def test_set(self) -> tuple[np.ndarray, np.ndarray]:
        """Patches (4000, 32, 32) to test on, and which of them are arc (4000,)."""
        arc = cut.labels_at(self.test.masks, self.test_places) == 1
        return cut.cut_patches(self.test.pictures, self.test_places), arc

    @cached_property
    def test_nights(self) -> np.ndarray:
        """The night of each of these patches (4000,)."""
        return self.test.table.night.to_numpy()[self.test_places[:, 0]]

    @cached_property
    def empty_patches(self) -> np.ndarray:
        """Patches (4000, 32, 32) of skies without an arc."""
        places = cut.random_places(len(self.empty), 4000, np.random.default_rng(1))
        return cut.cut_patches(self.empty.pictures, places)


def estimated_prior(L: np.ndarray, y: np.ndarray, U: np.ndarray) -> float:
    """Part of the positives among the first thousand patches of U, by energy distance.

    `ArcNights.draw` gives them: L (n, 32, 32), y (n,), U (N, 32, 32).
    """
    groups = (L[y == 1], L[y == -1], U[:1000])
    estimate = energy_distance_prior(*(cut.patch_features(part) for part in groups))
    return float(np.clip(estimate, 0.01, 0.99))


def half(stack: np.ndarray) -> np.ndarray:
    """Pictures or masks (N, 256, 256) of half the size, float32 (N, 128, 128)."""
    return stack.reshape(len(stack), 128, 2, 128, 2).mean((2, 4)).astype(np.float32)


def some(sky: ArcPictures, n: int) -> ArcPictures:
    """About `n` pictures, spread over all."""
    return sky[np.unique(np.linspace(0, len(sky) - 1, n).astype(int))]
