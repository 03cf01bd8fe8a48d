"""Classes of sunspot groups: what is said without a picture; settings and their meanings."""

import numpy as np
import pandas as pd

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
