"""read_oath and its label table, on simulated and on real files."""

import os

import numpy as np
import pytest

from geoviz_ml.datasets import load_oath
from geoviz_ml.errors import DataFileError, MissingDataError, UsageError
from geoviz_ml.readers import oath, read_oath, read_oath_table
from geoviz_ml.simulate.writers_oath import write_oath


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (6, 16, 16), np.uint8)
    return write_oath(tmp_path, images, np.arange(6), np.arange(6) * 60), images


def test_reader_returns_what_the_writer_wrote(folder):
    path, images = folder
    data = read_oath(path)
    np.testing.assert_array_equal(data.image.values, images)
    np.testing.assert_array_equal(data.picture, [1, 2, 3, 4, 5, 6])
    np.testing.assert_array_equal(data.class6, np.arange(6))
    np.testing.assert_array_equal(data.class2, [0, 0, 0, 1, 1, 1])
    np.testing.assert_array_equal(data.rotation, np.arange(6) * 60)
    assert list(data.name.values) == data.attrs["classes"]
    assert data.attrs["missing"] == []


def test_pictures_that_are_not_there_are_told(folder):
    path, images = folder
    (path / "images" / "cropped_scaled" / "00003.png").unlink()
    data = read_oath(path)
    np.testing.assert_array_equal(data.image.values, images[[0, 1, 3, 4, 5]])
    assert data.attrs["missing"] == [3]
    with pytest.raises(MissingDataError, match=r"00003\.png"):
        read_oath(path, [1, 3])
    with pytest.raises(MissingDataError, match="no label of picture 7"):
        read_oath(path, [7])
    np.testing.assert_array_equal(read_oath(path, [5, 1]).image.values, images[[4, 0]])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("0,1,00002,diffuse,060", "0,1,00002,discrete,060"),
        ("0,1,00002,diffuse,060", "1,1,00002,diffuse,060"),
        ("0,1,00002,diffuse,060", "0,9,00002,diffuse,060"),
        ("0,1,00002,diffuse,060", "0,1,00001,diffuse,060"),
        ("0,1,00002,diffuse,060", "0,1,00002,diffuse"),
        ("0,1,00002,diffuse,060", "0,1,00002,diffuse,060,7"),
    ],
)
def test_label_that_contradicts_itself_is_named_by_its_line(folder, old, new):
    table = folder[0] / "classifications" / "classifications.csv"
    table.write_text(table.read_text().replace(old, new))
    with pytest.raises(DataFileError, match="line 21"):
        read_oath_table(folder[0])


def test_damaged_or_huge_picture_is_an_error(folder):
    from PIL import Image

    path = folder[0] / "images" / "cropped_scaled" / "00002.png"
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(DataFileError, match="PNG"):
        read_oath(folder[0])
    Image.new("L", (8_000, 8_000)).save(path)
    with pytest.raises(DataFileError, match="claims"):
        read_oath(folder[0])
    Image.new("RGB", (8, 8)).save(path)
    with pytest.raises(DataFileError, match="those before"):
        read_oath(folder[0])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_table_may_have_a_mark_of_its_byte_order_and_dos_lines(folder, encoding):
    table = folder[0] / "classifications" / "classifications.csv"
    before = read_oath_table(folder[0])
    lines = table.read_text().splitlines()
    table.write_bytes("\r\n".join([*lines, ""]).encode(encoding))
    assert read_oath_table(folder[0]).equals(before)


def test_two_tables_of_a_folder_must_be_the_same(folder):
    table = folder[0] / "classifications" / "classifications.csv"
    other = folder[0] / "classifications.csv"
    other.write_bytes(table.read_bytes())
    assert len(read_oath_table(folder[0])) == 6
    other.write_bytes(table.read_bytes() + b"0,0,00007,arc,000\n")
    with pytest.raises(DataFileError, match="differs from"):
        read_oath_table(folder[0])


@pytest.mark.parametrize("load", [read_oath, load_oath])
def test_pictures_together_keep_to_the_memory_of_their_files(folder, monkeypatch, load):
    held = sum(image.size for image in folder[1])
    monkeypatch.setattr(oath, "memory_cap", lambda size: 2 * held)
    load(folder[0])
    monkeypatch.setattr(oath, "memory_cap", lambda size: 2 * held - 2)
    with pytest.raises(UsageError, match="more pictures than one call"):
        load(folder[0])


def test_two_split_tables_of_a_folder_must_be_the_same(folder):
    table = folder[0] / "classifications" / "train_test_split.csv"
    np.savetxt(table, [range(6)] * 5, "%d", ",")
    (folder[0] / table.name).write_bytes(table.read_bytes())
    assert len(load_oath(folder[0]).splits) == 5
    np.savetxt(folder[0] / table.name, [range(6)[::-1]] * 5, "%d", ",")
    with pytest.raises(DataFileError, match="differs from"):
        load_oath(folder[0])


@pytest.mark.skipif(os.name != "posix", reason="pipes of POSIX")
def test_a_pipe_in_place_of_a_picture_is_not_waited_for(folder):
    path, images = folder
    picture = path / "images" / "cropped_scaled" / "00002.png"
    picture.unlink()
    os.mkfifo(picture)
    assert read_oath(path).attrs["missing"] == [2]


@pytest.mark.data
def test_real_labels_have_the_published_counts(real_data):
    """Counts of the label table itself; the paper's sum to 5760, and swap discrete and diffuse."""
    table = read_oath_table(real_data / "oath")
    assert len(table) == 5824
    counts = table.name.value_counts().to_dict()
    assert counts == {
        "arc": 774,
        "diffuse": 1102,
        "discrete": 1400,
        "cloudy": 852,
        "moon": 614,
        "noaurora": 1082,
    }


@pytest.mark.data
def test_real_pictures_are_a_circle_in_the_green_channel(real_data):
    from PIL import Image

    data = read_oath(real_data / "oath")
    assert list(data.picture.values) == [1, 2, 4, 5, 6, 7, 8, 14]
    assert list(data.name.values[:4]) == ["discrete", "discrete", "arc", "arc"]
    assert len(data.attrs["missing"]) == 5816
    with Image.open(real_data / "oath" / "images" / "00014.png") as picture:
        np.testing.assert_array_equal(data.image[-1], picture.getchannel("G"))
    assert abs(float((data.image == 0).mean()) - 0.44) < 0.01
