"""Settings, errors, files and the scoreboard: what every chapter stands on."""

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from geoviz_ml import errors, scoreboard, setup
from geoviz_ml.files import atomic_path, open_nc
from geoviz_ml.settings import Settings, set_seed


@pytest.fixture
def settings(tmp_path, monkeypatch) -> Settings:
    monkeypatch.setenv("GEOVIZ_ML_RESULTS", str(tmp_path / "results"))
    monkeypatch.setattr(scoreboard.keep, "RECORDED", tmp_path / "recorded")
    return setup("quick", seed=3)


def test_profile_comes_from_argument_then_environment_then_quick(monkeypatch):
    monkeypatch.delenv("GEOVIZ_ML_PROFILE", raising=False)
    assert setup().profile == "quick"
    monkeypatch.setenv("GEOVIZ_ML_PROFILE", "paper")
    assert setup().profile == "paper"
    assert setup("quick").profile == "quick"


def test_unknown_profile_says_which_there_are():
    with pytest.raises(errors.UsageError, match="'quick' or 'paper'"):
        setup("fast")


def test_torch_draws_what_its_own_seed_draws():
    import torch

    set_seed(11)
    ours = torch.rand(5)
    torch.manual_seed(11)
    assert torch.equal(ours, torch.rand(5))


def test_same_seed_draws_the_same_numbers():
    import torch

    setup(seed=7)
    first = torch.rand(3), np.random.rand(3)  # noqa: NPY002
    setup(seed=7)
    second = torch.rand(3), np.random.rand(3)  # noqa: NPY002
    assert torch.equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])


def test_choose_takes_this_profiles_column_and_shows_both():
    chosen = setup("paper").choose(epochs=(3, 10), size=((192, 96), (256, 256)))
    assert (chosen.epochs, chosen.size) == (10, (256, 256))
    shown = chosen._repr_html_()
    assert "(192, 96)" in shown
    assert "<strong>10</strong>" in shown


def test_other_settings_have_another_key():
    table = {"epochs": (3, 10)}
    assert setup("quick").choose(**table).key == setup("quick").choose(**table).key
    assert setup("quick").choose(**table).key != setup("paper").choose(**table).key


def test_choose_wants_two_values():
    with pytest.raises(errors.UsageError, match="epochs needs two values"):
        setup("quick").choose(epochs=3)


def test_an_error_names_file_problem_and_advice():
    text = str(errors.MissingDataError("is not there.", "folder/file.dat", "Fetch it."))
    assert text == "folder/file.dat: is not there. Fetch it."
    assert issubclass(errors.MissingDataError, FileNotFoundError)
    assert issubclass(errors.DataFileError, ValueError)


def test_a_file_is_whole_or_not_there(tmp_path):
    target = tmp_path / "a" / "table.csv"
    with pytest.raises(ZeroDivisionError), atomic_path(target) as tmp:
        tmp.write_text(f"half {1 / 0}")
    assert list(target.parent.iterdir()) == []
    with atomic_path(target) as tmp:
        tmp.write_text("whole")
    assert target.read_text() == "whole"


def test_a_missing_file_is_our_error(tmp_path):
    with pytest.raises(errors.MissingDataError, match="nothing.nc"):
        open_nc(tmp_path / "nothing.nc")


def test_a_record_keeps_mean_spread_and_where_it_came_from(settings):
    scoreboard.record(settings, "alfven", "IoU", [0.5, 0.6, 0.7], why="Other data.")
    scoreboard.record(settings, "alfven", "baseline", 0.91)
    content = json.loads((settings.results / "alfven-quick-simulated.json").read_text())
    entry = content["results"]["IoU"]
    assert entry["ours"] == pytest.approx(0.6)
    assert entry["spread"] == pytest.approx(np.std([0.5, 0.6, 0.7], ddof=1))
    assert entry["seeds"] == 3
    assert content["run"] == "quick"
    assert set(content["made"]) == {"device", "versions", "commit"}
    table = scoreboard.table(settings.results, "alfven")
    assert list(table.claim) == ["IoU", "baseline"]
    assert table.data.unique() == ["simulated"]


def test_a_command_records_into_the_library_and_the_table_shows_both(settings):
    scoreboard.record(settings, "alfven", "IoU", 0.1)
    scoreboard.record(settings, "alfven", "IoU", 0.2, data="real", command="long_run")
    assert (scoreboard.keep.RECORDED / "long_run-real.json").exists()
    table = scoreboard.table(settings.results)
    assert table.run.tolist() == ["quick", "long_run"]
    assert table.ours.tolist() == [0.1, 0.2]


