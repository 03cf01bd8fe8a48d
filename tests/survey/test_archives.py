"""The four archives by their command: rows for everything asked for, whoever does it."""

import numpy as np
import pandas as pd
import pytest
import torch

from geoviz_ml.analysis import join_keograms
from geoviz_ml.archives import ArchiveModel, load_model, save_model
from geoviz_ml.archives.__main__ import main
from geoviz_ml.errors import DataFileError, UsageError
from geoviz_ml.models import PatchNet, ResNet18, UNet
from geoviz_ml.models.network_file import write_networks
from geoviz_ml.simulate import alfven, arcs, nucleus

from ..sunspots.drawn import NORTH_WEST, sun, write

CRF = {"bilateral_sxy": 10, "bilateral_compat": 10, "compat": 1}
KINDS = {
    "nights": ("UNet", {"base": 2}, {"size": [96, 48], "threshold": 0.5}, "archive"),
    "half-orbits": ("UNet", {"base": 2}, {"size": [64, 64], "threshold": 0.5}, "nuclei"),
    "minutes": ("PatchNet", {"width": 2}, {"every": 10, "crf": CRF}, "arcs"),
}


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Three items of each archive, and names of four."""
    root = tmp_path_factory.mktemp("archives")
    alfven.make(root / "nights", 3, seed=3)
    nucleus.make(root / "half-orbits", 3, seed=3, coarse=4)
    arcs.make(root / "minutes", 3, seed=3)
    names = {
        "nights": [p.stem for p in sorted((root / "nights" / "spectrograms").iterdir())],
        "half-orbits": sorted((root / "half-orbits").rglob("*.h5")),
        "minutes": sorted((root / "minutes").rglob("*.pgm.gz")),
    }
    for kind, found in names.items():
        inside = [str(p if kind == "nights" else p.relative_to(root / kind)) for p in found]
        (root / f"{kind}.txt").write_text("\n".join([*inside, "2030-01-01"]) + "\n")
        torch.manual_seed(1)
        name, arguments, options, _ = KINDS[kind]
        network = {"UNet": UNet, "PatchNet": PatchNet}[name](**arguments)
        model = ArchiveModel(network, name, arguments, options)
        save_model(root / f"{kind}.safetensors", model)
    for path in (names["half-orbits"][1], names["minutes"][1]):
        path.write_bytes(path.read_bytes()[:3000])
    return root


def run(data, kind, out, *options):
    arguments = [kind, data / kind, "--model", data / f"{kind}.safetensors", "--out", out]
    code = main([str(a) for a in (*arguments, "--files", data / f"{kind}.txt", *options)])
    return code, out / f"{KINDS[kind][3]}.csv"


@pytest.mark.parametrize("kind", KINDS)
def test_everything_asked_for_is_in_the_table_whoever_does_it(data, kind, tmp_path, capsys):
    code, table = run(data, kind, tmp_path / "serial")
    assert code == (0 if kind == "nights" else 1)
    rows = pd.read_csv(table)
    asked = (data / f"{kind}.txt").read_text().split()
    assert list(dict.fromkeys(rows["item"])) == asked
    status = rows.groupby("item").status.first()
    assert status["2030-01-01"] == "missing"
    if kind != "nights":
        assert status[asked[1]] == "damaged"
        assert asked[1] in rows.set_index("item").note[asked[1]]
    assert "1 missing" in capsys.readouterr().out
    for i in (1, 0):
        assert run(data, kind, tmp_path / "shards", "--shard", f"{i}/2")[0] == 0
    others = [run(data, kind, tmp_path / "shards")]
    more = {"minutes": "--by-hour"}.get(kind, "--batch=2")
    others.append(run(data, kind, tmp_path / "together", more))
    for _, other in others:
        left, right = pd.read_csv(other), rows
        pd.testing.assert_frame_equal(left, right, rtol=1e-4)


def test_two_processes_make_the_bytes_of_one(data, tmp_path):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        _, serial = run(data, "nights", tmp_path / "serial")
    finally:
        torch.set_num_threads(threads)
    _, two = run(data, "nights", tmp_path / "two", "--processes", "2")
    assert two.read_bytes() == serial.read_bytes()


def test_minutes_leave_their_keograms(data, tmp_path):
    _, table = run(data, "minutes", tmp_path)
    slices = join_keograms(tmp_path / "keograms-magnetic-10")
    done = pd.read_csv(table, parse_dates=["time"]).query("frame == 0")
    assert slices.sizes["time"] == len(done) == 2
    assert set(slices.time.values) == set(done.time.to_numpy("datetime64[ns]"))
    assert np.isfinite(slices.values).any()


def test_magnetograms_are_the_command_of_sunspots(tmp_path, capsys):
    for i in range(4):
        write(tmp_path / "in", f"{i}.fits", sun([NORTH_WEST]))
    (tmp_path / "in" / "1.fits").write_bytes(b"SIMPLE")
    command = ["magnetograms", str(tmp_path / "in"), "--out"]
    assert main([*command, str(tmp_path / "serial")]) == 1
    assert main([*command, str(tmp_path / "two"), "--processes", "2"]) == 1
    for shard in ("1/2", "0/2"):
        main([*command, str(tmp_path / "shards"), "--shard", shard])
        assert not (tmp_path / "shards" / "regions.csv").exists()
    assert "merge" in capsys.readouterr().out
    main([*command, str(tmp_path / "shards")])
    for name in ("regions.csv", "pictures.csv"):
        one = (tmp_path / "serial" / name).read_bytes()
        assert (tmp_path / "two" / name).read_bytes() == one
        assert (tmp_path / "shards" / name).read_bytes() == one


def test_a_command_that_cannot_work_says_why(data, tmp_path, capsys):
    wrong = ["minutes", data / "minutes", "--model", data / "nights.safetensors"]
    assert main([str(a) for a in (*wrong, "--out", tmp_path)]) == 1
    assert "none of minutes" in capsys.readouterr().err
    for shard in ("2/2", "a/b", "1"):
        with pytest.raises(SystemExit):
            run(data, "nights", tmp_path, "--shard", shard)


def test_a_model_comes_back_and_a_strange_file_does_not(data, tmp_path):
    model = load_model(data / "nights.safetensors")
    assert (model.name, model.options["size"]) == ("UNet", [96, 48])
    assert not model.network.training
    for arguments in ({"base": 4}, {"base": 10**9}, {"width": 2}, {"base": "x" * 99}):
        with pytest.raises(UsageError, match="cannot be saved"):
            save_model(tmp_path / "m", ArchiveModel(model.network, "UNet", arguments))
    with pytest.raises(UsageError, match="cannot be saved"):
        save_model(tmp_path / "m", ArchiveModel(model.network, "open", {}))
    with pytest.raises(UsageError, match="options are coordinates, crf"):
        save_model(tmp_path / "m", ArchiveModel(model.network, options={"command": "rm"}))
    (tmp_path / "m").write_bytes((data / "nights.safetensors").read_bytes()[:5000])
    with pytest.raises(DataFileError, match="not a whole model of an archive"):
        load_model(tmp_path / "m")


@pytest.mark.parametrize(
    ("network", "use", "message"),
    [
        (ResNet18(width=2), {}, "no network of an archive is called 'ResNet18'"),
        (UNet(base=2), {"command": "rm"}, "options are coordinates, crf"),
        (UNet(base=2), {"size": [10**6, 10**6]}, "size has an odd value"),
    ],
    ids=["network", "option", "size"],
)
def test_what_a_strangers_file_asks_for_is_checked(tmp_path, network, use, message):
    path = write_networks(tmp_path / "m", {"network": network}, {"network": network.built}, use)
    with pytest.raises(DataFileError, match=message):
        load_model(path)
