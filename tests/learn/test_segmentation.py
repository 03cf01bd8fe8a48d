"""The segmentation learner: it learns, it repeats, it survives a kill."""

import signal
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import torch
from sklearn.metrics import jaccard_score

from geoviz_ml.errors import DataFileError, UsageError
from geoviz_ml.learn import segmentation_learner
from geoviz_ml.learn.cross_validation import block_of_time, cross_validate
from geoviz_ml.learn.segmentation import as_masks, predict
from geoviz_ml.learn.training import fit, history
from geoviz_ml.models import UNet
from geoviz_ml.prepare.augment import published_augmentation
from geoviz_ml.scores import iou
from geoviz_ml.settings import set_seed

from ..conftest import ROOT
from .drawn import bars


def learner(seed=0, init="he_normal", **options):
    set_seed(seed)
    model = UNet(base=4, norm=True, head=8, init=init)
    options = {"lr": 1e-2, "augment": published_augmentation(), "seed": seed, **options}
    return segmentation_learner(bars(8), bars(4, seed=1), model, **options)


def weights(learner):
    return torch.cat([p.detach().ravel() for p in learner.model.state_dict().values()])


def test_it_learns_bars_and_generalises():
    one = learner()
    fit(one, 12, one_cycle=True)
    pictures, masks = bars(6, seed=2)
    assert iou(predict(one, pictures), masks) > 0.7


def test_history_has_a_row_an_epoch_and_both_scores():
    one = learner()
    table = fit(one, 2)
    assert list(table.epoch) == [1, 2]
    for column in ("loss", "iou", "iou_background"):
        assert np.isfinite(table[[f"train_{column}", f"valid_{column}"]]).all(axis=None)
    assert table.equals(history(one))


def test_validation_row_agrees_with_predict():
    one = learner(mixed_precision=False)
    table = fit(one, 3)
    pictures, masks = bars(4, seed=1)
    prob = predict(one, pictures).astype(float)
    assert table.valid_iou.iloc[-1] == pytest.approx(iou(prob, masks), abs=0.01)
    expected = -np.log(np.where(masks, prob, 1 - prob)).mean()
    assert table.valid_loss.iloc[-1] == pytest.approx(expected, rel=1e-3)


def test_same_seed_same_weights_other_seed_other_weights():
    one, same, other = learner(0), learner(0), learner(1)
    for each in (one, same, other):
        fit(each, 2)
    assert torch.equal(weights(one), weights(same))
    assert not torch.equal(weights(one), weights(other))


def test_mixed_precision_changes_the_answer_little():
    full, mixed = learner(mixed_precision=False), learner()
    for each in (full, mixed):
        fit(each, 8, one_cycle=True)
    pictures, masks = bars(6, seed=2)
    scores = [iou(predict(each, pictures), masks) for each in (full, mixed)]
    assert abs(scores[0] - scores[1]) < 0.15


def test_a_run_in_two_parts_ends_with_the_same_weights(tmp_path):
    whole = learner()
    fit(whole, 4, one_cycle=True)
    first = learner()
    with pytest.raises(KeyboardInterrupt):
        stop_in_epoch(first, 2, tmp_path)
    second = learner()
    table = fit(second, 4, one_cycle=True, folder=tmp_path)
    assert torch.equal(weights(whole), weights(second))
    assert list(table.epoch) == [1, 2, 3, 4]


def stop_in_epoch(learner, epoch, folder):
    from fastai.callback.core import Callback

    class Stop(Callback):
        def after_batch(self):
            if self.epoch == epoch and self.training:
                raise KeyboardInterrupt

    learner.add_cb(Stop())
    fit(learner, 4, one_cycle=True, folder=folder)


def test_a_killed_process_goes_on_and_ends_with_the_same_weights(tmp_path):
    script = textwrap.dedent("""
        import os, signal, sys, torch
        from fastai.callback.core import Callback
        from tests.learn.test_segmentation import learner, fit, weights

        class Kill(Callback):
            def after_batch(self):
                if self.epoch == 2 and self.training:
                    os.kill(os.getpid(), signal.SIGKILL)

        torch.set_num_threads(1)
        one = learner()
        one.add_cbs([Kill()] if sys.argv[2] == "kill" else [])
        fit(one, 4, folder=sys.argv[1], one_cycle=True)
        torch.save(weights(one), sys.argv[1] + "/end.pt")
    """)

    def process(fate):
        command = [sys.executable, "-W", "ignore", "-c", script, str(tmp_path), fate]
        return subprocess.run(command, cwd=ROOT).returncode

    assert process("kill") == -signal.SIGKILL
    assert (tmp_path / "checkpoint.pt").exists()
    assert not (tmp_path / "end.pt").exists()
    assert process("live") == 0
    whole = learner()
    fit(whole, 4, one_cycle=True)
    assert torch.equal(weights(whole), torch.load(tmp_path / "end.pt", weights_only=True))