def test_several_claims_are_kept_at_once(settings):
    scoreboard.record(settings, "alfven", {"IoU": 0.1, "loss": [0.2, 0.4]}, why="Other data.")
    table = scoreboard.table(settings.results, "alfven")
    assert table.claim.tolist() == ["IoU", "loss"]
    assert table.ours.tolist() == pytest.approx([0.1, 0.3])
    assert table.why.unique() == ["Other data."]


def test_a_published_number_stands_beside_its_claim_and_is_not_kept_twice(settings):
    claim = "Table 4, mIoU: U-net"
    scoreboard.record(settings, "nucleus", claim, 0.5)
    assert scoreboard.table(settings.results).paper.tolist() == [0.741681]
    assert "0.741681" not in (settings.results / "nucleus-quick-simulated.json").read_text()
    alone = scoreboard.alone(settings.results)
    assert not ((alone.row == "U-net") & (alone.column == "mIoU")).any()
    assert ((alone.row == "U-net") & (alone.column != "mIoU")).sum() == 1


def test_claims_of_one_form_become_a_table_and_two_runs_are_told_apart(settings):
    for claim, value in {"T, a: f1": 0.5, "T, b, c: f1": 0.25, "T, a: x": 1, "T: f1": 9}.items():
        scoreboard.record(settings, "alfven", claim, value)
    scoreboard.record(settings, "nucleus", "T, a: f1", 0.75)
    wide = scoreboard.pivot(settings.results, "alfven", "T, {row}: {column}")
    assert wide.loc["a"].to_dict() == {"f1": 0.5, "x": 1}
    assert wide.loc["b, c", "f1"] == 0.25
    assert np.isnan(wide.loc["b, c", "x"])
    scoreboard.record(settings, "alfven", "T, a: f1", 0.1, command="long_run")
    with pytest.raises(errors.UsageError, match="several runs"):
        scoreboard.pivot(settings.results, "alfven", "T, {row}: {column}")
    one = scoreboard.pivot(settings.results, "alfven", "T, {row}: {column}", run="long_run")
    assert one.to_dict() == {"f1": {"a": 0.1}}


def test_a_second_record_of_a_claim_replaces_the_first(settings):
    scoreboard.record(settings, "alfven", "IoU", 0.1)
    scoreboard.record(settings, "alfven", "IoU", 0.2)
    assert scoreboard.table(settings.results).ours.tolist() == [0.2]


@pytest.mark.parametrize("value", [float("nan"), [], [0.5, float("inf")]])
def test_only_finite_numbers_are_recorded(settings, value):
    with pytest.raises(errors.UsageError, match="finite"):
        scoreboard.record(settings, "alfven", "IoU", value)


def test_a_damaged_file_of_results_is_named(settings):
    settings.results.mkdir(parents=True)
    (settings.results / "alfven-quick-real.json").write_text("{")
    with pytest.raises(errors.DataFileError, match="alfven-quick-real.json"):
        scoreboard.table(settings.results)


@pytest.mark.parametrize("damage", ["{", "[]", '{"results": 3}', '{"results": ["ab", 1]}'])
def test_no_result_is_recorded_beside_damaged_ones(settings, damage):
    settings.results.mkdir(parents=True)
    path = settings.results / "alfven-quick-simulated.json"
    path.write_text(damage)
    with pytest.raises(errors.DataFileError, match=r"alfven-quick-simulated\.json.*Delete it"):
        scoreboard.record(settings, "alfven", "IoU", 0.1)
    assert path.read_text() == damage


def test_importing_the_library_loads_neither_torch_nor_fastai():
    code = "import geoviz_ml, sys; print([m for m in ('torch', 'fastai') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


@pytest.mark.parametrize("wanted", [None, "7"])
def test_waiting_threads_sleep_unless_someone_wants_otherwise(wanted):
    given = {"GOMP_SPINCOUNT": wanted} if wanted else {}
    others = {k: v for k, v in os.environ.items() if k != "GOMP_SPINCOUNT"}
    code = "import os, geoviz_ml; print(os.environ['GOMP_SPINCOUNT'])"
    run = subprocess.run([sys.executable, "-c", code], env=others | given, capture_output=True)
    assert run.stdout.decode().strip() == (wanted or "10000")
