"""What ``python -m data_fetch NAME`` leaves is loaded with nothing between."""

import numpy as np
import pytest

from data_fetch import load, names
from data_fetch.__main__ import main
from geoviz_ml.datasets import load_arcs, load_nights, load_oath, load_pictures, load_suns
from geoviz_ml.errors import MissingDataError

pytestmark = pytest.mark.data

UNTRUE = {  # without truth: how it is loaded, and how many pictures it has
    "alfven-sample": (lambda folder: load_nights(folder, (96, 48)), 2),
    "magnetograms-sample": (lambda folder: load_suns(folder, 128), 1),
    "magnetograms-2026": (lambda folder: load_suns(folder, 128), 48),
    "gong-sample": (lambda folder: load_suns(folder, 128), 6),
    "themis-sample": (load_arcs, 4),
    "poker-flat-sample": (load_arcs, 4),
    "all-sky-sample": (load_arcs, 15),
}
TRUE = {"oath-sample", "oath-tables", "deepsdo", "isbi"}  # below
NO_PICTURES = {"srs-sample"}  # texts and a table: read_srs


def test_every_sample_is_loaded_here():
    samples = {name for name in names() if load(name).samples}
    assert samples == {*UNTRUE, *TRUE, *NO_PICTURES}


@pytest.mark.parametrize("name", UNTRUE)
def test_a_sample_without_truth_says_so(fetched, name):
    loader, count = UNTRUE[name]
    data = loader(fetched(name))
    assert len(data) == len(data.pictures) == count
    assert np.isfinite(data.pictures).all()
    assert data.pictures.min() < data.pictures.max()
    assert set(data.table.data) == {"real"}
    assert data.table.time.notna().all()
    assert all((data.folder / file).is_file() for file in data.table.file)
    with pytest.raises(MissingDataError, match="beside its pictures, so that networks can predict"):
        data.pair  # noqa: B018


def test_oath_has_labels_and_splits_with_eight_pictures_or_none(fetched):
    some = load_oath(fetched("oath-sample"))
    assert some.pair[0].shape == (8, 256, 256)
    assert some.table.number.tolist() == [1, 2, 4, 5, 6, 7, 8, 14]
    assert some.labels.tolist() == [2, 2, 0, 0, 1, 1, 1, 1]
    tables = load_oath(fetched("oath-tables"))
    assert [tuple(map(len, split)) for split in tables.splits] == 5 * [(4077, 1747)]
    for few, many in zip(some.splits, tables.splits, strict=True):
        numbers = tables.table.number.to_numpy()[many[0]]
        assert set(some.table.number[few[0]]) == set(some.table.number) & set(numbers)
    with pytest.raises(MissingDataError, match="5824 pictures, but none of the pictures"):
        tables.pair  # noqa: B018


def test_continuum_pictures_have_boxes_in_yolos_format(twelve):
    suns = load_suns(twelve, 512)
    assert len(suns) == 12
    assert set(suns.table.kind) == {"continuum"}
    assert set(suns.table.data) == {"real"}
    assert suns.table.time.is_monotonic_increasing
    for file, boxes in zip(suns.table.file, suns.boxes, strict=True):
        lines = (twelve / "labels" / file.split("/")[1].replace("jpg", "txt")).read_text().split()
        drawn = np.array(lines, float).reshape(-1, 5)[:, 1:]  # centre and size over the picture's
        middle, sides = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
        scale = sides.sum() / (512 * drawn[:, 2:].sum())
        np.testing.assert_allclose(sides, 512 * scale * drawn[:, 2:], atol=0.01)
        shift = middle - 512 * scale * drawn[:, :2]  # the disk lies in the middle
        np.testing.assert_allclose(shift, np.broadcast_to(shift[0], shift.shape), atol=0.01)
        assert np.abs(shift).max() < 20


def test_the_membranes_are_a_readers_own_pictures(fetched):
    folder = fetched("isbi")
    data = load_pictures(folder / "image", folder / "label", size=(128, 128))
    pictures, masks = data.pair
    assert pictures.shape == masks.shape == (24, 128, 128)
    assert 0.6 < masks.mean() < 0.9  # white is inside cells


def test_magnetograms_by_date_have_what_their_tables_tell(fetched):
    folder = fetched("magnetograms", start="2022-08-02", end="2022-08-02")
    suns = load_suns(folder, 256)
    assert suns.table.picture.tolist() == [
        "magnetograms/2022_08_02__10_47_53_000__SDO_HMI_HMI_magnetogram.jp2"
    ]
    assert suns.table.time[0].isoformat()[:19] == "2022-08-02T10:47:53"
    with pytest.raises(MissingDataError, match="no boxes"):
        suns.pair  # noqa: B018


def test_themis_by_site_and_time_is_a_folder_of_minutes(fetched):
    asked = {"site": "gill", "start": "2014-03-10T06:01", "end": "2014-03-10T06:02:30"}
    sky = load_arcs(fetched("themis", **asked))
    assert sky.table.place.tolist() == ["gill", "gill"]
    assert str(sky.table.time[0])[:16] == "2014-03-10 06:01"


def test_the_command_and_the_loader_are_all_there_is_to_do(
    real_data, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("GEOVIZ_ML_MIRROR", str(real_data))
    monkeypatch.setenv("GEOVIZ_ML_DATA", str(tmp_path))
    assert main(["oath-sample"]) == 0
    assert len(load_oath(capsys.readouterr().out.strip())) == 8
