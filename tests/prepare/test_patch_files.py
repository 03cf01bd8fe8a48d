"""Patches cut by hand, from file to arrays."""

import numpy as np
import pandas as pd
import pytest

from geoviz_ml.errors import DataFileError, MissingDataError, UsageError
from geoviz_ml.prepare import load_patches, save_patches
from geoviz_ml.prepare.patch_files import read_patch_table

IMAGES = {
    name: np.random.default_rng(i).integers(0, 256, shape, np.uint8)
    for i, (name, shape) in enumerate({"one": (20, 30), "1": (16, 12)}.items())
}
ROWS = [["one", 4, 4, 1, 8], ["one", 26, 16, -1, 8], ["1", 8, 12, -1, 8]]


def table(rows):
    return pd.DataFrame(rows, columns=["picture", "x", "y", "label", "side"])


def test_patches_are_those_of_the_pictures_in_the_order_of_the_file(tmp_path):
    path = save_patches(table(ROWS), tmp_path / "deep" / "mine.csv")
    patches, labels = load_patches(path, IMAGES)
    np.testing.assert_array_equal(labels, [1, -1, -1])
    expected = [IMAGES["one"][:8, :8], IMAGES["one"][12:20, 22:30], IMAGES["1"][8:16, 4:12]]
    np.testing.assert_array_equal(patches, expected)
    assert patches.dtype == np.uint8
    assert [p.name for p in path.parent.iterdir()] == ["mine.csv"]


def test_a_table_without_a_column_is_refused_before_anything_is_written(tmp_path):
    with pytest.raises(UsageError, match="needs a column side"):
        save_patches(table(ROWS).drop(columns="side"), tmp_path / "deep" / "mine.csv")
    assert not any(tmp_path.iterdir())


def test_a_patch_of_odd_side_has_its_pixel_in_the_middle(tmp_path):
    path = save_patches(table([["one", 10, 7, 1, 5]]), tmp_path / "a.csv")
    np.testing.assert_array_equal(load_patches(path, IMAGES)[0][0], IMAGES["one"][5:10, 8:13])


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (["two", 9, 9, 1, 8], "line 5 is of picture 'two', which is not given. Given: 'one', '1'"),
        (["one", 3, 9, 1, 8], "line 5: the patch of 8 pixels around x = 3, y = 9 reaches over"),
        (["one", 27, 9, 1, 8], "over the border of 'one'"),
        (["one", 9, 17, 1, 8], "over the border"),
        (["one", 9, -1, 1, 8], "over the border"),
        (["one", 9, 9, 1, 6], "several sides"),
        (["one", 9, 9, 0, 8], "line 5 has a label other than 1 and -1"),
        (["one", 9, 9, 1, 0], "no side"),
        (["one", 4, 4, -1, 8], "line 2 has a place that is labelled both"),
        (["one", 9.5, 9, 1, 8], "x must be whole numbers"),
        (["one", "?", 9, 1, 8], "x must be whole numbers"),
        (["one", "", 9, 1, 8], "x must be whole numbers"),
    ],
)
def test_a_row_that_cannot_be_right_is_named(tmp_path, row, problem):
    path = save_patches(table([*ROWS, row]), tmp_path / "a.csv")
    with pytest.raises(DataFileError) as error:
        load_patches(path, IMAGES)
    assert problem in str(error.value)
    assert str(path) in str(error.value)


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "no table of patches"),
        (b"picture,x,y\none,4,4\n", "has no column label, side"),
        (b"picture,x,y,label,side\n", "holds no patches"),
        (b"\xff\xfe\x00", "no table of patches|no column"),
    ],
)
def test_another_file_is_named(tmp_path, content, problem):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(DataFileError, match=problem):
        load_patches(path, IMAGES)


def test_no_file_and_no_grey_picture_are_errors(tmp_path):
    with pytest.raises(MissingDataError, match="Cut patches first"):
        load_patches(tmp_path / "a.csv", IMAGES)
    path = save_patches(table(ROWS), tmp_path / "a.csv")
    with pytest.raises(UsageError, match="must be"):
        load_patches(path, {**IMAGES, "one": np.zeros((20, 30, 3))})


def test_a_table_without_bound_is_refused_before_it_is_read(tmp_path):
    with open(tmp_path / "p.csv", "wb") as file:
        file.truncate(17 * 2**20)
    with pytest.raises(DataFileError, match="p.csv"):
        read_patch_table(tmp_path / "p.csv")
