"""Every internal link and anchor of the built book leads somewhere."""

from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest

from ..conftest import ROOT

HTML = ROOT / "_build" / "html"


class Page(HTMLParser):
    def __init__(self, text: str):
        super().__init__()
        self.ids, self.links = set(), []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids |= {attrs.get("id"), attrs.get("name")}
        self.links += [attrs[k] for k in ("href", "src") if attrs.get(k)]


def test_internal_links_and_anchors_resolve():
    if not (HTML / "index.html").exists():
        pytest.skip("the book is not built: make book")
    files = [p for p in HTML.rglob("*.html") if "_static" not in p.parts]
    pages = {p: Page(p.read_text(encoding="utf-8")) for p in files}
    broken, checked = [], 0
    for path, page in pages.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or link.startswith("#!"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            checked += 1
            if not target.exists():
                broken.append(f"{path.name}: {link}")
            elif parts.fragment and target in pages and parts.fragment not in pages[target].ids:
                broken.append(f"{path.name}: {link}")
    assert checked > 50
    assert not broken, broken[:20]