def test_a_checkpoint_of_another_configuration_is_refused(tmp_path):
    fit(learner(), 1, folder=tmp_path)
    with pytest.raises(UsageError, match="differs in lr, augment, optimizer"):
        fit(learner(lr=1e-3, optimizer="sgd", augment=None), 2, folder=tmp_path)
    with pytest.raises(UsageError, match="differs in model"):
        fit(learner(init="orthogonal"), 2, folder=tmp_path)
    with pytest.raises(UsageError, match="differs in one_cycle"):
        fit(learner(), 1, folder=tmp_path, one_cycle=True)


def test_a_checkpoint_that_wrote_its_recipe_as_tuples_or_lists_goes_on(tmp_path):
    file = tmp_path / "checkpoint.pt"
    fit(learner(), 1, folder=tmp_path)
    content = torch.load(file, weights_only=True)
    content["recipe"] = {
        key: tuple(one) if isinstance(one, list) else one for key, one in content["recipe"].items()
    } | {"betas": (0.9, 0.99), "sizes": {"picture": (64, 64)}}
    torch.save(content, file)
    other = learner()
    other.recipe |= {"betas": [np.float64(0.9), 0.99], "sizes": {"picture": [64, 64]}}
    assert list(fit(other, 2, folder=tmp_path).epoch) == [1, 2]
    with pytest.raises(UsageError, match="differs in betas, sizes"):
        fit(learner(), 2, folder=tmp_path)


def test_more_epochs_train_on_and_fewer_are_refused(tmp_path):
    whole, first, second = learner(), learner(), learner()
    fit(whole, 3)
    fit(first, 2, folder=tmp_path)
    assert list(fit(second, 3, folder=tmp_path).epoch) == [1, 2, 3]
    assert torch.equal(weights(whole), weights(second))
    with pytest.raises(UsageError, match="3 epochs are done"):
        fit(learner(), 2, folder=tmp_path)


def test_an_interrupted_training_leaves_no_mixed_precision_behind():
    class Interrupted(UNet):
        def forward(self, x):
            raise KeyboardInterrupt

    pictures, masks = bars(4)
    one = segmentation_learner((pictures, masks), (pictures, masks), Interrupted(base=4))
    with pytest.raises(KeyboardInterrupt):
        fit(one, 1)
    assert not torch.is_autocast_enabled("cpu")
    assert "forward" not in vars(one.model)


def test_a_damaged_checkpoint_is_named(tmp_path):
    fit(learner(), 1, folder=tmp_path)
    file = tmp_path / "checkpoint.pt"
    file.write_bytes(file.read_bytes()[:1000])
    with pytest.raises(DataFileError, match="checkpoint.pt"):
        fit(learner(), 1, folder=tmp_path)


@pytest.mark.parametrize("change", ["model", "opt", "rows", "epoch", "recipe"])
@pytest.mark.parametrize("how", ["missing", "wrong"])
def test_a_checkpoint_without_one_of_its_parts_is_named_and_changes_nothing(tmp_path, change, how):
    fit(learner(), 1, folder=tmp_path)
    file = tmp_path / "checkpoint.pt"
    content = torch.load(file, weights_only=True)
    content.pop(change) if how == "missing" else content.update({change: [1.0]})
    torch.save(content, file)
    one = learner()
    before = weights(one)
    with pytest.raises(DataFileError, match="checkpoint.pt: not a whole checkpoint"):
        fit(one, 2, folder=tmp_path)
    assert torch.equal(weights(one), before)
    file.unlink()
    whole = learner()
    assert fit(one, 1, folder=tmp_path).equals(fit(whole, 1))


def test_a_file_that_is_no_checkpoint_is_named(tmp_path):
    torch.save([1, 2, 3], tmp_path / "checkpoint.pt")
    with pytest.raises(DataFileError, match="not a whole checkpoint"):
        fit(learner(), 1, folder=tmp_path)


@pytest.mark.parametrize("optimizer", ["adam", "rmsprop", "sgd"])
def test_every_optimiser_lowers_the_loss(optimizer):
    one = learner(optimizer=optimizer, lr={"sgd": 0.1, "adam": 1e-2, "rmsprop": 1e-3}[optimizer])
    table = fit(one, 4)
    assert table.train_loss.iloc[-1] < table.train_loss.iloc[0]


