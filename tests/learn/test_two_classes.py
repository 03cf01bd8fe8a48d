"""Two classes: the loss as printed and as meant, the schedules, the learner."""

import numpy as np
import pytest
import torch
from fastai.callback.core import Callback
from segmentation_models_pytorch.losses import DiceLoss

from geoviz_ml.errors import UsageError
from geoviz_ml.learn import segmentation_learner
from geoviz_ml.learn.callbacks import FreshNorms, Temperature, WarmRestarts
from geoviz_ml.learn.losses import CrossEntropyDice
from geoviz_ml.learn.segmentation import predict
from geoviz_ml.learn.training import fit
from geoviz_ml.models import UNet
from geoviz_ml.models.odconv import ODConv2d, set_temperature
from geoviz_ml.scores import iou
from geoviz_ml.settings import set_seed

from .drawn import bars


def batch(seed=0, there=True, classes=2):
    torch.manual_seed(seed)
    target = torch.zeros(3, 1, 12, 20)
    if there:
        target[:2, :, 3:7, 5:11] = 1
    return torch.randn(3, classes, 12, 20, requires_grad=True), target


def dice(logits, target):
    q = logits.softmax(1)[:, 1:]
    return (2 * (q * target).sum() / (q.sum() + target.sum())).item()


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize("there", [True, False])
def test_the_meant_loss_is_cross_entropy_and_the_library_s_dice(there, classes):
    logits, target = batch(there=there, classes=classes)
    number = target[:, 0].long()
    expected = torch.nn.functional.cross_entropy(logits, number)
    expected = expected + DiceLoss("multiclass", log_loss=True)(logits, number)
    assert CrossEntropyDice()(logits, target).item() == pytest.approx(expected.item(), abs=1e-6)
    assert CrossEntropyDice()(logits, number) == CrossEntropyDice()(logits, target)


def test_both_losses_are_their_formulas_in_float64():
    logits, target = batch()
    x, t = logits.detach().numpy().astype(float), target[:, 0].numpy().astype(bool)
    q = np.exp(x) / np.exp(x).sum(1, keepdims=True)
    entropy = -np.log(np.where(t, q[:, 1], q[:, 0])).mean()
    each = [(q[:, c], t == bool(c)) for c in (0, 1)]
    dices = np.array([2 * (p * t).sum() / (p.sum() + t.sum()) for p, t in each])
    formulas = {False: entropy - np.log(dices).mean(), True: entropy - np.log((1 - dices).mean())}
    for printed, expected in formulas.items():
        loss = CrossEntropyDice(printed)
        assert loss(logits.double(), target).item() == pytest.approx(expected, abs=1e-12)
        assert loss(logits, target).item() == pytest.approx(expected, abs=1e-5)
        assert loss(logits.bfloat16(), target).dtype == torch.float32


@pytest.mark.parametrize("start", [0.0, 2.0])
def test_the_printed_loss_drives_dice_down_and_the_meant_one_up(start):
    """From no knowledge, and from a good answer: logits that are free to go where they like."""
    _, target = batch()
    truth = torch.cat([1 - target, target], 1)
    ends = {}
    for printed in (True, False):
        logits = (start * (2 * truth - 1)).requires_grad_()
        first = dice(logits, target)
        descent = torch.optim.SGD([logits], lr=100)
        for _ in range(200):
            descent.zero_grad()
            CrossEntropyDice(printed)(logits, target).backward()
            descent.step()
        ends[printed] = dice(logits, target)
    assert ends[True] < first < ends[False], (first, ends)
    assert ends[False] > 0.95 > 0.5 > ends[True]


@pytest.mark.parametrize("printed", [True, False])
def test_the_gradient_is_finite_at_perfect_and_at_worst(printed):
    _, target = batch()
    truth = torch.cat([1 - target, target], 1)
    for sure in (-200.0, 200.0):
        logits = (sure * (2 * truth - 1)).requires_grad_()
        loss = CrossEntropyDice(printed)(logits, target)
        loss.backward()
        assert loss.isfinite()
        assert logits.grad.isfinite().all()


def test_activation_and_decision_of_two_classes():
    logits, _ = batch()
    loss = CrossEntropyDice()
    torch.testing.assert_close(loss.activation(logits).sum(1), torch.ones(3, 12, 20))
    assert torch.equal(loss.decodes(logits) == 1, loss.activation(logits)[:, 1:] > 0.5)


def test_temperature_falls_in_a_straight_line_to_one():
    schedule = Temperature(start=30, epochs=10)
    assert [schedule.at(e) for e in (0, 5, 10, 99)] == [30, 15.5, 1, 1]


def test_warm_restarts_agree_with_torch():
    weight = torch.zeros(1, requires_grad=True)
    optimiser = torch.optim.SGD([weight], lr=1.0)
    reference = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimiser, T_0=20)
    for step in range(45 * 4):  # of a quarter of an epoch
        reference.step(step / 4)
        rate = optimiser.param_groups[0]["lr"]
        assert WarmRestarts(20).at(step / 4) == pytest.approx(rate, abs=1e-9)


