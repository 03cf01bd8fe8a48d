"""The contract of all data sets, on each of them: simulated, and real where there are files."""

import shutil

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from geoviz_ml.datasets import (
    PictureSet,
    layout,
    load_arcs,
    load_half_orbits,
    load_nights,
    load_oath,
    load_pictures,
    load_suns,
)
from geoviz_ml.errors import DataFileError, MissingDataError, UsageError
from geoviz_ml.simulate import alfven, arcs, aurora, nucleus, sunspots

LOADERS = {
    "nights": lambda folder, **asked: load_nights(folder, (48, 32), **asked),
    "half-orbits": lambda folder, **asked: load_half_orbits(folder, (48, 40), **asked),
    "suns": lambda folder, **asked: load_suns(folder, 64, **asked),
    "arcs": load_arcs,
    "oath": load_oath,
}
TRUTH = {  # of a simulated folder
    "nights": "truth",
    "half-orbits": "truth",
    "suns": "boxes",
    "arcs": "truth",
    "oath": "classifications",
}
REAL = {  # a set to be fetched; there is no public CSES file
    "nights": "alfven-sample",
    "suns": "gong-sample",
    "arcs": "themis-sample",
    "oath": "oath-sample",
}


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """Three or four pictures of every simulator."""
    folder = tmp_path_factory.mktemp("simulated")
    return {
        "nights": alfven.make(folder / "nights", 3, seed=1),
        "half-orbits": nucleus.make(folder / "orbits", 3, seed=1, coarse=16),
        "suns": sunspots.make(folder / "suns", 4, seed=6, size=128, in_a_row=2, fits=0),
        "arcs": arcs.make(folder / "arcs", 3, seed=1, frames=1, minutes=1),
        "oath": aurora.make(folder / "oath", 4, seed=1),
    }


@pytest.fixture(scope="module")
def loaded(simulated):
    return {name: LOADERS[name](folder) for name, folder in simulated.items()}


@pytest.mark.parametrize("name", LOADERS)
def test_a_simulated_folder_has_pictures_truth_and_a_table(name, simulated, loaded):
    data = loaded[name]
    assert isinstance(data, PictureSet)
    pictures, truth = data.pair
    assert pictures is data.pictures
    assert len(data) == len(pictures) == len(truth) == len(data.table) > 2
    assert data.table.columns[:4].tolist() == ["file", "time", "place", "data"]
    assert set(data.table.data) == {"simulated"}
    assert all((simulated[name] / file).is_file() for file in data.table.file)


@pytest.mark.data
@pytest.mark.parametrize("name", REAL)
def test_a_real_folder_becomes_the_same_kind_of_object(name, loaded, fetched):
    real, other = LOADERS[name](fetched(REAL[name])), loaded[name]
    assert type(real) is type(other)
    assert real.pictures.dtype == other.pictures.dtype
    assert real.pictures.shape[1:] == other.pictures.shape[1:]
    assert set(real.table.data) == {"real"}
    assert real.table.columns[:4].tolist() == other.table.columns[:4].tolist()
    shared = real.table.columns.intersection(other.table.columns)
    assert len(shared) >= 5
    for column in shared.drop("time"):  # OATH does not tell the time
        assert real.table[column].dtype == other.table[column].dtype, column


@pytest.mark.parametrize("name", LOADERS)
def test_a_slice_a_mask_and_numbers_take_the_same_rows_of_everything(name, loaded):
    data = loaded[name]
    mask = np.arange(len(data)) > 0
    for part in (data[1:], data[mask], data[pd.Series(mask)], data[[*range(1, len(data))]]):
        np.testing.assert_array_equal(part.pictures, data.pictures[1:])
        assert part.table.file.tolist() == data.table.file.tolist()[1:]
        assert part.table.index.tolist() == [*range(len(part))]
        for one, other in zip(part.pair[1], data.pair[1][1:], strict=True):
            np.testing.assert_array_equal(one, other)
    assert len(data[[]]) == 0
    assert data[-1].table.file[0] == data.table.file.iloc[-1]
    assert [len(one) for one in data] == [1] * len(data)


