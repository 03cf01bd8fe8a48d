"""The threshold explorer in a browser without a network: it answers, and answers right."""

import base64
import json

import numpy as np
import pytest

from geoviz_ml.scores import iou
from geoviz_ml.show import threshold_explorer, widgets
from geoviz_ml.show.widgets import threshold_view

from ..conftest import ROOT
from .conftest import shown

pytestmark = pytest.mark.browser
RNG = np.random.default_rng(0)
TRUTH = RNG.random((48, 32)) > 0.8
PROB = np.clip(0.35 * TRUTH + 0.6 * RNG.random(TRUTH.shape), 0, 1).astype(np.float32)
PROB.flat[:101] = np.arange(101) / 100  # exactly on the steps of the slider
PICTURE = RNG.random(TRUTH.shape).astype(np.float32)


@pytest.fixture
def fragment(page_of):
    one = threshold_explorer(PICTURE, PROB, TRUTH, title="One").static()
    two = threshold_explorer(PICTURE, PROB, title="Two, without truth").static()
    return page_of(one, two)


def move_to(explorer, value):
    explorer.locator("input[type=range]").evaluate(
        "(e, v) => {e.value = v; e.dispatchEvent(new Event('input', {bubbles: true}))}", str(value)
    )


def overlay(explorer) -> bytes:
    return explorer.locator("canvas").evaluate("c => c.toDataURL()")


def test_numbers_equal_the_librarys_at_every_step(offline_page, fragment):
    explorer = offline_page(fragment).locator(".geoviz").first
    for value in np.arange(101) / 100:
        move_to(explorer, value)
        mask = PROB >= np.float32(value)
        data = explorer.evaluate("e => ({...e.dataset})")
        assert float(data["flagged"]) == mask.mean()
        assert float(data["iou"]) == iou(mask, TRUTH)
        background = iou(mask, TRUTH, positive=False)
        assert float(data["background"]) == pytest.approx(background, abs=0, nan_ok=True)
        assert shown(explorer) == str(threshold_view(PROB, TRUTH, value))


def test_text_equals_the_librarys_where_rounding_is_a_tie_or_there_is_nothing(
    offline_page, tmp_path
):
    prob = np.zeros((16, 10), np.float32)
    prob[0, :5] = 1  # 5 of 160 pixels: 3.125 %
    truth = np.zeros(prob.shape, bool)
    path = tmp_path / "tie.html"
    path.write_text(f"<!doctype html>{threshold_explorer(prob, prob, truth).static()}")
    explorer = offline_page(path).locator(".geoviz")
    assert shown(explorer) == str(threshold_view(prob, truth, 0.5))
    assert "3.13 % flagged" in shown(explorer)
    path.write_text(f"<!doctype html>{threshold_explorer(prob, prob * 0, truth).static()}")
    explorer = offline_page(path).locator(".geoviz")
    assert shown(explorer) == str(threshold_view(prob * 0, truth, 0.5))
    assert "class not defined" in shown(explorer)


def test_canvas_shows_the_librarys_overlay(offline_page, fragment):
    explorer = offline_page(fragment).locator(".geoviz").first
    move_to(explorer, 0.37)
    pixels = explorer.locator("canvas").evaluate(
        "c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"
    )
    rgb = np.reshape(pixels, (*PROB.shape, 4))[::-1, :, :3]  # row 0 at the bottom
    np.testing.assert_array_equal(
        rgb, widgets.overlay(PICTURE, threshold_view(PROB, TRUTH, 0.37), TRUTH)
    )


@pytest.mark.parametrize("width", [360, 1200])
def test_keyboard_and_mouse_move_mask_and_score(offline_page, fragment, width):
    page = offline_page(fragment, width)
    explorer = page.locator(".geoviz").first
    slider = explorer.get_by_label("Threshold of the probability")
    first = shown(explorer), overlay(explorer)
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    second = shown(explorer), overlay(explorer)
    assert "Threshold 0.55" in second[0]
    box = slider.bounding_box()
    page.mouse.click(box["x"] + 0.2 * box["width"], box["y"] + box["height"] / 2)
    third = shown(explorer), overlay(explorer)
    assert len({first, second, third}) == 3
    assert first[1] != second[1] != third[1]
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0


def test_two_explorers_do_not_disturb_each_other(offline_page, fragment):
    page = offline_page(fragment)
    one, two = page.locator(".geoviz").all()
    before = shown(two)
    move_to(one, 0.9)
    assert shown(two) == before
    assert "Threshold 0.90" in shown(one)
    assert "IoU" not in before


def test_the_fallback_shows_where_scripts_do_not_run(offline_page, fragment):
    page = offline_page(fragment, java_script_enabled=False)
    first = page.locator("img.gv-first").first
    assert first.is_visible()
    assert "IoU of the class" in first.get_attribute("alt")
    assert page.locator("p.gv-first").first.is_visible()
    for tool in page.locator(".gv-tool").all():
        assert not tool.is_visible()


def test_the_slider_of_the_built_chapter_works_offline(offline_page):
    built = ROOT / "_build" / "html" / "alfven" / "alfven.html"
    if not built.exists():
        pytest.skip("the book is not built: make book")
    page = offline_page(built)
    explorer = page.locator(".geoviz").first
    explorer.scroll_into_view_if_needed()
    data = json.loads(explorer.locator("[data-part=data]").text_content())
    prob = np.frombuffer(base64.b64decode(data["prob"]), "<f4").reshape(data["shape"])
    truth = np.frombuffer(base64.b64decode(data["truth"]), np.uint8).reshape(data["shape"]) == 1
    seen = set()
    for value in (0.1, 0.3, 0.5, 0.8):
        move_to(explorer, value)
        assert float(explorer.get_attribute("data-iou")) == iou(prob >= np.float32(value), truth)
        assert str(threshold_view(prob, truth, value)) == shown(explorer)
        seen.add(overlay(explorer))
    assert len(seen) == 4
    before = shown(explorer)
    explorer.locator("input[type=range]").press("ArrowLeft")
    assert shown(explorer) != before