class Dynamic(torch.nn.Module):
    """A small network of two classes with a temperature."""

    def __init__(self):
        super().__init__()
        self.first = ODConv2d(1, 8, 5, padding=2, kernels=2)
        self.norm = torch.nn.BatchNorm2d(8)
        self.last = torch.nn.Conv2d(8, 2, 3, padding=1)

    def forward(self, x):
        return self.last(torch.relu(self.norm(self.first(x))))


class Watch(Callback):
    """Notes rate and temperature of every training step."""

    order = 90

    def __init__(self):
        self.seen = []

    def before_step(self):
        self.seen.append((self.opt.hypers[0]["lr"], self.model.first.temperature))


def learner(seed=0, model=None, **options):
    set_seed(seed)
    options = {"loss": CrossEntropyDice(), "lr": 1e-2, "batch_size": 4, **options}
    options = {"callbacks": [Temperature(10, epochs=2), WarmRestarts(2)], **options}
    model = model or Dynamic()
    return segmentation_learner(bars(8), bars(4, seed=1), model, seed=seed, **options)


def weights(learner):
    return torch.cat([p.detach().ravel().float() for p in learner.model.state_dict().values()])


def test_schedules_act_at_every_step():
    one = learner()
    watch = Watch()
    one.add_cb(watch)
    fit(one, 4)
    rates, temperatures = np.transpose(watch.seen)
    assert len(rates) == 8  # two steps an epoch
    np.testing.assert_allclose(temperatures, [7.75, 5.5, 3.25, 1, 1, 1, 1, 1])
    cycle = 1e-2 * (1 + np.cos(np.pi * np.array([0, 1, 2, 3]) / 4)) / 2
    np.testing.assert_allclose(rates, [*cycle, *cycle])


def test_schedules_survive_a_stop_and_the_temperature_is_kept(tmp_path):
    class Stop(Callback):
        def before_batch(self):
            if self.epoch == 1 and self.training:
                raise KeyboardInterrupt

    whole, first, second = learner(), learner(), learner()
    fit(whole, 3)
    first.add_cb(Stop())
    with pytest.raises(KeyboardInterrupt):
        fit(first, 3, folder=tmp_path)
    kept = torch.load(tmp_path / "checkpoint.pt", weights_only=True)["model"]
    assert kept["first.attention.temperature"] == 5.5
    fit(second, 3, folder=tmp_path)
    assert torch.equal(weights(whole), weights(second))
    assert second.model.first.temperature == 1


def test_a_checkpoint_of_another_callback_is_refused(tmp_path):
    fit(learner(), 1, folder=tmp_path)
    with pytest.raises(UsageError, match="differs in callbacks"):
        fit(learner(callbacks=[Temperature(10, epochs=3)]), 2, folder=tmp_path)
    with pytest.raises(UsageError, match="differs in loss"):
        fit(learner(loss=CrossEntropyDice(printed=True)), 2, folder=tmp_path)


def test_fresh_norms_are_the_mean_over_the_training_set():
    one = learner(callbacks=[FreshNorms(every=5)], batch_size=8, mixed_precision=False)
    fit(one, 2)
    pictures = torch.from_numpy(bars(8)[0])[:, None]
    with torch.inference_mode():
        maps = one.model.train().first(pictures)  # the whole training set is one batch
    torch.testing.assert_close(one.model.norm.running_mean, maps.mean((0, 2, 3)))
    torch.testing.assert_close(one.model.norm.running_var, maps.var((0, 2, 3)))
    assert one.model.norm.momentum == 0.1


def test_two_schedules_of_the_rate_are_refused():
    with pytest.raises(UsageError, match="both set the rate"):
        fit(learner(), 1, one_cycle=True)


def test_a_network_of_two_classes_learns_bars_and_its_history_agrees_with_predict():
    network = UNet(base=4, norm=True, head=8, out_channels=2)
    one = learner(model=network, callbacks=[], mixed_precision=False)
    table = fit(one, 15, one_cycle=True)
    pictures, masks = bars(4, seed=1)
    prob = predict(one, pictures)
    assert prob.shape == masks.shape
    assert iou(prob, masks) > 0.7
    assert table.valid_iou.iloc[-1] == pytest.approx(iou(prob, masks), abs=0.01)


def test_a_last_batch_of_one_is_left_out_when_asked():
    pictures, masks = bars(9)
    sets = (pictures, masks), (pictures, masks)
    options = {"batch_size": 4, "loss": CrossEntropyDice()}
    with pytest.raises(UsageError, match="batch of one"):
        fit(segmentation_learner(*sets, Dynamic(), **options), 1)
    one = segmentation_learner(*sets, Dynamic(), drop_last=True, **options)
    assert np.isfinite(fit(one, 1).train_loss).all()
    with pytest.raises(UsageError, match="do not fill"):
        segmentation_learner(*sets, Dynamic(), drop_last=True, batch_size=10)


def test_the_probability_is_that_of_the_second_channel():
    network = Dynamic()
    set_temperature(network, 2)
    pictures, _ = bars(3)
    with torch.inference_mode():
        expected = network.eval()(torch.from_numpy(pictures)[:, None]).softmax(1)[:, 1]
    np.testing.assert_allclose(predict(network, pictures), expected, atol=1e-6)
    network.last = torch.nn.Conv2d(8, 3, 3, padding=1)
    with pytest.raises(UsageError, match="3 channels"):
        predict(network, pictures)
