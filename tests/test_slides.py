"""Slides: one output each, taken from the chapter; no number that is not seen; clear errors."""

import ast
import importlib
import math
import operator
import re
from html.parser import HTMLParser

import pytest

from geoviz_ml.papers import published

from .conftest import ROOT

DECKS = sorted((ROOT / "book").glob("*/slides.toml"))
CHAPTERS = {"alfven", "arcs", "aurora", "nucleus", "sunspots"}
NUMBER = re.compile(
    r"(?<![\w.,])(?<!\w-)(?:\d{1,3}(?:[ ,]\d{3})+|\d+)?(?:\.\d+)?(?![\w])(?![.,]\d)"
)
WORDS = ("title", "line", "show", "ask", "answer", "mistake")

every_deck = pytest.mark.parametrize("path", DECKS, ids=lambda path: path.parent.name)


@pytest.fixture
def slides(monkeypatch):
    """book/slides.py."""
    pytest.importorskip("latex2mathml")
    monkeypatch.syspath_prepend(ROOT / "book")
    return importlib.import_module("slides")


def numbers(text: str) -> set[str]:
    """Numbers of a text as they are written; digits of a name, such as ResNet18, are none."""
    return {n for n in NUMBER.findall(text) if n}


def value(number: str) -> float:
    return float(re.sub("[ ,]", "", number))


def words(slide) -> str:
    return " ".join([*(getattr(slide, key) for key in WORDS), *slide.points])


def seen(deck, slide) -> str:
    """All numbers of what a slide shows; of a cell also what it has printed below its figure."""
    outputs = importlib.import_module("outputs")
    shown = deck.shown(slide)
    if isinstance(shown, outputs.Table):
        return "\n".join(" | ".join(row) for row in (shown.names, *shown.rows))
    if isinstance(shown, outputs.Figure):
        cells = [c for c in deck.chapter.cells if c.get("id") == slide.figure]
        return "\n".join([shown.alt, *(line for c in cells for line in outputs.printed_of(c))])
    return "\n".join(shown)


def paper(chapter: str) -> str:
    """All that stands in the paper's own file of numbers."""
    table = published(chapter) if chapter != "arcs" else None  # an abstract without numbers
    rows = [] if table is None else table[["row", "value", "note"]].astype(str).values.ravel()
    toml = (ROOT / "geoviz_ml" / "papers" / f"{chapter}.toml").read_text(encoding="utf-8")
    return "\n".join([toml, *rows])


def unseen(deck, given=()) -> list[str]:
    """Numbers in a deck's words that are neither on their slide, nor the paper's, nor given."""
    known = numbers(paper(deck.path.parent.name)) | numbers(" ; ".join(given))
    missing = []
    for place, slide in enumerate(deck.slides, 1):
        there = {value(n) for n in numbers(seen(deck, slide)) | known}
        for number in numbers(words(slide)):
            x, digits = value(number), len(number.partition(".")[2])
            same = (y for y in there if y == x or (digits and round(y, digits) == x))
            percent = f"{number} %" in words(slide) and round(x / 100, 6) in there
            if not percent and next(same, None) is None:
                missing.append(f"slide {place} ({slide.title}): {number}")
    return missing


def test_the_five_papers_have_a_deck():
    assert {path.parent.name for path in DECKS} == CHAPTERS


@every_deck
def test_a_deck_has_one_idea_a_slide_and_notes_to_talk_from(slides, path):
    deck = slides.Deck(path)
    assert 14 <= len(deck.slides) <= 20
    titles = [slide.title for slide in deck.slides]
    assert len(set(titles)) == len(titles)
    for slide in deck.slides:
        assert len(slide.title) <= 100, slide.title
        assert len(slide.line) <= 130, slide.line
        assert slide.ask.endswith("?"), slide.title
        assert 1 <= slide.minutes <= 5, slide.title
        notes = " ".join([slide.show, slide.ask, slide.answer, slide.mistake])
        sentences = re.findall(r"[.?!](?=\s|$)", notes)
        assert 3 <= len(sentences) <= 6, f"{slide.title}: {len(sentences)} sentences"
        assert all(len(point.split()) <= 25 for point in slide.points), slide.title
    assert 40 <= sum(slide.minutes for slide in deck.slides) <= 90  # a meeting


