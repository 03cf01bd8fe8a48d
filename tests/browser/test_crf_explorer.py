"""The explorer of the CRF in a browser without a network."""

import itertools

import numpy as np
import pytest

from geoviz_ml.show import crf_explorer
from geoviz_ml.show.widgets import overlay

from ..show.test_crf import GRID, IMAGE, PROB, TRUTH
from .conftest import move_to, shown

pytestmark = pytest.mark.browser
EXPLORER = crf_explorer(IMAGE, PROB, TRUTH, grid=GRID, backend="torch", title="One")
OTHER = crf_explorer(IMAGE, PROB, grid={"compat": (0, 3)}, backend="torch", title="Two")


@pytest.fixture
def fragment(page_of):
    return page_of(EXPLORER.static(), OTHER.static())


def canvas(explorer) -> np.ndarray:
    pixels = explorer.locator("canvas").evaluate(
        "c => Array.from(c.getContext('2d').getImageData(0, 0, c.width, c.height).data)"
    )
    return np.reshape(pixels, (*TRUTH.shape, 4))[..., :3]


def test_mask_and_scores_are_the_librarys_at_every_place(offline_page, fragment):
    explorer = offline_page(fragment).locator(".geoviz").first
    for at in itertools.product(*GRID.values()):
        for (name, values), value in zip(GRID.items(), at, strict=True):
            move_to(explorer, name, values.index(value))
        assert shown(explorer) == EXPLORER.text(at)
        np.testing.assert_array_equal(
            canvas(explorer), overlay(IMAGE / 255, EXPLORER.views[at], TRUTH)
        )


@pytest.mark.parametrize("width", [360, 1200])
def test_the_keyboard_moves_every_slider(offline_page, fragment, width):
    page = offline_page(fragment, width)
    explorer = page.locator(".geoviz").first
    explorer.get_by_label("Weight of appearance").focus()
    at = list(EXPLORER.start)
    for number, values in enumerate(GRID.values()):
        page.keyboard.press("ArrowLeft")
        at[number] = values[0]
        assert shown(explorer) == EXPLORER.text(tuple(at))
        page.keyboard.press("Tab")
    assert explorer.locator("[data-part=compat]").get_attribute("aria-valuetext") == "0"
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0


def test_two_explorers_do_not_disturb_each_other(offline_page, fragment):
    one, two = offline_page(fragment).locator(".geoviz").all()
    before = shown(two)
    move_to(one, "compat", 0)
    assert shown(two) == before == OTHER.text((3,))
    np.testing.assert_array_equal(canvas(two), overlay(IMAGE / 255, OTHER.views[(3,)], None))


def test_the_fallback_shows_where_scripts_do_not_run(offline_page, fragment):
    page = offline_page(fragment, java_script_enabled=False)
    assert page.locator("img.gv-first").first.is_visible()
    assert EXPLORER.text(EXPLORER.start) in page.locator("p.gv-first").first.inner_text()
    for tool in page.locator(".gv-tool").all():
        assert not tool.is_visible()
