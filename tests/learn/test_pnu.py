"""The PNU learner: it learns from few labels, it repeats, it survives an interrupt."""

import numpy as np
import pytest
import torch
from fastai.callback.core import Callback

from geoviz_ml.errors import UsageError
from geoviz_ml.learn import pnu_learner
from geoviz_ml.learn.pnu import predict_scores
from geoviz_ml.learn.pnu_weight import heuristic_eta, validation_risk
from geoviz_ml.learn.training import fit
from geoviz_ml.models.patch_net import PatchNet, PatchResNet
from geoviz_ml.models.simclr import ResNetClassifier
from geoviz_ml.prepare.views import Views
from geoviz_ml.settings import set_seed


def patches(n=(20, 20, 60), prior=0.4, seed=0):
    """Patches with a bright band (positive) or an even glow of the same brightness, on noise."""
    rng = np.random.default_rng(seed)
    labels = np.repeat([1, -1, 0], n)
    hidden = np.repeat([1, -1], [round(prior * n[2]), n[2] - round(prior * n[2])])
    truth = np.r_[labels[: n[0] + n[1]], hidden]
    y, x = np.mgrid[-16:16, -16:16]
    angle, place = rng.uniform(0, np.pi, len(truth)), rng.uniform(-6, 6, len(truth))
    across = np.sin(angle)[:, None, None] * x + np.cos(angle)[:, None, None] * y
    band = np.exp(-0.5 * ((across - place[:, None, None]) / 2.5) ** 2)
    even = band.mean(axis=(1, 2), keepdims=True) + 0 * band
    light = np.where(truth[:, None, None] == 1, band, even)
    pictures = 0.2 + 0.4 * light + 0.1 * rng.normal(size=light.shape)
    return pictures.clip(0, 1).astype(np.float32), labels, truth


def learner(seed=0, model=PatchNet, train=None, **options):
    set_seed(seed)
    train = train or patches()[:2]
    options = {"prior": 0.4, "lr": 2e-3, "shares": (4, 4, 8), "seed": seed, **options}
    return pnu_learner(train, patches((10, 10, 30), seed=9)[:2], model(width=4), **options)


def weights(one):
    return torch.cat([p.detach().ravel().float() for p in one.model.state_dict().values()])


@pytest.mark.parametrize("model", [PatchNet, PatchResNet])
def test_it_learns_from_few_labels_and_generalises(model):
    turned = Views(crop=None, flip_lr=0.5, rotate=90, radius=None)
    one = learner(model=model, shares=(8, 8, 16), steps=20, augment=turned)
    fit(one, 8, one_cycle=True)
    x, _, truth = patches((200, 200, 0), seed=5)
    error = (np.sign(predict_scores(one, x)) != truth).mean()
    assert error < 0.15


def test_history_agrees_with_the_formulas_on_the_whole_validation_set():
    one = learner(mixed_precision=False, eta=0.5, clamp=True)
    row = fit(one, 2).iloc[-1]
    x, labels, _ = patches((10, 10, 30), seed=9)
    scores = predict_scores(one, x).astype(float)
    p, n, u = (scores[labels == y] for y in (1, -1, 0))
    wrong = 0.4 * (p < 0).mean() + 0.6 * (n > 0).mean()
    assert row.valid_error == pytest.approx(wrong, abs=1e-6)
    assert row.valid_risk == pytest.approx(validation_risk(scores, labels, 0.4), abs=1e-6)

    def loss(m):
        return (1 / (1 + np.exp(m))).mean()

    pn = 0.4 * loss(p) + 0.6 * loss(-n)
    pu = 0.4 * loss(p) + max(0, loss(-u) - 0.4 * loss(-p))
    assert row.valid_loss == pytest.approx(0.5 * pn + 0.5 * pu, abs=1e-5)
    assert np.isfinite(row.train_loss)


def test_same_seed_same_weights_other_seed_other_weights():
    one, same, other = (learner(seed, augment=Views(radius=None)) for seed in (0, 0, 1))
    for each in (one, same, other):
        fit(each, 2)
    assert torch.equal(weights(one), weights(same))
    assert not torch.equal(weights(one), weights(other))


