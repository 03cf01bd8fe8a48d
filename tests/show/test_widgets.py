"""The explorer without a browser: one computation, two views."""

import re

import numpy as np
import pytest
from sklearn.metrics import jaccard_score

from geoviz_ml.errors import UsageError
from geoviz_ml.show import threshold_explorer
from geoviz_ml.show.plots import COLOURS
from geoviz_ml.show.static import axes
from geoviz_ml.show.widgets import overlay, threshold_view

RNG = np.random.default_rng(0)
PROB = RNG.random((12, 9)).astype(np.float32)
TRUTH = RNG.random((12, 9)) > 0.7


def test_view_agrees_with_scikit_learn():
    view = threshold_view(PROB, TRUTH, 0.4)
    flat = TRUTH.ravel(), (PROB >= 0.4).ravel()
    assert view.iou == pytest.approx(jaccard_score(*flat))
    assert view.iou_background == pytest.approx(jaccard_score(*flat, pos_label=0))
    assert view.flagged == pytest.approx((PROB >= 0.4).mean())


def test_without_truth_there_is_no_score():
    assert "IoU" not in str(threshold_view(PROB, None, 0.4))


def test_overlay_paints_each_class_in_its_colour():
    view = threshold_view(PROB, TRUTH, 0.4)
    rgb = overlay(np.full(PROB.shape, 0.5), view, TRUTH)
    for name, where in {
        "hit": view.mask & TRUTH,
        "false alarm": view.mask & ~TRUTH,
        "miss": ~view.mask & TRUTH,
    }.items():
        colour = [int(COLOURS[name][i : i + 2], 16) for i in (1, 3, 5)]
        assert (rgb[where] == colour).all()
    assert (rgb[~view.mask & ~TRUTH] == 128).all()


def test_one_object_gives_the_live_and_the_static_view():
    bundle = threshold_explorer(PROB, PROB, TRUTH)._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert '<input type="range"' in bundle["text/html"]


def test_live_slider_changes_text_and_picture():
    box = threshold_explorer(PROB, PROB, TRUTH).live()
    _, panels, slider, text = box.children
    _, image = panels.children
    before = image.value, text.value
    slider.value = 0.9
    assert image.value != before[0]
    assert text.value != before[1]
    assert "Threshold 0.90" in text.value


def test_static_page_needs_nothing_from_outside():
    page = threshold_explorer(PROB, PROB, TRUTH, title="<b>x</b>").static()
    assert not re.search(r"""(src|href)=["'](https?:)?//""", page)
    assert "<b>x</b>" not in page
    assert "__ID__" not in page


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image": PROB[:-1]}, "share one shape"),
        ({"threshold": 1.2}, "not in 0..1"),
        ({"threshold": float("nan")}, "not in 0..1"),
        ({"extent": (0, 0, 1, 2)}, "axes with a length"),
    ],
)
def test_values_that_make_no_sense_are_refused(changes, message):
    with pytest.raises(UsageError, match=message):
        threshold_explorer(**{"image": PROB, "prob": PROB, **changes})


def test_ticks_are_round_numbers_at_their_place():
    html = axes("", (-6, 6, 0.5, 10.5), "hours", "Hz")
    places = dict(re.findall(r"left: ([\d.]+)%\">(-?[\d.]+)<", html))
    assert {float(at): float(v) for at, v in places.items()} == {
        0: -6, 16.67: -4, 33.33: -2, 50: 0, 66.67: 2, 83.33: 4, 100: 6
    }  # fmt: skip
    assert '<span style="top: 5.00%">10</span>' in html  # upwards


def test_importing_the_explorer_loads_no_torch():
    import subprocess
    import sys

    code = (
        "import sys; from geoviz_ml.show import threshold_explorer; print('torch' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
