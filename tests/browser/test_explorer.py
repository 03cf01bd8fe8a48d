"""The threshold explorer in a browser without a network: it answers, and answers right."""

import base64
import json
import re

import numpy as np
import pytest

from geoviz_ml.learn.metrics import iou
from geoviz_ml.show import threshold_explorer

from ..conftest import ROOT

pytestmark = pytest.mark.browser
RNG = np.random.default_rng(0)
TRUTH = RNG.random((48, 32)) > 0.8
PROB = np.clip(0.35 * TRUTH + 0.6 * RNG.random(TRUTH.shape), 0, 1).astype(np.float32)
PROB[0, :5] = np.float32(0.3)  # exactly on a step of the slider
PICTURE = RNG.random(TRUTH.shape).astype(np.float32)


@pytest.fixture
def fragment(tmp_path):
    one = threshold_explorer(PICTURE, PROB, TRUTH, title="One").static()
    two = threshold_explorer(PICTURE, PROB, title="Two, without truth").static()
    path = tmp_path / "page.html"
    path.write_text(f"<!doctype html><meta charset=utf-8><body>{one}{two}", encoding="utf-8")
    return path


def move_to(page, explorer, value):
    explorer.locator("input[type=range]").evaluate(
        "(e, v) => {e.value = v; e.dispatchEvent(new Event('input', {bubbles: true}))}", str(value)
    )


def overlay(explorer) -> bytes:
    return explorer.locator("canvas").evaluate("c => c.toDataURL()")


def test_numbers_equal_the_librarys_at_every_step(offline_page, fragment):
    page = offline_page(fragment)
    explorer = page.locator(".geoviz").first
    for value in np.round(np.arange(0, 1.001, 0.05), 2):
        move_to(page, explorer, value)
        mask = PROB >= np.float32(value)
        data = explorer.evaluate("e => ({...e.dataset})")
        assert float(data["iou"]) == pytest.approx(iou(mask, TRUTH), abs=1e-12)
        assert float(data["background"]) == pytest.approx(
            iou(mask, TRUTH, positive=False), abs=1e-12
        )
        assert float(data["flagged"]) == pytest.approx(mask.mean(), abs=1e-12)


@pytest.mark.parametrize("width", [360, 1200])
def test_keyboard_and_mouse_move_mask_and_score(offline_page, fragment, width):
    page = offline_page(fragment, width)
    explorer = page.locator(".geoviz").first
    slider, text = explorer.locator("input[type=range]"), explorer.locator("[role=status]")
    first = text.inner_text(), overlay(explorer)
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    second = text.inner_text(), overlay(explorer)
    assert "Threshold 0.55" in second[0]
    box = slider.bounding_box()
    page.mouse.click(box["x"] + 0.2 * box["width"], box["y"] + box["height"] / 2)
    third = text.inner_text(), overlay(explorer)
    assert len({first, second, third}) == 3
    assert first[1] != second[1] != third[1]
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0


def test_two_explorers_do_not_disturb_each_other(offline_page, fragment):
    page = offline_page(fragment)
    one, two = page.locator(".geoviz").all()
    before = two.locator("[role=status]").inner_text()
    move_to(page, one, 0.9)
    assert two.locator("[role=status]").inner_text() == before
    assert "IoU" not in before


def test_the_fallback_shows_where_scripts_do_not_run(chromium, fragment):
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(fragment.as_uri())
    assert page.locator(".gv-first").first.is_visible()
    assert not page.locator(".gv-tool").first.is_visible()
    assert len(page.locator(".gv-first img").first.get_attribute("alt")) > 20
    context.close()


def test_the_slider_of_the_built_chapter_works_offline(offline_page):
    built = ROOT / "_build" / "html" / "alfven" / "alfven.html"
    if not built.exists():
        pytest.skip("the book is not built: make book")
    page = offline_page(built)
    explorer = page.locator(".geoviz").first
    explorer.scroll_into_view_if_needed()
    data = json.loads(
        explorer.locator("[data-part=data]").inner_text()
        or explorer.locator("[data-part=data]").text_content()
    )
    prob = np.frombuffer(base64.b64decode(data["prob"]), "<f4").reshape(data["shape"])
    truth = np.frombuffer(base64.b64decode(data["truth"]), np.uint8).reshape(data["shape"]) == 1
    seen = set()
    for value in (0.1, 0.3, 0.5, 0.8):
        move_to(page, explorer, value)
        shown = explorer.locator("[role=status]").inner_text()
        number = float(re.search(r"IoU of the class ([\d.]+)", shown)[1])
        assert number == pytest.approx(iou(prob >= np.float32(value), truth), abs=5e-5)
        seen.add(overlay(explorer))
    assert len(seen) == 4
    before = explorer.locator("[role=status]").inner_text()
    explorer.locator("input[type=range]").focus()
    page.keyboard.press("ArrowLeft")
    assert explorer.locator("[role=status]").inner_text() != before