@every_deck
def test_a_deck_begins_with_its_question_and_ends_with_three(slides, path):
    first, *_, unknown, last = slides.Deck(path).slides
    assert first.title.endswith("?")
    assert first.figure
    assert unknown.title == "What we do not know"
    assert len(last.points) == 3
    assert all("?" in point or point.endswith(".") for point in last.points)


@every_deck
def test_every_number_of_the_words_is_seen_published_or_given(slides, path):
    deck = slides.Deck(path)
    assert unseen(deck, deck.given) == []


@every_deck
def test_nothing_is_given_that_need_not_be(slides, path):
    deck = slides.Deck(path)
    needed = {value(n) for line in unseen(deck) for n in numbers(line.rpartition(": ")[2])}
    assert [name for name in deck.given if value(name) not in needed] == []


OPERATORS = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow, ast.USub: operator.neg,
}  # fmt: skip
FUNCTIONS = {"ln": math.log, "exp": math.exp, "sqrt": math.sqrt}


def computed(node) -> float:
    """A sum of numbers as Python would do it; nothing else is understood."""
    match node:
        case ast.Expression(body=body):
            return computed(body)
        case ast.Constant(value=float() | int() as number):
            return number
        case ast.UnaryOp(op=op, operand=operand):
            return OPERATORS[type(op)](computed(operand))
        case ast.BinOp(left=left, op=op, right=right):
            return OPERATORS[type(op)](computed(left), computed(right))
        case ast.Call(func=ast.Name(id=name), args=[argument]):
            return FUNCTIONS[name](computed(argument))
    raise ValueError(ast.dump(node))


@every_deck
def test_worked_numbers_are_worked_right(slides, path):
    formulas = [slide for slide in slides.Deck(path).slides if slide.formula]
    assert formulas
    for slide in formulas:
        assert slide.worked, slide.title
        for line in slide.worked:
            left, right = line.rpartition(": ")[2].split(" = ")
            digits = len(right.partition(".")[2])
            assert round(computed(ast.parse(left, mode="eval")), digits) == float(right), line


class Page(HTMLParser):
    """What a page loads, its pictures without words, its headings."""

    def __init__(self, text):
        super().__init__()
        self.loads, self.mute, self.headings = [], 0, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.loads += [attrs[key] for key in ("src", "href") if attrs.get(key)]
        self.mute += tag == "img" and len(attrs.get("alt") or "") < 40
        self.headings += [tag] if tag in ("h1", "h2") else []


@every_deck
def test_a_page_of_slides_loads_nothing_and_its_figures_have_words(slides, path):
    deck = slides.Deck(path)
    text = deck.html()
    page = Page(text)
    assert page.headings == ["h1", *["h2"] * (len(deck.slides) - 1)]
    assert not page.mute
    assert text.count("<img") == sum(bool(s.figure or s.file) for s in deck.slides) >= 6
    assert all(load.startswith("data:") for load in page.loads)
    assert not re.search(r"@import|url\(|\$\$|\\\w+\{", text)


def test_all_decks_are_written_or_none(slides, tmp_path, monkeypatch):
    slides.main(tmp_path / "there")
    assert {p.stem for p in (tmp_path / "there").iterdir()} == CHAPTERS
    broken = tmp_path / "x" / "slides.toml"
    broken.parent.mkdir()
    broken.write_text("title = ")
    monkeypatch.setattr(slides, "decks", lambda: [*DECKS, broken])
    with pytest.raises(slides.DeckError, match="is no TOML"):
        slides.main(tmp_path / "none")
    assert not (tmp_path / "none").exists()


