"""Pictures that the book stores are smaller than they were drawn, and look the same."""

import base64
import importlib
import io

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image
from scipy.ndimage import gaussian_filter

from .conftest import ROOT


@pytest.fixture
def lighter(monkeypatch):
    """Of book/run.py."""
    pytest.importorskip("jupyter_cache")
    monkeypatch.syspath_prepend(ROOT / "book")
    return importlib.import_module("run").lighter


def as_pixels(png: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")).astype(int)


def test_a_thin_outline_keeps_its_colour(lighter):
    fig, ax = plt.subplots(figsize=(7, 4))
    ax.imshow(gaussian_filter(np.random.default_rng(0).random((200, 300)), 1), cmap="cividis")
    ax.contour(np.hypot(*np.indices((200, 300))), [150], colors="#ff9e4a", linewidths=0.8)
    drawn = io.BytesIO()
    fig.savefig(drawn, format="png")
    plt.close(fig)
    before = base64.b64encode(drawn.getvalue()).decode()
    after = lighter(before)
    assert len(after) < 0.7 * len(before)
    assert np.abs(as_pixels(after) - as_pixels(before)).max() < 16


def test_a_small_picture_stays_as_it_is(lighter):
    file = io.BytesIO()
    Image.new("RGB", (20, 20)).save(file, "PNG")
    small = base64.b64encode(file.getvalue()).decode()
    assert lighter(small) == small
