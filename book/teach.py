"""What a teacher needs, made from the chapters and labs.

    python book/teach.py students    labs without solutions and outputs
    python book/teach.py key         all solutions on one page

Everything goes to ``_build/<name>/``. Pages are single files which load nothing from a network.
"""

import argparse
import html as escape
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from plain import BOOK, Block, blocks, html, plain, python

BUILD = BOOK.parent / "_build"
CHECK = re.compile(r"""\bcheck\(\s*["'](\w+-\d+)["']""")
FOLDED = re.compile(r"\s*[^.\n]*[Ss]olutions? (?:is|are) folded[^.\n]*\.")


def labs() -> list[Path]:
    return sorted(BOOK.glob("*/*_lab.ipynb"))


def parts(path: Path) -> Iterator[tuple[bool, Block | nbformat.NotebookNode]]:
    """Blocks of text and cells of code of a lab; with each, whether it is of a solution."""
    inside = False
    for cell in nbformat.read(path, 4).cells:
        if cell.cell_type == "code":
            yield inside or "solution" in cell.metadata.get("tags", []), cell
            continue
        for block in blocks(cell.source):
            if block.name == "solution-start":
                inside = True
            elif block.name == "solution-end":
                inside = False
            else:
                yield inside, block


def graded(cell: nbformat.NotebookNode) -> dict:
    """Metadata of a cell; those of nbgrader where it checks an exercise: one point, for a person."""
    found = CHECK.search(cell.source)
    if not found:
        return cell.metadata
    entry = {
        "grade_id": found[1],
        "points": 1,
        "grade": True,
        "solution": True,
        "locked": False,
    }
    return {
        **cell.metadata,
        "nbgrader": {**entry, "task": False, "schema_version": 3},
    }


def student(path: Path) -> nbformat.NotebookNode:
    """A lab without solutions and outputs, in plain Markdown."""
    cells = []
    for solution, part in parts(path):
        if solution:
            continue
        if not isinstance(part, Block):
            cells.append(new_code_cell(part.source, metadata=graded(part)))
            continue
        text = FOLDED.sub("", plain(part, f"{path.parent.name}/"))
        if cells and cells[-1].cell_type == "markdown":
            cells[-1].source += f"\n\n{text}"
        else:
            cells.append(new_markdown_cell(text))
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number}"  # the same source makes the same file
    kernel = nbformat.read(path, 4).metadata.kernelspec
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def students() -> None:
    for path in labs():
        write(BUILD / "students" / path.name, nbformat.writes(student(path)) + "\n")


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

if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("students", "key"))
    {"students": students, "key": key}[parser.parse_args().what]()
