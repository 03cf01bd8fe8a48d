"""Slides in a browser: turned by keys, nothing cut off on a projector, a phone or paper."""

import importlib

import pytest

from ..conftest import ROOT

pytestmark = pytest.mark.browser
NAMES = sorted(path.parent.name for path in (ROOT / "book").glob("*/slides.toml"))
every_deck = pytest.mark.parametrize("name", NAMES)
# Slides whose contents are higher or wider than the place for them, or which scroll.
CUT = """() => [...document.querySelectorAll("section")].filter(slide => {
    const shown = slide.querySelector(".shown")
    return [slide, shown, shown.firstElementChild].some(place =>
        place.scrollHeight > place.clientHeight + 1 || place.scrollWidth > place.clientWidth + 1)
}).map(slide => slide.id)"""
SMALLEST = """() => Math.min(...[...document.querySelectorAll("h2, td, th, li, pre, .line, code")]
    .map(e => parseFloat(getComputedStyle(e).fontSize)))"""
HERE = "document.activeElement.id"


@pytest.fixture(scope="module")
def decks(tmp_path_factory):
    """The folder of all decks."""
    pytest.importorskip("latex2mathml")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT / "book")
        folder = tmp_path_factory.mktemp("slides")
        importlib.import_module("slides").main(folder)
    return folder


@pytest.fixture
def deck(offline_page, decks):
    """Opens a deck as a projector of 1280 by 720 shows it."""

    def opened(name):
        page = offline_page(decks / f"{name}.html")
        page.set_viewport_size({"width": 1280, "height": 720})
        page.wait_for_load_state()
        return page

    return opened


@every_deck
def test_nothing_is_cut_off_or_small_on_a_projector(deck, name):
    page = deck(name)
    assert page.evaluate(CUT) == []
    assert page.evaluate(SMALLEST) >= 16


@every_deck
def test_nothing_is_cut_off_with_notes(deck, name):
    page = deck(name)
    page.keyboard.press("n")
    assert page.locator(".notes:visible").count() == page.locator("section").count()
    assert page.evaluate(CUT) == []


@every_deck
def test_nothing_is_wider_than_a_phone(offline_page, decks, name):
    page = offline_page(decks / f"{name}.html", 390)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@every_deck
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_serious_in_a_deck(deck, name, width):
    axe = pytest.importorskip("axe_playwright_python.base").AXE_SCRIPT
    page = deck(name)
    page.set_viewport_size({"width": width, "height": 720})
    page.keyboard.press("n")
    page.evaluate(axe)
    found = page.evaluate("axe.run()")
    assert [v["id"] for v in found["violations"] if v["impact"] in ("serious", "critical")] == []


def test_a_deck_is_printed_a_slide_a_page(deck, tmp_path):
    pypdf = pytest.importorskip("pypdf")
    page = deck(NAMES[0])
    page.pdf(path=tmp_path / "deck.pdf", prefer_css_page_size=True)
    sheets = pypdf.PdfReader(tmp_path / "deck.pdf").pages
    titles = page.locator("h1, h2").all_inner_texts()
    assert len(sheets) == len(titles)
    for sheet, title in zip(sheets, titles, strict=True):
        assert title.split()[0] in sheet.extract_text()


def test_keys_and_buttons_turn_the_pages(deck):
    page = deck(NAMES[0])
    last = f"s{page.locator('section').count()}"
    turned = {"ArrowRight": "s2", "PageDown": "s3", " ": "s4", "ArrowLeft": "s3", "End": last}
    for key, there in {**turned, "Home": "s1"}.items():
        page.keyboard.press(key)
        assert page.evaluate(HERE) == there, key
    page.get_by_role("button", name="Next slide").click()
    assert page.evaluate(HERE) == "s2"
    button = page.get_by_role("button", name="Notes")
    button.click()
    assert button.get_attribute("aria-pressed") == "true"
    assert page.locator("#s2 .notes").is_visible()
    button.click()
    assert not page.locator("#s2 .notes").is_visible()
