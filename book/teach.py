"""What a teacher needs, made from the chapters and labs.

    python book/teach.py students    labs without solutions and outputs
    python book/teach.py key         all solutions on one page
    python book/teach.py slides      a deck a chapter, from its headings, first sentences, figures
    python book/teach.py lite        labs for the browser: those that train nothing

Labs of students may bear numbers, and ask about other values by them: ``students --number 17``, or
``students --class LIST.csv`` with a row a student, see `geoviz_ml.exercises.class_list`. For marks,
``--hints 1`` leaves the second hints out.

Everything goes to ``_build/<name>/``. Pages are single files which load nothing from a network.
"""

import argparse
import base64
import html as escape
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from plain import BOOK, Block, blocks, html, plain, python
from students import in_browser, parts, student, trains

from geoviz_ml.errors import GeovizError
from geoviz_ml.exercises.class_list import ClassList

BUILD = BOOK.parent / "_build"
SKIPPED = (
    "Exercises",
    "Further reading",
    "What it took, and what we got",
    "Five questions",
)


def chapters() -> list[Path]:
    return sorted(p for p in BOOK.glob("*/*.ipynb") if p.stem == p.parent.name)


def labs() -> list[Path]:
    return sorted(BOOK.glob("*/*_lab.ipynb"))


def students(numbers: list[int] = (), hints: int = 2) -> None:
    """The labs without a number, or a folder of them for each of the numbers."""
    for number in numbers or [None]:
        mark = "" if number is None else f"_no{number:03d}"
        for path in labs():
            file = Path("students", mark[1:], f"{path.stem}{mark}.ipynb")
            write(
                BUILD / file, nbformat.writes(student(path, number, hints)) + "\n"
            )


def lite() -> None:
    """The labs that JupyterLite can run, for the browser."""
    for path in labs():
        if not trains(path):
            write(
                BUILD / "lite" / path.name, nbformat.writes(in_browser(path)) + "\n"
            )


def key() -> None:
    """Exercises with their solutions, lab after lab."""
    body = ["<h1>Answer key</h1>"]
    for path in labs():
        for solution, part in parts(path):
            if not isinstance(part, Block):
                body += [python(part.source)] if solution else []
            elif part.name == "exercise":
                body.append(html(plain(part)))
            elif solution:
                body.append(html(plain(part)))
            elif part.text.startswith("# "):
                body.append(html("#" + part.text))
    write(
        BUILD / "key" / "answer_key.html",
        page("Answer key", "".join(body), KEY_STYLE),
    )


def beginning(text: str, sentences: int) -> str:
    parts = re.split(r"(?<=[.!?])(?<!al\.)\s+(?=[A-Z*`$])", " ".join(text.split()))
    return " ".join(parts[:sentences])


def point(block: Block, folder: str, sentences: int) -> str:
    """A block as it stands on a slide: lists, tables, formulas whole, text by its beginning."""
    if block.kind == "directive" and block.name != "list-table":
        inner = "\n\n".join(point(b, folder, sentences) for b in blocks(block.text))
        return plain(Block("directive", inner, block.name, block.title), folder)
    text = plain(block, folder)
    whole = block.kind == "directive" or re.match(
        r"[-*|] |\||\d+\. |\$\$|```", text
    )
    return text if whole else beginning(text, sentences)


def figures(cell) -> Iterator[str]:
    """The pictures and tables of a code cell as HTML; tables too long for a slide left out."""
    alt = cell.metadata.get("mystnb", {}).get("image", {}).get("alt", "")
    for output in cell.outputs:
        data = output.get("data", {})
        if "image/png" in data:
            source = "".join(data["image/png"].split())
            yield f'<img alt="{escape.escape(alt)}" src="data:image/png;base64,{source}">'
        elif data.get("text/html", "").count("<tr") <= 14 and "text/html" in data:
            yield f'<div class="output">{data["text/html"]}</div>'


def still(block: Block, folder: Path) -> str:
    """The picture of a figure directive, and the beginning of its caption."""
    file = folder / block.title
    data = base64.b64encode(file.read_bytes()).decode()
    return (
        f'<img alt="{escape.escape(block.alt)}" src="data:image/{file.suffix[1:]};base64,{data}">'
        + html(
            plain(Block("paragraph", beginning(block.text, 2)), f"{folder.name}/")
        )
    )


@dataclass
class Slide:
    title: str
    text: list[Block] = field(default_factory=list)
    figure: str = ""

    def html(self, number: int, of: int, folder: str) -> str:
        tag = "h1" if number == 1 else "h2"
        sentences = 1 if self.figure else 3
        points = "".join(
            html(point(block, folder, sentences)) for block in self.text
        )
        notes = "".join(html(plain(block, folder)) for block in self.text)
        return (
            f'<section aria-label="Slide {number} of {of}" tabindex="-1">'
            f"<{tag}>{html(self.title)[3:-5]}</{tag}>{points}{self.figure}"
            f'<aside class="notes">{notes}</aside><footer>{number}</footer></section>\n'
        )


