"""Folders of magnetograms as arrays."""

import numpy as np
import pytest

from geoviz_ml.datasets import load_suns
from geoviz_ml.errors import MissingDataError
from geoviz_ml.readers import read_kitti, read_magnetogram
from geoviz_ml.simulate import sunspots


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return sunspots.make(tmp_path_factory.mktemp("suns"), 4, seed=6, size=128, in_a_row=2, fits=0)


def test_pictures_and_boxes_are_those_of_the_files(folder):
    suns = load_suns(folder, 128)
    assert suns.pictures.shape == (4, 128, 128)
    for name, picture, boxes in zip(suns.table.picture, *suns.pair, strict=True):
        grey = read_magnetogram(folder / "png" / f"{name}.png").values / 255
        on_disk = grey > 0
        assert np.median(np.abs(picture - grey)[on_disk]) < 0.01
        drawn = read_kitti(folder / "boxes" / f"{name}.txt")[["x1", "y1", "x2", "y2"]].to_numpy()
        np.testing.assert_allclose(boxes, drawn, atol=0.5)


def test_boxes_grow_with_the_picture(folder):
    small, large = load_suns(folder, 128), load_suns(folder, 256)
    for one, other in zip(small.boxes, large.boxes, strict=True):
        np.testing.assert_allclose(2 * one, other, atol=0.02)


def test_parts_keep_pictures_and_boxes_together(folder):
    suns = load_suns(folder, 128)
    part = suns[suns.table.sequence == 1]
    assert len(part) == 2
    assert part.table.picture.tolist() == suns.table.picture[2:].tolist()
    np.testing.assert_array_equal(part.boxes[0], suns.boxes[2])
    np.testing.assert_array_equal(part.pictures[1], suns.pictures[3])


def test_another_folder_is_refused(tmp_path):
    with pytest.raises(MissingDataError, match=r"pictures\.csv"):
        load_suns(tmp_path)
