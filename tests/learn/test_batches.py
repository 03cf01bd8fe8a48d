"""The loader of all learners."""

import random

import numpy as np
import pytest
import torch

from geoviz_ml.learn.batches import Batches, nothing

CPU = torch.device("cpu")
BYTES = torch.arange(10, dtype=torch.uint8)[:, None, None, None].expand(10, 1, 2, 3)
TARGETS = torch.arange(10)


def test_every_picture_comes_once_an_epoch_with_its_target_and_in_floats():
    batches = Batches(BYTES, TARGETS, CPU, 4, shuffle=True)
    epochs = [[*batches], [*batches]]
    for epoch in epochs:
        assert [len(x) for x, _ in epoch] == [4, 4, 2]
        for x, y in epoch:
            np.testing.assert_allclose(x[:, 0, 1, 2], y / np.float32(255))
        assert sorted(torch.cat([y for _, y in epoch]).tolist()) == [*range(10)]
    first, second = (torch.cat([y for _, y in epoch]) for epoch in epochs)
    assert not torch.equal(first, second)


def test_bytes_stay_bytes_until_they_are_drawn():
    batches = Batches(BYTES, TARGETS, CPU, 4)
    assert batches.pictures.dtype == torch.uint8
    assert next(iter(batches))[0].dtype == torch.float32


def test_the_generator_decides_on_the_order():
    def order(seed):
        batches = Batches(BYTES, TARGETS, CPU, 4, shuffle=True)
        batches.rng = random.Random(seed)
        return torch.cat([y for _, y in batches]).tolist()

    assert order(1) == order(1) != order(2)


def test_a_change_sees_one_picture_in_floats_and_its_target_and_leaves_the_stored_alone():
    seen = []

    def change(picture, target):
        seen.append((picture.shape, picture.dtype, target.dtype))
        picture += 0.5
        return picture, ~target

    masks = torch.zeros(10, 2, 3, dtype=torch.bool)
    batches = Batches(BYTES, masks, CPU, 4, augment=change)
    for _ in range(2):
        for x, y in batches:
            assert x.shape[1:] == (1, 2, 3)
            assert ((x >= 0.5) & (x < 0.6)).all()
            assert y.all()
    assert set(seen) == {((2, 3), np.dtype("float32"), np.dtype("bool"))}
    assert not masks.any()


@pytest.mark.parametrize("augment", [None, lambda picture, boxes: (picture[:, :2], boxes + 1)])
def test_targets_in_a_list_are_put_together_for_the_size_the_pictures_have(augment):
    boxes = [np.full((i, 4), float(i)) for i in range(10)]

    def collate(targets, size):
        return targets, size, len(targets)

    for i, (x, targets, size, n) in enumerate(
        Batches(BYTES, boxes, CPU, 4, collate=collate, augment=augment)
    ):
        assert tuple(size) == tuple(x.shape[-2:]) == (2, 3 if augment is None else 2)
        assert n == len(x)
        assert [len(t) for t in targets] == [*range(10)][4 * i : 4 * i + 4]


def test_an_empty_set_makes_no_batch():
    assert [*Batches(*nothing(BYTES, TARGETS), CPU, 4)] == []


class Whole:
    """A change that says it takes whole batches."""

    whole_batches = True

    def __init__(self):
        self.seen = []

    def __call__(self, pictures, targets):
        self.seen.append((type(pictures), pictures.dtype, tuple(pictures.shape), targets.dtype))
        pictures += 0.5
        return pictures, ~targets


@pytest.mark.parametrize("stored", [BYTES, BYTES / 255])
def test_a_change_of_whole_batches_sees_tensors_and_leaves_the_stored_alone(stored):
    masks, whole = torch.zeros(10, 2, 3, dtype=torch.bool), Whole()
    batches = Batches(stored, masks, CPU, 4, augment=whole)
    before = batches.pictures.clone()
    for _ in range(2):
        for x, y in batches:
            assert ((x >= 0.5) & (x < 0.6)).all()
            assert y.all()
    assert whole.seen[0] == (torch.Tensor, torch.float32, (4, 1, 2, 3), torch.bool)
    assert len(whole.seen) == 6
    assert not masks.any()
    assert torch.equal(batches.pictures, before)


def test_pictures_leave_the_device_only_for_a_change_of_one_at_a_time():
    meta = torch.device("meta")
    where = [
        Batches(BYTES, TARGETS, meta, 4, augment=augment).pictures.device.type
        for augment in (None, Whole(), lambda picture, target: (picture, target))
    ]
    assert where == ["meta", "meta", "cpu"]
