"""A file of changed settings: read for its chapter, shown, told of in results; wrong ones named."""

import json
from dataclasses import replace

import pytest

from geoviz_ml import setup
from geoviz_ml.errors import DataFileError, MissingDataError, UsageError
from geoviz_ml.experiments import Alfven
from geoviz_ml.experiments.__main__ import of_chapter
from geoviz_ml.papers import chapters
from geoviz_ml.scoreboard import record, table

from ..conftest import ROOT


@pytest.fixture
def change(tmp_path, monkeypatch):
    def write(content):
        text = content if isinstance(content, str) else json.dumps(content)
        (tmp_path / "changed.json").write_text(text)
        monkeypatch.setenv("GEOVIZ_ML_CHANGED", str(tmp_path / "changed.json"))

    return write


def test_settings_come_from_the_call_then_the_file_then_the_column(change):
    change({"alfven": {"epochs": 2, "nights_train": 9, "size": [64, 48]}, "arcs": {"epochs": 7}})
    run = Alfven(setup("quick"), nights_train=5).run
    assert (run.nights_train, run.epochs, run.size) == (5, 2, (64, 48))
    assert run.nights_test == Alfven.columns["nights_test"][0][0]


def test_the_table_of_the_run_shows_them(change):
    change({"alfven": {"epochs": 2}})
    shown = Alfven(setup("quick")).explained().set_index("setting")
    assert shown.loc["epochs", "quick (this run)"] == "2"


def test_a_result_says_that_settings_were_changed(change, tmp_path):
    settings = replace(setup("quick"), results=tmp_path / "results")
    record(settings, "nucleus", "a trial", 0.5, why="Simulated.")
    change({"nucleus": {"epochs": 2}})
    record(settings, "alfven", "a trial", 0.5, why="Simulated.")
    record(settings, "nucleus", "a smaller trial", 0.5, why="Simulated.")

    def why(chapter, claim):
        return table(settings.results, chapter).query("claim == @claim").why.item()

    assert why("nucleus", "a trial") == why("alfven", "a trial") == "Simulated."
    assert why("nucleus", "a smaller trial") == "Simulated. Some settings were changed."


@pytest.mark.parametrize("content", ["{", "[1]", '{"alfven": 3}', '{"alfven": [["epochs", 2]]}'])
def test_a_file_of_another_form_is_one_clear_error(change, content):
    change(content)
    with pytest.raises(DataFileError, match=r"changed\.json.*unset GEOVIZ_ML_CHANGED"):
        Alfven(setup("quick"))


def test_a_file_that_is_not_there_or_names_no_setting_is_one_clear_error(change, monkeypatch):
    change({"alfven": {"epoch": 2}})
    with pytest.raises(UsageError, match="no setting epoch"):
        Alfven(setup("quick"))
    monkeypatch.setenv("GEOVIZ_ML_CHANGED", "nowhere.json")
    with pytest.raises(MissingDataError, match="nowhere"):
        Alfven(setup("quick"))


def test_the_file_of_the_notebook_suite_names_all_chapters_and_makes_each_smaller(monkeypatch):
    file = ROOT / "tests" / "notebooks.json"
    content = json.loads(file.read_text())
    assert sorted(content) == sorted(chapters())
    monkeypatch.setenv("GEOVIZ_ML_CHANGED", str(file))
    for name, changed in content.items():
        columns = of_chapter(name).columns
        for setting, value in changed.items():
            quick = columns[setting][0][0]
            if isinstance(value, int | float) and not setting.startswith("seeds"):
                assert value <= quick, (name, setting)
        assert of_chapter(name)(setup("quick")).run is not None
