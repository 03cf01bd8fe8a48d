"""The book's Markdown without its directives and roles: for notebooks, slides and printed keys.

JupyterLab and Colab show MyST directives as raw text, so student notebooks hold plain Markdown.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from latex2mathml.converter import convert
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pybtex.database import parse_file
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

BOOK = Path(__file__).resolve().parent
REPOSITORY = "https://github.com/geoviz-ml/geoviz-ml/blob/main/book"
FENCE = re.compile(r"^(`{3,}|:{3,})\{([\w:-]+)\}\s*(.*)$")
CODE = HtmlFormatter(noclasses=True, style="a11y-high-contrast-light")


@dataclass
class Block:
    """A heading, a paragraph, list or table, or a directive with its title and body."""

    kind: str
    text: str
    name: str = ""
    title: str = ""
    label: str = ""
    alt: str = ""


def blocks(text: str) -> Iterator[Block]:
    """The blocks of MyST Markdown, in order."""
    lines = iter([*text.splitlines(), ""])
    paragraph: list[str] = []

    def until(fence):
        for line in lines:
            if line.strip() == fence:
                return
            yield line

    for line in lines:
        directive = FENCE.match(line)
        starts = directive or line.startswith(("#", "```"))
        if paragraph and (starts or not line.strip()):
            yield Block("paragraph", "\n".join(paragraph))
            paragraph = []
        if directive:
            fence, name, title = directive.groups()
            body = [*until(fence)]
            options = {}
            while body and (option := re.match(r":([\w-]+): *(.*)", body[0])):
                options[option[1]] = option[2]
                body.pop(0)
            rest = (options.get("label", ""), options.get("alt", ""))
            yield Block("directive", "\n".join(body).strip(), name, title, *rest)
        elif line.startswith("```"):
            fence = re.match("`+", line)[0]
            yield Block("code", "\n".join([line, *until(fence), fence]))
        elif line.startswith("#"):
            yield Block("heading", line)
        elif line.strip():
            paragraph.append(line)


def plain(block: Block, folder: str = "") -> str:
    """A block as plain Markdown; `folder` of the book is where relative links start."""
    text = block.text
    if block.kind == "directive":
        if block.name == "exercise":
            text = f"**Exercise {block.label}.** {text}"
        elif block.name == "list-table":
            text = f"{block.title}\n\n{table(text)}"
        elif block.name in ("quiz", "bibliography") or block.name.startswith(
            "solution"
        ):
            return ""
        else:
            text = "\n\n".join(plain(inner, folder) for inner in blocks(text))
            text = f"**{block.title}**\n\n{text}" if block.title else text
            text = "\n".join(f"> {line}".rstrip() for line in text.splitlines())
    text = re.sub(r"\{numref\}`[^`]+`", "The table", text)
    text = re.sub(r"\{cite(?::(\w))?\}`([^`]+)`", cite, text)
    text = re.sub(r"\{\w+\}`([^`<]+?)(?: *<[^`]*>)?`", r"\1", text)
    return re.sub(
        r"\]\((?!\w+:|#)([^)\s]+)\)",
        lambda m: f"]({REPOSITORY}/{folder}{m[1]})",
        text,
    )


def table(text: str) -> str:
    """The rows of a list-table as a table of plain Markdown."""
    rows = [
        re.split(r"\n\s+- ", row[2:]) for row in re.split(r"^\* ", text, flags=re.M)
    ]
    lines = [
        f"| {' | '.join(' '.join(cell.split()) for cell in row)} |"
        for row in rows[1:]
    ]
    return "\n".join([lines[0], "|" + "---|" * len(rows[1]), *lines[1:]])


@cache
def bibliography():
    return parse_file(BOOK / "references.bib").entries


def cite(match: re.Match) -> str:
    """Authors and year, as the book's own style has them."""
    words = []
    for key in match[2].split(","):
        entry = bibliography()[key.strip()]
        names = [" ".join(p.last_names) for p in entry.persons["author"]]
        names = [re.sub(r"[{}]", "", name) for name in names]
        who = " and ".join(names) if len(names) < 3 else f"{names[0]} et al."
        year = entry.fields["year"]
        words.append(f"{who} ({year})" if match[1] == "t" else f"{who}, {year}")
    return "; ".join(words) if match[1] == "t" else f"({'; '.join(words)})"


def math(text: str, options: dict) -> str:
    return convert(text, display="block" if options["display_mode"] else "inline")


@cache
def _markdown() -> MarkdownIt:
    markdown = MarkdownIt(
        "commonmark", {"highlight": lambda code, *_: python(code)}
    )
    return markdown.enable("table").use(dollarmath_plugin, renderer=math)


def html(markdown: str) -> str:
    """Plain Markdown as HTML, formulas as MathML: nothing is loaded from anywhere."""
    return _markdown().render(markdown)


def html_line(markdown: str) -> str:
    """Plain Markdown of one paragraph as HTML without the paragraph around it."""
    return _markdown().renderInline(markdown)


def python(source: str) -> str:
    """Python as highlighted HTML."""
    return highlight(source, PythonLexer(), CODE)
