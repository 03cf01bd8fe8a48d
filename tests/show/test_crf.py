"""The explorer of the CRF without a browser: the library's masks and scores, in two views."""

import itertools
import json
import math
import re

import numpy as np
import pytest
from sklearn.metrics import jaccard_score

from geoviz_ml.errors import UsageError
from geoviz_ml.infer import refine_crf
from geoviz_ml.scores.boundary import boundary_f
from geoviz_ml.show import crf_explorer
from geoviz_ml.show.crf import run_lengths

RNG = np.random.default_rng(0)
TRUTH = np.zeros((24, 36), bool)  # not square
TRUTH[8:14, 3:30] = True
IMAGE = (60 + 110 * TRUTH + 8 * RNG.normal(size=TRUTH.shape)).clip(0, 255).astype(np.uint8)
PROB = np.clip(0.3 + 0.4 * TRUTH + 0.2 * RNG.normal(size=TRUTH.shape), 0, 1)
GRID = {
    "bilateral_compat": (0, 10),
    "bilateral_sxy": (20, 80),
    "bilateral_srgb": (5, 13),
    "compat": (0, 3),
    "iterations": (1, 5),
}


@pytest.fixture(scope="module")
def explorer():
    return crf_explorer(IMAGE, PROB, TRUTH, grid=GRID, backend="torch", title="<b>CRF</b>")


def test_every_place_has_the_librarys_mask_and_scores(explorer):
    assert len(explorer.views) == 32
    for at in itertools.product(*GRID.values()):
        mask = refine_crf(IMAGE, PROB, "torch", **dict(zip(GRID, at, strict=True))) >= 0.5
        view = explorer.views[at]
        np.testing.assert_array_equal(view.mask, mask)
        assert view.iou == pytest.approx(jaccard_score(TRUTH.ravel(), mask.ravel()))
        assert view.boundary_f == boundary_f(mask, TRUTH)
        assert f"IoU {view.iou:.4f}"[:-1] in explorer.text(at)
    np.testing.assert_array_equal(explorer.before.mask, PROB >= 0.5)


def test_sliders_start_at_the_librarys_defaults_where_they_can(explorer):
    assert explorer.start == (10, 80, 13, 3, 5)
    other = crf_explorer(IMAGE, PROB, grid={"compat": (1, 2, 4)}, backend="torch")
    assert other.start == (2,)


def test_page_holds_the_masks_of_every_place(explorer):
    page = explorer.static()
    data = json.loads(re.search(r'data-part="data">(.*?)</script>', page)[1])
    for place, at in enumerate(itertools.product(*GRID.values())):
        runs = data["runs"][data["place"][place]]
        mask = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(TRUTH.shape)
        np.testing.assert_array_equal(mask, explorer.views[at].mask)
        assert data["texts"][place] == explorer.text(at)


@pytest.mark.parametrize("mask", [TRUTH, ~TRUTH, TRUTH & False, TRUTH | True])
def test_run_lengths_tell_the_mask(mask):
    runs = run_lengths(mask)
    unpacked = np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(mask.shape)
    np.testing.assert_array_equal(unpacked, mask)


def test_page_needs_nothing_from_outside(explorer):
    page = explorer.static()
    assert not re.search(r"""(src|href)=["'](https?:)?//""", page)
    assert "<b>CRF</b>" not in page
    assert "__ID__" not in page
    assert all('alt="' in image for image in re.findall("<img[^>]*>", page))


def test_one_object_gives_the_live_and_the_static_view(explorer):
    bundle = explorer._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert '<input type="range"' in bundle["text/html"]


def test_live_slider_changes_text_and_picture(explorer):
    panels, *sliders, text = explorer.live().children
    before = panels.value, text.value
    sliders[0].value = 0
    assert panels.value != before[0]
    assert text.value != before[1]
    assert "Weight of appearance" not in text.value  # within a sentence
    assert f"{explorer.views[(0, 80, 13, 3, 5)]}" in text.value


def test_a_mask_without_truth_has_no_score_and_a_class_nowhere_none_that_is_defined():
    grid = {"iterations": (0, 5)}
    without = crf_explorer(IMAGE, PROB >= 0.5, grid=grid, backend="torch")
    assert "IoU" not in without.text((5,))
    nothing = crf_explorer(IMAGE, TRUTH & False, TRUTH & False, grid=grid, backend="torch")
    assert math.isnan(nothing.views[(5,)].iou)
    assert "IoU not defined, boundary F-score not defined" in nothing.text((5,))
    nothing.static()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"image": IMAGE[:-1]}, "the image is"),
        ({"truth": TRUTH[:-1]}, "the truth is"),
        ({"grid": {"sxy": (1, 2)}}, "no slider"),
        ({"grid": {}}, "1 places"),
        ({"grid": {"compat": ()}}, "0 places"),
        ({"grid": {"compat": (1, 1)}}, "values that differ"),
        ({"grid": {"compat": range(401)}}, "401 places"),
    ],
)
def test_values_that_make_no_sense_are_refused(changes, message):
    given = {"image": IMAGE, "prob": PROB, "truth": TRUTH, "grid": GRID, "backend": "torch"}
    with pytest.raises(UsageError, match=message):
        crf_explorer(**{**given, **changes})
