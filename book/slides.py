"""Slides that a teacher talks over: one idea and one figure, table or formula each.

    python book/slides.py [FOLDER]    a file a chapter, which loads nothing from a network

A deck is written in ``book/<chapter>/slides.toml``. What is shown comes from the stored outputs of
the chapter, by the id of a cell, so it is never older than the page. Keys of a slide:

    title           the idea, one plain sentence
    figure          id of the cell whose figure is shown
    table           id of the cell whose table is shown; `rows` and `columns` name a part of it
    printed         id of the cell whose printed lines are shown; `lines` are words of the ones to show
    file            a picture of the chapter's folder, its alt text from the chapter
    formula         TeX, with `worked`, lines such as "empty: 10 / 11 = 0.91"
    points          up to four short sentences
    line            one short line below what is shown
    show, ask, answer, mistake, minutes     the speaker's notes

A number in a slide's words has to be seen on it, to be the paper's, or to stand in the deck's table
``given`` with what it is (``tests/test_slides.py``).
"""

import argparse
import base64
import sys
import tomllib
from dataclasses import dataclass, field, fields
from functools import cached_property
from html import escape
from pathlib import Path
from typing import get_origin

import nbformat
from outputs import Figure, Table, figure_of, printed_of, table_of
from plain import BOOK, blocks, html, html_line
from teach import BUILD, page

SHOWN = ("figure", "table", "printed", "file", "formula", "points")
NOTES = {
    "show": "Show",
    "ask": "Ask",
    "answer": "Answer",
    "mistake": "A usual mistake",
}
# what can be read from the last row of a room
ROWS, COLUMNS, LINES, POINTS, WORKED = 9, 6, 8, 4, 4
SHORT = 75  # letters of a printed line that has room in a larger type


class DeckError(ValueError):
    """A slide that cannot be made: which deck, which slide, which cell, and why."""


@dataclass
class Slide:
    """What the teacher has written of one slide; the keys are those of the file."""

    title: str
    show: str
    ask: str
    answer: str
    minutes: int
    mistake: str = ""
    line: str = ""
    figure: str = ""
    table: str = ""
    printed: str = ""
    file: str = ""
    formula: str = ""
    worked: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    rows: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def __post_init__(self):
        for key in fields(self):
            kind = get_origin(key.type) or key.type
            if not isinstance(getattr(self, key.name), kind):
                raise TypeError(f"the key {key.name!r} should be a {kind.__name__}")


