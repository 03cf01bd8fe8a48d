"""Every internal link and anchor of the built book leads somewhere, and no page needs a network."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from ..conftest import ROOT

HTML = ROOT / "_build" / "html"


class Page(HTMLParser):
    def __init__(self, text: str):
        super().__init__()
        self.ids, self.links, self.needs = set(), [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids |= {attrs.get("id"), attrs.get("name")}
        self.links += [attrs[k] for k in ("href", "src") if attrs.get(k)]
        if attrs.get("src") or (tag == "link" and attrs.get("rel") == "stylesheet"):
            self.needs.append(attrs.get("src") or attrs.get("href"))


def pages() -> dict[Path, Page]:
    if not (HTML / "index.html").exists():
        pytest.skip("the book is not built: make book")
    files = [p for p in HTML.rglob("*.html") if "_static" not in p.parts]
    return {p: Page(p.read_text(encoding="utf-8")) for p in files}


def test_internal_links_and_anchors_resolve():
    book = pages()
    broken, checked = [], 0
    for path, page in book.items():
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or link.startswith("#!"):
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            checked += 1
            if not target.exists():
                broken.append(f"{path.name}: {link}")
            elif parts.fragment and target in book and parts.fragment not in book[target].ids:
                broken.append(f"{path.name}: {link}")
    assert checked > 50
    assert not broken, broken[:20]


def test_an_exercise_is_called_on_the_page_as_in_its_check():
    text = {p.stem: p.read_text(encoding="utf-8") for p in pages()}
    for stem, first in (("alfven_lab", "alfven-1"), ("steps", "steps-1")):
        assert f">Exercise {first}</span>" in text[stem]
        assert f'href="#{first}">Exercise {first}</a>' in text[stem]
        assert not re.search(r"Exercise \d", text[stem])


def test_pages_load_nothing_from_the_network():
    for path, page in pages().items():
        away = [need for need in page.needs if urlsplit(need).netloc]
        assert not away, f"{path.name}: {away}"
