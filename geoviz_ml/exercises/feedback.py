"""What a student gets back: a page with points, verdicts and hints. Our own layout."""

from __future__ import annotations

from html import escape
from pathlib import Path

from ..files import atomic_path, printable
from . import RIGHT
from .grade import Marks

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>body{{font-family:sans-serif;max-width:45rem;margin:2rem auto;padding:0 1rem}}
td,th{{text-align:left;padding:.4rem .8rem .4rem 0;vertical-align:top}}</style></head>
<body><h1>{title}</h1><p>{points}</p>
<table><thead><tr><th scope="col">exercise</th><th scope="col">verdict</th>
<th scope="col">what to look at</th></tr></thead><tbody>
{rows}
</tbody></table></body></html>
"""


def feedback(marks: Marks) -> str:
    """The page, as HTML in which nothing that a student wrote is more than text."""
    rows = [
        "<tr>"
        + "".join(f"<td>{escape(printable(part))}</td>" for part in (v.name, v.state, _said(v)))
        + "</tr>"
        for v in marks.verdicts
    ]
    return PAGE.format(
        title=escape(marks.name),
        points=f"{marks.points:g} of {marks.most:g} points",
        rows="\n".join(rows),
    )


def _said(verdict) -> str:
    if verdict.state == RIGHT:
        return ""
    return " ".join(filter(None, [verdict.trouble, verdict.hint]))[:1000]


def save_feedback(marks: Marks, folder: Path, number: int) -> Path:
    """Write the page of a file into a folder, under its place in the list: names are not trusted.

    Parameters
    ----------
    marks : Marks
    folder : Path
        Is made if it is not there.
    number : int
        Its row in the table.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{number:04d}.html"
    with atomic_path(path) as tmp:
        tmp.write_text(feedback(marks), encoding="utf-8")
    return path
