"""A headless Chromium for the tests of pages, and hands to move an explorer's controls."""

import shutil

import pytest

FLAGS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-component-update
--disable-background-networking --disable-sync""".split()
NOT_OURS = ("Failed to load resource",)  # of addresses not reached offline


@pytest.fixture(scope="session")
def chromium():
    """A running Chromium; the tests are skipped where none is installed."""
    path = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    if path is None:
        pytest.skip("no Chromium is installed")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def offline_page(chromium):
    """Opens a page without a network; a script that fails on it fails the test."""
    contexts, errors = [], []

    def heard(message):
        if message.type == "error":
            errors.append(message.text)

    def open_page(path, width=1200, **options):
        context = chromium.new_context(
            offline=True, viewport={"width": width, "height": 900}, **options
        )
        contexts.append(context)
        page = context.new_page()
        page.on("console", heard)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.set_default_timeout(20_000)
        page.goto(path.as_uri(), wait_until="domcontentloaded")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not [e for e in errors if not any(known in e for known in NOT_OURS)]


@pytest.fixture
def page_of(tmp_path):
    """Writes a page that holds the static parts given, one below the other; its path."""

    def written(*parts):
        path = tmp_path / "page.html"
        body = "".join(parts)
        path.write_text(f"<!doctype html><meta charset=utf-8><body>{body}", encoding="utf-8")
        return path

    return written


def move_to(explorer, name, value):
    """Move a slider of an explorer as a hand does."""
    explorer.locator(f"[data-part={name}]").evaluate(
        "(e, v) => {e.value = v; e.dispatchEvent(new Event('input', {bubbles: true}))}", str(value)
    )


def shown(explorer) -> str:
    """What an explorer says below its picture."""
    return explorer.locator("[data-part=text]").inner_text()
