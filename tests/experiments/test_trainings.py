"""Trainings in a folder: done once, found again, refused when damaged, left when time is over."""

import errno
import json
import math
import os
import shutil
import threading
from itertools import chain, repeat
from pathlib import Path
from types import SimpleNamespace

import filelock
import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from geoviz_ml.errors import DataFileError, DiskError, UsageError
from geoviz_ml.experiments import Training, Trainings, Unfinished
from geoviz_ml.experiments.experiment import claims
from geoviz_ml.learn import segmentation_learner


class Counted:
    """Makes learners and counts the batches that they train on."""

    def __init__(self, seed=0, lr=1e-2):
        rng = np.random.default_rng(0)
        self.pictures = rng.random((4, 8, 8)).astype(np.float32)
        self.seed, self.lr, self.steps = seed, lr, 0

    def __call__(self):
        def count(*_):
            self.steps += torch.is_grad_enabled()

        def network():
            net = torch.nn.Conv2d(1, 1, 3, padding=1)
            net.register_forward_pre_hook(count)
            return net

        both = self.pictures, self.pictures > 0.5
        return segmentation_learner(both, both, network, lr=self.lr, seed=self.seed, device="cpu")


def a_training(make, epochs=3, **options):
    return Training("net", make.seed, make, epochs, **options)


def one_folder(path):
    (folder,) = [p for p in path.iterdir() if p.is_dir()]
    return folder


def test_a_training_is_done_once_and_found_again_with_all_that_belongs_to_it(tmp_path):
    make = Counted()
    first = Trainings(tmp_path)(a_training(make))
    steps = make.steps
    again = Trainings(tmp_path)(a_training(make))
    assert make.steps == steps > 0
    assert again.history.rows == first.history.rows
    assert again.seconds == first.seconds
    for name, value in first.model.state_dict().items():
        assert torch.equal(again.model.state_dict()[name], value)


@pytest.mark.parametrize(
    "other", [a_training(Counted(), 4), a_training(Counted(lr=1e-3)), a_training(Counted(seed=1))]
)
def test_what_decides_the_result_decides_the_folder(tmp_path, other):
    keep = Trainings(tmp_path)
    keep(a_training(Counted()))
    keep(other)
    assert len([p for p in tmp_path.iterdir() if p.is_dir()]) == 2


def test_another_key_is_measured_anew_and_not_trained(tmp_path):
    make, asked = Counted(), []

    def measure(learner):
        asked.append(learner.history.rows[-1]["train_loss"])
        return {"asked": len(asked)}

    keep = Trainings(tmp_path)
    first = keep(a_training(make, measure=measure, key="a"))
    steps = make.steps
    assert first.measured == {"asked": 1}
    assert keep(a_training(make, measure=measure, key="a")).measured == {"asked": 1}
    assert keep(a_training(make, measure=measure, key="b")).measured == {"asked": 2}
    assert make.steps == steps


def test_when_the_time_is_over_an_epoch_is_kept_and_a_later_call_goes_on(tmp_path, monkeypatch):
    whole = Trainings(tmp_path / "whole")(a_training(Counted()))
    ticks = chain([0, 0, 0, 0], repeat(61))  # made and begun, two looks each; an epoch later
    clock = SimpleNamespace(monotonic=ticks.__next__)
    monkeypatch.setattr("geoviz_ml.experiments.trainings.time", clock)
    make = Counted()
    keep = Trainings(tmp_path / "cut", minutes=1)
    with pytest.raises(Unfinished, match="1 of 3 epochs"):
        keep(a_training(make))
    steps = make.steps
    with pytest.raises(Unfinished, match="no time is left"):
        keep(a_training(make))
    assert make.steps == steps
    later = Trainings(tmp_path / "cut")(a_training(make))
    assert make.steps == 3 * steps
    assert later.history.rows == whole.history.rows


def test_a_training_at_which_another_process_is_can_be_passed_over_or_waited_for(tmp_path):
    training, keep = a_training(Counted()), Trainings(tmp_path)
    keep(training)
    has_it, may_end = threading.Event(), threading.Event()

    def other():
        with filelock.FileLock(one_folder(tmp_path) / "lock"):
            has_it.set()
            may_end.wait(60)

    thread = threading.Thread(target=other)
    thread.start()
    has_it.wait(60)
    with pytest.raises(Unfinished, match="another process"):
        keep(training, wait=False)
    threading.Timer(0.2, may_end.set).start()
    assert keep(training).history.rows
    thread.join()


@pytest.mark.parametrize(
    "damage", ["", "{}", '{"history": 1, "measured": {}, "seconds": 1.0}', "[" * 10**5]
)
def test_a_damaged_result_is_named(tmp_path, damage):
    training, keep = a_training(Counted()), Trainings(tmp_path)
    keep(training)
    (one_folder(tmp_path) / "result.json").write_text(damage)
    with pytest.raises(DataFileError, match=r"result\.json: not a whole result"):
        keep(training)


def folder_of(path, seed):
    return next(path.glob(f"net-seed-{seed}-*"))