class Deck:
    """The slides of a chapter, and the chapter whose outputs they show."""

    def __init__(self, path: Path):
        self.path = path
        try:
            written = tomllib.loads(path.read_text(encoding="utf-8"))
            self.title: str = written["title"]
            self.given: dict[str, str] = written.get("given", {})
            slides = list(written["slide"])
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise DeckError(f"{path}: is no TOML: {error}.") from None
        except KeyError as error:
            raise DeckError(f"{path}: has no {error}.") from None
        self.slides: list[Slide] = []
        for number, keys in enumerate(slides, 1):
            try:
                self.slides.append(Slide(**keys))
            except TypeError as error:
                raise DeckError(f"{path}, slide {number}: {error}.") from None

    @cached_property
    def chapter(self) -> nbformat.NotebookNode:
        file = self.path.parent / f"{self.path.parent.name}.ipynb"
        if not file.is_file():
            raise DeckError(f"{self.path}: there is no {file.name} beside it.")
        return nbformat.read(file, 4)

    def shown(self, slide: Slide) -> Figure | Table | list[str]:
        """What a slide shows, taken from the chapter."""
        kinds = [kind for kind in SHOWN if getattr(slide, kind)]
        if len(kinds) != 1:
            self.fail(
                slide, f"shows {kinds or 'nothing'}; it should show one of {SHOWN}"
            )
        (kind,) = kinds
        if kind == "points":
            return self.within(slide, slide.points, POINTS, "points")
        if kind == "formula":
            worked = self.within(slide, slide.worked, WORKED, "worked lines")
            return [slide.formula, *worked]
        if kind == "file":
            return self.picture(slide)
        name = getattr(slide, kind)
        cell = next((c for c in self.chapter.cells if c.get("id") == name), None)
        if cell is None:
            self.fail(slide, f"the chapter has no cell {name!r}")
        found = {"figure": figure_of, "table": table_of, "printed": printed_of}[
            kind
        ](cell)
        if not found:
            what = {"printed": "printed lines"}.get(kind, kind)
            self.fail(slide, f"the stored output of cell {name!r} has no {what}")
        if kind == "table":
            return self.part(slide, found)
        if kind == "printed":
            return self.chosen(slide, found)
        return found

    def part(self, slide: Slide, table: Table) -> Table:
        try:
            table = table.part(slide.rows, slide.columns)
        except LookupError as error:
            self.fail(slide, f"the table of cell {slide.table!r} {error}")
        what = f"rows of the table of cell {slide.table!r} (name some in `rows`)"
        self.within(slide, table.rows, ROWS, what)
        self.within(slide, table.names, COLUMNS, what.replace("rows", "columns"))
        return table

    def chosen(self, slide: Slide, lines: list[str]) -> list[str]:
        for words in slide.lines:
            if not any(words in line for line in lines):
                self.fail(slide, f"cell {slide.printed!r} has printed no {words!r}")
        if slide.lines:
            lines = [line for line in lines if any(w in line for w in slide.lines)]
        what = f"lines of cell {slide.printed!r} (name some in `lines`)"
        return self.within(slide, lines, LINES, what)

    def picture(self, slide: Slide) -> Figure:
        file = self.path.parent / slide.file
        texts = (c.source for c in self.chapter.cells if c.cell_type == "markdown")
        drawn = (b for text in texts for b in blocks(text) if b.name == "figure")
        alt = next(
            (block.alt for block in drawn if block.title == slide.file), None
        )
        if alt is None or not file.is_file():
            self.fail(slide, f"the chapter shows no picture {slide.file!r}")
        data = base64.b64encode(file.read_bytes()).decode()
        return Figure(f"data:image/{file.suffix[1:]};base64,{data}", alt)

    def within(self, slide: Slide, things: list, most: int, what: str) -> list:
        if len(things) > most:
            self.fail(
                slide, f"{len(things)} {what} are too many, {most} can be read"
            )
        return things

    def fail(self, slide: Slide, problem: str):
        number = self.slides.index(slide) + 1
        raise DeckError(
            f"{self.path}, slide {number} ({slide.title!r}): {problem}."
        )

    def notes(self, number: int) -> str:
        """The speaker's notes of a slide, with the time it takes and what has gone by then."""
        slide = self.slides[number - 1]
        said = "".join(
            f"<p><b>{label}.</b> {html_line(text)}</p>"
            for key, label in NOTES.items()
            if (text := getattr(slide, key))
        )
        gone = sum(s.minutes for s in self.slides[:number])
        total = sum(s.minutes for s in self.slides)
        return f"{said}<p><b>Time.</b> {slide.minutes} min; {gone} of {total} by its end.</p>"

    def section(self, number: int) -> str:
        slide, of = self.slides[number - 1], len(self.slides)
        tag = "h1" if number == 1 else "h2"
        shown = self.shown(slide)
        kind = ' class="picture"' if isinstance(shown, Figure) else ""
        line = f'<p class="line">{html_line(slide.line)}</p>' if slide.line else ""
        return (
            f'<section id="s{number}"{kind} aria-label="Slide {number} of {of}" tabindex="-1">'
            f"<{tag}>{html_line(slide.title)}</{tag}>"
            f'<div class="shown">{drawn(slide, shown)}</div>{line}'
            f'<aside class="notes" aria-label="Notes of slide {number}">{self.notes(number)}</aside>'
            f"<footer>{escape(self.title)} · {number} / {of}</footer></section>\n"
        )

    def html(self) -> str:
        body = "".join(self.section(n) for n in range(1, len(self.slides) + 1))
        style, script = (
            (BOOK / f"slides.{kind}").read_text("utf-8") for kind in ("css", "js")
        )
        return page(
            self.title, f"<main>{body}</main>{BAR}<script>{script}</script>", style
        )


def drawn(slide: Slide, shown: Figure | Table | list[str]) -> str:
    """What a slide shows as HTML."""
    if isinstance(shown, Figure):
        return f'<img alt="{escape(shown.alt)}" src="{shown.source}">'
    if isinstance(shown, Table):
        few = len(shown.rows) <= ROWS - 3 and len(shown.names) <= COLUMNS - 2
        small = ' class="short"' if few else ""
        head = "".join(
            f'<th scope="col">{escape(name)}</th>' for name in shown.names
        )
        body = "".join(
            f'<tr><th scope="row">{escape(row[0])}</th>'
            + "".join(f"<td>{escape(text)}</td>" for text in row[1:])
            + "</tr>"
            for row in shown.rows
        )
        return (
            '<div class="wide" tabindex="0" role="region" aria-label="Table">'
            f"<table{small}><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )
    if slide.printed:
        text = "".join(f"<span>{escape(line)}</span>" for line in shown)
        short = ' class="short"' if max(map(len, shown)) <= SHORT else ""
        return f'<pre{short} tabindex="0" role="region" aria-label="Printed lines">{text}</pre>'
    if slide.points:
        return "<ol>" + "".join(f"<li>{html_line(p)}</li>" for p in shown) + "</ol>"
    lines = (
        escape(line).replace("*", "×").replace("-", "\N{MINUS SIGN}")
        for line in shown[1:]
    )
    worked = "".join(f"<p><code>{line}</code></p>" for line in lines)
    return f'<div class="formula" tabindex="0" role="region" aria-label="Formula">{html(shown[0])}{worked}</div>'


BAR = (
    '<nav aria-label="Slides"><button id="back" aria-label="Slide before">←</button>'
    '<button id="on" aria-label="Next slide">→</button>'
    '<button id="notes" aria-pressed="false" title="key n">Notes</button></nav>'
)


def decks() -> list[Path]:
    return sorted(BOOK.glob("*/slides.toml"))


def main(folder: Path) -> None:
    made = {
        path.parent.name: Deck(path).html() for path in decks()
    }  # all, or an error and none
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in made.items():
        (folder / f"{name}.html").write_text(text, encoding="utf-8")
        print(folder / f"{name}.html")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=BUILD / "slides")
    try:
        main(parser.parse_args().folder)
    except DeckError as error:
        sys.exit(str(error))