def broken_deck(slides, tmp_path, keys: str):
    """A deck of one slide with these keys, beside a small chapter."""
    nbformat = pytest.importorskip("nbformat")
    v4 = nbformat.v4
    rows = "".join(f"<tr><th>{i}</th><td>{i}</td></tr>" for i in range(12))
    long = f"<table><thead><tr><th></th><th>a</th></tr></thead><tbody>{rows}</tbody></table>"
    outputs = [v4.new_output("display_data", {"text/html": long})]
    cells = [
        v4.new_code_cell("1", id="empty"),
        v4.new_code_cell("2", id="long", outputs=outputs),
    ]
    folder = tmp_path / "small"
    folder.mkdir(exist_ok=True)
    nbformat.write(v4.new_notebook(cells=cells), folder / "small.ipynb")
    notes = 'show = "a"\nask = "b?"\nanswer = "c"\nminutes = 1\n'
    text = f'title = "T"\n[[slide]]\ntitle = "An idea"\n{notes}{keys}\n'
    (folder / "slides.toml").write_text(text, encoding="utf-8")
    return slides.Deck(folder / "slides.toml")


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ('figure = "gone"', "the chapter has no cell 'gone'"),
        ('figure = "empty"', "the stored output of cell 'empty' has no figure"),
        ('printed = "empty"', "the stored output of cell 'empty' has no printed lines"),
        ('table = "long"', "12 rows of the table of cell 'long' .* are too many, 9 can be read"),
        ('table = "long"\nrows = ["z"]', "the table of cell 'long' has no 'z', only '0', '1'"),
        ('table = "long"\nrows = ["1"]\ncolumns = ["b"]', "cell 'long' has no 'b', only 'a'"),
        ('file = "gone.png"', "the chapter shows no picture 'gone.png'"),
        ("", "shows nothing; it should show one of"),
        ('formula = "x"\nfigure = "empty"', r"shows \['figure', 'formula'\]"),
        ('points = ["a", "b", "c", "d", "e"]', "5 points are too many, 4 can be read"),
    ],
)
def test_a_slide_that_cannot_be_made_names_deck_slide_and_cell(slides, tmp_path, keys, said):
    deck = broken_deck(slides, tmp_path, keys)
    with pytest.raises(slides.DeckError, match=rf"slides.toml, slide 1 \('An idea'\): .*{said}"):
        deck.html()


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ('figur = "empty"', "slides.toml, slide 1: .* unexpected .*'figur'"),
        ("points = 3", "slides.toml, slide 1: the key 'points' should be a list"),
        ("[[slide]]\ntitle = 'x'", "slides.toml, slide 2: .* missing .*'show'"),
    ],
)
def test_a_key_that_is_wrong_is_named(slides, tmp_path, keys, said):
    with pytest.raises(slides.DeckError, match=said):
        broken_deck(slides, tmp_path, keys)


def test_a_deck_without_a_chapter_or_title_says_so(slides, tmp_path):
    deck = broken_deck(slides, tmp_path, 'figure = "empty"')
    (tmp_path / "small" / "small.ipynb").unlink()
    with pytest.raises(slides.DeckError, match="there is no small.ipynb beside it"):
        deck.html()
    deck.path.write_text("slide = []")
    with pytest.raises(slides.DeckError, match="has no 'title'"):
        slides.Deck(deck.path)


def test_rows_of_one_name_cannot_be_told_apart(slides):
    table = importlib.import_module("outputs").Table(["", "a"], [["x", "1"], ["x", "2"]])
    assert table.part([], []) == table
    with pytest.raises(LookupError, match="two rows of one name"):
        table.part(["x"], [])


def test_a_part_of_a_table_is_taken_by_names_of_rows_and_columns(slides, tmp_path):
    deck = broken_deck(slides, tmp_path, 'table = "long"\nrows = ["3", "1"]')
    assert deck.shown(deck.slides[0]).rows == [["3", "3"], ["1", "1"]]


def test_pandas_tables_are_read_as_pandas_made_them(slides):
    pd = pytest.importorskip("pandas")
    outputs = importlib.import_module("outputs")
    index = pd.MultiIndex.from_product([["autumn", "spring"], ["a", "b"]], names=["when", "how"])
    columns = pd.MultiIndex.from_tuples([("IoU", "PN"), ("IoU", "PNU"), ("F", "PN")])
    frame = pd.DataFrame([[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]], index, columns)
    for html in (frame.to_html(), frame.style.to_html()):
        table = outputs.table(html)
        assert table.names == ["when, how", "IoU, PN", "IoU, PNU", "F, PN"]
        assert table.rows[1] == ["autumn, b", "4", "5", "6"]
        assert table.rows[3] == ["spring, b", "10", "11", "12"]
    hidden = outputs.table(frame.droplevel(0).style.hide().to_html())
    assert hidden.rows[0] == ["1", "2", "3"]


def test_a_made_up_number_is_noticed(slides, tmp_path):
    deck = slides.Deck(DECKS[0])
    assert unseen(deck, deck.given) == []
    deck.slides[0].show += " It is right for 77.7 % of them."
    assert unseen(deck, deck.given) == [f"slide 1 ({deck.slides[0].title}): 77.7"]