@pytest.mark.parametrize("name", LOADERS)
def test_without_truth_there_are_pictures_and_one_sentence(name, simulated, loaded, tmp_path):
    folder = tmp_path / "bare"
    shutil.copytree(simulated[name], folder)
    for truth in {TRUTH[name], "boxes"}:
        shutil.rmtree(folder / truth, ignore_errors=True)
    data = LOADERS[name](folder)
    assert repr(data).endswith("no truth")
    np.testing.assert_array_equal(data.pictures, loaded[name].pictures)
    with pytest.raises(MissingDataError) as raised:
        data.pair  # noqa: B018
    said = str(raised.value)
    assert said.startswith(f"{folder}: has no ")
    assert said.endswith("networks can predict here, but nothing can be trained on it or scored.")
    asked = {"nights": {"masks": "truth"}, "half-orbits": {"masks": "boxes"}}.get(name, {})
    if asked:
        with pytest.raises(MissingDataError, match="nothing can be trained"):
            LOADERS[name](folder, **asked)


@pytest.mark.parametrize("name", LOADERS)
def test_truth_of_some_pictures_only_names_the_first_without(name, simulated, tmp_path):
    folder = tmp_path / "partial"
    shutil.copytree(simulated[name], folder)
    if name == "oath":
        table = folder / layout.OATH_LABELS
        table.write_text("\n".join(table.read_text().splitlines()[:-1]) + "\n")
        first = "4"
    else:
        file = sorted(p for p in (folder / TRUTH[name]).rglob("*") if p.is_file())[1]
        file.unlink()
        first = file.stem
    with pytest.raises(MissingDataError, match=rf"for 1 of \d pictures, the first is {first}"):
        LOADERS[name](folder)


def test_files_tell_that_they_are_simulated_when_the_recipe_is_gone(simulated, tmp_path):
    for name in ("nights", "arcs", "oath"):
        shutil.copytree(simulated[name], tmp_path / name)
        (tmp_path / name / layout.RECIPE).unlink()
        assert set(LOADERS[name](tmp_path / name).table.data) == {"simulated"}


def test_a_recipe_speaks_for_what_its_simulator_wrote_alone(simulated, tmp_path):
    suns = simulated["suns"]
    assert layout.is_simulated(next((suns / "png").iterdir()))
    assert layout.is_simulated(suns / "pictures.csv")
    mine = tmp_path / "mine"
    shutil.copytree(suns, tmp_path, dirs_exist_ok=True)
    mine.mkdir()
    Image.new("L", (8, 8)).save(mine / "a.png")
    assert load_pictures(mine).table.data.tolist() == ["real"]
    assert set(load_pictures(tmp_path / "png").table.data) == {"simulated"}


def test_two_files_of_one_name_are_one_or_an_error(simulated, tmp_path):
    folder = tmp_path / "orbits"
    shutil.copytree(simulated["half-orbits"] / "spectra", folder / "a")
    shutil.copytree(folder / "a", folder / "b")
    assert len(load_half_orbits(folder, (48, 40))) == 3
    file = next((folder / "b").iterdir())
    file.write_bytes(file.read_bytes() + b"\0")
    with pytest.raises(DataFileError, match=f"two different files {file.name}"):
        load_half_orbits(folder, (48, 40))


def test_a_set_has_as_much_of_everything(tmp_path):
    table = pd.DataFrame({"file": ["a", "b"], "data": "real"})
    there = {"pictures": np.zeros((2, 8, 8)), "masks": np.zeros((2, 8, 8), bool)}
    there |= {"boxes": [np.zeros((0, 4))] * 2, "labels": np.zeros(2, int)}
    assert len(PictureSet(table=table, folder=tmp_path, **there)[:1].boxes) == 1
    for name, part in there.items():
        with pytest.raises(UsageError, match=f"1 {name} for a table of 2"):
            PictureSet(table=table, folder=tmp_path, **(there | {name: part[:1]}))
