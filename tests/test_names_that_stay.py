"""Notebooks of other people hold these names: they answer where they were promised."""

import importlib
import inspect

import pytest

NAMES = {
    "geoviz_ml": "setup",
    "geoviz_ml.simulate": "alfven nucleus aurora sunspots arcs",
    "geoviz_ml.readers": "read_search_coil read_cses read_oath read_magnetogram read_srs"
    " read_themis read_voc read_kitti read_yolo",
    "geoviz_ml.prepare": "spectrogram oath_splits block_folds oath_scale",
    "geoviz_ml.models": "UNet ODConv2d SDI ODMUNet DetectNet ProjectionHead",
    "geoviz_ml.learn.losses": "CrossEntropyDice NTXent PNURisk DetectNetLoss",
    "geoviz_ml.learn": "segmentation_learner simclr_learner detection_learner"
    " classification_learner pnu_learner",
    "geoviz_ml.learn.metrics": "iou soft_iou mean_iou pixel_accuracy detection_scores",
    "geoviz_ml.infer": "raster_scan refine_crf group_rectangles",
    "geoviz_ml.analysis": "track_fringes energy_distance_prior silhouette_scan",
    "geoviz_ml.show": "threshold_explorer cluster_explorer detection_explorer crf_explorer",
    "geoviz_ml.scoreboard": "record",
}
CALLS = {
    "geoviz_ml.setup": "profile=None, seed=0",
    "geoviz_ml.models.UNet": "in_channels=1, out_channels=1, base=64, dropout=0.5",
    "geoviz_ml.models.ODConv2d": "in_channels, out_channels, kernel_size, stride=1, padding=0,"
    " dilation=1, groups=1, kernels=4",
    "geoviz_ml.models.ODMUNet": "in_channels=1, classes=2",
    "geoviz_ml.models.DetectNet": "in_channels=1, stride=8",
    "geoviz_ml.models.ProjectionHead": "in_features, hidden, out",
    "geoviz_ml.learn.losses.NTXent": "temperature=0.5",
    "geoviz_ml.learn.losses.PNURisk": "prior, eta, loss='sigmoid', clamp=True",
    "geoviz_ml.infer.raster_scan": "model, image, patch=32, step=1",
    "geoviz_ml.infer.refine_crf": "image, prob, backend='auto'",
    "geoviz_ml.infer.group_rectangles": "boxes, threshold=3, eps=0.02",
}


@pytest.mark.parametrize("room", NAMES)
def test_a_promised_name_is_where_it_was_promised(room):
    for name in NAMES[room].split():
        assert hasattr(importlib.import_module(room), name), f"{room}.{name}"


@pytest.mark.parametrize("name", CALLS)
def test_a_promised_call_begins_with_the_promised_parameters_and_defaults(name):
    room, _, last = name.rpartition(".")
    there = inspect.signature(getattr(importlib.import_module(room), last)).parameters.values()
    said = [str(one.replace(annotation=inspect.Parameter.empty)) for one in there]
    promised = CALLS[name].split(", ")
    assert said[: len(promised)] == promised


def test_every_simulator_makes_n_items_from_a_seed():
    for name in NAMES["geoviz_ml.simulate"].split():
        make = importlib.import_module(f"geoviz_ml.simulate.{name}").make
        assert list(inspect.signature(make).parameters)[:2] == ["folder", "n"]
        assert inspect.signature(make).parameters["seed"].default == 0
