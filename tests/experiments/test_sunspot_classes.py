"""Classes of sunspot groups: what is said without a picture; settings and their meanings."""

import numpy as np
import pandas as pd

from geoviz_ml import setup
from geoviz_ml.experiments import Sunspots
from geoviz_ml.experiments.sunspot_classes import copied, nearest_day

DAYS = pd.DataFrame(
    {
        "time": pd.to_datetime(["2012-05-01", "2012-05-04", "2012-05-05", "2012-05-02"]),
        "number": [1, 1, 1, 2],
        "mount_wilson": ["Alpha", "Beta", "Beta", "Gamma"],
    }
)


def test_the_nearest_day_of_the_same_region_is_copied_and_else_the_most_frequent_class():
    split = np.array([0, 1]), np.array([3, 2])
    assert nearest_day(DAYS, split, pd.Series(["A", "B", "B", "BG"])).tolist() == ["A", "B"]
    assert copied(DAYS, split) == (0.5, 1.0)


def test_every_setting_of_the_table_has_a_meaning_and_the_value_of_this_run(tmp_path):
    experiment = Sunspots(setup("quick"), folder=tmp_path, epochs=7)
    table = experiment.explained().set_index("setting")
    assert list(table.columns) == ["meaning", "quick", "full", "the paper"]
    assert table.loc["epochs", "quick"] == "7"
    assert table.loc["crop"].tolist()[1:] == ["160", "512", "512"]
    assert (table.meaning.str.len() > 8).all()
