"""The table of settings: each is explained, and the column of this run is named."""

from geoviz_ml import setup
from geoviz_ml.experiments import Nucleus


def test_every_setting_has_a_meaning_and_the_column_of_this_run_is_named(tmp_path):
    assert list(Nucleus.meanings) == list(Nucleus.columns)
    table = Nucleus(setup("quick"), folder=tmp_path).explained
    assert list(table.columns) == ["setting", "quick (this run)", "full", "the paper", "meaning"]
    assert table.set_index("setting").loc["epochs"].tolist()[:3] == ["6", "10", "1200"]