def deck(path: Path) -> str:
    """The slides of a chapter as one page: at least one for a heading, one for a figure."""
    slides: list[Slide] = []
    skip = False

    def show(figure: str) -> None:
        if slides[-1].figure:
            slides.append(Slide(slides[-1].title))
        slides[-1].figure = figure

    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type == "code":
            for figure in () if skip else figures(cell):
                show(figure)
            continue
        for block in blocks(cell.source):
            if block.kind == "heading":
                marks, title = block.text.split(" ", 1)
                skip = title in SKIPPED or (skip and len(marks) > 2)
                if not skip:
                    slides.append(Slide(title))
            elif not skip and block.name == "figure":
                show(still(block, path.parent))
            elif not skip and block.name != "quiz":
                if slides[-1].figure or len(slides[-1].text) == 3:
                    slides.append(Slide(slides[-1].title))
                slides[-1].text.append(block)
    slides = [s for s in slides if s.text or s.figure]
    folder = f"{path.parent.name}/"
    body = "".join(s.html(n, len(slides), folder) for n, s in enumerate(slides, 1))
    return page(slides[0].title, f"<main>{body}</main>{SLIDE_SCRIPT}", SLIDE_STYLE)


def slides() -> None:
    for path in chapters():
        write(BUILD / "slides" / f"{path.stem}.html", deck(path))


def page(title: str, body: str, style: str) -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape.escape(title)}</title><style>{style}</style></head><body>{body}</body></html>\n"
    )


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    print(path.relative_to(BUILD.parent))


BASE_STYLE = """
body {font: 1rem/1.5 system-ui, sans-serif; color: #111; background: #fff; margin: 0}
table {border-collapse: collapse} td, th {padding: .2em .6em; text-align: left}
thead {border-bottom: 1px solid #666} pre {overflow-x: auto}
blockquote {margin: .6em 0; padding: .1em 1em; border-left: .3em solid #0b6a8f; background: #eef6fa}
"""
KEY_STYLE = (
    BASE_STYLE
    + """
body {max-width: 48rem; margin: 2rem auto; padding: 0 1rem} h3 {break-after: avoid}
"""
)
SLIDE_STYLE = (
    BASE_STYLE
    + """
html {scroll-snap-type: y mandatory}
section {box-sizing: border-box; min-height: 100vh; padding: 4vh 6vw; font-size: clamp(1rem, 2.2vmin + .3rem, 2rem);
  scroll-snap-align: start; position: relative; border-bottom: 1px solid #ccc; outline: none}
h1 {font-size: 1.9em} h2 {font-size: 1.5em; margin: 0 0 .5em}
img {display: block; max-width: 100%; max-height: 68vh; margin: 1vh auto}
.output {font-size: .7em; overflow-x: auto} footer {position: absolute; right: 2vw; bottom: 1vh; color: #555}
.notes {display: none; font-size: .6em; border-top: 1px solid #999; margin-top: 1em}
body.with-notes .notes {display: block}
@page {size: 297mm 167mm; margin: 0}
@media print {section {min-height: 0; height: 167mm; overflow: hidden; break-after: page; border: 0; font-size: 17pt}
  img {max-height: 105mm}}
"""
)
SLIDE_SCRIPT = """<script>
// Arrows, page keys and space turn the pages; n shows the full text under each slide.
const slides = [...document.querySelectorAll("section")];
addEventListener("keydown", event => {
  if (event.target.closest("input, select, textarea, button") || event.ctrlKey || event.metaKey) return;
  if (event.key === "n") document.body.classList.toggle("with-notes");
  const step = {ArrowRight: 1, ArrowDown: 1, PageDown: 1, " ": 1, ArrowLeft: -1, ArrowUp: -1, PageUp: -1}[event.key];
  if (!step) return;
  event.preventDefault();
  const middle = innerHeight / 2;
  const now = slides.findIndex(s => s.getBoundingClientRect().bottom > middle);
  const next = slides[Math.min(Math.max(now + step, 0), slides.length - 1)];
  next.scrollIntoView();
  next.focus({preventScroll: true});
});
</script>"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("students", "key", "slides", "lite"))
    parser.add_argument(
        "--number", type=int, action="append", default=[], help="of a student"
    )
    parser.add_argument("--class", dest="list", type=Path, metavar="LIST.csv")
    parser.add_argument("--hints", type=int, choices=(0, 1, 2), default=2)
    args = parser.parse_args()
    if args.what != "students":
        {"key": key, "slides": slides, "lite": lite}[args.what]()
        return
    try:
        listed = ClassList.read(args.list).numbers.values() if args.list else ()
        students([*args.number, *listed], args.hints)
    except GeovizError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
