"""Seeds and settings out of an array of NumPy do what Python's numbers do."""

import random
from functools import partial

import numpy as np
import pytest
import torch

from geoviz_ml.learn import fit, segmentation_learner
from geoviz_ml.models import UNet
from geoviz_ml.own.network import Mirror
from geoviz_ml.prepare import BoxCrops, Views, table_1_augmentation
from geoviz_ml.settings import set_seed
from geoviz_ml.simulate import nucleus

GREY = np.random.default_rng(0).random((4, 32, 32), np.float32)
(SEED,) = np.array([3])
batch = torch.from_numpy(GREY)[:, None]


def test_every_generator_is_where_the_same_number_of_python_puts_it():
    states = []
    for seed in (3, SEED):
        set_seed(seed)
        states.append((random.random(), np.random.rand(), torch.rand(1).item()))  # noqa: NPY002
    assert states[0] == states[1]
    with pytest.raises(TypeError):
        set_seed(3.5)


@pytest.mark.parametrize(
    ("make", "use"),
    [
        (Views, lambda changed: changed(batch)),
        (table_1_augmentation, lambda changed: changed(GREY[0], GREY[0] > 0.5)[0]),
        (partial(table_1_augmentation, batches=True), lambda c: c(batch, batch[:, 0] > 0.5)[0]),
        (partial(BoxCrops, 16), lambda changed: changed(GREY[0], np.zeros((0, 4)))[0]),
        (Mirror, lambda changed: changed(batch, batch[:, 0])[0]),
    ],
)
def test_an_augmentation_is_the_same_from_a_seed_of_numpy(make, use):
    changed = make()
    answers = []
    for seed in (3, SEED):
        changed.seed(seed)
        answers.append(np.asarray(use(changed)))
    np.testing.assert_array_equal(*answers)


def test_a_checkpoint_of_settings_of_numpy_is_read_again(tmp_path):
    def learner(seed, lr, batch_size):
        data = GREY, GREY > 0.5
        make = partial(UNet, base=2)
        return segmentation_learner(data, data, make, seed=seed, lr=lr, batch_size=batch_size)

    first = fit(learner(SEED, np.float64(1e-3), np.int64(2)), np.int64(1), folder=tmp_path)
    second = fit(learner(3, 1e-3, 2), 2, folder=tmp_path)
    assert second.train_loss[0] == first.train_loss[0]
    assert len(fit(learner(SEED, np.float64(1e-3), np.int64(2)), 2, folder=tmp_path)) == 2


def test_a_simulation_of_a_seed_of_numpy_is_that_of_the_number(tmp_path):
    nucleus.make(tmp_path, 1, seed=SEED, coarse=16)
    nucleus.make(tmp_path, 1, seed=3, coarse=16)  # another seed would be refused
