"""The arcs experiment: its eta is chosen when it is first asked for, among networks it keeps."""

import numpy as np
import pandas as pd
import pytest

from geoviz_ml import setup
from geoviz_ml.experiments import Arcs, Unfinished
from geoviz_ml.experiments.arc_masks import best_crf

SMALL = {"nights": 15, "unlabeled": 40, "width": 2, "batch": (4, 4, 8), "steps": 40, "epochs": 2}


@pytest.fixture
def small(monkeypatch, tmp_path):
    monkeypatch.setenv("GEOVIZ_ML_DATA", str(tmp_path))
    return lambda **changed: Arcs(setup("quick"), **SMALL, **changed)


def test_to_list_the_trainings_simulates_and_trains_nothing(small, tmp_path):
    names = [one.name for one in small().trainings()]
    assert len({*names}) == len(names)
    assert not [*tmp_path.rglob("*")]


def test_pnu_is_trained_with_the_eta_whose_network_does_best_on_the_nights_for_choosing(small):
    experiment = small()
    learner = experiment.training("PNU", 1).make()
    risks = {
        eta: net.history.rows[-1]["valid_risk"]
        for eta, net in experiment.tried.items()
        if 0 < eta < 1
    }
    assert f"eta={min(risks, key=risks.get)}," in learner.recipe["loss"]


def test_without_time_for_the_choice_pnu_is_unfinished(small):
    experiment = small(minutes=0)
    with pytest.raises(Unfinished, match="no time is left"):
        experiment.keep(experiment.training("PNU"))


def test_no_night_and_no_station_for_testing_is_trained_on(small):
    nights = small().nights
    train, valid, test = nights.train.table, nights.valid.table, nights.test.table
    assert not {*train.night} & {*valid.night}
    assert not {*train.site, *valid.site} & {*test.site}
    assert not nights.empty.masks[:, 100:156, 100:156].any()
    assert np.isin(test.site, ["atha", "fsmi"]).all()


def test_one_who_never_says_arc_errs_in_every_arc(small):
    experiment = small()
    never = experiment.never(seeds=2)
    assert never.by_seed() == pytest.approx([experiment.nights.test_set[1].mean()] * 2)
    assert never.parts.shape[1] == experiment.nights.test.table.night.nunique()


def test_the_crf_of_the_best_iou_and_boundary_together_is_chosen():
    tried = pd.DataFrame({"shift": [0, 0.7], "reach": [10, 20], "IoU": [0.6, 0.5]})
    assert best_crf(tried.assign(**{"boundary F": [0.1, 0.4]})) == {"shift": 0.7, "reach": 20}
    assert best_crf(tried.assign(**{"boundary F": [0.4, 0.4]})) == {"shift": 0, "reach": 10}
