"""One drawn picture, and small networks with random weights."""

import pytest
import torch

from geoviz_ml.models import DetectNet, GoogLeNet
from geoviz_ml.sunspots import SunModels

from .drawn import write


@pytest.fixture
def folder(tmp_path):
    write(tmp_path / "in", "a.fits")
    return tmp_path / "in"


@pytest.fixture(scope="package")
def models():
    """Small networks with random weights; the detector's head finds a box in the middle."""
    torch.manual_seed(0)
    detector = DetectNet(width=0.125)
    with torch.no_grad():
        detector.coverage.weight.zero_()
        detector.coverage.bias.fill_(3)
        detector.corners.weight.zero_()
        detector.corners.bias.copy_(torch.tensor([-20.0, -20, 28, 28]))
    return SunModels(
        detector=detector.eval(),
        classifier=GoogLeNet(classes=3, width=0.125).eval(),
        built={
            "detector": ["DetectNet", {"width": 0.125}],
            "classifier": ["GoogLeNet", {"classes": 3, "width": 0.125}],
        },
        size=128,
        decoding={"coverage": 0.6, "threshold": 0},
        classes=["Alpha", "Beta", "Gamma"],
        side=32,
    )
