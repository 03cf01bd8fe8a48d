"""The eleven augmentations of the nucleus paper."""

import re
import warnings

import numpy as np
import pytest

from geoviz_ml.errors import UsageError
from geoviz_ml.prepare.augment import TABLE_1, table_1_augmentation

PICTURE = np.random.default_rng(0).random((48, 40)).astype(np.float32)
MASK = np.zeros((48, 40), bool)
MASK[10:20, 8:30] = True
PAPER = "1 .4 .4 .2 .5 .7 .7 .7 .7 .7 .7"  # the column of probabilities


def test_eleven_rows_with_the_papers_probabilities():
    assert list(TABLE_1.values()) == [float(word) for word in PAPER.split()]
    written = re.findall(r"\bp=([0-9.]+)", repr(table_1_augmentation((32, 32))))
    assert [float(word) for word in written][:11] == list(TABLE_1.values())


def test_one_channel_of_floats_stays_one_in_0_to_1():
    augment = table_1_augmentation((32, 36))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for seed in range(30):
            augment.seed(seed)
            picture, mask = augment(PICTURE, MASK)
            assert picture.shape == mask.shape == (32, 36)
            assert picture.dtype == np.float32
            assert picture.min() >= 0
            assert picture.max() <= 1
            assert set(np.unique(mask)) <= {0, 1}


@pytest.mark.parametrize(("name", "often"), list(TABLE_1.items())[1:])
def test_each_row_alone_changes_its_share_of_pictures(name, often):
    augment = table_1_augmentation(leave_out=tuple(set(TABLE_1) - {name}))
    augment.seed(0)
    n = 200
    changed = sum(not np.array_equal(augment(PICTURE, MASK)[0], PICTURE) for _ in range(n))
    # a motion of length 0 or a shift that rounds to nothing leaves a picture as it is
    assert abs(changed - often * n) < 4.5 * np.sqrt(n * often * (1 - often))


def test_unknown_row_is_an_error():
    with pytest.raises(UsageError, match="Rain"):
        table_1_augmentation(leave_out=("Rain",))
