"""Arguments that make no sense are told in one sentence, not in the words of a library below."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from torch import nn

from geoviz_ml.analysis import (
    silhouette_scan,
    survey_half_orbits,
    survey_nights,
    track_fringes,
)
from geoviz_ml.boxes import as_boxes
from geoviz_ml.datasets import load_pictures
from geoviz_ml.errors import UsageError, height_and_width, whole_number
from geoviz_ml.infer import detect
from geoviz_ml.learn import features, fit, probed_network, segmentation_learner, simclr_learner
from geoviz_ml.learn.cross_validation import cross_validate
from geoviz_ml.learn.segmentation import predict
from geoviz_ml.models import CardScore, ResNet18, UNet, small_faster_rcnn
from geoviz_ml.own import Small, contact_sheet
from geoviz_ml.prepare import (
    BoxCrops,
    Views,
    cut_boxes,
    mask_picture,
    picture,
    random_places,
    table_1_augmentation,
)
from geoviz_ml.scores import detection_scores

GREY, AXIS = np.zeros((4, 16, 16), np.float32), np.arange(16)
narrow, encoder = partial(UNet, base=2), partial(ResNet18, width=2)
SPECTROGRAM = xr.DataArray(
    np.ones((8, 8)),
    {"time": np.datetime64("2014-01-01", "s") + np.arange(8), "frequency": np.arange(1.0, 9)},
    ("time", "frequency"),
)
learner = partial(segmentation_learner, (GREY, GREY > 0), (GREY, GREY > 0), batch_size=2)

WRONG = {
    "batch_size must": lambda: predict(narrow(), GREY, batch_size=0),
    "batch_size must be a whole": lambda: features(encoder(), GREY, batch_size=2.5),
    "batch_size must be .* from 1, not 0": lambda: detect(small_faster_rcnn(), GREY, batch_size=0),
    "masks .* are not as many": lambda: cross_validate(list(GREY), [GREY[0]], 2, narrow, 1),
    "prior is a probability": lambda: UNet(base=2, prior=0),
    "not .16, 16, 4.": lambda: contact_sheet(Path("a.png"), [Small(np.zeros((16, 16, 4)), "a")]),
    "out_features": lambda: simclr_learner(GREY, nn.Flatten, batch_size=2),
    "no array of numbers": lambda: as_boxes([[1, 2, 3, 4], [1, 2]]),
    "boxes make no array": lambda: cut_boxes(GREY[0], [["a", "b", "c", "d"]]),
    r"a picture is \(H, W\)": lambda: BoxCrops(8)([1, 2, 3], [[0, 0, 2, 2]]),
    "n must be a whole number from 0": lambda: random_places(2, 1.5, np.random.default_rng(0)),
    "pictures must be a whole": lambda: random_places(0, 1, np.random.default_rng(0)),
    "columns must be a whole": lambda: track_fringes(GREY[0], AXIS, AXIS, columns=1.5),
    "k must be a whole": lambda: silhouette_scan(np.eye(8), [2.5]),
    "NaN or infinite": lambda: detection_scores([[[0, 0, 9, 9, np.nan]]], [[[0, 0, 9, 9]]]),
    "crop is two numbers": lambda: Views(crop=0.5),
    "size is height and width": lambda: table_1_augmentation(size=64),
    "a side must be": lambda: table_1_augmentation(size=(64, 0)),
    "not 48": lambda: load_pictures(Path("a"), size=48),
    "not 49": lambda: picture(SPECTROGRAM, 49),
    "not 50": lambda: mask_picture(SPECTROGRAM > 0, 50),
    "not 51": lambda: survey_nights(narrow(), "a", [], "b", size=51, threshold=0.5),
    "not 52": lambda: survey_half_orbits(narrow(), "a", [], "b", size=52, threshold=0.5),
    "DataArray .time, frequency.*not ndarray": lambda: picture(GREY[0], (4, 4)),
    "spectrogram is a DataArray": lambda: mask_picture(GREY[0] > 0, (4, 4)),
    "not one for each of 4": lambda: probed_network(encoder().eval(), GREY, ["a", "b"]),
    "float64 cannot be trained": lambda: learner(narrow().double()),
}


@pytest.mark.parametrize("said", WRONG)
def test_a_wrong_argument_is_told_in_one_sentence(said):
    with pytest.raises(UsageError, match=said):
        WRONG[said]()


def test_lists_do_what_arrays_do():
    table = cross_validate(list(GREY), list(GREY > 0), 2, narrow, 1, batch_size=2, device="cpu")
    assert table.fold.tolist() == [1, 2]
    box = [[2.0, 2.0, 9.0, 9.0]]
    crop, boxes = BoxCrops(8)(GREY[0].tolist(), box)
    again, same = BoxCrops(8)(GREY[0], np.array(box))
    assert (crop == again).all()
    assert (boxes == same).all()


def test_a_sheet_takes_a_grey_picture_of_two_axes(tmp_path):
    sheets = [
        contact_sheet(tmp_path / f"{i}.png", [Small(one, "a")]).read_bytes()
        for i, one in enumerate((GREY[0], GREY[0][..., None]))
    ]
    assert sheets[0] == sheets[1]


def test_a_score_with_one_end_of_an_interval_prints():
    assert "no interval" in str(CardScore("IoU", 0.5, low=0.4))


def test_a_whole_number_of_numpy_is_one():
    assert whole_number(np.int64(3), "n") == 3
    assert len(fit(learner(narrow(), device="cpu"), np.int64(1))) == 1


def test_a_size_may_be_any_pair():
    for pair in ((64, 96), [64, 96], np.array([64, 96]), (np.int16(64), np.int64(96))):
        assert height_and_width(pair) == (64, 96)
    for wrong in (64, (64,), (64, 96, 1), "64", None, (64, 0), (64.0, 96)):
        with pytest.raises(UsageError):
            height_and_width(wrong)
