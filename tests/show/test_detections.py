"""The detection explorer without a browser: the library's numbers, one object for both views."""

import re
import subprocess
import sys

import numpy as np
import pytest

from geoviz_ml.boxes import decode_coverage, encode_boxes
from geoviz_ml.errors import UsageError
from geoviz_ml.scores import detection_scores
from geoviz_ml.show import detection_explorer
from geoviz_ml.show.detection_view import detection_view
from geoviz_ml.show.detections import GRID

RNG = np.random.default_rng(0)
SIZE, STRIDE = (96, 128), 8
TRUTH = [
    np.array([[10.0, 12, 42, 40], [60, 50, 110, 80]]),
    np.zeros((0, 4)),
    np.array([[70.0, 8, 100, 30]]),
]


def answer(boxes):
    """What a network that learned a little answers: right, but unsure and shaky."""
    target = encode_boxes(boxes, SIZE, STRIDE)
    coverage = np.clip(0.7 * target[0] + 0.4 * RNG.random(target[0].shape), 0, 1)
    corners = target[1:5] + RNG.normal(0, 2, target[1:5].shape) + [[[0]], [[0]], [[9]], [[9]]]
    return np.concatenate([coverage[None], corners]).astype(np.float32)


OUTPUTS = np.stack([answer(boxes) for boxes in TRUTH])
OUTPUTS[2, 0, 0, :11] = np.arange(0, 1.1, 0.1, dtype=np.float32)  # on the slider's steps
PICTURES = RNG.random((3, *SIZE)).astype(np.float32)


def explorer(**changes):
    return detection_explorer(
        **{"pictures": PICTURES, "outputs": OUTPUTS, "truth": TRUTH, "stride": STRIDE, **changes}
    )


@pytest.mark.parametrize("setting", [(0.6, 3, 0.02), (0.3, 0, 0.2), (0.5, 1, 0.3), (0.9, 6, 0.5)])
def test_scores_are_those_of_the_library(setting):
    view = detection_view(OUTPUTS, TRUTH, *setting)
    names = dict(zip(("coverage", "threshold", "eps"), setting, strict=True))
    found = [decode_coverage(out, STRIDE, **names) for out in OUTPUTS]
    scores = detection_scores(found, TRUTH)
    expected = [scores[f"{name} at IoU 0.5"] for name in ("precision", "recall", "F1")]
    np.testing.assert_allclose(view.scores, expected, equal_nan=True)
    assert view.cells == [int((out[0] >= np.float32(setting[0])).sum()) for out in OUTPUTS]


def test_text_by_hand():
    outputs = np.zeros((1, 5, *(n // STRIDE for n in SIZE)), np.float32)
    for column in (2, 3):  # two cells that point at the same box, 16 to 48
        outputs[0, :, 3, column] = [0.8, 16 - 8 * column, 0, 48 - 8 * column, 30]
    outputs[0, :, 0, 15] = [0.9, -20, 0, 5, 20]  # one that points at nothing
    truth = [np.array([[16.0, 24, 48, 54], [60, 60, 90, 90]])]
    view = detection_view(outputs, truth, 0.6, 0, 0.02)
    assert view.text() == (
        "Coverage 0.60, threshold 0, eps 0.02: 3 cells propose, 3 boxes are left, 1 right, "
        "2 false, 1 missed. Scores: precision 0.333, recall 0.500, F1 0.400"
    )
    assert (
        "1 boxes are left, 1 right, 0 false" in detection_view(outputs, truth, 0.6, 1, 0.02).text()
    )
    none = detection_view(outputs, truth, 0.95, 1, 0.02)
    assert "precision not defined, recall 0.000, F1 not defined" in none.text()


def test_drawing_shows_each_box_once_and_each_proposing_cell():
    one = explorer()
    view = one.view(0.5, 0, 0.02)
    for i in range(3):
        hits, wrong, missed = view.counts[i]
        drawing = one.drawing(view, i)
        kinds = re.findall('data-kind="([a-z ]+)"', drawing)
        assert [kinds.count(k) for k in ("hit", "false alarm", "miss")] == [hits, wrong, missed]
        assert drawing.count("M") == view.cells[i]
    y, x = np.argwhere(OUTPUTS[0, 0] >= 0.5)[0]
    assert f"M{8 * x} {8 * y}h8v8h-8z" in one.drawing(view, 0)


def test_live_sliders_change_text_and_boxes():
    _, coverage, threshold, eps, picture, panels = explorer().live().children
    seen = {panels.value}
    coverage.value = 0.3
    seen.add(panels.value)
    threshold.value = 0
    seen.add(panels.value)
    eps.value = 0.5
    seen.add(panels.value)
    picture.value = 2
    seen.add(panels.value)
    assert len(seen) == 5
    view = explorer().view(0.3, 0, 0.5)
    assert view.text(2) in panels.value
    assert len(explorer(pictures=PICTURES[:1], outputs=OUTPUTS[:1], truth=TRUTH[:1])
               .live().children) == 5  # fmt: skip


def test_start_that_is_not_in_the_grid_is_added():
    one = explorer(coverage=0.33, grid={"threshold": (1, 2)}, threshold=5)
    assert 0.33 in one.grid["coverage"]
    assert one.grid["threshold"] == (1, 2, 5)
    assert one.grid["eps"] == GRID["eps"]


def test_one_object_gives_the_live_and_the_static_view():
    bundle = explorer(grid={"coverage": (0.5,)})._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/html"].count('<input type="range"') == 4


def test_static_page_needs_nothing_from_outside():
    page = explorer(title="<b>x</b>", grid={"coverage": (0.5,)}).static()
    assert not re.search(r"""(src|href)=["'](https?:)?//|url\((?!data:)""", page)
    assert "<b>x</b>" not in page
    assert "__ID__" not in page
    assert "NaN" not in page.split("<script>")[0]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"outputs": OUTPUTS[:2]}, "belong together"),
        ({"outputs": OUTPUTS[:, :4]}, "belong together"),
        ({"stride": 16}, "belong together"),
        ({"truth": TRUTH[:2]}, "belong together"),
        ({"outputs": OUTPUTS * np.nan}, "without NaN"),
        ({"coverage": 1.5}, "makes no sense"),
        ({"threshold": -1}, "makes no sense"),
        ({"truth": [np.ones((2, 3))] * 3}, "columns"),
    ],
)
def test_what_does_not_belong_together_is_refused(changes, message):
    with pytest.raises(UsageError, match=message):
        explorer(**changes)


def test_importing_the_explorer_loads_no_torch():
    code = (
        "import sys; from geoviz_ml.show import detection_explorer; print('torch' in sys.modules)"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "False"
