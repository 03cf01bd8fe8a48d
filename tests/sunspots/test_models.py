"""Files of models: they come back as they were, and strangers' files are checked first."""

import copy
import json
import subprocess
import sys
from dataclasses import replace

import pandas as pd
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from geoviz_ml.errors import DataFileError, MissingDataError, UsageError
from geoviz_ml.models import PatchNet
from geoviz_ml.models.network_file import write_networks
from geoviz_ml.sunspots import SunModels, find_regions, load_sun_models, save_sun_models
from geoviz_ml.sunspots.__main__ import main


def test_models_come_back_as_they_were(models, tmp_path):
    loaded = load_sun_models(save_sun_models(tmp_path / "m.safetensors", models))
    x = torch.rand(2, 1, 64, 64)
    with torch.inference_mode():
        assert torch.equal(loaded.detector(x), models.detector(x))
        assert torch.equal(loaded.classifier(x), models.classifier(x))
    for name in ("kind", "size", "radius", "decoding", "confidence", "classes", "side", "built"):
        assert getattr(loaded, name) == getattr(models, name)
    assert loaded.key


def test_models_find_and_name_regions(models, folder, tmp_path):
    found = find_regions(folder / "a.fits", models)
    assert len(found.boxes) == 16 * 16  # every cell answers, nothing is grouped
    assert (found.boxes >= 0).all()
    assert (found.boxes <= 128).all()
    assert set(found.table["class"]) <= {"Alpha", "Beta", "Gamma"}
    assert found.table.class_confidence.between(1 / 3, 1).all()
    assert (found.table.detector == "DetectNet").all()
    off = found.table.latitude.isna()
    assert off.any()
    assert found.table.place_note[off].str.contains("limb").all()
    path = save_sun_models(tmp_path / "m.safetensors", models)
    assert main([str(folder), "--out", str(tmp_path / "out"), "--model", str(path)]) == 0
    table = pd.read_csv(tmp_path / "out" / "regions.csv", keep_default_na=False)
    assert table["class"].tolist() == found.table["class"].tolist()


def test_faster_rcnn_is_a_detector_too(folder, tmp_path):
    """With random weights it finds nothing of sense, but in the pixels of the file."""
    from geoviz_ml.models import small_faster_rcnn

    torch.manual_seed(0)
    models = SunModels(
        small_faster_rcnn().eval(), built={"detector": ["small_faster_rcnn", {}]}, size=128
    )
    loaded = load_sun_models(save_sun_models(tmp_path / "m.safetensors", models))
    tables = [find_regions(folder / "a.fits", each).table for each in (models, loaded)]
    pd.testing.assert_frame_equal(*tables)
    assert set(tables[0].detector) == {"small_faster_rcnn"}
    assert (tables[0].class_note == "The model has no classifier.").all()
    assert tables[0][["x1", "y1", "x2", "y2"]].stack().between(0, 300).all()


@pytest.mark.parametrize("damage", ["short", "other", "network"])
def test_damaged_file_of_models_is_an_error(models, tmp_path, damage):
    path = save_sun_models(tmp_path / "m.safetensors", models)
    raw = path.read_bytes()
    changed = {
        "short": raw[:-100],
        "other": b"not a model",
        "network": raw.replace(b"DetectNet", b"WreckedNet"[:9]),
    }
    path.write_bytes(changed[damage])
    with pytest.raises(DataFileError, match="not a whole file of models"):
        load_sun_models(path)
    with pytest.raises(MissingDataError):
        load_sun_models(tmp_path / "none")


def test_models_that_could_not_be_rebuilt_are_not_saved(models, tmp_path):
    wrong = SunModels(detector=models.detector, built={"detector": ["DetectNet", {"width": 0.5}]})
    with pytest.raises(UsageError, match="does not rebuild"):
        save_sun_models(tmp_path / "m.safetensors", wrong)
    assert not list(tmp_path.iterdir())


