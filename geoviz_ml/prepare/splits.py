"""Which pictures train and which test: the official OATH splits, and folds that do not leak.

Neighbouring all-sky pictures are near-duplicates. Where single pictures are shuffled, most test
pictures have a twin in training; where whole blocks are, only those at a block's edge do.
"""

from __future__ import annotations

from collections.abc import Sized

import numpy as np

from ..errors import UsageError

OATH_SEED = 1804  # reproduces the published split table, bit for bit
TRAIN_SHARE = 0.7

Split = tuple[np.ndarray, np.ndarray]


def oath_splits(table: Sized | int) -> list[Split]:
    """The five official splits of OATH: shuffles, of which the first 70 % train.

    They are five independent shuffles, not the five parts of one: a picture is tested in some of
    them and not in others.

    Parameters
    ----------
    table : sized or int
        Label table in the order of the archive, or its length. The published table belongs to
        5824 pictures; for another number the same recipe is used.

    Returns
    -------
    list of five (train, test), ndarrays of int, (k,) and (m,)
        Row numbers from 0; 4077 train and 1747 test of 5824.

    Raises
    ------
    UsageError
        There are fewer than two pictures.

    Notes
    -----
    Source: ``train_test_split.csv`` of OATH 1.1 (Clausen and Nickisch 2018), which is the argsort
    of numpy's legacy random numbers from the seed 1804.

    Examples
    --------
    >>> from geoviz_ml.prepare import oath_splits
    >>> splits = oath_splits(5824)
    >>> len(splits), [len(part) for part in splits[0]]  # of each the numbers to train and to test
    (5, [4077, 1747])
    """
    n = _length(table)
    if n < 2:
        raise UsageError(f"{n} pictures cannot be split.")
    order = np.random.RandomState(OATH_SEED).rand(5, n).argsort(axis=1)  # noqa: NPY002
    cut = round(TRAIN_SHARE * n)
    return [(row[:cut], row[cut:]) for row in order]


def block_folds(n: Sized | int, folds: int = 5, block: int = 100, seed: int = 0) -> list[Split]:
    """Cross-validation folds of whole blocks of neighbours.

    Pictures 0 to `block` - 1 are the first block, and so on; the blocks, in random order, are dealt
    out to the folds in turn. Every picture is tested once.

    Parameters
    ----------
    n : int or sized
        Number of pictures, in order of time.
    folds : int
    block : int
        Pictures in a block; the last may have fewer.
    seed : int

    Returns
    -------
    list of `folds` (train, test), ndarrays of int, (k,) and (m,)
        Row numbers from 0, ascending.

    Raises
    ------
    UsageError
        There are fewer than two folds, no block size, or fewer blocks than folds.

    Examples
    --------
    >>> from geoviz_ml.prepare import block_folds
    >>> sorted(test.tolist() for train, test in block_folds(6, folds=3, block=2))
    [[0, 1], [2, 3], [4, 5]]
    """
    n = _length(n)
    if folds < 2 or block < 1:
        raise UsageError(f"{folds} folds of blocks of {block} make no sense.")
    of = np.arange(n) // block
    blocks = -(-n // block)
    if blocks < folds:
        raise UsageError(
            f"{n} pictures give {blocks} blocks of {block}, fewer than {folds} folds.",
            advice="Choose shorter blocks or fewer folds.",
        )
    fold = (np.random.default_rng(seed).permutation(blocks) % folds)[of]
    return [(np.flatnonzero(fold != k), np.flatnonzero(fold == k)) for k in range(folds)]


def nearest_label(labels: np.ndarray, train: np.ndarray, test: np.ndarray) -> np.ndarray:
    """Predict without looking at a picture: the label of the training picture nearest in number.

    What it gets right is what a split leaks. Of two neighbours equally near the earlier counts.

    Parameters
    ----------
    labels : ndarray (n,)
    train, test : ndarray of int (k,) and (m,)
        Row numbers.

    Returns
    -------
    ndarray (m,)
        Predicted labels.

    Raises
    ------
    UsageError
        Row numbers are not whole numbers, or none trains.

    Examples
    --------
    >>> import numpy as np
    >>> from geoviz_ml.prepare import nearest_label
    >>> labels = np.array([0, 0, 0, 1, 1, 1])
    >>> train, test = np.array([0, 5]), np.array([1, 2, 3, 4])
    >>> nearest_label(labels, train, test).tolist()  # all are right, without a look at a picture
    [0, 0, 1, 1]
    """
    train, test = np.sort(_rows(train)), _rows(test)
    if not len(train):
        raise UsageError("no picture trains: there is no label to copy.")
    after = np.searchsorted(train, test).clip(1, len(train) - 1)
    left, right = train[after - 1], train[after]
    return np.asarray(labels)[np.where(test - left <= right - test, left, right)]


def _rows(numbers: np.ndarray) -> np.ndarray:
    """Row numbers as signed ones: differences of unsigned ones wrap around."""
    rows = np.asarray(numbers)
    if rows.size and rows.dtype.kind not in "iu":
        raise UsageError(
            f"row numbers are {rows.dtype}, and must be whole numbers.",
            advice="Of a bool mask use np.flatnonzero(mask).",
        )
    return rows.astype(int)


def _length(table: Sized | int) -> int:
    return table if isinstance(table, int | np.integer) else len(table)
