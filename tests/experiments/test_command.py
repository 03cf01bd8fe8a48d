"""The command that runs experiments: all of one, or some groups of its trainings alone."""

import pytest

from geoviz_ml import setup
from geoviz_ml.errors import UsageError
from geoviz_ml.experiments import Experiment, Training
from geoviz_ml.experiments.__main__ import run

from .test_trainings import Counted


class Toy(Experiment):
    chapter, version = "toy", "1"
    columns = {"data_seed": ((0, 1), "of the data"), "epochs": ((1, 2), "of each training")}

    def trainings(self):
        for group in ("flat", "deep"):
            yield Training(group, 0, Counted(), 1, measure=lambda one: {"IoU: {}": 0.5})


def test_one_group_alone_is_trained_and_recorded(tmp_path, capsys):
    assert run(Toy(setup("quick"), folder=tmp_path), only=["deep"]) == 0
    assert "[1/1] deep" in capsys.readouterr().out
    text = (tmp_path / "toy-quick-simulated.json").read_text()
    assert "IoU: deep" in text
    assert "flat" not in text


def test_a_group_that_is_not_there_is_refused_with_those_that_are(tmp_path):
    with pytest.raises(UsageError, match="groups are flat, deep"):
        run(Toy(setup("quick"), folder=tmp_path), only=["wide"])
