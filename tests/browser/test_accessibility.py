"""Every page of the built book: heard, seen in the dark and on a phone, light enough to load."""

from urllib.parse import unquote

import pytest

from .test_links import HTML, pages

pytestmark = pytest.mark.browser
WRITTEN = sorted(p for p in HTML.rglob("*.html") if not {"_static", "_modules"} & set(p.parts))
SOURCES = sorted((HTML / "_modules").rglob("*.html"))  # all alike: code and nothing else
PAGES = WRITTEN + SOURCES[:2]
LOOKS = {"desktop-light": (1280, "light"), "phone-dark": (390, "dark")}
AXE = """axe.run(
    {exclude: EXCLUDE},
    {resultTypes: ["violations", "incomplete"], iframes: false, preload: false},
)"""
SAID = (
    """v => v.map(v => `${v.impact} ${v.id}: ` + v.nodes.map(n => n.html.slice(0, 120)).join())"""
)
LONGEST = 2_000  # spans of coloured code; more of them tell nothing new and take long

every_page = pytest.mark.parametrize(
    "path", PAGES or [None], ids=lambda p: str(p.relative_to(HTML).with_suffix("")) if p else "-"
)


@pytest.fixture
def open_page(offline_page):
    """Opens a page of the book in one of the LOOKS; errors in the console fail the test."""

    def opened(path, look):
        if path is None:
            pytest.skip("the book is not built: make book")
        width, theme = LOOKS[look]
        page = offline_page(path, width)
        page.wait_for_load_state()
        page.evaluate("theme => {document.documentElement.dataset.theme = theme}", theme)
        return page

    return opened


@every_page
@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_serious(open_page, path, look):
    axe = pytest.importorskip("axe_playwright_python.base").AXE_SCRIPT
    page = open_page(path, look)
    page.evaluate(axe)
    long = page.locator(".highlight span").count() > LONGEST
    found = page.evaluate(AXE.replace("EXCLUDE", '[".highlight"]' if long else "[]"))
    bad = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
    bad += [v for v in found["incomplete"] if "1:1 contrast" in str(v)]  # text nobody can see
    assert not bad, page.evaluate(SAID, bad)


@every_page
def test_nothing_is_wider_than_a_phone(open_page, path):
    page = open_page(path, "phone-dark")
    wide = """() => {
        const width = document.documentElement.clientWidth
        if (document.documentElement.scrollWidth <= width) return []
        return [...document.querySelectorAll('.bd-article *')]
            .filter(e => e.getBoundingClientRect().right > width + 1)
            .map(e => e.outerHTML.slice(0, 100)).slice(0, 5)
    }"""
    assert page.evaluate(wide) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


@every_page
def test_every_picture_says_what_is_seen(open_page, path):
    page = open_page(path, "desktop-light")
    silent = page.locator(".bd-article img").evaluate_all(
        "all => all.filter(e => e.alt.length < 20).map(e => e.outerHTML.slice(0, 200))"
    )
    assert silent == []


def test_a_wide_figure_keeps_a_readable_size_on_a_phone_and_scrolls(open_page):
    box = open_page(HTML / "toolbox" / "rates.html", "phone-dark").locator(".wide").first
    assert 639 < box.locator("img").bounding_box()["width"] < 801
    assert box.bounding_box()["width"] < 390
    assert box.evaluate("e => e.tabIndex") == 0


def test_every_page_is_below_five_megabytes():
    for path, page in pages().items():
        needs = {
            (path.parent / unquote(need.split("?")[0])).resolve()
            for need in page.needs
            if not need.startswith("data:")  # counted with the page
        }
        size = path.stat().st_size + sum(file.stat().st_size for file in needs if file.is_file())
        assert size < 5e6, f"{path.name} and what it loads have {size / 1e6:.1f} MB"
