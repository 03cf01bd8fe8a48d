"""The table of settings: each is explained, and the column of this run is named."""

import pytest

from geoviz_ml import setup
from geoviz_ml.experiments.__main__ import of_chapter
from geoviz_ml.papers import chapters


@pytest.mark.parametrize("chapter", chapters())
def test_every_setting_of_a_chapter_is_explained(chapter, tmp_path):
    experiment = of_chapter(chapter)(setup("quick"), folder=tmp_path)
    table = experiment.explained()
    assert list(table.columns) == ["setting", "meaning", "quick (this run)", "full", "the paper"]
    assert list(table.setting) == list(experiment.columns)
    assert (table.meaning.str.len() > 5).all()


def test_the_column_of_the_run_shows_what_was_changed(tmp_path):
    experiment = of_chapter("arcs")(setup("paper"), folder=tmp_path, seeds=1)
    table = experiment.explained().set_index("setting")
    assert table.loc["seeds", "full (this run)"] == "1"
    assert table.loc["seeds", "quick"] == str(experiment.columns["seeds"][0][0])
