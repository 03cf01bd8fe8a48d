"""Batches with fixed shares of positives, negatives and unlabeled samples."""

import random

import numpy as np
import pytest
import torch

from geoviz_ml.errors import UsageError
from geoviz_ml.learn.batches import Batches
from geoviz_ml.learn.strata import StrataOrder

LABELS = np.random.default_rng(0).permutation(np.repeat([1, -1, 0], [5, 7, 60]))


def order(shares, steps, seed=0, labels=LABELS):
    return StrataOrder(labels, shares, steps)(random.Random(seed))


def test_every_batch_has_its_shares():
    batches = np.array(order((2, 3, 4), 20)).reshape(20, 9)
    for batch in batches:
        assert sorted(LABELS[batch]) == [-1] * 3 + [0] * 4 + [1] * 2


def test_a_stratum_is_seen_whole_before_it_is_seen_again():
    taken = np.array(order((2, 0, 4), 15))
    for y, n in ((1, 5), (0, 60)):
        members = taken[LABELS[taken] == y]
        for i in range(0, len(members), n):
            assert sorted(members[i : i + n]) == list(np.flatnonzero(LABELS == y))
    assert len(taken) == 90


def test_a_stratum_smaller_than_its_share_comes_several_times_in_a_batch():
    taken = np.array(order((12, 1, 1), 1))
    assert set(taken[LABELS[taken] == 1]) == set(np.flatnonzero(LABELS == 1))


def test_a_share_of_nothing_leaves_the_stratum_out():
    assert not (LABELS[order((2, 2, 0), 30)] == 0).any()
    assert len(order((2, 2, 0), 3, labels=LABELS[LABELS != 0])) == 12


def test_same_seed_same_order():
    assert order((2, 2, 2), 9, seed=1) == order((2, 2, 2), 9, seed=1)
    assert order((2, 2, 2), 9, seed=1) != order((2, 2, 2), 9, seed=2)


def test_the_loader_pairs_patches_and_labels_and_scales_bytes():
    patches = (torch.arange(len(LABELS))[:, None, None, None]).byte()
    drawn = StrataOrder(LABELS, (2, 2, 4), 6)
    loader = Batches(patches, torch.tensor(LABELS), torch.device("cpu"), 8, order=drawn)
    batches = list(loader)
    assert len(batches) == len(loader) == 6
    for x, y in batches:
        assert x.shape == (8, 1, 1, 1)
        np.testing.assert_array_equal(LABELS[(x * 255).round().int().ravel()], y)
    again = torch.cat([x for x, _ in loader])
    assert not torch.equal(torch.cat([x for x, _ in batches]), again)  # a new epoch, a new order


def test_bad_shares_are_named():
    with pytest.raises(UsageError, match="no sample has the label 0"):
        order((1, 1, 1), 1, labels=LABELS[LABELS != 0])
    with pytest.raises(UsageError, match="empty"):
        order((0, 0, 0), 1)
    with pytest.raises(UsageError, match="empty"):
        order((2, 2, -1), 1)
