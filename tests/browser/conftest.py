"""A headless Chromium for the tests of pages."""

import shutil

import pytest

FLAGS = """--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-component-update
--disable-background-networking --disable-sync""".split()


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
    """Opens a page without a network."""
    contexts = []

    def open_page(path, width=1200):
        context = chromium.new_context(offline=True, viewport={"width": width, "height": 900})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.goto(path.as_uri(), wait_until="domcontentloaded")
        return page

    yield open_page
    for context in contexts:
        context.close()
