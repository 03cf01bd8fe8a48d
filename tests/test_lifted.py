"""Arrays of somebody else: masked ones, and DataArrays whose dimensions stand in another order."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
import xarray as xr

from geoviz_ml import analysis, boxes, classical, geometry, infer, prepare, scores
from geoviz_ml.errors import UsageError, unmasked
from geoviz_ml.learn.probe import probe
from geoviz_ml.learn.segmentation import predict

SUN = (geometry.disk_distance((120, 110), (55.0, 58.0, 40.0)) <= 1).astype(float)
HOLES = np.zeros(SUN.shape, bool)
HOLES[57, 55] = True
MASKED = np.ma.array(np.where(HOLES, -9999.0, SUN), mask=HOLES)
WHOLE = np.ma.array(SUN, mask=np.zeros(SUN.shape, bool))
AXIS = np.arange(110.0)
network = torch.nn.Conv2d(1, 1, 1)

TAKES_MASKED = {
    "iou": lambda one: scores.iou(one, SUN > 0),
    "boundary_f": lambda one: scores.boundary_f(one, SUN > 0),
    "tally": scores.tally,
    "boxes": lambda one: boxes.as_boxes(one + np.arange(110)),
    "cut_boxes": lambda one: prepare.cut_boxes(one, [[40, 40, 70, 70]]),
    "to_picture": prepare.to_picture,
    "cut_patches": lambda one: prepare.cut_patches(one[None], np.array([[0, 50, 50]])),
    "flatten_disk": lambda one: prepare.flatten_disk(one, (55.0, 58.0, 40.0)),
    "find_disk": geometry.find_disk,
    "augment": lambda one: prepare.table_1_augmentation()(one, SUN > 0),
    "predict": lambda one: predict(network, [one]),
    "refine_crf": lambda one: infer.refine_crf(one, SUN > 0, "torch"),
    "prob": lambda one: infer.refine_crf(SUN, one, "torch"),
    "raster_scan": lambda one: infer.raster_scan(torch.nn.Flatten(), one, patch=1),
    "track_fringes": lambda one: analysis.track_fringes(one, np.arange(120.0), AXIS),
    "brightness": lambda one: analysis.brightness_histogram(one[None, :110]),
    "prior": lambda one: analysis.energy_distance_prior(one, one + 1, one),
    "canny_mask": classical.canny_mask,
    "label_fringes": classical.label_fringes,
    "find_active_regions": classical.find_active_regions,
    "probe": lambda one: probe(None, one, np.arange(120)),
}


@pytest.mark.parametrize("name", TAKES_MASKED)
def test_a_masked_value_never_counts_as_a_number(name):
    with pytest.raises(UsageError, match=r"of \d+ values are masked"):
        TAKES_MASKED[name](MASKED)
    TAKES_MASKED[name](WHOLE)  # nothing is masked


def test_a_masked_picture_is_found_in_a_list_too():
    with pytest.raises(UsageError, match="masked"):
        unmasked([SUN, MASKED])
    assert unmasked([3]) == [3]


def test_masked_corners_of_a_raw_frame_do_not_matter():
    counts = np.random.default_rng(0).integers(2000, 4000, (64, 64)).astype(np.int16)
    corner = np.hypot(*(np.indices((64, 64)) - 31.5)) > 30
    masked = np.ma.array(np.where(corner, -9999, counts), mask=corner)
    np.testing.assert_array_equal(prepare.oath_scale(masked), prepare.oath_scale(counts))
    masked[32, 32] = np.ma.masked
    with pytest.raises(UsageError, match="1 pixels of the circle"):
        prepare.oath_scale(masked)


def lying(values, *dims):
    return xr.DataArray(values, dims=dims).transpose(*dims[:-2], dims[-1], dims[-2])


def test_a_raw_frame_on_its_side_is_refused():
    with pytest.raises(UsageError, match="Turn it"):
        prepare.oath_scale(lying(np.ones((2, 64, 64)), "time", "y", "x"))


def test_the_sun_is_the_same_whichever_dimension_comes_first():
    sun = xr.DataArray(
        np.where(SUN > 0, 0.0, np.nan),
        {"y": np.arange(120), "x": np.arange(110)},
        ("y", "x"),
        attrs={"units": "G", "time": "2022-09-07"},
    )
    sun[40:50, 60:70] = 300.0
    spot = pd.DataFrame({"x1": [60.0], "y1": [40.0], "x2": [70.0], "y2": [50.0]})
    views = [sun, sun.transpose("x", "y")]
    pictures = [prepare.sun_picture(one, size=64) for one in views]
    np.testing.assert_array_equal(pictures[0].values, pictures[1].values)
    assert pictures[0].file_size == pictures[1].file_size
    assert prepare.picture_disk(views[0]) == prepare.picture_disk(views[1])
    places = [prepare.place_boxes(spot, one, north_up=True) for one in views]
    pd.testing.assert_frame_equal(*places)


def test_a_map_of_fringes_is_the_same_whichever_dimension_comes_first():
    prob = np.zeros((60, 60))
    prob[[20, 28, 36, 44]] = 1
    frequency = np.arange(60) / 20
    upright = xr.DataArray(prob, dims=("frequency", "time"))
    track = partial(analysis.track_fringes, frequency=frequency, time=np.arange(60.0))
    pd.testing.assert_frame_equal(track(upright), track(lying(prob, "frequency", "time")))
    assert track(upright).f.nunique() == 4
    night = upright + np.random.default_rng(0).normal(0.4, 0.01, prob.shape)
    found = classical.label_fringes(night)
    assert found.any()
    np.testing.assert_array_equal(found, classical.label_fringes(night.transpose()))
