"""What a teacher needs, made from the chapters and labs.

    python book/teach.py students    lessons and labs without solutions and outputs (--out FOLDER)
    python book/teach.py key         all solutions on one page
    python book/teach.py lite        labs for the browser: those that train nothing

Labs of students may bear numbers, and ask about other values by them: ``students --number 17``, or
``students --class LIST.csv`` with a row a student, see `geoviz_ml.exercises.class_list`. The toolbox's
lessons are the same for all. For marks, ``--hints 1`` leaves the second hints out.

Everything goes to ``_build/<name>/``. Pages are single files which load nothing from a network.
"""

import argparse
from html import escape
from pathlib import Path

import nbformat
from plain import BOOK, Block, html, plain, python
from run import notebooks
from students import in_browser, parts, student, trains

from geoviz_ml.errors import GeovizError
from geoviz_ml.exercises.class_list import ClassList

BUILD = BOOK.parent / "_build"
LESSONS = [path for path in notebooks() if path.parent.name == "toolbox"]


def labs() -> list[Path]:
    return sorted(BOOK.glob("*/*_lab.ipynb"))


def students(
    numbers: list[int] = (), hints: int = 2, folder: Path | None = None
) -> None:
    """Lessons, and labs without a number or a folder of them for each of the numbers."""
    folder = folder or BUILD / "students"
    for path in LESSONS:
        text = nbformat.writes(student(path, hints=hints))
        write(folder / path.name, text + "\n")
    for number in numbers or [None]:
        mark = "" if number is None else f"_no{number:03d}"
        for path in labs():
            text = nbformat.writes(student(path, number, hints))
            write(folder / mark[1:] / f"{path.stem}{mark}.ipynb", text + "\n")


def lite() -> None:
    """The labs that JupyterLite can run, for the browser."""
    for path in labs():
        if not trains(path):
            write(
                BUILD / "lite" / path.name, nbformat.writes(in_browser(path)) + "\n"
            )


def key() -> None:
    """Exercises with their solutions, lesson after lesson and lab after lab."""
    body = ["<h1>Answer key</h1>"]
    for path in [*LESSONS, *labs()]:
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
        f"<title>{escape(title)}</title><style>{style}</style></head><body>{body}</body></html>\n"
    )


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    inside = path.is_relative_to(BUILD.parent)
    print(path.relative_to(BUILD.parent) if inside else path)


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("students", "key", "lite"))
    parser.add_argument(
        "--number", type=int, action="append", default=[], help="of a student"
    )
    parser.add_argument("--class", dest="list", type=Path, metavar="LIST.csv")
    parser.add_argument("--hints", type=int, choices=(0, 1, 2), default=2)
    parser.add_argument("--out", type=Path, help="folder for students' notebooks")
    args = parser.parse_args()
    if args.what != "students":
        {"key": key, "lite": lite}[args.what]()
        return
    try:
        listed = ClassList.read(args.list).numbers.values() if args.list else ()
        students([*args.number, *listed], args.hints, args.out)
    except GeovizError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
