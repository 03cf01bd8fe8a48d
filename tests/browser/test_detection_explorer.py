"""The detection explorer in a browser without a network: it answers, and answers right."""

from itertools import product

import numpy as np
import pytest

from ..show.test_detections import OUTPUTS, PICTURES, TRUTH, explorer
from .conftest import move_to, shown

pytestmark = pytest.mark.browser
GRID = {"coverage": (0.3, 0.5, 0.6, 0.8, 1.0), "threshold": (0, 1, 3), "eps": (0.02, 0.2)}
EXPLORER = explorer(grid=GRID, title="One")
SINGLE = explorer(
    grid=GRID, title="Two", pictures=PICTURES[:1], outputs=OUTPUTS[:1], truth=TRUTH[:1]
)


@pytest.fixture
def fragment(page_of):
    return page_of(EXPLORER.static(), SINGLE.static())


def drawn(one) -> list:
    return one.locator("[data-part=boxes] rect").evaluate_all(
        "e => e.map(r => [...['x', 'y', 'width', 'height'].map(n => +r.getAttribute(n)), "
        "r.dataset.kind])"
    )


def test_numbers_and_boxes_equal_the_librarys_at_every_step(offline_page, fragment):
    one = offline_page(fragment).locator(".geoviz").first
    for indices in product(*(range(len(values)) for values in EXPLORER.grid.values())):
        for name, index in zip(EXPLORER.grid, indices, strict=True):
            move_to(one, name, index)
        setting = [
            values[index] for values, index in zip(EXPLORER.grid.values(), indices, strict=True)
        ]
        view = EXPLORER.view(*setting)
        for picture in range(3):
            move_to(one, "picture", picture)
            assert shown(one) == view.text(picture)
            hits, wrong, missed = view.counts[picture]
            rects = drawn(one)
            kinds = [rect[4] for rect in rects]
            assert [kinds.count(k) for k in ("hit", "false alarm", "miss")] == [hits, wrong, missed]
            boxes = np.array([r[:4] for r in rects if r[4] != "miss"]).reshape(-1, 4)
            expected = view.boxes[picture][:, :4].copy()
            expected[:, 2:] -= expected[:, :2]
            np.testing.assert_array_equal(boxes, expected)
        data = one.evaluate("e => ({...e.dataset})")
        scores = [float(data[name]) for name in ("precision", "recall", "f1")]
        np.testing.assert_array_equal(scores, view.scores)


@pytest.mark.parametrize("width", [360, 1200])
def test_keyboard_moves_boxes_and_score(offline_page, fragment, width):
    page = offline_page(fragment, width)
    one = page.locator(".geoviz").first
    assert shown(one) == EXPLORER.view(0.6, 3, 0.02).text(0)
    coverage = one.get_by_label("Coverage that a cell needs")
    coverage.focus()
    page.keyboard.press("ArrowLeft")
    assert coverage.get_attribute("aria-valuetext") == "0.5"
    assert shown(one) == EXPLORER.view(0.5, 3, 0.02).text(0)
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Tab")
    page.keyboard.press("End")
    assert shown(one) == EXPLORER.view(0.5, 1, 0.2).text(2)
    image = one.locator("[data-part=image]").bounding_box()
    svg = one.locator("[data-part=boxes]").bounding_box()
    for side in image:
        assert svg[side] == pytest.approx(image[side], abs=1)
    assert image["width"] / image["height"] == pytest.approx(128 / 96, rel=0.02)
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0


def test_two_explorers_do_not_disturb_each_other(offline_page, fragment):
    one, two = offline_page(fragment).locator(".geoviz").all()
    before = shown(two)
    assert before == SINGLE.view(0.6, 3, 0.02).text()
    move_to(one, "coverage", 0)
    assert shown(two) == before
    assert two.locator("[data-part=picture]").count() == 0
    move_to(two, "coverage", 0)
    assert shown(two) == SINGLE.view(0.3, 3, 0.02).text()


def test_the_fallback_shows_where_scripts_do_not_run(offline_page, fragment):
    page = offline_page(fragment, java_script_enabled=False)
    view = EXPLORER.view(0.6, 3, 0.02)
    assert page.locator("[data-part=text]").first.inner_text() == view.text(0)
    assert page.locator("[data-part=boxes] rect").first.is_visible()
    assert page.locator("p.gv-first").first.is_visible()
    for tool in page.locator(".gv-tool").all():
        assert not tool.is_visible()
