"""The cluster explorer in a browser without a network: it answers, and as the library does."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from geoviz_ml.analysis.clustering import members
from geoviz_ml.show import cluster_explorer
from geoviz_ml.show.clusters import GALLERY

from .conftest import move_to, shown

pytestmark = pytest.mark.browser
RNG = np.random.default_rng(0)
N = 60
GREYS = np.linspace(0, 255, N).round().astype(np.uint8)
PICTURES = np.broadcast_to(GREYS[:, None, None], (N, 16, 16)).copy()  # told apart by their grey
MAPS = {"PCA": RNG.normal(size=(N, 2)), "t-SNE": RNG.normal(size=(N, 2))}
CLUSTERS = {k: RNG.integers(0, k, N) for k in (3, 4, 7, 15)}
LABELS = RNG.choice(["arc", "moon", "<cloudy>"], N)
EXPLORER = cluster_explorer(PICTURES, MAPS, CLUSTERS, LABELS, numbers=np.arange(N) + 1, title="One")


@pytest.fixture
def fragment(page_of):
    two = cluster_explorer(PICTURES, MAPS, CLUSTERS, title="Two, without labels")
    return page_of(EXPLORER.static(), two.static())


def marks(explorer) -> list[list[str]]:
    return explorer.locator(".gv-map path").evaluate_all(
        "all => all.map(e => ['d', 'fill', 'transform'].map(a => e.getAttribute(a)))"
    )


@pytest.mark.parametrize("name", MAPS)
def test_map_text_and_gallery_equal_the_librarys_for_every_k(offline_page, fragment, name):
    page = offline_page(fragment)
    explorer = page.locator(".geoviz").first
    explorer.get_by_role("combobox", name="Map").select_option(name)
    for step, k in enumerate(CLUSTERS):
        chosen = 11 * step + 3
        move_to(explorer, "k", step)
        move_to(explorer, "chosen", chosen)
        assert shown(explorer) == EXPLORER.text(k, chosen)
        page.evaluate(
            "svg => {document.body.insertAdjacentHTML('beforeend', `<div id=own>${svg}</div>`)}",
            EXPLORER.scatter(k, name, chosen),
        )
        assert marks(explorer) == marks(page.locator("body"))[-N:]
        ring = "c => [c.getAttribute('cx'), c.getAttribute('cy')]"
        own = page.locator("#own circle").evaluate(ring)
        assert explorer.locator(".gv-map circle").evaluate(ring) == own
        page.evaluate("document.getElementById('own').remove()")
        same = members(CLUSTERS[k], CLUSTERS[k][chosen], GALLERY)
        cells = explorer.locator("[data-part=gallery] .gv-cell").evaluate_all(
            "all => all.map(e => e.getAttribute('aria-label'))"
        )
        assert cells == [f"Picture {i + 1}, {LABELS[i]}" for i in same]


def test_the_picture_shown_is_the_one_chosen(offline_page, fragment):
    explorer = offline_page(fragment).locator(".geoviz").first
    for chosen in (0, 7, 8, 33, N - 1):
        move_to(explorer, "chosen", chosen)
        shot = explorer.locator("[data-part=picture] .gv-cell").screenshot()
        with Image.open(BytesIO(shot)) as image:
            grey = np.asarray(image.convert("L"))[10:-10, 10:-10]
        assert abs(int(np.median(grey)) - int(GREYS[chosen])) <= 1


def test_the_keyboard_reaches_everything(offline_page, fragment):
    page = offline_page(fragment)
    explorer = page.locator(".geoviz").first
    k, picture = (explorer.locator(f"[data-part={name}]") for name in ("k", "chosen"))
    k.focus()
    page.keyboard.press("ArrowRight")
    assert explorer.get_attribute("data-k") == "4"
    assert k.get_attribute("aria-valuetext") == "4"
    page.keyboard.press("Tab")
    before = marks(explorer)
    page.keyboard.press("ArrowDown")
    assert marks(explorer) != before
    page.keyboard.press("Tab")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    assert shown(explorer) == EXPLORER.text(4, 3)
    assert picture.get_attribute("aria-valuetext") == f"Picture 4 ({LABELS[3]})"


@pytest.mark.parametrize("width", [360, 1200])
def test_a_click_chooses_the_nearest_mark(offline_page, fragment, width):
    page = offline_page(fragment, width)
    explorer = page.locator(".geoviz").first
    for chosen in (5, 21, 40):
        box = explorer.locator(".gv-map").bounding_box()
        x, y = EXPLORER.maps["PCA"][chosen] / [4000, 3000]
        page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
        assert shown(explorer) == EXPLORER.text(3, chosen)
        assert explorer.locator("[data-part=chosen]").input_value() == str(chosen)
    overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    assert overflow <= 0


def test_two_explorers_do_not_disturb_each_other(offline_page, fragment):
    one, two = offline_page(fragment).locator(".geoviz").all()
    before = shown(two), marks(two)
    move_to(one, "k", 3)
    move_to(one, "chosen", 30)
    assert (shown(two), marks(two)) == before
    assert "(" not in before[0]


def test_the_fallback_shows_where_scripts_do_not_run(offline_page, fragment):
    page = offline_page(fragment, java_script_enabled=False)
    assert page.locator(".gv-map").first.is_visible()
    assert page.locator("[data-part=text]").first.inner_text() == EXPLORER.text(3, 0)
    assert page.locator("p.gv-first").first.is_visible()
    for tool in page.locator(".gv-tool").all():
        assert not tool.is_visible()