def test_pn_does_not_see_the_unlabeled_patches():
    x, labels, _ = patches()
    changed = np.where((labels == 0)[:, None, None], 1 - x, x)
    one, other = learner(train=(x, labels), eta=0), learner(train=(changed, labels), eta=0)
    assert one.recipe["steps"] == learner(eta=0.5).recipe["steps"]  # no fewer steps than PNU
    for each in (one, other):
        fit(each, 1)
    assert torch.equal(weights(one), weights(other))


@pytest.mark.parametrize(("eta", "seen"), [(0, {1, -1}), (1, {1, 0}), (-1, {-1, 0})])
def test_batches_hold_only_what_the_risk_asks_for(eta, seen):
    batches = list(learner(eta=eta).dls.train)
    assert {int(y) for _, labels in batches for y in labels} == seen


def test_eta_is_by_default_the_heuristic_one():
    assert learner().loss_func.eta == pytest.approx(heuristic_eta(0.4, 20, 20))


def test_a_run_in_two_parts_ends_with_the_same_weights(tmp_path):
    class Stop(Callback):
        def after_batch(self):
            if self.epoch == 2 and self.training:
                raise KeyboardInterrupt

    options = {"augment": Views(radius=None), "steps": 4}
    whole, first, second = (learner(**options) for _ in range(3))
    fit(whole, 4, one_cycle=True)
    first.add_cb(Stop())
    with pytest.raises(KeyboardInterrupt):
        fit(first, 4, one_cycle=True, folder=tmp_path)
    table = fit(second, 4, one_cycle=True, folder=tmp_path)
    assert torch.equal(weights(whole), weights(second))
    assert list(table.epoch) == [1, 2, 3, 4]
    with pytest.raises(UsageError, match="differs in loss"):
        fit(learner(clamp=False, **options), 4, one_cycle=True, folder=tmp_path)


def test_bytes_and_floats_train_alike():
    x, labels, _ = patches()
    as_bytes = (x * 255).round().astype(np.uint8)
    one = learner(train=(as_bytes, labels), mixed_precision=False)
    other = learner(train=(as_bytes.astype(np.float32) / 255, labels), mixed_precision=False)
    assert fit(one, 1).equals(fit(other, 1))


def test_bad_input_is_named():
    x, labels, _ = patches()
    with pytest.raises(UsageError, match="labels of shape"):
        learner(train=(x, labels[1:]))
    with pytest.raises(UsageError, match="none of"):
        learner(train=(x, labels + 1))
    with pytest.raises(UsageError, match="NaN"):
        learner(train=(x * np.nan, labels))
    with pytest.raises(UsageError, match="prior"):
        learner(prior=0.0)
    with pytest.raises(UsageError, match="no gradient"):
        learner(loss="zero_one")
    with pytest.raises(UsageError, match="optimiser 'lion'"):
        learner(optimizer="lion")
    for missing in (1, -1):
        kept = labels != missing
        with pytest.raises(UsageError, match="both classes"):
            learner(train=(x[kept], labels[kept]))
    with pytest.raises(UsageError, match="no sample has the label 0"):
        learner(train=(x[labels != 0], labels[labels != 0]), eta=0.5)
    with pytest.raises(UsageError, match="validation set needs"):
        pnu_learner((x, labels), (x[:5], labels[:5]), PatchNet(4), prior=0.4)
    for shares in ((0, 0, 0), (1, 1), (1, 1, -1)):
        with pytest.raises(UsageError, match="make no batch"):
            learner(shares=shares)
    with pytest.raises(UsageError, match="one score a patch"):
        predict_scores(ResNetClassifier(2, width=4), x)
    with pytest.raises(UsageError, match="too small"):
        PatchNet(patch=24)


class Undecided(torch.nn.Module):
    """Says 0 of every patch: the sigmoid loss of each is a half, and so is every risk."""

    def __init__(self, width):
        super().__init__()
        self.zero = torch.nn.Parameter(torch.zeros(1))

    def forward(self, x):
        return 0 * self.zero * x[:, :, 0, 0]


def test_an_epoch_sees_all_steps_back_and_has_the_mean_risk_of_its_batches():
    """61 unlabeled in shares of 8: eight steps."""
    one = learner(model=Undecided, train=patches((20, 20, 61))[:2])
    assert one.loss_func.clamp == "step"
    assert len(one.dls.train) == 8
    assert fit(one, 1).train_loss.tolist() == pytest.approx([0.5])
