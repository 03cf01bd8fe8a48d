"""The same pictures as bytes and as floats give the same answers, whoever is asked."""

import numpy as np
import pytest
import timm
import torch

from geoviz_ml.errors import UsageError
from geoviz_ml.infer import choose_decoding, detect, raster_scan, refine_crf
from geoviz_ml.infer.detection import predict_coverage
from geoviz_ml.learn import features
from geoviz_ml.learn.classification import classify
from geoviz_ml.learn.pnu import predict_scores
from geoviz_ml.learn.segmentation import predict
from geoviz_ml.models import (
    DetectNet,
    GoogLeNet,
    PatchNet,
    PatchResNet,
    ResNet18,
    UNet,
    small_faster_rcnn,
)
from geoviz_ml.models.hub import frozen_features
from geoviz_ml.prepare import cut_boxes
from geoviz_ml.prepare.patches import cut_patches
from geoviz_ml.settings import set_seed

BYTES = np.random.default_rng(0).integers(0, 256, (3, 32, 48), np.uint8)
BYTES[:, 0, :2] = 0, 255
FLOATS = BYTES / np.float32(255)
PLACES = np.array([[0, 4, 7], [2, 30, 40], [1, 16, 20]])
BOXES = np.array([[4.0, 3, 20, 25], [10, 10, 47, 31]])


class Bright(torch.nn.Module):
    """A detector that answers a box wherever a cell is bright."""

    stride = 8

    def forward(self, x):
        cells = torch.nn.functional.avg_pool2d(x, 8)
        corners = [0 * cells, 0 * cells, 8 + 0 * cells, 8 + 0 * cells]
        return torch.cat([20 * (cells - 0.5), *corners], 1)


def made(make):
    set_seed(0)
    return make()


def from_the_hub(pictures):
    with pytest.MonkeyPatch.context() as patch:
        network = made(lambda: make_model("resnet18", pretrained=False, num_classes=0).eval())
        patch.setattr(timm, "create_model", lambda *args, **kwargs: network)
        return frozen_features("resnet18", pictures)


def classified_cuts(pictures):
    cuts = np.stack(cut_boxes(pictures[0], BOXES, side=32))
    return classify(made(lambda: GoogLeNet(width=0.125)), cuts)


make_model = timm.create_model
PREDICTORS = {
    "predict": lambda x: predict(made(lambda: UNet(base=4)), x),
    "predict_coverage": lambda x: predict_coverage(made(lambda: DetectNet(width=0.125)), x),
    "detect": lambda x: np.concatenate(detect(made(Bright), x, coverage=0.4, threshold=0)),
    "detect, torchvision": lambda x: np.concatenate(detect(made(small_faster_rcnn), x)),
    "features": lambda x: features(made(lambda: ResNet18(width=4)), x),
    "features of the hub": from_the_hub,
    "classify": lambda x: classify(made(lambda: GoogLeNet(width=0.125)), x),
    "classify cut-outs": classified_cuts,
    "scores of patches": lambda x: predict_scores(
        made(lambda: PatchNet(width=4)), cut_patches(x, PLACES)
    ),
    "dense scan": lambda x: raster_scan(made(lambda: PatchNet(width=4)), x[0]),
    "scan of patches": lambda x: raster_scan(made(lambda: PatchResNet(width=4)), x[0], step=16),
    "CRF": lambda x: refine_crf(x[0], FLOATS[1], "torch"),
}
every = pytest.mark.parametrize("name", PREDICTORS)


@every
def test_bytes_and_floats_are_answered_alike(name):
    of_bytes, of_floats = PREDICTORS[name](BYTES), PREDICTORS[name](FLOATS)
    assert of_bytes.size or name == "detect, torchvision"  # which is sure of nothing, untrained
    rounding = 0.01 if name == "classify cut-outs" else 1e-5  # which scales, and rounds bytes
    np.testing.assert_allclose(of_bytes, of_floats, atol=rounding)


@pytest.mark.parametrize("name", sorted(set(PREDICTORS) - {"classify cut-outs"}))
@pytest.mark.parametrize(
    ("pictures", "said"),
    [
        (BYTES.astype(np.float32), "from 0 to 255"),
        (BYTES.astype(np.int32), "of type int32"),
        (np.where(BYTES == 255, np.nan, FLOATS), "there is NaN"),
    ],
)
def test_other_pictures_are_one_clear_error(name, pictures, said):
    if name == "scores of patches":  # of a patch with such a pixel
        pictures = np.roll(pictures, 8, axis=(1, 2))
    with pytest.raises(UsageError, match=said):
        PREDICTORS[name](pictures)


def test_thresholds_chosen_on_bytes_are_those_chosen_on_floats():
    pictures = np.zeros((1, 32, 48), np.uint8)
    pictures[0, 8:16, 16:24] = 250
    truth = [np.array([[16.0, 8, 24, 16]])]
    chosen = [
        choose_decoding(Bright(), x, truth, threshold=0)
        for x in (pictures, pictures / np.float32(255))
    ]
    assert chosen[0] == chosen[1]
