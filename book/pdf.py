"""The built book as one PDF, with contents, page numbers and bookmarks: ``_build/book.pdf``.

    make html && python book/pdf.py

Chromium prints every page of the book as a reader without a network sees it; pypdf binds them.
"""

import html
import re
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from pypdf import PdfReader, PdfWriter

BOOK = Path(__file__).resolve().parent
BUILD = BOOK.parent / "_build"
HTML = BUILD / "html"
PAPER = {
    "format": "A4",
    "margin": dict.fromkeys(("top", "bottom", "left", "right"), "16mm"),
}
# What is of no use on paper: bars, buttons, lists of pages. Folded parts are printed open.
PRINT = """
.bd-sidebar-primary, .bd-sidebar-secondary, .bd-header, .bd-header-article, .prev-next-area,
.bd-footer, .bd-footer-content, .headerlink, .copybtn, .search-button, #pst-skip-link, #jb-print-toc,
.toggle-button
  {display: none !important}
.bd-main, .bd-content, .bd-article-container, .bd-article, .bd-container__inner, #main-content
  {max-width: none !important; margin: 0 !important; padding: 0 !important; display: block !important}
h1, h2, h3 {break-after: avoid}
figure, img, .admonition, tr {break-inside: avoid}
.cell_input, .cell_input *, .cell_output, .highlight, pre, .pst-scrollable-table-container, .table-wrapper
  {break-inside: auto !important; overflow: visible !important}
.bd-article .cell_output table {font-size: 0.7rem; width: auto; max-width: 100%}
.bd-article .cell_output td {min-width: 0 !important; overflow-wrap: anywhere}
img {max-height: 220mm}
pre {white-space: pre-wrap !important; overflow: visible !important}
"""
# Links to other files of this computer lead nowhere in a PDF; those within a page and away stay.
UNLINK = """document.querySelectorAll("a[href]").forEach(a => {
  if (a.protocol === "file:" && a.pathname !== location.pathname) a.removeAttribute("href") })"""
# The page itself opens all that is folded when it is printed, but for the code and output of cells.
# Two drawn frames later they are laid out; a page printed at once can lack what they hold.
OPEN = """new Promise(drawn => {
  document.querySelectorAll("details.hide").forEach(cell => cell.open = true)
  requestAnimationFrame(() => requestAnimationFrame(drawn)) })"""
PLAIN = "<style>body {font: 12pt/1.6 system-ui, sans-serif; margin: 0}</style>"


def names() -> list[str]:
    """The pages of the book in the order of its table of contents."""
    return re.findall(r"(?:root|file): (\S+)", (BOOK / "_toc.yml").read_text())


def print_text(page: Page, text: str, path: Path) -> PdfReader:
    page.set_content(PLAIN + text)
    page.pdf(path=path, **PAPER)
    return PdfReader(path)


def print_page(page: Page, name: str, path: Path) -> tuple[str, PdfReader]:
    """Title of a page of the book, and the page as PDF."""
    page.goto((HTML / f"{name}.html").as_uri(), wait_until="load")
    page.add_style_tag(content=PRINT)
    page.evaluate(UNLINK)
    page.evaluate(OPEN)
    title = page.evaluate(
        "document.querySelector('h1').firstChild.textContent.trim()"
    )
    page.pdf(path=path, print_background=True, scale=0.8, **PAPER)
    return title, PdfReader(path)


def contents(parts: list[tuple[str, PdfReader]]) -> str:
    """A list of the parts with their page numbers; it fills one page itself."""
    number, rows = 2, []
    for title, part in parts:
        rows.append(
            f"<tr><td>{html.escape(title)}</td><td align=right>{number}</td></tr>"
        )
        number += len(part.pages)
    return f"<h1>Contents</h1><table width=100%>{''.join(rows)}</table>"


def bind(page: Page, parts: list[tuple[str, PdfReader]], folder: Path) -> PdfWriter:
    """Contents and parts in one file, numbered."""
    book = PdfWriter()
    book.add_metadata({"/Title": "Image machine learning for geophysics"})
    parts = [
        ("Contents", print_text(page, contents(parts), folder / "contents.pdf")),
        *parts,
    ]
    for title, part in parts:
        first = len(book.pages)
        book.append(part, import_outline=False)
        book.add_outline_item(title=title, page_number=first)
    feet = "".join(
        f'<div style="height: 264mm; position: relative; break-after: page; font-size: 9pt">'
        f'<p style="position: absolute; bottom: 0; right: 0; margin: 0">{n}</p></div>'
        for n in range(1, len(book.pages) + 1)
    )
    numbers = print_text(page, feet, folder / "numbers.pdf").pages
    for sheet, number in zip(book.pages, numbers, strict=False):
        sheet.merge_page(number)
    book.compress_identical_objects()
    return book


def main() -> int:
    if not (HTML / "index.html").exists():
        print("The book is not built: make html", file=sys.stderr)
        return 1
    found = next(
        filter(
            None,
            map(shutil.which, ("chromium", "chromium-browser", "google-chrome")),
        ),
        None,
    )
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox"]
        )
        page = browser.new_context(offline=True, color_scheme="light").new_page()
        parts = []
        for number, name in enumerate(todo := names(), 1):
            print(f"[{number}/{len(todo)}] {name}", flush=True)
            parts.append(print_page(page, name, folder / f"{number}.pdf"))
        book = bind(page, parts, folder)
        book.write(BUILD / "book.pdf")
        browser.close()
    print(f"{len(book.pages)} pages are in _build/book.pdf")
    return 0


if __name__ == "__main__":
    sys.exit(main())
