"""The book on paper: every part is there, numbered, with bookmarks, and names no file of ours."""

import importlib

import pytest

from ..conftest import ROOT

HTML = ROOT / "_build" / "html"


@pytest.fixture
def pdf(monkeypatch):
    pytest.importorskip("pypdf")
    if not (HTML / "index.html").exists():
        pytest.skip("the book is not built: make book")
    monkeypatch.syspath_prepend(ROOT / "book")
    return importlib.import_module("pdf")


def test_all_pages_of_the_table_of_contents_are_printed(pdf):
    assert pdf.names()[0] == "index"
    assert all((ROOT / "book" / name).parent.is_dir() for name in pdf.names())
    assert len(pdf.names()) == len(set(pdf.names())) >= 10


def test_parts_are_bound_with_contents_numbers_and_bookmarks(pdf, chromium, tmp_path):
    page = chromium.new_context(offline=True).new_page()
    parts = [
        pdf.print_page(page, name, tmp_path / f"{i}.pdf")
        for i, name in enumerate(["index", "how_to_use", "alfven/alfven"])
    ]
    pdf.bind(page, parts, tmp_path).write(tmp_path / "book.pdf")
    book = pdf.PdfReader(tmp_path / "book.pdf")
    titles = ["Contents", *(title for title, _ in parts)]
    assert [item["/Title"] for item in book.outline] == titles
    first = [book.get_destination_page_number(item) for item in book.outline]
    assert first[:3] == [0, 1, 1 + len(parts[0][1].pages)]
    text = [sheet.extract_text() for sheet in book.pages]
    for title, number in zip(titles[1:], first[1:], strict=True):
        assert title.split()[0] in text[number]
        assert f"{number + 1}" in text[0]
    assert all(t.rstrip().endswith(str(n)) for n, t in enumerate(text, 1))
    assert "scoreboard.record" in "".join("".join(text).split())  # folded on the page
    assert sum(len(sheet.images) for sheet in book.pages) > 5
    assert b"file:///" not in (tmp_path / "book.pdf").read_bytes()
    assert not [
        a for s in book.pages for a in s.get("/Annots") or () if "file:" in str(a.get_object())
    ]