def altered(path, change):
    """A file of models with another note: format and networks, and settings of use, in one."""
    with safe_open(path, "pt") as file:
        note = json.loads(file.metadata()["geoviz_ml"])
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    flat = {"format": note["format"], "built": note["networks"], **note["use"]}
    change(flat, tensors)
    note["format"], note["networks"] = flat.pop("format"), flat.pop("built")
    note["use"] = flat
    save_file(tensors, path, {"geoviz_ml": json.dumps(note)})
    return path


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("size", 10**9, "size in the settings is not a whole number from 32 to 4096"),
        ("size", 10**400, "settings of its use"),
        ("size", 512.5, "size in the settings"),
        ("size", 500, "not divisible by 8"),
        ("size", True, "size in the settings"),
        ("side", -1, "side in the settings"),
        ("margin", float("nan"), "its note holds NaN"),
        ("radius", 1e6, "radius in the settings"),
        ("confidence", float("inf"), "its note holds Infinity"),
        ("confidence", 1e7, "confidence in the settings"),
        ("kind", "eruption", "kind 'eruption' is none"),
        ("kind", ["magnetogram"], "is none of"),
        ("format", 1, "format '1' is not 2"),
        ("decoding", {"batch_size": 0}, "decoding know"),
        ("decoding", {"eps": "wide"}, "eps in decoding"),
        ("decoding", {"threshold": 1.5}, "threshold in decoding"),
        ("decoding", [], "decoding know"),
        ("classes", ["a", "b"], "2 names of classes for 3 answers"),
        ("classes", ["a", "a", "b"], "3 names of classes for 3 answers"),
        ("classes", "abc", "not a list of names"),
        ("classes", ["a", "b", "\x1b[2J"], "settings of its use"),
        ("classes", ["a", "b", "c" * 101], "no name of a class"),
        ("key", "0", "does not describe models"),
        ("built", [], "its parts are no networks"),
        ("built", {"weapon": ["DetectNet", {}]}, "parts are"),
        ("built", {"detector": "DetectNet"}, "not described"),
        ("built", {"detector": ["GoogLeNet", {}]}, "no detector is called 'GoogLeNet'"),
        ("built", {"detector": ["os.system", {}]}, "no network is called 'os.system'"),
        ("built", {"detector": ["DetectNet", {"width": 5}]}, "width in DetectNet's arguments"),
        ("built", {"detector": ["DetectNet", {"stride": 12}]}, "no DetectNet of stride 12"),
        ("built", {"detector": ["DetectNet", {"in_channels": 3}]}, "in_channels"),
        ("built", {"detector": ["DetectNet", {"weights": "x"}]}, "arguments know"),
    ],
)
def test_settings_of_a_stranger_are_checked(models, tmp_path, field, value, message):
    path = save_sun_models(tmp_path / "m.safetensors", models)
    altered(path, lambda note, _: note.update({field: value}))
    with pytest.raises(DataFileError, match="not a whole file of models") as error:
        load_sun_models(path)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.pop("classifier.fc.bias"), "not those of its networks"),
        (lambda t: t.update(more=torch.zeros(3)), "not those of its networks: more"),
        (lambda t: t.update({"classifier.fc.bias": torch.zeros(7)}), "is [7], not [3]"),
        (lambda t: t.update({"classifier.fc.bias": torch.zeros(3).long()}), "type I64"),
        (lambda t: t["classifier.fc.bias"].fill_(torch.nan), "not finite"),
    ],
)
def test_tensors_that_are_not_the_networks_are_refused(models, tmp_path, change, message):
    path = save_sun_models(tmp_path / "m.safetensors", models)
    altered(path, lambda _, tensors: change(tensors))
    with pytest.raises(DataFileError) as error:
        load_sun_models(path)
    assert message in str(error.value)


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory in kilobytes, as Linux tells it")
def test_a_file_of_600_bytes_does_not_make_a_network(tmp_path):
    """A network four times as wide has 400 MB of weights; a process of its own tells its peak."""
    built = {"detector": ["DetectNet", {"width": 4}], "classifier": ["GoogLeNet", {}]}
    use = {"classes": ["a", "b", "c", "d"]}
    note = {"format": 2, "networks": built, "use": use, "card": None}
    path = tmp_path / "m.safetensors"
    save_file({"detector.coverage.bias": torch.zeros(1)}, path, {"geoviz_ml": json.dumps(note)})
    assert path.stat().st_size < 600
    code = f"""
import resource
from geoviz_ml.errors import DataFileError
from geoviz_ml.sunspots import load_sun_models
from geoviz_ml.models import DetectNet
DetectNet(width=0.125)  # what torch loads at its first network
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    load_sun_models({str(path)!r})
except DataFileError as error:
    assert "not those of its networks" in str(error)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""
    grown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(grown.stdout) < 20_000  # kilobytes


def test_a_detector_alone_in_its_file_is_taken(models, folder, tmp_path):
    path = tmp_path / "detector.safetensors"
    use = {"size": 128, "decoding": models.decoding}
    write_networks(path, {"network": models.detector}, {"network": models.built["detector"]}, use)
    loaded = load_sun_models(path)
    assert loaded.classifier is None
    found, expected = (find_regions(folder / "a.fits", one).boxes for one in (loaded, models))
    assert (found == expected).all()


@pytest.mark.parametrize("detector", [True, False])
def test_detector_and_classifier_of_two_files_work_together(models, folder, tmp_path, detector):
    paths = {part: tmp_path / f"{part}.safetensors" for part in ("detector", "classifier")}
    use = {"size": 128, "decoding": models.decoding}
    for part, path in paths.items():
        network = {"network": getattr(models, part)}
        write_networks(path, network, {"network": models.built[part]}, use)
        use = {"classes": models.classes, "side": models.side}
    command = [
        str(folder),
        "--out",
        str(tmp_path / "out"),
        "--classifier",
        str(paths["classifier"]),
    ]
    assert main([*command, *(["--model", str(paths["detector"])] if detector else [])]) == 0
    table = pd.read_csv(tmp_path / "out" / "regions.csv", keep_default_na=False)
    assert set(table["class"]) <= {"Alpha", "Beta", "Gamma"}
    if detector:
        expected = find_regions(folder / "a.fits", models).table
        assert table["class"].tolist() == expected["class"].tolist()
        command[-1] = str(paths["detector"])
        assert main(command) == 1  # which has no classifier


def test_a_network_that_is_no_part_of_it_is_refused(tmp_path):
    path = write_networks(
        tmp_path / "m.safetensors",
        {"network": PatchNet(2)},
        {"network": ["PatchNet", {"width": 2}]},
    )
    with pytest.raises(DataFileError, match="parts are detector and classifier only"):
        load_sun_models(path)


def test_the_key_follows_weights_and_settings(models):
    assert replace(models).key == models.key
    assert replace(models, margin=1.0).key != models.key
    other = copy.deepcopy(models)
    with torch.no_grad():
        other.classifier.fc.bias[0] += 1
    assert other.key != models.key