def test_the_result_or_weights_of_another_training_are_refused(tmp_path):
    training, keep = a_training(Counted()), Trainings(tmp_path)
    keep(training)
    keep(a_training(Counted(seed=1)))
    mine, other = folder_of(tmp_path, 0), folder_of(tmp_path, 1)
    own = (mine / "result.json").read_text()
    shutil.copy(other / "result.json", mine)
    with pytest.raises(DataFileError, match=r"result\.json: the result of another training"):
        keep(training)
    (mine / "result.json").write_text(own)
    shutil.copy(other / "weights.safetensors", mine)
    with pytest.raises(DataFileError, match=r"weights\.safetensors: not the weights of the result"):
        keep(training)


def test_a_result_from_before_it_named_its_weights_is_found(tmp_path):
    make = Counted()
    keep = Trainings(tmp_path)
    keep(a_training(make))
    path, steps = one_folder(tmp_path) / "result.json", make.steps
    old = json.loads(path.read_text())
    del old["weights"]
    path.write_text(json.dumps(old))
    assert keep(a_training(make)).history.rows
    assert make.steps == steps


def test_a_folder_that_was_moved_is_found(tmp_path):
    make = Counted()
    Trainings(tmp_path / "here")(a_training(make))
    steps = make.steps
    (tmp_path / "here").rename(tmp_path / "there")
    Trainings(tmp_path / "there")(a_training(make))
    assert make.steps == steps


def test_half_checkpoints_of_killed_runs_do_not_stay(tmp_path):
    keep, training = Trainings(tmp_path), a_training(Counted())
    with pytest.raises(Unfinished):
        Trainings(tmp_path, minutes=0)(training)
    (one_folder(tmp_path) / ".checkpoint.pt.0123456789ab.tmp").write_bytes(b"half")
    keep(training)
    assert sorted(path.name for path in one_folder(tmp_path).iterdir()) == [
        "lock",
        "result.json",
        "weights.safetensors",
    ]


@pytest.mark.parametrize("moment", ["checkpoint", "weights", "result"])
def test_a_full_disk_is_told_and_the_training_goes_on_when_there_is_room(
    tmp_path, monkeypatch, moment
):
    kept = os.replace

    def full(source, target):
        if Path(target).name.startswith(moment):
            raise OSError(errno.ENOSPC, "No space left on device")
        kept(source, target)

    training, keep = a_training(Counted()), Trainings(tmp_path)
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(DiskError, match=rf"^{tmp_path}.*{moment}.*cannot be written .No space"):
        keep(training)
    monkeypatch.undo()
    assert len(keep(training).history.rows) == 3


def test_weights_in_another_layout_are_refused_with_what_to_do(tmp_path):
    training, keep = a_training(Counted()), Trainings(tmp_path)
    first = keep(training)
    path = one_folder(tmp_path) / "weights.safetensors"
    save_file({k: v.contiguous() for k, v in first.model.state_dict().items()}, path)
    with pytest.raises(DataFileError, match="not the weights of.*Delete its folder"):
        keep(training)


def test_what_is_told_of_a_training_is_kept_until_its_key_changes(tmp_path):
    asked = []

    def tell(training, learner):
        asked.append(training.key)
        return {"use": {"threshold": 0.5}}

    keep = Trainings(tmp_path)
    for key in ("a", "a", "b"):
        training = a_training(Counted(), measure=lambda learner: {"x": 1.0}, key=key)
        assert keep.told(training, keep(training), tell)["use"] == {"threshold": 0.5}
    assert asked == ["a", "b"]


def test_damaged_weights_are_named(tmp_path):
    training, keep = a_training(Counted()), Trainings(tmp_path)
    keep(training)
    (one_folder(tmp_path) / "weights.safetensors").write_bytes(b"no")
    with pytest.raises(DataFileError, match=r"weights\.safetensors: not the weights"):
        keep(training)


def test_a_result_says_what_it_came_from(tmp_path):
    Trainings(tmp_path)(a_training(Counted()))
    kept = json.loads((one_folder(tmp_path) / "result.json").read_text())
    assert kept["recipe"]["lr"] == 1e-2
    assert kept["made"]["versions"]["torch"] == torch.__version__.split("+")[0]
    assert kept["made"]["device"].startswith("cpu")


def test_claims_gather_seeds_and_leave_out_what_is_not_finite():
    measured = {"a": [{"IoU: {}": 1.0}, {"IoU: {}": float("nan")}], "b": [{"IoU: {}": 2.0}]}
    assert claims(measured) == {"IoU: a": [1.0], "IoU: b": [2.0]}
    floors = {"": [{"IoU: nothing": 0.0, "flagged: nothing": float("nan")}]}
    assert claims(floors) == {"IoU: nothing": [0.0]}


def test_an_experiment_names_its_groups_when_one_is_unknown(monkeypatch, tmp_path):
    from geoviz_ml import setup
    from geoviz_ml.experiments import Alfven

    monkeypatch.setenv("GEOVIZ_ML_DATA", str(tmp_path))
    with pytest.raises(UsageError, match="groups are U-net, set B, "):
        Alfven(setup("quick")).trained("V-net")


def test_what_is_no_number_is_null_in_the_file_and_nan_again_when_read(tmp_path):
    def training():
        return a_training(Counted(), measure=lambda learner: {"a": math.nan, "b": 0.5}, key="k")

    first = Trainings(tmp_path)(training())
    text = (one_folder(tmp_path) / "result.json").read_text()
    assert "NaN" not in text
    assert json.loads(text)["measured"] == {"a": None, "b": 0.5}
    again = Trainings(tmp_path)(training())
    assert math.isnan(again.measured["a"])
    assert again.history.rows == first.history.rows