def test_bad_input_is_named():
    pictures, masks = bars(4)
    with pytest.raises(UsageError, match="masks of shape"):
        segmentation_learner((pictures, masks[:, :8]), (pictures, masks), UNet(base=4))
    with pytest.raises(UsageError, match="NaN"):
        segmentation_learner((pictures * np.nan, masks), (pictures, masks), UNet(base=4))
    with pytest.raises(UsageError, match=r"training pictures must be \(N, H, W\), not \(0,"):
        segmentation_learner((pictures[:0], masks[:0]), (pictures, masks), UNet(base=4))
    with pytest.raises(UsageError, match="from 0 to 255"):
        segmentation_learner((pictures, masks * 255), (pictures, masks), UNet(base=4))
    for several in ([pictures[0], pictures[1, :16]], [pictures[0], pictures[1, :, :16]]):
        with pytest.raises(UsageError, match="training pictures must have one size"):
            segmentation_learner((several, masks[:2]), (pictures, masks), UNet(base=4))
        with pytest.raises(UsageError, match="pictures must have one size"):
            predict(UNet(base=4), several)
    with pytest.raises(UsageError, match="one picture"):
        predict(UNet(base=4), pictures[0])
    with pytest.raises(UsageError, match="optimiser 'lion'"):
        segmentation_learner((pictures, masks), (pictures, masks), UNet(base=4), optimizer="lion")


@pytest.mark.parametrize(
    "kind",
    [
        lambda m: m.astype(np.uint8),
        lambda m: np.where(m, 255, 0).astype(np.uint8),
        lambda m: m.astype(int),
        lambda m: m.astype(float),
    ],
)
def test_masks_of_every_kind_train_alike(kind):
    tables = []
    for masks in (bars(8)[1], kind(bars(8)[1])):
        set_seed(0)
        pair = bars(8)[0], masks
        one = segmentation_learner(
            pair, pair, UNet(base=4), augment=published_augmentation(), mixed_precision=False
        )
        tables.append(fit(one, 1))
    assert tables[0].equals(tables[1])


def test_soft_masks_are_kept_and_masks_of_many_levels_refused():
    masks = bars(4)[1]
    np.testing.assert_array_equal(as_masks(masks * 0.25), np.float32(masks * 0.25))
    grey = np.where(masks, 255, 0).astype(np.uint8)
    grey[0, 0, 0] = 128  # an edge that was smoothed
    for wrong in (grey, np.where(masks, 3, 1), masks - 0.5, masks * np.nan):
        with pytest.raises(UsageError, match="bytes of 0 and 255"):
            as_masks(wrong)


def test_folds_are_blocks_of_time_that_cover_everything_once():
    folds = block_of_time(11, 3)
    assert sorted(np.concatenate([valid for _, valid in folds])) == list(range(11))
    for train, valid in folds:
        assert not set(train) & set(valid)
        assert (np.diff(valid) == 1).all()
    with pytest.raises(UsageError, match="1 folds"):
        block_of_time(11, 1)


def test_cross_validation_gives_a_row_a_fold():
    pictures, masks = bars(6)

    def tables():
        return cross_validate(pictures, masks, 3, lambda: UNet(base=4, norm=True), 1, lr=1e-2)

    table = tables()
    assert list(table.fold) == [1, 2, 3]
    assert np.isfinite(table.valid_loss).all()
    assert table.equals(tables())


def test_the_history_has_the_iou_of_the_thing_and_of_the_background():
    rng = np.random.default_rng(0)
    pictures, masks = rng.random((5, 32, 32), np.float32), rng.random((5, 32, 32)) < 0.4
    learner = segmentation_learner(
        (pictures[:3], masks[:3]), (pictures, masks), lambda: UNet(base=2, norm=True), device="cpu"
    )
    last = fit(learner, 1).iloc[-1]
    found = predict(learner, pictures) >= 0.5
    for name, label in (("valid_iou", True), ("valid_iou_background", False)):
        want = jaccard_score(masks.ravel(), found.ravel(), pos_label=label)
        assert last[name] == pytest.approx(want, abs=0.01)


def test_cross_validation_gives_the_last_row_of_each_training_by_hand():
    pictures, masks = bars(6)

    def network():
        return UNet(base=2, norm=True)

    table = cross_validate(pictures, masks, 2, network, 3, one_cycle=True, seed=4, lr=1e-2)
    for fold, valid in enumerate([[0, 1, 2], [3, 4, 5]]):
        train = [i for i in range(6) if i not in valid]
        sets = [(pictures[part], masks[part]) for part in (train, valid)]
        one = segmentation_learner(*sets, network, seed=4, lr=1e-2)
        expected = fit(one, 3, one_cycle=True).iloc[-1]
        assert expected.epoch == 3
        assert table.iloc[fold].drop("fold").to_dict() == pytest.approx(expected.to_dict())
