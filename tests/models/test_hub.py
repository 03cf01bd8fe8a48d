"""Networks from the hub: their features where they are, one clear error where they are not."""

import numpy as np
import pytest
import timm
import torch

from geoviz_ml.errors import DownloadError
from geoviz_ml.models.hub import frozen_features

PICTURES = np.random.default_rng(0).integers(0, 256, (3, 40, 40), np.uint8)


def test_weights_out_of_reach_are_one_clear_error(monkeypatch):
    def unreachable(*args, **kwargs):
        raise RuntimeError("no route to host")

    monkeypatch.setattr(timm, "create_model", unreachable)
    with pytest.raises(DownloadError, match="vit_tiny.*cannot be fetched"):
        frozen_features("vit_tiny", PICTURES)


def test_features_are_those_of_the_normalised_picture(monkeypatch):
    make = timm.create_model
    torch.manual_seed(0)
    model = make("resnet18", pretrained=False, num_classes=0).eval()
    monkeypatch.setattr(timm, "create_model", lambda *args, **kwargs: model)
    found = frozen_features("resnet18", PICTURES, batch_size=2)
    x = torch.from_numpy(PICTURES / np.float32(255))[:, None].repeat(1, 3, 1, 1)
    x = torch.nn.functional.interpolate(x, (224, 224), mode="bilinear")
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    with torch.inference_mode():
        right = model((x - mean[:, None, None]) / std[:, None, None]).numpy()
    np.testing.assert_allclose(found, right, rtol=1e-4, atol=1e-5)
