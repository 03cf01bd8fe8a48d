"""What a cell of a notebook has left in it: a figure, a table, printed lines."""

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

import nbformat


@dataclass
class Figure:
    """A picture as a `data:` address, and what is seen in it in words."""

    source: str
    alt: str


@dataclass
class Table:
    """Names of the columns, and rows of texts of which the first is the row's name."""

    names: list[str]
    rows: list[list[str]]

    def part(self, rows: list[str], columns: list[str]) -> "Table":
        """The rows and columns of these names, in this order; all where none are named."""
        by_row = {row[0]: row for row in self.rows}
        if rows and len(by_row) < len(self.rows):
            raise LookupError("has two rows of one name, so none can be named")
        for wanted, there in ((rows, by_row), (columns, self.names[1:])):
            if missing := [name for name in wanted if name not in there]:
                raise LookupError(
                    f"has no {missing[0]!r}, only {', '.join(map(repr, there))}"
                )
        chosen = [0, *(self.names.index(name, 1) for name in columns)]
        chosen = chosen if columns else [*range(len(self.names))]
        kept = [by_row[name] for name in rows] if rows else self.rows
        return Table(
            [self.names[i] for i in chosen],
            [[row[i] for i in chosen] for row in kept],
        )


class _Grid(HTMLParser):
    """The cells of an HTML table, each place of a cell over several filled with its text."""

    def __init__(self, html: str):
        super().__init__()
        self.rows: list[list[tuple[str, str]]] = []  # of (kind of cell, text)
        self.below: dict[
            tuple[int, int], tuple[str, str]
        ] = {}  # filled from a row above
        self.cell: list[str] | None = None
        self.head = self.heads = 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        elif tag in ("th", "td"):
            spans = dict(attrs)
            self.cell = [tag]
            self.span = (int(spans.get("rowspan", 1)), int(spans.get("colspan", 1)))
        elif tag == "thead":
            self.head = 1

    def handle_data(self, data):
        if self.cell is not None:
            self.cell.append(data)

    def handle_endtag(self, tag):
        if tag in ("th", "td") and self.cell is not None:
            cell = (self.cell[0], " ".join("".join(self.cell[1:]).split()))
            self._above()
            high, wide = self.span
            for _ in range(wide):
                place = (len(self.rows) - 1, len(self.rows[-1]))
                self.rows[-1].append(cell)
                self.below |= {
                    (place[0] + i, place[1]): cell for i in range(1, high)
                }
            self.cell = None
        elif tag == "tr":
            self._above()
            self.heads += self.head
        elif tag == "thead":
            self.head = 0

    def _above(self):
        while cell := self.below.get((len(self.rows) - 1, len(self.rows[-1]))):
            self.rows[-1].append(cell)


def table(html: str) -> Table:
    """The table of pandas' HTML; several levels of names are joined by commas."""
    grid = _Grid(html)
    body = grid.rows[grid.heads :]
    kinds = [kind for kind, _ in body[0]] if body else []
    index = max(kinds.index("td") if "td" in kinds else len(kinds), 1)

    def joined(texts: Iterator[str]) -> str:
        return ", ".join(dict.fromkeys(filter(None, texts)))

    columns = zip(*grid.rows[: grid.heads], strict=True)
    names = [joined(text for _, text in column) for column in columns]
    rows = [
        [
            joined(text for _, text in row[:index]),
            *(text for _, text in row[index:]),
        ]
        for row in body
    ]
    return Table([joined(names[:index]), *names[index:]], rows)


def figure_of(cell: nbformat.NotebookNode) -> Figure | None:
    """The first picture of a cell."""
    alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
    for output in cell.get("outputs", []):
        if png := output.get("data", {}).get("image/png"):
            source = f"data:image/png;base64,{''.join(png.split())}"
            return Figure(source, " ".join(alt.split()))
    return None


def table_of(cell: nbformat.NotebookNode) -> Table | None:
    """The first table of a cell."""
    for output in cell.get("outputs", []):
        if "<tr" in (html := output.get("data", {}).get("text/html", "")):
            return table(html)
    return None


def printed_of(cell: nbformat.NotebookNode) -> list[str]:
    """The lines that a cell has printed."""
    outputs = cell.get("outputs", [])
    text = "".join(o.text for o in outputs if o.get("name") == "stdout")
    return [line.rstrip() for line in text.splitlines() if line.strip()]
