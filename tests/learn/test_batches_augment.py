"""Training with an augmentation of whole batches: it learns, it repeats, it goes on."""

import pytest
import torch

from geoviz_ml.errors import UsageError
from geoviz_ml.learn import segmentation_learner
from geoviz_ml.learn.segmentation import predict
from geoviz_ml.learn.training import fit
from geoviz_ml.models import UNet
from geoviz_ml.prepare.augment import published_augmentation, table_1_augmentation
from geoviz_ml.scores import iou

from .drawn import bars
from .test_segmentation import stop_in_epoch, weights


def network():
    return UNet(base=4, norm=True, head=8, init="he_normal")


def learner(seed=0, make=published_augmentation):
    augment = make(batches=True)
    return segmentation_learner(
        bars(8), bars(4, seed=1), network, lr=1e-2, augment=augment, seed=seed
    )


def test_it_learns_bars_and_generalises():
    one = learner()
    fit(one, 12, one_cycle=True)
    pictures, masks = bars(6, seed=2)
    assert iou(predict(one, pictures), masks) > 0.7


@pytest.mark.parametrize("make", [published_augmentation, table_1_augmentation])
def test_same_seed_same_weights_other_seed_other_weights(make):
    one, same, other = learner(0, make), learner(0, make), learner(1, make)
    for each in (one, same, other):
        fit(each, 2)
    assert torch.equal(weights(one), weights(same))
    assert not torch.equal(weights(one), weights(other))


@pytest.mark.parametrize("make", [published_augmentation, table_1_augmentation])
def test_a_run_in_two_parts_ends_with_the_same_weights(tmp_path, make):
    whole, first, second = learner(0, make), learner(0, make), learner(0, make)
    fit(whole, 4, one_cycle=True)
    with pytest.raises(KeyboardInterrupt):
        stop_in_epoch(first, 2, tmp_path)
    table = fit(second, 4, one_cycle=True, folder=tmp_path)
    assert torch.equal(weights(whole), weights(second))
    assert list(table.epoch) == [1, 2, 3, 4]


def test_a_checkpoint_of_the_other_kind_is_refused(tmp_path):
    fit(learner(), 1, folder=tmp_path)
    other = segmentation_learner(
        bars(8), bars(4, seed=1), network, lr=1e-2, augment=published_augmentation()
    )
    with pytest.raises(UsageError, match="differs in augment"):
        fit(other, 2, folder=tmp_path)
