"""The classification learner: it learns, it repeats, it goes on, its history is right."""

import numpy as np
import pytest
import torch
from sklearn.metrics import log_loss

from geoviz_ml.errors import UsageError
from geoviz_ml.learn import classification_learner
from geoviz_ml.learn.classification import classify
from geoviz_ml.learn.training import fit
from geoviz_ml.models import ResNet18, ResNetClassifier
from geoviz_ml.prepare import Views
from geoviz_ml.settings import set_seed

from .skies import skies


def learner(seed=0, valid=True, **options):
    set_seed(seed)
    encoder = ResNet18(width=4)
    model = torch.nn.Sequential(encoder, torch.nn.Linear(encoder.out_features, 3))
    options = {"batch_size": 16, "lr": 3e-3, "seed": seed, "device": "cpu", **options}
    return classification_learner(skies(), skies(seed=1) if valid else None, model, **options)


def weights(learner):
    return torch.cat([p.detach().ravel().float() for p in learner.model.state_dict().values()])


def test_it_learns_and_generalises():
    one = learner(augment=Views(crop=(0.5, 1)))
    fit(one, 12, one_cycle=True)
    pictures, labels = skies(seed=2)
    assert (classify(one, pictures).argmax(1) == labels).mean() > 0.9


def test_validation_row_agrees_with_classify():
    one = learner(mixed_precision=False)
    table = fit(one, 3)
    pictures, labels = skies(seed=1)
    prob = classify(one, pictures).astype(float)
    np.testing.assert_allclose(prob.sum(1), 1, atol=1e-5)
    prob /= prob.sum(1, keepdims=True)
    assert table.valid_accuracy.iloc[-1] == pytest.approx((prob.argmax(1) == labels).mean())
    assert table.valid_loss.iloc[-1] == pytest.approx(log_loss(labels, prob), rel=1e-4)


def test_without_validation_there_are_no_validation_columns():
    table = fit(learner(valid=False), 2)
    assert list(table.columns) == ["epoch", "train_loss", "train_accuracy"]


def test_a_run_in_two_parts_ends_with_the_same_weights(tmp_path):
    whole, first, second = (learner(augment=Views()) for _ in range(3))
    fit(whole, 3)
    fit(first, 2, folder=tmp_path)
    table = fit(second, 3, folder=tmp_path)
    assert list(table.epoch) == [1, 2, 3]
    assert table.notna().all(axis=None)
    assert torch.equal(weights(whole), weights(second))


def test_few_pictures_make_one_smaller_batch():
    pictures, labels = skies(5, sequence=2)
    model = torch.nn.Sequential(ResNet18(width=4), torch.nn.Linear(32, 3))
    one = classification_learner((pictures, labels), None, model, batch_size=64, device="cpu")
    assert np.isfinite(fit(one, 2).train_loss).all()


def test_augmentation_changes_training_pictures_only():
    class Blank:
        def seed(self, seed): ...

        def __call__(self, pictures):
            return 0 * pictures

    one, blank = learner(mixed_precision=False), learner(mixed_precision=False, augment=Blank())
    tables = [fit(each, 6) for each in (one, blank)]
    assert tables[0].train_accuracy.iloc[-1] > 0.9
    assert tables[1].train_accuracy.iloc[-1] < 0.6
    assert tables[1].valid_loss.iloc[0] > 0


@pytest.mark.parametrize("labels", [np.zeros(5, int), np.zeros(6), -np.ones(6, int)])
def test_labels_that_make_no_sense_are_named(labels):
    pictures, _ = skies(6)
    with pytest.raises(UsageError, match="labels of shape"):
        classification_learner((pictures, labels), None, ResNet18(width=4))


@pytest.mark.parametrize("valid", [False, True])
def test_labels_from_1_are_noticed_before_the_training(valid):
    pictures, labels = skies(6)[0], np.arange(6) % 2
    good, bad = (pictures, labels), (pictures, labels + 1)
    model = ResNetClassifier(2, width=4)
    with pytest.raises(UsageError, match=r"with \(1, 2\), and there are labels up to 2"):
        classification_learner(*((good, bad) if valid else (bad, None)), model)


def test_the_default_is_adam_of_torch_at_a_thousandth_with_64_pictures():
    model = ResNetClassifier(3, width=4)
    one = classification_learner(skies(150), None, model, device="cpu")
    expected = torch.optim.Adam(model.parameters(), lr=1e-3).defaults
    one.create_opt()
    (group,) = one.opt.opt.param_groups
    assert one.lr == expected["lr"]
    assert len(one.dls.train) == 2  # whole batches alone
    assert [group[k] for k in ("eps", "betas")] == [expected[k] for k in ("eps", "betas")]
    assert group["weight_decay"] == 0
